import assert from "node:assert/strict";
import { test } from "node:test";
import { GroupLines, group, ordered } from "../../workflow/mnist_viz/explorer/web/data/groups.js";
import { selected } from "../../workflow/mnist_viz/explorer/web/data/order.js";
import { Predictions } from "../../workflow/mnist_viz/explorer/web/data/predictions.js";
import { all, predictions } from "./known.mjs";

/** @import { Group } from "../../workflow/mnist_viz/explorer/web/data/groups.js" */

const data = predictions(200, 3);
const everyRow = Uint32Array.from({ length: data.length }, (_, row) => row);
/** @type {(x: number, y: number, what: string) => void} */
const close = (x, y, what) => assert.ok(Math.abs(x - y) < 1e-5 * Math.max(1, Math.abs(y)), `${what}: ${x} is not ${y}`);

/** The groups in a group. @type {(each: Group) => Group[]} */
const inner = ({ children }) => {
  assert.ok(children);
  return children;
};

test("groups hold every row once, with the errors and mean scores of their rows", () => {
  const groups = group(everyRow, data, ["guess", "truth"], [0], data);
  assert.equal(
    groups.reduce((sum, each) => sum + each.rows.length, 0),
    data.length,
  );
  for (const each of groups) {
    assert.ok([...each.rows].every((row) => data.guess[row] === each.value));
    const wrong = [...each.rows].filter((row) => data.truth[row % data.images] !== each.value).length;
    assert.equal(each.sides[0].errors, wrong);
    const mean = [...each.rows].reduce((sum, row) => sum + all(data)[4][row], 0) / each.rows.length;
    close(each.sides[0].means[4], mean, "mean of score_4");
    assert.equal(
      inner(each).reduce((sum, child) => sum + child.rows.length, 0),
      each.rows.length,
    );
  }
});

test("the lines of a grouped table are its groups and, below open ones, their groups or rows", () => {
  const groups = group(everyRow, data, ["variant", "epoch"], [0], data);
  const closed = new GroupLines(groups, new Set());
  assert.equal(closed.length, 2);
  const third = inner(groups[0])[2];
  const open = new GroupLines(groups, new Set([groups[0].path, third.path]));
  assert.equal(open.length, 2 + 3 + data.images);
  const lines = Array.from({ length: open.length }, (_, line) => open.at(line));
  const heads = lines.flatMap(({ group: each, depth }) => (each ? [[depth, each.name, each.value]] : []));
  const epochs = [1, 2, 3].map((epoch) => [1, "epoch", epoch]);
  assert.deepEqual(heads, [[0, "variant", "<b>wide"], ...epochs, [0, "variant", "narrow"]]);
  assert.deepEqual(
    lines.filter((line) => line.row !== undefined).map((line) => line.row),
    [...third.rows],
  );
});

test("groups are in the order of their means, and so are the groups in them", () => {
  const groups = group(everyRow, data, ["truth", "variant"], [0], data);
  const mean = (/** @type {Group} */ { rows }, /** @type {string} */ name) =>
    rows.reduce((sum, row) => sum + data.column(name).number(row), 0) / rows.length;
  /** @type {[string, boolean][]} */
  const keys = [
    ["loss", false],
    ["correct", true],
  ];
  for (const [name, descending] of keys) {
    const found = ordered(groups, { column: data.column(name), descending });
    assert.deepEqual(found.map((each) => each.path).sort(), groups.map((each) => each.path).sort());
    for (const level of [found, ...found.map(inner)]) {
      const means = level.map((each) => mean(each, name));
      const wanted = [...means].sort((x, y) => (descending ? y - x : x - y));
      for (const [index, value] of means.entries()) assert.ok(Math.abs(value - wanted[index]) < 1e-9);
    }
  }
  const names = group(everyRow, data, ["variant"], [0], data);
  const backwards = ordered(names, { column: data.column("variant"), descending: true });
  assert.deepEqual(
    backwards.map((each) => each.value),
    names.map((each) => each.value).reverse(),
  );
});

test("images of a sample stand for the omitted ones of their label, and wrong ones for themselves", () => {
  const all = predictions(200, 3);
  assert.equal(all.weights, null);
  const omitted = [5, 0, 7, 0, 0, 1, 0, 0, 2, 30];
  const sample = new Predictions({ ...all, omitted });
  const wrong = (/** @type {number} */ image) =>
    all.tables.some((_, table) => all.guess[table * 200 + image] !== all.truth[image]);
  const kept = new Array(10).fill(0);
  const stoodFor = new Array(10).fill(0);
  const { weights } = sample;
  assert.ok(weights);
  for (const [image, weight] of weights.entries()) {
    if (wrong(image)) assert.equal(weight, 1);
    else {
      kept[all.truth[image]] += 1;
      stoodFor[all.truth[image]] += weight;
    }
  }
  kept.forEach((count, label) => {
    if (count) assert.ok(Math.abs(stoodFor[label] - count - omitted[label]) < 1e-9);
  });
  const [whole] = group(selected(new Uint8Array(sample.length).fill(1)), sample, ["epoch"], [0], sample);
  const weight = whole.rows.reduce((sum, row) => sum + weights[row % 200], 0);
  assert.ok(Math.abs(whole.sides[0].count - weight) < 1e-6);
});
