/**
 * Precision, recall and F1 of a class, balanced accuracy, and how A and B differ in them, with 95 % intervals.
 *
 * Precision and recall are proportions and have Wilson's interval. F1 is 2 J / (1 + J) of the proportion J, of the images
 * that are labelled or guessed so those that are both; its interval is J's, transformed in the same way: the method
 * "Wilson indirect" of Lam, Gopal and Qian (2023), https://arxiv.org/abs/2309.14621. Balanced accuracy is the mean of
 * the recalls, a linear function of proportions: Price and Bonett (2004),
 * https://doi.org/10.1016/S0167-9473(03)00007-0.
 *
 * A difference takes its limits from those of A and B and from how these go together on the same images: Zou and Donner
 * (2008), https://doi.org/10.1002/sim.3095. Of a proportion of the same images it is Newcombe's method 8 for paired data
 * (1998), https://doi.org/10.1002/(SICI)1097-0258(19981130)17:22%3C2635::AID-SIM954%3E3.0.CO;2-C.
 */
import { wilson } from "./statistics.js";

/** @import { Pair, Tally } from "./tally.js" */
/** @typedef {"precision" | "recall" | "f1"} Measure */
/** @typedef {{ value: number, low: number, high: number, of: number }} Estimate `of` so many images. */

const Z = 1.959963984540054; // of 95 %

/** @type {Measure[]} */
export const MEASURES = ["precision", "recall", "f1"];

/**
 * A measure of a class; null if there is no image that it could be of.
 *
 * @param {Measure} measure
 * @param {Tally} tally
 * @param {number} index of the class
 * @returns {Estimate | null}
 */
export function estimate(measure, tally, index) {
  const of = total(measure, tally, index);
  if (of === 0) return null;
  const hits = tally.right[index];
  const shown = measure === "f1" ? harmonic : (/** @type {number} */ share) => share;
  const [low, high] = wilson(hits, of).map(shown);
  return { value: shown(hits / of), low, high, of };
}

/**
 * The mean of the recalls of the classes that have images; null if none has.
 *
 * @param {Tally} tally
 * @returns {Estimate | null}
 */
export function balanced(tally) {
  const classes = classesOf(tally);
  const { length } = classes;
  if (length === 0) return null;
  let [value, middle, variance] = [0, 0, 0];
  for (const index of classes) {
    const [hits, images] = [tally.right[index], tally.images[index]];
    value += hits / images / length;
    const [more, share] = [images + 4 / length, (hits + 2 / length) / (images + 4 / length)];
    middle += share / length;
    variance += (share * (1 - share)) / more / length ** 2;
  }
  const spread = Z * Math.sqrt(variance);
  return { value, low: Math.max(0, middle - spread), high: Math.min(1, middle + spread), of: tally.all };
}

/**
 * The classes that have images.
 *
 * @param {Tally} tally
 */
export function classesOf({ images }) {
  return [...images.keys()].filter((index) => images[index] > 0);
}

/**
 * How much higher a measure of a class is in B than in A, on the images that both have; null where one has none.
 *
 * @param {Measure} measure
 * @param {Pair} pair
 * @param {number} index of the class
 * @returns {Estimate | null}
 */
export function difference(measure, pair, index) {
  const [a, b] = [estimate(measure, pair.a, index), estimate(measure, pair.b, index)];
  if (!a || !b) return null;
  const covariance = together(measure, pair, index);
  const variances = [pair.a, pair.b].map((tally) => {
    const share = tally.right[index] / total(measure, tally, index);
    return total(measure, tally, index) * share * (1 - share);
  });
  return between(a, b, correlation(covariance, variances[0], variances[1]), either(measure, pair, index));
}

/**
 * How much higher the balanced accuracy of B is, on the images that both have; null if there are none.
 *
 * @param {Pair} pair
 * @returns {Estimate | null}
 */
export function balancedDifference(pair) {
  const [a, b] = [balanced(pair.a), balanced(pair.b)];
  if (!a || !b) return null;
  let [covariance, varianceA, varianceB] = [0, 0, 0];
  for (const index of classesOf(pair.a)) {
    const images = pair.a.images[index];
    const [shareA, shareB] = [pair.a.right[index] / images, pair.b.right[index] / images];
    covariance += together("recall", pair, index) / images ** 2;
    varianceA += (shareA * (1 - shareA)) / images;
    varianceB += (shareB * (1 - shareB)) / images;
  }
  return between(a, b, correlation(covariance, varianceA, varianceB), pair.a.all);
}

/**
 * The images that a measure of a class is of.
 *
 * @param {Measure} measure
 * @param {Tally} tally
 * @param {number} index
 */
function total(measure, { images, guessed, right }, index) {
  if (measure === "precision") return guessed[index];
  return measure === "recall" ? images[index] : images[index] + guessed[index] - right[index];
}

/**
 * The images that a measure of a class is of in A or in B.
 *
 * @param {Measure} measure
 * @param {Pair} pair
 * @param {number} index
 */
function either(measure, { a, b, guessed, right }, index) {
  const guesses = a.guessed[index] + b.guessed[index] - guessed[index];
  if (measure === "precision") return guesses;
  const rights = a.right[index] + b.right[index] - right[index];
  return a.images[index] + (measure === "f1" ? guesses - rights : 0);
}

/** @param {number} share */
function harmonic(share) {
  return (2 * share) / (1 + share);
}

/**
 * The sum over images of what each adds to A's share, times what it adds to B's: (right − share) of those that count.
 *
 * @param {Measure} measure
 * @param {Pair} pair
 * @param {number} index
 */
function together(measure, { a, b, guessed, right }, index) {
  const [rightA, rightB, both] = [a.right[index], b.right[index], right[index]];
  const [shareA, shareB] = [rightA / total(measure, a, index), rightB / total(measure, b, index)];
  // What is right for both counts for both; of precision, what is right for one alone counts for it alone.
  if (measure === "precision") return both * (1 - shareA - shareB) + shareA * shareB * guessed[index];
  const counted = a.images[index] + (measure === "f1" ? guessed[index] - both : 0);
  return both - shareB * rightA - shareA * rightB + shareA * shareB * counted;
}

/**
 * @param {number} covariance
 * @param {number} varianceA
 * @param {number} varianceB
 */
function correlation(covariance, varianceA, varianceB) {
  const scale = Math.sqrt(varianceA * varianceB);
  return scale > 0 ? Math.max(-1, Math.min(1, covariance / scale)) : 0;
}

/**
 * B minus A.
 *
 * @param {Estimate} a
 * @param {Estimate} b
 * @param {number} r the correlation of the two
 * @param {number} of
 * @returns {Estimate}
 */
function between(a, b, r, of) {
  const spread = (/** @type {number} */ x, /** @type {number} */ y) =>
    Math.sqrt(Math.max(0, x * x + y * y - 2 * r * x * y));
  const value = b.value - a.value;
  const low = value - spread(b.value - b.low, a.high - a.value);
  const high = value + spread(b.high - b.value, a.value - a.low);
  return { value, low: Math.max(-1, low), high: Math.min(1, high), of };
}
