import assert from "node:assert/strict";
import { test } from "node:test";
import { selected } from "../../workflow/mnist_viz/explorer/web/data/order.js";
import { scale } from "../../workflow/mnist_viz/explorer/web/parts/scale.js";
import { evaluate } from "../../workflow/mnist_viz/explorer/web/query/evaluate.js";
import { Filter } from "../../workflow/mnist_viz/explorer/web/query/filter.js";
import { parse } from "../../workflow/mnist_viz/explorer/web/query/parse.js";
import { columnsOf } from "../../workflow/mnist_viz/explorer/web/query/tree.js";
import { predictions } from "./known.mjs";

const data = predictions(200, 3);

/** @param {string} text */
function rowsOf(text) {
  const tree = parse(text, data);
  assert.ok(tree);
  return evaluate(tree, data);
}

test("the filter keeps a condition's mask when another one changes, and can leave conditions out", () => {
  const filter = new Filter(data);
  filter.set("guess == 3 and epoch == 1");
  const [first] = filter.parts;
  filter.set("guess == 3 and epoch == 2");
  assert.equal(filter.parts[0].mask, first.mask);
  const only = filter.without((condition) => columnsOf(condition).has("epoch"));
  assert.deepEqual(only, rowsOf("guess == 3"));
  assert.deepEqual([...filter.rows], [...selected(rowsOf("guess == 3 and epoch == 2"))]);
  assert.throws(() => filter.set("guess =="));
  assert.equal(filter.text, "guess == 3 and epoch == 2");
});

test("joined conditions are evaluated anew when other tables are joined", () => {
  const filter = new Filter(data);
  data.join(0, 1);
  filter.set("a.guess != b.guess");
  const before = [...filter.rows];
  data.join(2, 3);
  filter.set(filter.text);
  assert.notDeepEqual([...filter.rows], before);
});

test("rows stay as they are when other tables are joined or a query is written otherwise", () => {
  const filter = new Filter(data);
  data.join(0, 1);
  for (const [text, otherwise] of [
    ["", " "],
    ["guess == 3 and epoch == 1", "(guess == 3) and epoch == 1"],
  ]) {
    filter.set(text);
    const { rows } = filter;
    data.join(2, 3);
    filter.set(otherwise);
    assert.equal(filter.rows, rows);
    assert.deepEqual([...rows], text ? [...selected(rowsOf(text))] : [...rows.keys()]);
  }
  filter.set("epoch == 1");
  assert.deepEqual([...filter.rows], [...selected(rowsOf("epoch == 1"))]);
});

test("the parts of a histogram are queries that choose the rows counted in them", () => {
  for (const name of ["confidence", "guess", "id", "epoch", "correct", "variant", "loss", "entropy"]) {
    const column = data.column(name);
    const { bins, chosen } = scale(column);
    const counts = Array.from({ length: bins }, (_, bin) => {
      const condition = chosen(bin, bin);
      assert.ok(condition);
      return selected(evaluate(condition, data)).length;
    });
    const sum = counts.reduce((x, y) => x + y);
    assert.ok(Math.abs(sum - data.length) <= (name === "loss" || name === "entropy" ? 2 : 0), `${name}: ${sum}`);
  }
});
