import assert from "node:assert/strict";
import { test } from "node:test";
import { hardest, labelErrors } from "../../workflow/mnist_viz/explorer/web/data/hard.js";
import {
  calibration,
  confusion,
  fourCells,
  histogram,
  mcnemar,
  wilson,
} from "../../workflow/mnist_viz/explorer/web/data/statistics.js";
import { predictions, randomFrom } from "./known.mjs";

const data = predictions(300, 5);
const all = new Uint8Array(data.length).fill(1);

/**
 * The exact test in whole numbers: tail and total as fractions of 2^n.
 *
 * @param {number} onlyA
 * @param {number} onlyB
 */
function exact(onlyA, onlyB) {
  const total = BigInt(onlyA + onlyB);
  let choose = 1n;
  let tail = 0n;
  for (let k = 0n; k <= BigInt(Math.min(onlyA, onlyB)); k += 1n) {
    tail += choose;
    choose = (choose * (total - k)) / (k + 1n);
  }
  return Math.min(1, Number((2n * tail * 10n ** 30n) / 2n ** total) / 1e30);
}

test("McNemar's exact p is that of whole-number arithmetic", () => {
  assert.equal(mcnemar(0, 0), 1);
  const random = randomFrom(2);
  for (let round = 0; round < 300; round += 1) {
    const [a, b] = [Math.floor(random() * 60), Math.floor(random() * 400)];
    const p = exact(a, b);
    assert.ok(Math.abs(mcnemar(a, b) - p) <= 1e-9 * p + 1e-28, `${a}, ${b}: ${mcnemar(a, b)} is not ${p}`);
    assert.equal(mcnemar(a, b), mcnemar(b, a));
  }
});

test("Wilson's interval is that of published tables, and holds the share", () => {
  const [low, high] = wilson(81, 263);
  assert.ok(Math.abs(low - 0.2553) < 5e-5 && Math.abs(high - 0.3662) < 5e-5);
  assert.deepEqual(wilson(0, 0), [0, 1]);
  assert.equal(wilson(0, 10)[0], 0);
  assert.ok(Math.abs(wilson(10, 10)[1] - 1) < 1e-12);
});

test("the four cells hold every image once", () => {
  data.join(0, 3);
  const images = Uint32Array.from({ length: data.images }, (_, image) => image);
  /** @type {(table: number, image: number) => boolean} */
  const right = (table, image) => data.guess[table * data.images + image] === data.truth[image];
  /** @type {(a: boolean, b: boolean) => number} */
  const count = (a, b) => images.filter((image) => right(0, image) === a && right(3, image) === b).length;
  assert.deepEqual(fourCells(data.joined, images), [
    [count(true, true), count(true, false)],
    [count(false, true), count(false, false)],
  ]);
});

test("the confusion matrix counts guess by truth", () => {
  const rows = Uint32Array.from({ length: data.length }, (_, row) => row);
  const counts = confusion(data.guess, data.column("truth").array, rows);
  assert.equal(
    counts.reduce((x, y) => x + y),
    data.length,
  );
  const expected = rows.filter((row) => data.guess[row] === 4 && data.truth[row % data.images] === 9).length;
  assert.equal(counts[94], expected);
});

test("calibration of a known case", () => {
  const confidence = [0.9, 0.9, 0.9, 0.9, 0.5, 1];
  const { parts, error } = calibration(confidence, [1, 1, 1, 0, 1, 1], [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(parts.map((part) => part.images).filter(Boolean), [1, 4, 1]);
  assert.ok(Math.abs(error - (4 * 0.15 + 0.5) / 6) < 1e-12);
});

test("a weight counts a row as so many images", () => {
  const confidence = [0.9, 0.5];
  const weighted = calibration(confidence, [1, 0], [0, 1], (row) => (row ? 1 : 3));
  const repeated = calibration([0.9, 0.9, 0.9, 0.5], [1, 1, 1, 0], [0, 1, 2, 3]);
  assert.ok(Math.abs(weighted.error - repeated.error) < 1e-12);
});

/**
 * What a generator returns when it has been run to its end.
 *
 * @template T
 * @param {Generator<void, T, void>} generator
 * @returns {T}
 */
function ended(generator) {
  for (;;) {
    const step = generator.next();
    if (step.done) return step.value;
  }
}

test("a histogram counts every row once, in the part of its value", () => {
  const { array } = data.column("confidence");
  const counts = ended(histogram(array, all, { low: 0, high: 1, bins: 40 }, 70));
  assert.equal(
    counts.reduce((x, y) => x + y),
    data.length,
  );
  const expected = [...array].filter((share) => share >= 0.5 && share < 0.525).length;
  assert.equal(counts[20], expected);
});

test("the hardest images are wrong in the most tables, then have the highest loss", () => {
  const found = hardest(data, all);
  const wrong = (/** @type {number} */ image) =>
    data.tables.filter((_, table) => data.guess[table * data.images + image] !== data.truth[image]).length;
  for (const each of found) assert.equal(each.wrong, wrong(each.image));
  for (let index = 1; index < found.length; index += 1) {
    const [before, after] = [found[index - 1], found[index]];
    assert.ok(before.wrong > after.wrong || (before.wrong === after.wrong && before.loss >= after.loss));
  }
  const images = [...new Set(found.map((each) => each.image))];
  assert.equal(images.length, Array.from({ length: data.images }, (_, image) => wrong(image)).filter(Boolean).length);
});

test("likely label errors are those on which the last tables of all variants agree against the label", () => {
  const guess = (/** @type {number} */ table, /** @type {number} */ image) => data.guess[table * data.images + image];
  const expected = Array.from({ length: data.images }, (_, image) => image).filter(
    (image) => guess(1, image) === guess(4, image) && guess(1, image) !== data.truth[image],
  );
  const found = labelErrors(data, all);
  assert.deepEqual(
    found.map((each) => each.image).sort((x, y) => x - y),
    expected,
  );
  const sure = found.map((each) => each.confidence);
  assert.deepEqual(
    sure,
    [...sure].sort((x, y) => y - x),
  );
});
