/** Columns that are computed from the scores: each function gives what fills one. */
import { CLASSES } from "./meaning.js";

/** @import { Fill } from "./column.js" */
/** @typedef {Uint16Array[]} Scores For each class, every row's score in levels. */

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
    for (let digit = 0; digit < CLASSES; digit += 1) {
      const score = scores[digit];
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
    array.fill(0, from, to);
    for (let digit = 0; digit < CLASSES; digit += 1) {
      const score = scores[digit];
      for (let row = from; row < to; row += 1) {
        if (guess[row] !== digit && score[row] > array[row]) array[row] = score[row];
      }
    }
    for (let row = from; row < to; row += 1) array[row] = Math.max(0, scores[guess[row]][row] - array[row]);
  };
}

/**
 * The negative log likelihood of the truth, in nats; a score of 0 counts as half a level.
 *
 * @param {Scores} scores
 * @param {Uint8Array | Uint16Array} truth
 * @param {number} levels
 * @returns {Fill}
 */
export function losses(scores, truth, levels) {
  const loss = remembered(levels, (level) => -Math.log(Math.max(level, 0.5) / levels));
  return (array, from, to) => {
    for (let row = from; row < to; row += 1) array[row] = truth[row] === CLASSES ? 0 : loss(scores[truth[row]][row]);
  };
}

/**
 * The entropy of the scores, in nats.
 *
 * @param {Scores} scores
 * @param {number} levels
 * @returns {Fill}
 */
export function entropies(scores, levels) {
  const term = remembered(levels, (level) => (-level / levels) * Math.log(level / levels));
  return (array, from, to) => {
    array.fill(0, from, to);
    for (const score of scores)
      for (let row = from; row < to; row += 1) if (score[row] !== 0) array[row] += term(score[row]);
  };
}

/**
 * Half the sum of the differences between the scores from row `a` on and those from row `b` on, in levels.
 *
 * @param {Scores} scores
 * @param {number} a
 * @param {number} b
 * @param {number} levels
 * @returns {Fill}
 */
export function distances(scores, a, b, levels) {
  return (array, from, to) => {
    const sums = new Uint32Array(to - from);
    for (const score of scores)
      for (let row = from; row < to; row += 1) sums[row - from] += Math.abs(score[a + row] - score[b + row]);
    for (let row = from; row < to; row += 1) array[row] = Math.min(levels, Math.round(sums[row - from] / 2));
  };
}

/**
 * `value` of a level, rounded to 32 bits and computed once.
 *
 * @param {number} levels
 * @param {(level: number) => number} value
 * @returns {(level: number) => number}
 */
function remembered(levels, value) {
  const known = new Float32Array(levels + 1).fill(NaN);
  return (level) => {
    if (Number.isNaN(known[level])) known[level] = value(level);
    return known[level];
  };
}
