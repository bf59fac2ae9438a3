/** Columns that are computed from the scores: each function gives what fills one. */
import { bitsOf, logarithm } from "./logarithm.js";
import { CLASSES } from "./meaning.js";
import { SMALLEST } from "./scores.js";

const [LEAST] = bitsOf(Float32Array.of(SMALLEST));
const BLOCK = 4096; // rows whose sums stay at hand

/** @import { Fill } from "./column.js" */
/** @import { Scores } from "./scores.js" */

/**
 * 1 where the guess is the truth, and where this is not known, so that nothing counts it as an error.
 *
 * @param {Uint8Array | Uint16Array} guess
 * @param {Uint8Array | Uint16Array} truth
 * @returns {Fill}
 */
export function corrects(guess, truth) {
  return (array, from, to) => {
    for (let row = from; row < to; row += 1) array[row] = guess[row] === truth[row] || truth[row] === CLASSES ? 1 : 0;
  };
}

/**
 * Each row's score of the class that `classes` names.
 *
 * @param {Scores} scores
 * @param {Uint8Array | Uint16Array} classes
 * @returns {Fill}
 */
export function scoresOf(scores, classes) {
  return (array, from, to) => {
    const all = scores.between(from, to);
    for (let row = from; row < to; row += 1) if (classes[row] !== CLASSES) array[row] = all[classes[row]][row];
  };
}

/**
 * The guess's score minus the next highest one, or 0 if rounding made that the higher.
 *
 * @param {Scores} scores
 * @param {Uint8Array | Uint16Array} guess
 * @returns {Fill}
 */
export function margins(scores, guess) {
  return (array, from, to) => {
    const all = scores.between(from, to);
    array.fill(0, from, to);
    for (const [digit, score] of all.entries()) {
      for (let row = from; row < to; row += 1) {
        if (guess[row] !== digit && score[row] > array[row]) array[row] = score[row];
      }
    }
    for (let row = from; row < to; row += 1) array[row] = Math.max(0, all[guess[row]][row] - array[row]);
  };
}

/**
 * The negative log likelihood of the truth, in nats; a score of 0 counts as the smallest one that is not 0.
 *
 * @param {Scores} scores
 * @param {Uint8Array | Uint16Array} truth
 * @returns {Fill}
 */
export function losses(scores, truth) {
  return (array, from, to) => {
    const bits = scores.between(from, to).map(bitsOf);
    for (let row = from; row < to; row += 1)
      array[row] = truth[row] === CLASSES ? 0 : -logarithm(Math.max(bits[truth[row]][row], LEAST));
  };
}

/**
 * The entropy of the scores, in nats.
 *
 * @param {Scores} scores
 * @returns {Fill}
 */
export function entropies(scores) {
  return (array, from, to) => {
    const all = scores.between(from, to);
    const bits = all.map(bitsOf);
    const sums = new Float64Array(Math.min(BLOCK, to - from));
    for (let start = from; start < to; start += BLOCK) {
      const end = Math.min(start + BLOCK, to);
      sums.fill(0);
      for (const [index, score] of all.entries()) addEntropies(sums, score, bits[index], start, end);
      for (let row = start; row < end; row += 1) array[row] = Math.max(0, sums[row - start]);
    }
  };
}

/**
 * Add to `sums` what the scores of one class add to the entropies of the rows from `start` to `end`. A score of 0 adds
 * 0, as its bits have a logarithm, too.
 *
 * @param {Float64Array} sums
 * @param {Float32Array} score
 * @param {Int32Array} bits of these scores
 * @param {number} start
 * @param {number} end
 */
function addEntropies(sums, score, bits, start, end) {
  for (let row = start; row < end; row += 1) sums[row - start] -= score[row] * logarithm(bits[row]);
}

/**
 * Half the sum of the differences between the scores from row `a` on and those from row `b` on.
 *
 * @param {Scores} scores
 * @param {number} a
 * @param {number} b
 * @returns {Fill}
 */
export function distances(scores, a, b) {
  return (array, from, to) => {
    const sums = new Float64Array(to - from);
    scores.between(a + from, a + to); // so that these are read, too
    for (const score of scores.between(b + from, b + to))
      for (let row = from; row < to; row += 1) sums[row - from] += Math.abs(score[a + row] - score[b + row]);
    for (let row = from; row < to; row += 1) array[row] = Math.min(1, sums[row - from] / 2);
  };
}
