import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "../../workflow/mnist_viz/explorer/web/query/evaluate.js";
import { parse } from "../../workflow/mnist_viz/explorer/web/query/parse.js";
import { print } from "../../workflow/mnist_viz/explorer/web/query/print.js";
import { condition, predictions, randomFrom } from "./known.mjs";

/** @import { Comparison, Node, Operation } from "../../workflow/mnist_viz/explorer/web/query/tree.js" */
/** @typedef {number | string | boolean} Value */

const data = predictions();

/** @param {string} text */
function rowsOf(text) {
  const tree = parse(text, data);
  assert.ok(tree);
  const mask = evaluate(tree, data);
  return [...mask.keys()].filter((row) => mask[row]);
}

/** @param {(row: number) => boolean} test */
function rowsWhere(test) {
  return Array.from({ length: data.length }, (_, row) => row).filter(test);
}

const value = (/** @type {string} */ name, /** @type {number} */ row) => data.column(name).value(row);
const number = (/** @type {string} */ name, /** @type {number} */ row) => data.column(name).number(row);

/** What an operator makes of two values; a condition counts as 1 or 0. @type {Record<string, Function>} */
const OPERATORS = {
  "==": (/** @type {Value} */ x, /** @type {Value} */ y) => x === y,
  "!=": (/** @type {Value} */ x, /** @type {Value} */ y) => x !== y,
  "<": (/** @type {Value} */ x, /** @type {Value} */ y) => x < y,
  "<=": (/** @type {Value} */ x, /** @type {Value} */ y) => x <= y,
  ">": (/** @type {Value} */ x, /** @type {Value} */ y) => x > y,
  ">=": (/** @type {Value} */ x, /** @type {Value} */ y) => x >= y,
  "+": (/** @type {number} */ x, /** @type {number} */ y) => x + y,
  "-": (/** @type {number} */ x, /** @type {number} */ y) => x - y,
  "*": (/** @type {number} */ x, /** @type {number} */ y) => x * y,
  "/": (/** @type {number} */ x, /** @type {number} */ y) => x / y,
};

/**
 * A node's value in one row, by plain recursion.
 *
 * @param {Node} node
 * @param {number} row
 * @returns {Value}
 */
function plain(node, row) {
  switch (node.kind) {
    case "and":
      return node.parts.every((part) => plain(part, row));
    case "or":
      return node.parts.some((part) => plain(part, row));
    case "not":
      return !plain(node.part, row);
    case "compare": {
      const values = node.operands.map((operand) => plain(operand, row));
      return node.operators.every((operator, index) => OPERATORS[operator](values[index], values[index + 1]));
    }
    case "in": {
      const item = plain(node.item, row);
      return node.options.some((option) => option.value === item) !== node.negated;
    }
    case "arithmetic":
      return OPERATORS[node.operator](plain(node.left, row), plain(node.right, row));
    case "minus":
      return 0 - Number(plain(node.part, row));
    case "literal":
      return node.value;
    default:
      return node.type === "flag" ? value(node.name, row) === 1 : value(node.name, row);
  }
}

test("random trees choose the rows that a plain evaluation of each row does", () => {
  const random = randomFrom(7);
  for (let round = 0; round < 600; round += 1) {
    const tree = condition(random, data, 3);
    const mask = evaluate(tree, data);
    assert.deepEqual(
      [...mask].map(Boolean),
      Array.from({ length: data.length }, (_, row) => Boolean(plain(tree, row))),
      print(tree),
    );
  }
});

test("comparisons, and, or, not, in, arithmetic and chains choose the rows that they say", () => {
  /** @type {Record<string, (row: number) => boolean>} */
  const cases = {
    "guess != truth and epoch == 2": (row) => value("guess", row) !== value("truth", row) && value("epoch", row) === 2,
    "guess == 3 or guess == 4": (row) => [3, 4].includes(number("guess", row)),
    "not correct": (row) => value("guess", row) !== value("truth", row),
    "correct == false": (row) => value("guess", row) !== value("truth", row),
    "correct in (true)": (row) => value("guess", row) === value("truth", row),
    "guess in (1, 2) and truth not in (1)": (row) => [1, 2].includes(number("guess", row)) && value("truth", row) !== 1,
    'variant == "<b>wide"': (row) => data.tables[Math.floor(row / data.images)][0] === 1,
    "variant in ('narrow')": (row) => data.tables[Math.floor(row / data.images)][0] === 0,
    '"narrow" == "narrow"': () => true,
    '"narrow" in ("<b>wide")': () => false,
    "0.2 <= score_3 < 0.7": (row) => number("score_3", row) >= 0.2 && number("score_3", row) < 0.7,
    "score_3 - score_5 > 2 * 0.1": (row) => number("score_3", row) - number("score_5", row) > 0.2,
    "-(score_0) < -.5e0": (row) => -number("score_0", row) < -0.5,
    "2 < guess": (row) => number("guess", row) > 2,
    "(guess == 1 or guess == 2) and id < 60": (row) => [1, 2].includes(number("guess", row)) && number("id", row) < 60,
  };
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual(rowsOf(text), rowsWhere(expected), text);
});

test("columns of the joined tables say in every row what A and B say of its image", () => {
  data.join(0, 4);
  const of = (/** @type {string} */ name, /** @type {number} */ table, /** @type {number} */ row) =>
    number(name, table * data.images + (row % data.images));
  assert.deepEqual(
    rowsOf("a.guess != b.guess"),
    rowsWhere((row) => of("guess", 0, row) !== of("guess", 4, row)),
  );
  data.join(1, 2);
  assert.deepEqual(
    rowsOf("a.loss < b.loss"),
    rowsWhere((row) => of("loss", 1, row) < of("loss", 2, row)),
  );
});
