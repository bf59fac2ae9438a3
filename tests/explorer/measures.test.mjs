import assert from "node:assert/strict";
import { test } from "node:test";
import {
  balanced,
  balancedDifference,
  difference,
  estimate,
  MEASURES,
} from "../../workflow/mnist_viz/explorer/web/data/measures.js";
import { wilson } from "../../workflow/mnist_viz/explorer/web/data/statistics.js";
import { tally, tallyPair } from "../../workflow/mnist_viz/explorer/web/data/tally.js";
import { predictions, randomFrom } from "./known.mjs";

/** @import { Predictions } from "../../workflow/mnist_viz/explorer/web/data/predictions.js" */
/** @import { Random } from "./known.mjs" */

const data = predictions(400, 3);
const random = randomFrom(11);
const mask = Uint8Array.from({ length: data.length }, () => Number(random() < 0.8));

/**
 * @param {number} x
 * @param {number} y
 */
function close(x, y, within = 1e-12) {
  assert.ok(Math.abs(x - y) <= within, `${x} is not ${y}`);
}

test("a tally counts each image of the mask once, by label and by guess", () => {
  const table = 3;
  const images = [...data.ids.keys()].filter((image) => mask[table * data.images + image]);
  const guess = (/** @type {number} */ image) => data.guess[table * data.images + image];
  const found = tally(data, table, mask);
  assert.equal(found.all, images.length);
  for (let index = 0; index < 10; index += 1) {
    assert.equal(found.images[index], images.filter((image) => data.truth[image] === index).length);
    assert.equal(found.guessed[index], images.filter((image) => guess(image) === index).length);
    const right = images.filter((image) => guess(image) === index && data.truth[image] === index);
    assert.equal(found.right[index], right.length);
  }
});

test("precision, recall, F1 and balanced accuracy are what their definitions say", () => {
  const found = tally(data, 0, mask);
  let recalls = 0;
  for (let index = 0; index < 10; index += 1) {
    const [right, guessed, images] = [found.right[index], found.guessed[index], found.images[index]];
    const [precision, recall, f1] = MEASURES.map((measure) => estimate(measure, found, index));
    close(precision?.value ?? NaN, right / guessed);
    close(recall?.value ?? NaN, right / images);
    close(f1?.value ?? NaN, 2 / (guessed / right + images / right));
    assert.deepEqual([recall?.low, recall?.high], wilson(right, images));
    assert.ok(f1 && f1.low < f1.value && f1.value < f1.high);
    recalls += right / images;
  }
  close(balanced(found)?.value ?? NaN, recalls / 10);
});

test("of nothing there is no measure", () => {
  const nothing = new Uint8Array(data.length);
  const found = tally(data, 0, nothing);
  for (const measure of MEASURES) {
    assert.equal(estimate(measure, found, 4), null);
    assert.equal(difference(measure, tallyPair(data, nothing), 4), null);
  }
  assert.equal(balanced(found), null);
  assert.equal(balancedDifference(tallyPair(data, nothing)), null);
});

test("the difference of two recalls is Newcombe's interval for paired proportions", () => {
  // both right, only A, only B, both wrong: of 50 images 43, 0, 3, 4
  const [both, onlyA, onlyB, neither] = [43, 0, 3, 4];
  const images = both + onlyA + onlyB + neither;
  const one = (/** @type {number} */ first) => Float64Array.from({ length: 10 }, (_, index) => (index ? 0 : first));
  const side = (/** @type {number} */ right) => ({
    all: images,
    images: one(images),
    guessed: one(right),
    right: one(right),
  });
  const pair = { a: side(both + onlyA), b: side(both + onlyB), guessed: one(both), right: one(both) };
  const phi =
    (both * neither - onlyA * onlyB) /
    Math.sqrt((both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither));
  const [p, q] = [(both + onlyA) / images, (both + onlyB) / images];
  const [[lowA, highA], [lowB, highB]] = [wilson(both + onlyA, images), wilson(both + onlyB, images)];
  const spread = (/** @type {number} */ x, /** @type {number} */ y) => Math.sqrt(x * x - 2 * phi * x * y + y * y);
  const found = difference("recall", pair, 0);
  close(found?.low ?? NaN, q - p - spread(q - lowB, highA - p));
  close(found?.high ?? NaN, q - p + spread(highB - q, p - lowA));
});

const RIGHT = [0.8, 0.9]; // how often A and B know the label; else they guess one of the ten
const ALIKE = 0.6; // how often B only repeats A's guess
/** How often the label is each class. */
const SHARES = Array.from({ length: 10 }, (_, index) => ((index + 1) ** (2 / 3) - index ** (2 / 3)) / 10 ** (2 / 3));

test("balanced accuracy has Price and Bonett's limits", () => {
  const one = (/** @type {number[]} */ counts) => Float64Array.from({ length: 10 }, (_, index) => counts[index] ?? 0);
  const right = one([26, 24, 38]);
  const found = balanced({ all: 180, images: one([60, 60, 60]), guessed: right, right });
  const adjusted = [26, 24, 38].map((hits) => (hits + 2 / 3) / (60 + 4 / 3));
  const middle = adjusted.reduce((sum, share) => sum + share, 0) / 3;
  const error = Math.sqrt(adjusted.reduce((sum, share) => sum + (share * (1 - share)) / (60 + 4 / 3), 0)) / 3;
  close(found?.low ?? NaN, middle - 1.959964 * error, 1e-6);
  close(found?.high ?? NaN, middle + 1.959964 * error, 1e-6);
});

/**
 * Let A and B guess other images, of which they are right on the same ones more often than by chance.
 *
 * @param {Predictions} target
 * @param {Random} next
 */
function draw(target, next) {
  const guessed = (/** @type {number} */ label, /** @type {number} */ side) =>
    next() < RIGHT[side] ? label : Math.floor(next() * 10);
  for (let image = 0; image < target.images; image += 1) {
    const label = Math.floor(next() ** 1.5 * 10);
    target.truth[image] = label;
    target.guess[image] = guessed(label, 0);
    target.guess[target.images + image] = next() < ALIKE ? target.guess[image] : guessed(label, 1);
  }
}

/**
 * What is true of a class and of all of them in such images: the measures of A, and how much higher those of B are.
 *
 * @param {number} index
 */
function truths(index) {
  const [knownA, knownB] = [RIGHT[0], ALIKE * RIGHT[0] + (1 - ALIKE) * RIGHT[1]];
  const [a, b] = [knownA, knownB].map((known) => {
    const recall = known + (1 - known) / 10;
    const precision = (SHARES[index] * recall) / (SHARES[index] * known + (1 - known) / 10);
    return [precision, recall, 2 / (1 / precision + 1 / recall), recall];
  });
  return [...a, ...b.map((value, place) => value - a[place])];
}

test("nineteen of twenty intervals hold what is true, of each measure and of each difference", () => {
  const rounds = 1000;
  const source = predictions(400, 1);
  const all = new Uint8Array(source.length).fill(1);
  const next = randomFrom(5);
  const expected = truths(2);
  const held = expected.map(() => 0);
  source.join(0, 1);
  for (let round = 0; round < rounds; round += 1) {
    draw(source, next);
    const pair = tallyPair(source, all);
    const found = [
      ...MEASURES.map((measure) => estimate(measure, pair.a, 2)),
      balanced(pair.a),
      ...MEASURES.map((measure) => difference(measure, pair, 2)),
      balancedDifference(pair),
    ];
    found.forEach((each, place) => {
      if (each && each.low <= expected[place] && expected[place] <= each.high) held[place] += 1;
    });
  }
  for (const count of held) assert.ok(count > 0.93 * rounds && count < 0.985 * rounds, held.join(", "));
});
