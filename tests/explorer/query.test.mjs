import assert from "node:assert/strict";
import { test } from "node:test";
import {
  complete,
  conjuncts,
  evaluate,
  nearest,
  parse,
  QueryError,
  rewrite,
} from "../../workflow/mnist_viz/explorer/query.js";
import { predictions, randomFrom } from "./known.mjs";

const data = predictions();

function rowsOf(text) {
  const mask = evaluate(parse(text, data), data);
  return [...mask.keys()].filter((row) => mask[row]);
}

function rowsWhere(test) {
  return Array.from({ length: data.length }, (_, row) => row).filter(test);
}

function problem(text) {
  try {
    parse(text, data);
  } catch (error) {
    assert.ok(error instanceof QueryError, error.stack);
    return error;
  }
  assert.fail(`${text} is no error`);
}

const value = (name, row) => data.column(name).value(row);

test("comparisons, and, or, not, in, arithmetic and chains choose the rows that they say", () => {
  const cases = {
    "guess != truth and epoch == 2": (row) => value("guess", row) !== value("truth", row) && value("epoch", row) === 2,
    "guess == 3 or guess == 4": (row) => [3, 4].includes(value("guess", row)),
    "not correct": (row) => value("guess", row) !== value("truth", row),
    "correct == false": (row) => value("guess", row) !== value("truth", row),
    "guess in (1, 2) and truth not in (1)": (row) => [1, 2].includes(value("guess", row)) && value("truth", row) !== 1,
    'variant == "<b>wide"': (row) => data.tables[Math.floor(row / data.images)][0] === 1,
    "variant in ('narrow')": (row) => data.tables[Math.floor(row / data.images)][0] === 0,
    "0.2 <= score_3 < 0.7": (row) => value("score_3", row) >= 0.2 && value("score_3", row) < 0.7,
    "score_3 - score_5 > 2 * 0.1": (row) => value("score_3", row) - value("score_5", row) > 0.2,
    "-(score_0) < -.5e0": (row) => -value("score_0", row) < -0.5,
    "2 < guess": (row) => value("guess", row) > 2,
    "(guess == 1 or guess == 2) and id < 60": (row) => [1, 2].includes(value("guess", row)) && value("id", row) < 60,
  };
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual(rowsOf(text), rowsWhere(expected), text);
});

test("and binds before or", () => {
  assert.deepEqual(
    rowsOf("guess == 1 or guess == 2 and epoch == 1"),
    rowsOf("guess == 1 or (guess == 2 and epoch == 1)"),
  );
  assert.notDeepEqual(
    rowsOf("guess == 1 or guess == 2 and epoch == 1"),
    rowsOf("(guess == 1 or guess == 2) and epoch == 1"),
  );
});

test("columns of the joined tables say in every row what A and B say of its image", () => {
  data.join(0, 4);
  const of = (name, table, row) => value(name, table * data.images + (row % data.images));
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

test("random queries choose the same rows as JavaScript's own evaluation of them", () => {
  const random = randomFrom(7);
  const any = (options) => options[Math.floor(random() * options.length)];
  const number = (depth) => {
    if (depth > 0 && random() < 0.4) {
      const [left, right] = [number(depth - 1), number(depth - 1)];
      const operator = any(["+", "-", "*"]);
      return [`(${left[0]} ${operator} ${right[0]})`, `(${left[1]} ${operator} ${right[1]})`];
    }
    if (random() < 0.4) {
      const literal = (random() * 4).toFixed(2);
      return [literal, literal];
    }
    const name = any(["guess", "truth", "epoch", "score_0", "score_9", "entropy", "a.margin", "distance"]);
    return [name, `value("${name}", row)`];
  };
  const condition = (depth) => {
    const choice = depth > 0 ? random() : 1;
    if (choice < 0.25) {
      const [text, code] = condition(depth - 1);
      return [`not (${text})`, `!(${code})`];
    }
    if (choice < 0.7) {
      const [left, right] = [condition(depth - 1), condition(depth - 1)];
      return choice < 0.5
        ? [`(${left[0]}) and (${right[0]})`, `(${left[1]}) && (${right[1]})`]
        : [`(${left[0]}) or (${right[0]})`, `(${left[1]}) || (${right[1]})`];
    }
    const [left, right] = [number(2), number(2)];
    const operator = any(["==", "!=", "<", "<=", ">", ">="]);
    return [`${left[0]} ${operator} ${right[0]}`, `${left[1]} ${operator} ${right[1]}`];
  };
  for (let round = 0; round < 200; round += 1) {
    const [text, code] = condition(3);
    const expected = new Function("value", "row", `return ${code}`);
    assert.deepEqual(
      rowsOf(text),
      rowsWhere((row) => expected(value, row)),
      text,
    );
  }
});

test("errors say what is wrong and point at the place", () => {
  const cases = [
    ["gues == 3", 0, 4, /no column is called gues; did you mean guess/],
    ["guess = 3", 6, 7, /write ==/],
    ["guess == 3 &&", 11, 12, /write and/],
    ["guess ==", 8, 9, /expected a column, a number or a text here/],
    ["guess == 3 3", 11, 12, /expected and, or, or the end/],
    ["guess", 0, 5, /neither true nor false; compare it, for example guess == 3/],
    ['guess == "3"', 0, 12, /cannot be compared/],
    ['variant == "narow"', 11, 18, /did you mean "narrow"/],
    ['variant < "narrow"', 8, 9, /==, != or in/],
    ['variant == "narrow', 11, 18, /no closing quote/],
    ["(guess == 3", 11, 12, /expected \)/],
    ["guess in (1, truth)", 13, 18, /expected a number or a text/],
    ["image == 3", 0, 5, /no column/],
    ["constructor == 3", 0, 11, /no column/],
    ["guess == 3; alert(1)", 10, 11, /no meaning here/],
  ];
  for (const [text, start, end, message] of cases) {
    const error = problem(text);
    assert.match(error.message, message);
    assert.deepEqual([error.start, error.end], [start, end], text);
  }
});

test("no text makes the parser fail in another way than with a QueryError in the text", () => {
  const random = randomFrom(11);
  const pieces = [
    "guess",
    "a.guess",
    "variant",
    "==",
    "<",
    "and",
    "or",
    "not",
    "in",
    "(",
    ")",
    ",",
    "3",
    '"x"',
    "-",
    "'",
    "é",
    " ",
  ];
  for (let round = 0; round < 3000; round += 1) {
    const text = Array.from({ length: 1 + random() * 8 }, () => pieces[Math.floor(random() * pieces.length)]).join(
      random() < 0.5 ? " " : "",
    );
    try {
      const node = parse(text, data);
      if (node) evaluate(node, data);
    } catch (error) {
      assert.ok(error instanceof QueryError, `${text}: ${error.stack}`);
      assert.ok(error.start >= 0 && error.start <= text.length && error.end > error.start, text);
    }
  }
});

test("an empty query is none", () => assert.equal(parse("   ", data), null));

test("conjuncts are the parts that must all hold, with their columns", () => {
  const text = "guess == 3 and (epoch == 1 or epoch == 2) and not correct";
  const parts = conjuncts(parse(text, data), text);
  assert.deepEqual(
    parts.map((part) => part.text),
    ["guess == 3", "(epoch == 1 or epoch == 2)", "not correct"],
  );
  assert.deepEqual(
    parts.map((part) => [...part.columns]),
    [["guess"], ["epoch"], ["correct"]],
  );
});

test("rewriting replaces the conditions on a column and keeps the meaning of the others", () => {
  const about = (name) => (part) => part.columns.size === 1 && part.columns.has(name);
  assert.equal(rewrite("guess == 3 and epoch == 1", data, about("guess"), "guess == 4"), "epoch == 1 and guess == 4");
  assert.equal(rewrite("", data, about("guess"), "guess == 4"), "guess == 4");
  assert.equal(rewrite("guess == 4", data, about("guess")), "");
  assert.equal(
    rewrite("guess == 3 or truth == 3", data, about("epoch"), "epoch == 1"),
    "(guess == 3 or truth == 3) and epoch == 1",
  );
  assert.equal(
    rewrite("0.1 <= score_2 < 0.3 and id == 3", data, about("score_2"), "score_2 >= 0.5"),
    "id == 3 and score_2 >= 0.5",
  );
});

test("completion offers columns, and the texts of a text column", () => {
  assert.deepEqual(complete("con", 3, data), { from: 0, to: 3, options: ["confidence"] });
  assert.deepEqual(complete("guess == 3 and sco", 18, data).options.slice(0, 2), ["score_0", "score_1"]);
  assert.deepEqual(complete("a.con", 5, data).options, ["a.confidence"]);
  assert.deepEqual(complete('variant == "n', 13, data), { from: 11, to: 13, options: ['"narrow"'] });
  assert.deepEqual(complete("guess == 3", 10, data).options, []);
});

test("the nearest word is offered only if it is near", () => {
  assert.equal(nearest("confidenc", ["confidence", "correct"]), "confidence");
  assert.equal(nearest("zebra", ["confidence", "correct"]), null);
});
