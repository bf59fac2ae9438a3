import assert from "node:assert/strict";
import { test } from "node:test";
import * as edit from "../../workflow/mnist_viz/explorer/web/query/edit.js";
import { evaluate } from "../../workflow/mnist_viz/explorer/web/query/evaluate.js";
import { parse } from "../../workflow/mnist_viz/explorer/web/query/parse.js";
import { print } from "../../workflow/mnist_viz/explorer/web/query/print.js";
import { and, columnsOf } from "../../workflow/mnist_viz/explorer/web/query/tree.js";
import { condition, predictions, randomFrom } from "./known.mjs";

/** @import { Node } from "../../workflow/mnist_viz/explorer/web/query/tree.js" */

const data = predictions(50, 1, ["narrow", 'so-called "wide"', "back\\slash"]);
const read = (/** @type {string} */ text) => parse(text, data);
const column = (/** @type {string} */ name) => data.column(name);

test("the conditions of a query are what must all hold, however it is written", () => {
  /** @type {[string, string[]][]} */
  const cases = [
    ["", []],
    ["guess == 3 or guess == 5", ["guess == 3 or guess == 5"]],
    ["(guess == 3) and epoch == 1", ["guess == 3", "epoch == 1"]],
    ["(guess == 3 or guess == 5) and not correct", ["guess == 3 or guess == 5", "not correct"]],
    ["(epoch == 5 and truth == 1) and (guess == 3)", ["epoch == 5", "truth == 1", "guess == 3"]],
    ["0.1 <= score_2 < 0.3", ["0.1 <= score_2 < 0.3"]],
    ["(guess == 3 and epoch == 1) or correct", ["guess == 3 and epoch == 1 or correct"]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(edit.conditions(read(text)).map(print), expected, text);
});

test("conditions know the columns that they mention", () => {
  const found = edit.conditions(read("guess == 3 and (epoch == 1 or -a.loss * 2 < b.loss) and not correct"));
  assert.deepEqual(
    found.map((each) => [...columnsOf(each)]),
    [["guess"], ["epoch", "a.loss", "b.loss"], ["correct"]],
  );
});

test("a filter on a column takes the place of the conditions on this column alone", () => {
  /** @type {[string, string, Node | null, string][]} */
  const cases = [
    ["guess == 3 and epoch == 1", "guess", edit.equals(column("guess"), 4), "epoch == 1 and guess == 4"],
    ["", "guess", edit.equals(column("guess"), 4), "guess == 4"],
    ["guess == 4", "guess", null, ""],
    ["guess == truth and guess < 4", "guess", null, "guess == truth"],
    ["(epoch == 5) and guess == 3", "epoch", edit.equals(column("epoch"), 3), "guess == 3 and epoch == 3"],
    [
      "guess == 3 or truth == 3",
      "epoch",
      edit.between(column("epoch"), 1, 2, true),
      "(guess == 3 or truth == 3) and 1 <= epoch <= 2",
    ],
    ["0.1 <= score_2 < 0.3 and id == 3", "score_2", edit.atLeast(column("score_2"), 0.5), "id == 3 and score_2 >= 0.5"],
    ["score_2 < 0.5", "score_2", edit.between(column("score_2"), 0, 0.25, false), "0 <= score_2 < 0.25"],
    ["not correct", "correct", edit.holds(column("correct"), true), "correct"],
    ["epoch == 1", "correct", edit.holds(column("correct"), false), "epoch == 1 and not correct"],
  ];
  for (const [text, name, added, expected] of cases) {
    assert.equal(print(edit.replace(read(text), edit.isOnlyAbout(name), added)), expected, text);
  }
});

test("one cell takes the place of another, also beside an or", () => {
  const flag = (/** @type {string} */ name, /** @type {boolean} */ value) => edit.holds(column(name), value);
  const [onlyA, onlyB] = [true, false].map((a) => and([flag("a.correct", a), flag("b.correct", !a)]));
  const isOfCells = edit.isOneOf([...edit.conditions(onlyA), ...edit.conditions(onlyB)]);
  const first = edit.replace(read("guess == 3 or guess == 5"), isOfCells, onlyA);
  assert.equal(print(first), "(guess == 3 or guess == 5) and a.correct and not b.correct");
  const second = edit.replace(read(print(first)), isOfCells, onlyB);
  assert.equal(print(second), "(guess == 3 or guess == 5) and not a.correct and b.correct");
  assert.equal(print(edit.replace(second, isOfCells, null)), "guess == 3 or guess == 5");
});

test("the same conditions are the same in any order", () => {
  const one = read("a.correct and not b.correct");
  assert.ok(edit.sameConditions(one, read("(not b.correct) and (a.correct)")));
  assert.ok(!edit.sameConditions(one, read("a.correct")));
  assert.ok(!edit.sameConditions(null, one));
  assert.ok(edit.sameConditions(null, null));
});

test("a choice of texts survives whatever is in them", () => {
  const made = edit.oneOf(column("variant"), data.variants);
  assert.equal(print(made), String.raw`variant in ("narrow", "so-called \"wide\"", "back\\slash")`);
  const found = read(print(made));
  assert.ok(found);
  assert.ok(evaluate(found, data).every((chosen) => chosen === 1));
});

test("a list of ids chooses their rows", () => {
  const ids = Int32Array.of(3, 9, 30);
  const found = read(print(edit.oneOf(column("id"), [...ids])));
  assert.ok(found);
  const mask = evaluate(found, data);
  const expected = mask.map((_, row) => Number(ids.includes(data.ids[row % data.images])));
  assert.deepEqual(mask, expected);
});

test("what is added to any query narrows it to the rows of both, and can be taken away again", () => {
  const random = randomFrom(9);
  const added = edit.equals(column("id"), 33);
  const drop = edit.isOneOf([added]);
  for (let round = 0; round < 500; round += 1) {
    const before = condition(random, data, 3);
    const after = edit.replace(read(print(before)), drop, added);
    const found = read(print(after));
    assert.ok(found);
    const [wide, narrow, own] = [before, found, added].map((tree) => evaluate(tree, data));
    assert.deepEqual(
      narrow,
      wide.map((chosen, row) => chosen & own[row]),
      print(after),
    );
    assert.equal(print(edit.replace(found, drop, null)), print(before));
  }
});
