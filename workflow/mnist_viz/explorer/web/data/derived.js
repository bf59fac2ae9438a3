/** Columns that are computed from the scores: each function gives what fills one. */
import { CLASSES } from "./meaning.js";
import { SMALLEST } from "./scores.js";

const CUT = 16; // bits of a float32 that are cut off
const PARTS = 2 ** (30 - CUT); // of the numbers from 0 to 2, by what is left of them

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
    for (const [digit, score] of scores.between(from, to).entries()) {
      for (let row = from; row < to; row += 1) if (classes[row] === digit) array[row] = score[row];
    }
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
    const all = scores.between(from, to);
    for (let row = from; row < to; row += 1)
      array[row] = truth[row] === CLASSES ? 0 : -Math.log(Math.max(all[truth[row]][row], SMALLEST));
  };
}

/**
 * The entropy of the scores, in nats. A logarithm is that of the score cut after 7 binary digits, which is computed
 * once, and three terms of the series for the rest: exact to 1e-9.
 *
 * @param {Scores} scores
 * @returns {Fill}
 */
export function entropies(scores) {
  const cut = new Float32Array(Uint32Array.from({ length: PARTS }, (_, part) => part << CUT).buffer);
  const logarithms = Float64Array.from(cut, Math.log);
  const inverses = Float64Array.from(cut, (share) => 1 / share);
  return (array, from, to) => {
    const sums = new Float64Array(to - from);
    for (const score of scores.between(from, to)) {
      const bits = new Uint32Array(score.buffer, score.byteOffset, score.length);
      for (let row = from; row < to; row += 1) {
        const share = score[row];
        if (share < SMALLEST) continue;
        const part = bits[row] >>> CUT;
        const rest = share * inverses[part] - 1;
        sums[row - from] -= share * (logarithms[part] + rest * (1 - rest * (0.5 - rest / 3)));
      }
    }
    for (let row = from; row < to; row += 1) array[row] = Math.max(0, sums[row - from]);
  };
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
