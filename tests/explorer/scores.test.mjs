import assert from "node:assert/strict";
import { test } from "node:test";
import { PackedScores } from "../../workflow/mnist_viz/explorer/web/data/scores.js";
import { randomFrom } from "./known.mjs";

const IMAGES = 40;
const ORDER = [2, 3, 0, 1]; // of the tables
const ROWS = ORDER.length * IMAGES;
const CLASSES = 3;

/**
 * The bytes of a class's scores as explorer/scores.py describes them, and the scores. Each is one with an exponent of
 * its own and random digits after it, or 0.
 *
 * @param {() => number} random
 * @param {(row: number) => boolean} left whether a row's score is not written
 */
function column(random, left) {
  const scores = new Float32Array(ROWS);
  const exponents = new Uint8Array(IMAGES).fill(110);
  /** @type {number[][]} */
  const planes = Array.from({ length: 15 }, () => []);
  /** @type {number[][]} */
  const low = Array.from({ length: 15 }, () => []);
  for (const table of ORDER)
    for (let image = 0; image < IMAGES; image += 1) {
      const row = table * IMAGES + image;
      if (left(row)) {
        exponents[image] = 126;
        continue;
      }
      const exponent = random() < 0.1 ? 0 : 70 + Math.floor(random() * 55);
      planes[0].push((exponent - exponents[image] + 256) % 256);
      exponents[image] = exponent;
      if (exponent === 0) continue;
      const first = Math.floor(random() * 8);
      planes[1].push(first);
      const more = Math.max(0, Math.min(13, exponent - 114));
      const rest = Math.floor(random() * 2 ** more);
      if (more > 8) low[1 + more].push(rest % 256);
      if (more) planes[1 + more].push(more > 8 ? Math.floor(rest / 256) : rest);
      scores[row] = (1 + first / 8 + rest / 2 ** (3 + more)) * 2 ** (exponent - 127);
    }
  const whole = planes.map((plane, index) => [...plane, ...low[index]]);
  const bytes = new Uint8Array(60 + whole.flat().length);
  for (const [index, plane] of whole.entries()) new DataView(bytes.buffer).setUint32(4 * index, plane.length, true);
  bytes.set(whole.flat(), 60);
  return { bytes, scores };
}

/** @param {boolean} complete */
function packed(complete) {
  const random = randomFrom(8);
  const guess = Uint8Array.from({ length: ROWS }, () => Math.floor(random() * CLASSES));
  const all = Array.from({ length: CLASSES }, (_, index) => column(random, (row) => complete && guess[row] === index));
  const expected = all.map(({ scores }) => scores);
  if (complete)
    for (let row = 0; row < ROWS; row += 1) {
      let rest = 1;
      for (const score of expected) rest -= score[row];
      expected[guess[row]][row] = rest;
    }
  const columns = all.map(({ bytes }) => bytes);
  return { expected, read: () => new PackedScores({ columns, guess, images: IMAGES, order: ORDER, complete }) };
}

for (const complete of [false, true]) {
  const { expected, read } = packed(complete);
  const what = complete ? "with the rest of 1 for the guess" : "all written";

  test(`scores are what they were, in whatever order they are asked for, ${what}`, () => {
    for (const first of [0, 1, 2, 3]) {
      const scores = read();
      const from = first * IMAGES;
      const found = scores.between(from + 7, from + 8).map((score) => score.slice(from, from + IMAGES));
      assert.deepEqual(
        found,
        expected.map((score) => score.slice(from, from + IMAGES)),
      );
      assert.equal(scores.whole, first === ORDER[3]);
      assert.deepEqual(scores.between(0, ROWS), expected);
      assert.ok(scores.whole);
      assert.deepEqual(scores.between(0, ROWS), expected);
    }
  });

  test(`only what is needed is read, ${what}`, () => {
    const scores = read();
    assert.ok(scores.between(0, 0).every((score) => score.every((each) => each === 0)));
    const [score] = scores.between(2 * IMAGES, 3 * IMAGES);
    assert.ok(score.subarray(0, 2 * IMAGES).every((each) => each === 0));
    assert.deepEqual(score.slice(2 * IMAGES, 3 * IMAGES), expected[0].slice(2 * IMAGES, 3 * IMAGES));
    while (!scores.whole) scores.readFor(1);
    assert.deepEqual(scores.between(0, 0), expected);
  });
}
