/** Ensembles, groups of seeds, and what a threshold keeps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { coverage, keptAt, thinned } from "../../workflow/mnist_viz/explorer/web/data/coverage.js";
import { means, readEnsembles, writtenEnsembles } from "../../workflow/mnist_viz/explorer/web/data/ensembles.js";
import { meanAndSpread, seedGroups } from "../../workflow/mnist_viz/explorer/web/data/replicates.js";

/** @import { Variant } from "../../workflow/mnist_viz/explorer/web/data/bytes.js" */

test("the guess is the highest mean, of equal ones the lowest class", () => {
  // Two images; three tables, of which the first and the last are members.
  const scores = [
    [10, 5, 99, 99, 10, 6],
    [12, 7, 99, 99, 8, 3],
    [10, 6, 99, 99, 10, 6],
  ].map((score) => Float32Array.from(score));
  const { guess, scores: all } = means({ guess: Uint8Array.from([2, 2, 1, 1, 2, 2]), scores }, [[0, 2]], 2);
  assert.deepEqual([...guess], [2, 2, 1, 1, 2, 2, 0, 2]);
  assert.deepEqual(
    all.map((score) => [...score.subarray(6)]),
    [
      [10, 5.5],
      [10, 5],
      [10, 6],
    ],
  );
});

test("ensembles come back from an address, whatever the names", () => {
  const list = [
    { epoch: 3, members: ["a,b", "c;d", "100 %", "%2c"] },
    { epoch: 12, members: ["plain", "ü"] },
  ];
  assert.deepEqual(readEnsembles(writtenEnsembles(list)), list);
  assert.deepEqual(readEnsembles(""), []);
});

/** @type {(name: string, config: Record<string, unknown>) => Variant} */
const variant = (name, config) => ({
  name,
  config,
  train: {},
  predict: {},
  metrics: [],
  history: { step: [], loss: [] },
});

test("variants that differ by their seed alone are a group, in any order of the keys", () => {
  const groups = seedGroups([
    variant("x-seed_1", { variant: "x-seed_1", epochs: 3, seed: 1 }),
    variant("other", { epochs: 4, seed: 1 }),
    variant("x-seed_2", { seed: 2, epochs: 3 }),
    variant("made", {}),
    variant("made too", {}),
    variant("twice", { epochs: 5, seed: 1 }),
    variant("twice too", { epochs: 5, seed: 1 }),
  ]);
  assert.deepEqual(groups, [
    { name: "x", variants: [0, 2] },
    { name: "other", variants: [1] },
    { name: "made", variants: [3] },
    { name: "made too", variants: [4] },
    { name: "twice", variants: [5] },
    { name: "twice too", variants: [6] },
  ]);
  assert.deepEqual(meanAndSpread([2, 4, 9]), { mean: 5, spread: Math.sqrt(13) });
  assert.deepEqual(meanAndSpread([7]), { mean: 7, spread: 0 });
});

test("a threshold keeps the scores that equal it, and errors count as they are", () => {
  const confidence = [1, 0.4, 1, 0.7, 0.4];
  const correct = [1, 0, 0, 1, 1];
  const points = coverage(confidence, correct, [0, 1, 2, 3, 4], (row) => (correct[row] ? 2 : 1));
  assert.deepEqual(points, [
    { threshold: 1, kept: 3, errors: 1 },
    { threshold: 0.7, kept: 5, errors: 1 },
    { threshold: 0.4, kept: 8, errors: 2 },
  ]);
  assert.deepEqual(keptAt(points, 0.7), { threshold: 0.7, kept: 5, errors: 1 });
  assert.deepEqual(keptAt(points, 0.71), { threshold: 0.71, kept: 3, errors: 1 });
  assert.deepEqual(keptAt(points, 0), { threshold: 0, kept: 8, errors: 2 });
  assert.deepEqual(keptAt([], 0.5), { threshold: 0.5, kept: 0, errors: 0 });
  assert.deepEqual(thinned(points, 2), [points[0], points[2]]);
});
