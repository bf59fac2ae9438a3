import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../workflow/mnist_viz/explorer/web/query/parse.js";
import { print } from "../../workflow/mnist_viz/explorer/web/query/print.js";
import * as tree from "../../workflow/mnist_viz/explorer/web/query/tree.js";
import { literal, name, same } from "../../workflow/mnist_viz/explorer/web/query/tree.js";
import { condition, predictions, randomFrom } from "./known.mjs";

/** @import { Node } from "../../workflow/mnist_viz/explorer/web/query/tree.js" */

const data = predictions(3, 1, ["narrow", 'it\'s "so" \\ \\n', "\n", "a and b == 'c'", '"']);

test("random trees come back from their text", () => {
  const random = randomFrom(5);
  const kinds = new Set();
  for (let round = 0; round < 5000; round += 1) {
    const made = condition(random, data, 4);
    const text = print(made);
    const found = parse(text, data);
    assert.ok(found && same(found, made), text);
    assert.equal(print(found), text);
    kinds.add(made.kind);
  }
  assert.ok(kinds.size >= 6, "the trees are of many kinds");
});

test("parentheses stand only where leaving them out would make another tree", () => {
  const random = randomFrom(6);
  let tried = 0;
  for (let round = 0; round < 3000; round += 1) {
    const made = condition(random, data, 3);
    const text = print(made);
    for (const [open, close] of pairs(text)) {
      const without = `${text.slice(0, open)} ${text.slice(open + 1, close)} ${text.slice(close + 1)}`;
      tried += 1;
      assert.ok(!isSame(without, made), `${text}: without the parentheses at ${open}`);
    }
  }
  assert.ok(tried > 1000);
});

/**
 * The places of parentheses that belong together, outside of quoted texts and not those of a list.
 *
 * @param {string} text
 */
function pairs(text) {
  const plain = text.replace(/"(?:[^"\\]|\\.)*"/g, (found) => "x".repeat(found.length));
  const open = [];
  const found = [];
  for (let place = 0; place < plain.length; place += 1) {
    if (plain[place] === "(") open.push(place);
    if (plain[place] !== ")") continue;
    const start = Number(open.pop());
    if (!plain.slice(0, start).endsWith("in ")) found.push([start, place]);
  }
  return found;
}

/**
 * Whether a text is read as that tree.
 *
 * @param {string} text
 * @param {Node} made
 */
function isSame(text, made) {
  try {
    const found = parse(text, data);
    return found !== null && same(found, made);
  } catch {
    return false;
  }
}

test("queries are printed as one would write them", () => {
  for (const text of [
    "guess != truth and epoch == 2",
    "(guess == 3 or guess == 4) and not correct",
    "guess == 1 or guess == 2 and epoch == 1",
    "not (correct and a.correct)",
    "not not correct",
    "0.2 <= score_3 < 0.7",
    "score_3 - (score_5 - 0.1) * 2 > -1 / -score_0",
    "guess not in (1, -2)",
    'variant in ("narrow")',
    "(guess == 3) == correct",
    "guess < 1e-7 or guess > 1e+21",
    "correct == true",
  ]) {
    assert.equal(print(parse(text, data)), text);
  }
});

test("superfluous parentheses, blanks and other quotes go", () => {
  const text = " ( (guess)==3 and(epoch==1 and correct) )or variant=='narrow' ";
  assert.equal(print(parse(text, data)), 'guess == 3 and epoch == 1 and correct or variant == "narrow"');
});

test("no query is an empty text", () => assert.equal(print(null), ""));

test("numbers at the ends of what there is come back", () => {
  for (const value of [0, -0, 1e-300, -1e300, Number.MIN_VALUE, Number.MAX_VALUE, Infinity, -Infinity, 0.1 + 0.2]) {
    const made = tree.compare([name(data.column("guess")), literal(value)], ["<"]);
    const found = parse(print(made), data);
    assert.ok(found && same(found, made), print(made));
  }
});
