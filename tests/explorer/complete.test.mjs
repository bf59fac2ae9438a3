import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "../../workflow/mnist_viz/explorer/web/query/complete.js";
import { predictions } from "./known.mjs";

const data = predictions(5, 1, ["narrow", "<b>wide", 'say "x"']);

test("completion offers columns, and the texts of a text column", () => {
  assert.deepEqual(complete("con", 3, data), { from: 0, to: 3, options: ["confidence"] });
  assert.deepEqual(complete("guess == 3 and sco", 18, data).options.slice(0, 2), ["score_0", "score_1"]);
  assert.deepEqual(complete("a.con", 5, data).options, ["a.confidence"]);
  assert.deepEqual(complete('variant == "n', 13, data), { from: 11, to: 13, options: ['"narrow"'] });
  assert.deepEqual(complete("variant == 'n", 13, data).options, ['"narrow"']);
  assert.deepEqual(complete("guess == 3", 10, data).options, []);
});

test("after in, each of the texts is offered with its quotes escaped", () => {
  const all = ['"narrow"', '"<b>wide"', '"say \\"x\\""'];
  assert.deepEqual(complete("variant in (", 12, data), { from: 12, to: 12, options: all });
  assert.deepEqual(complete('variant not in ("narrow", "s', 28, data), { from: 26, to: 28, options: [all[2]] });
  assert.deepEqual(complete('guess == 1 and variant != "', 27, data).options, all);
});

test("only what stands before the cursor counts", () => {
  assert.deepEqual(complete("con < 0.5 and guess == 3", 3, data), { from: 0, to: 3, options: ["confidence"] });
});

test("what is wrong earlier in the text does not matter", () => {
  assert.deepEqual(complete("guess = 3 && con", 16, data), { from: 13, to: 16, options: ["confidence"] });
});

test("where nothing is typed, words are offered at the start and after an opening parenthesis only", () => {
  assert.ok(complete("", 0, data).options.includes("variant"));
  assert.ok(complete("(", 1, data).options.includes("variant"));
  for (const text of ["guess == 3 ", "variant == ", "variant == 'narrow'"]) {
    assert.deepEqual(complete(text, text.length, data).options, [], text);
  }
});
