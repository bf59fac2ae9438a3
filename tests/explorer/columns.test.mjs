import assert from "node:assert/strict";
import { test } from "node:test";
import { joinBytes } from "../../workflow/mnist_viz/explorer/bytes.js";
import { coloured, logTicks } from "../../workflow/mnist_viz/explorer/charts.js";
import { format, Predictions } from "../../workflow/mnist_viz/explorer/columns.js";
import { Filter } from "../../workflow/mnist_viz/explorer/filter.js";
import { GroupLines, group, ordered } from "../../workflow/mnist_viz/explorer/groups.js";
import { scale } from "../../workflow/mnist_viz/explorer/histogram.js";
import { selected, sorted } from "../../workflow/mnist_viz/explorer/order.js";
import { evaluate, parse } from "../../workflow/mnist_viz/explorer/query.js";
import { readState, writeState } from "../../workflow/mnist_viz/explorer/state.js";
import { predictions } from "./known.mjs";

const data = predictions(200, 3);
const everyRow = Uint32Array.from({ length: data.length }, (_, row) => row);
const close = (x, y, what) => assert.ok(Math.abs(x - y) < 1e-5 * Math.max(1, Math.abs(y)), `${what}: ${x} is not ${y}`);

test("derived columns are what their meanings say", () => {
  for (const row of everyRow) {
    const scores = data.scores.map((score) => score[row] / 65535);
    const guess = data.guess[row];
    const truth = data.truth[row % data.images];
    const others = scores.filter((_, digit) => digit !== guess);
    const expected = {
      confidence: scores[guess],
      margin: scores[guess] - Math.max(...others),
      true_score: scores[truth],
      loss: -Math.log(Math.max(scores[truth], 0.5 / 65535)),
      entropy: scores.reduce((sum, score) => sum - (score ? score * Math.log(score) : 0), 0),
      correct: Number(guess === truth),
      truth,
      guess,
      epoch: data.tables[Math.floor(row / data.images)][1],
      id: 3 * (row % data.images),
    };
    for (const [name, value] of Object.entries(expected))
      close(data.column(name).value(row), value, `${name} of row ${row}`);
  }
});

test("the distance of two tables is half the sum of the differences, and a table is not apart from itself", () => {
  data.join(1, 3);
  for (let image = 0; image < data.images; image += 1) {
    const sum = data.scores.reduce(
      (total, score) => total + Math.abs(score[data.images + image] - score[3 * data.images + image]),
      0,
    );
    assert.ok(Math.abs(data.joined.column("distance").value(image) - sum / 2 / 65535) <= 1 / 65535);
  }
  data.join(2, 2);
  assert.ok(data.joined.column("distance").array.every((value) => value === 0));
});

test("sorting by any columns gives the order of a stable comparison sort", () => {
  const cases = [
    [["loss", false]],
    [["entropy", true]],
    [
      ["variant", true],
      ["guess", false],
    ],
    [["id", true]],
    [
      ["correct", false],
      ["confidence", true],
      ["epoch", false],
    ],
  ];
  for (const keys of cases) {
    const expected = [...everyRow].sort((x, y) => {
      for (const [name, descending] of keys) {
        const [left, right] = [data.column(name).value(x), data.column(name).value(y)];
        if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1);
      }
      return x - y;
    });
    const found = sorted(
      everyRow,
      keys.map(([name, descending]) => ({ column: data.column(name), descending })),
    );
    assert.deepEqual([...found], expected, JSON.stringify(keys));
  }
});

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
    const mean = [...each.rows].reduce((sum, row) => sum + data.scores[4][row] / 65535, 0) / each.rows.length;
    close(each.sides[0].means[4], mean, "mean of score_4");
    assert.equal(
      each.children.reduce((sum, child) => sum + child.rows.length, 0),
      each.rows.length,
    );
  }
});

test("the lines of a grouped table are its groups and, below open ones, their groups or rows", () => {
  const groups = group(everyRow, data, ["variant", "epoch"], [0], data);
  const closed = new GroupLines(groups, new Set());
  assert.equal(closed.length, 2);
  const open = new GroupLines(groups, new Set([groups[0].path, groups[0].children[2].path]));
  assert.equal(open.length, 2 + 3 + data.images);
  const lines = Array.from({ length: open.length }, (_, line) => open.at(line));
  const heads = lines.filter((line) => line.group).map(({ group: each, depth }) => [depth, each.name, each.value]);
  const epochs = [1, 2, 3].map((epoch) => [1, "epoch", epoch]);
  assert.deepEqual(heads, [[0, "variant", "<b>wide"], ...epochs, [0, "variant", "narrow"]]);
  assert.deepEqual(
    lines.filter((line) => line.row !== undefined).map((line) => line.row),
    [...groups[0].children[2].rows],
  );
});

test("the filter keeps a condition's mask when another one changes, and can leave conditions out", () => {
  const filter = new Filter(data);
  filter.set("guess == 3 and epoch == 1");
  const [first] = filter.parts;
  filter.set("guess == 3 and epoch == 2");
  assert.equal(filter.parts[0].mask, first.mask);
  const only = filter.without((part) => part.columns.has("epoch"));
  assert.deepEqual(only, evaluate(parse("guess == 3", data), data));
  assert.deepEqual([...filter.rows], [...selected(evaluate(parse("guess == 3 and epoch == 2", data), data))]);
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

test("the parts of a histogram are queries that choose the rows counted in them", () => {
  for (const name of ["confidence", "guess", "id", "epoch", "correct", "variant", "loss", "entropy"]) {
    const column = data.column(name);
    const { bins, query } = scale(column);
    const counts = Array.from(
      { length: bins },
      (_, bin) => selected(evaluate(parse(query(bin, bin), data), data)).length,
    );
    const sum = counts.reduce((x, y) => x + y);
    assert.ok(Math.abs(sum - data.length) <= (name === "loss" || name === "entropy" ? 2 : 0), `${name}: ${sum}`);
  }
});

test("numbers come back from their high and low bytes", () => {
  assert.deepEqual([...joinBytes(Uint8Array.from([0, 1, 255, 7, 0, 255]))], [7, 256, 65535]);
});

test("values are written as the table shows them", () => {
  assert.equal(format(data.column("variant"), 0), "narrow");
  assert.match(format(data.column("score_1"), 0), /^[01]\.\d{4}$/);
  assert.match(format(data.column("correct"), 0), /^(yes|no)$/);
});

test("a state comes back from its address, and unknown keys are left out", () => {
  const state = { ...readState(""), view: "compare", q: 'variant == "a&b=c#"', a: "x:1" };
  assert.deepEqual(readState(writeState(state)), state);
  assert.deepEqual(readState("#nonsense=1"), readState(""));
});

test("groups are in the order of their means, and so are the groups in them", () => {
  const groups = group(everyRow, data, ["truth", "variant"], [0], data);
  const mean = ({ rows }, name) => rows.reduce((sum, row) => sum + data.column(name).value(row), 0) / rows.length;
  for (const [name, descending] of [
    ["loss", false],
    ["correct", true],
  ]) {
    const found = ordered(groups, { column: data.column(name), descending });
    assert.deepEqual(found.map((each) => each.path).sort(), groups.map((each) => each.path).sort());
    for (const level of [found, ...found.map((each) => each.children)]) {
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
  const wrong = (image) => all.tables.some((_, table) => all.guess[table * 200 + image] !== all.truth[image]);
  const kept = new Array(10).fill(0);
  const stoodFor = new Array(10).fill(0);
  for (const [image, weight] of sample.weights.entries()) {
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
  const weight = whole.rows.reduce((sum, row) => sum + sample.weights[row % 200], 0);
  assert.ok(Math.abs(whole.sides[0].count - weight) < 1e-6);
});

test("the ticks of a logarithmic axis are round and within it", () => {
  assert.deepEqual(logTicks(0.015, 0.9), [0.02, 0.05, 0.1, 0.2, 0.5]);
  assert.deepEqual(logTicks(1e-5, 2), [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1]);
});

test("of many lines only the chosen ones have a colour, and lie on top", () => {
  const names = Array.from({ length: 20 }, (_, index) => `v${index}`);
  const lines = coloured(names, [7, 3, 7], (index) => [[index, 1]]);
  assert.equal(lines.length, 20);
  assert.deepEqual(
    lines.slice(-2).map(({ name, className }) => [name, className]),
    [
      ["v7", "series-0"],
      ["v3", "series-1"],
    ],
  );
  assert.ok(lines.slice(0, 18).every(({ className }) => className === "grey"));
  assert.deepEqual(
    coloured(names.slice(0, 3), [1], () => []).map(({ className }) => className),
    ["series-0", "series-1", "series-2"],
  );
});
