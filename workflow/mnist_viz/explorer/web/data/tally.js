/** How often each class is there, is guessed, and is guessed rightly: what precision, recall and F1 are made of. */
import { CLASSES } from "./meaning.js";

/** @import { Predictions } from "./predictions.js" */
/**
 * @typedef {object} Tally Images by class; of a sample, whose images have weights, how many they stand for.
 * @property {number} all
 * @property {Float64Array} images labelled so
 * @property {Float64Array} guessed
 * @property {Float64Array} right both
 */
/**
 * @typedef {object} Pair What A and B make of the images that both have.
 * @property {Tally} a
 * @property {Tally} b
 * @property {Float64Array} guessed by both
 * @property {Float64Array} right by both
 */

/**
 * The classes of a table among the rows of `mask`. Images whose truth is not known do not count.
 *
 * @param {Predictions} data
 * @param {number} table
 * @param {Uint8Array} mask
 * @returns {Tally}
 */
export function tally(data, table, mask) {
  const { truth, guess, weights, images: length } = data;
  const [images, guessed, right] = empty(3);
  const start = table * length;
  for (let image = 0; image < length; image += 1) {
    const label = truth[image];
    if (!mask[start + image] || label === CLASSES) continue;
    const weight = weights ? weights[image] : 1;
    const made = guess[start + image];
    images[label] += weight;
    guessed[made] += weight;
    if (made === label) right[label] += weight;
  }
  return finished(images, guessed, right);
}

/**
 * The classes of the tables A and B among the images of which `mask` has the rows of both.
 *
 * @param {Predictions} data
 * @param {Uint8Array} mask
 * @returns {Pair}
 */
export function tallyPair(data, mask) {
  const { truth, guess, weights, images: length } = data;
  const [images, guessedA, rightA, guessedB, rightB, guessed, right] = empty(7);
  const [a, b] = [data.a * length, data.b * length];
  for (let image = 0; image < length; image += 1) {
    const label = truth[image];
    if (!(mask[a + image] & mask[b + image]) || label === CLASSES) continue;
    const weight = weights ? weights[image] : 1;
    const [byA, byB] = [guess[a + image], guess[b + image]];
    images[label] += weight;
    guessedA[byA] += weight;
    guessedB[byB] += weight;
    if (byA === label) rightA[label] += weight;
    if (byB === label) rightB[label] += weight;
    if (byA !== byB) continue;
    guessed[byA] += weight;
    if (byA === label) right[label] += weight;
  }
  return {
    a: finished(images, guessedA, rightA),
    b: finished(images, guessedB, rightB),
    guessed: guessed.map(Math.round),
    right: right.map(Math.round),
  };
}

/** @param {number} count */
function empty(count) {
  return Array.from({ length: count }, () => new Float64Array(CLASSES));
}

/**
 * @param {Float64Array} images
 * @param {Float64Array} guessed
 * @param {Float64Array} right
 * @returns {Tally}
 */
function finished(images, guessed, right) {
  const whole = images.map(Math.round);
  const all = whole.reduce((sum, count) => sum + count, 0);
  return { all, images: whole, guessed: guessed.map(Math.round), right: right.map(Math.round) };
}
