import assert from "node:assert/strict";
import { test } from "node:test";
import { coloured, logTicks, ticks } from "../../workflow/mnist_viz/explorer/web/parts/charts.js";
import { readState, writeState } from "../../workflow/mnist_viz/explorer/web/state.js";

test("a state comes back from its address, and unknown keys are left out", () => {
  const state = { ...readState(""), view: "compare", q: 'variant == "a&b=c#"', a: "x:1" };
  assert.deepEqual(readState(writeState(state)), state);
  assert.deepEqual(readState("#nonsense=1"), readState(""));
  assert.equal(readState("").view, "overview");
  assert.equal(readState("#q=not+correct").view, "table");
  const overview = { ...readState(""), q: "not correct" };
  assert.deepEqual(readState(writeState(overview)), overview);
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

test("ticks are round and lie in the range", () => {
  assert.deepEqual(ticks(0, 1, 4), [0, 0.5, 1]);
  assert.deepEqual(ticks(0, 0.0042, 4), [0, 0.002, 0.004]);
  assert.ok(ticks(1, 5, 6).every((tick) => tick >= 1 && tick <= 5));
});
