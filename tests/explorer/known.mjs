/** Random predictions and queries, and a seeded source of random numbers, for the tests that need no browser. */
import { Predictions } from "../../workflow/mnist_viz/explorer/web/data/predictions.js";
import { plainScores } from "../../workflow/mnist_viz/explorer/web/data/scores.js";
import * as tree from "../../workflow/mnist_viz/explorer/web/query/tree.js";

/** @import { Column } from "../../workflow/mnist_viz/explorer/web/data/column.js" */
/** @import { Table } from "../../workflow/mnist_viz/explorer/web/data/predictions.js" */
/** @import { Comparison, Literal, Node, Operation } from "../../workflow/mnist_viz/explorer/web/query/tree.js" */
/** @typedef {() => number} Random */

/**
 * Numbers from 0 to 1, the same for the same seed (mulberry32).
 *
 * @param {number} seed
 * @returns {Random}
 */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Predictions of two variants, of two and three epochs, for `images` images.
 *
 * @param {number} [images]
 * @param {number} [seed]
 * @param {string[]} [variants]
 */
export function predictions(images = 50, seed = 1, variants = ["narrow", "<b>wide"]) {
  const random = randomFrom(seed);
  /** @type {Table[]} */
  const tables = [
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
    [1, 3],
  ];
  const rows = tables.length * images;
  const scores = Array.from({ length: 10 }, () => new Float32Array(rows));
  const guess = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const weights = scores.map(() => random() ** 6);
    const sum = weights.reduce((x, y) => x + y);
    weights.forEach((weight, digit) => {
      scores[digit][row] = kept(weight / sum);
    });
    guess[row] = weights.indexOf(Math.max(...weights));
  }
  const truth = Uint8Array.from({ length: images }, (_, image) =>
    random() < 0.7 ? guess[image] : Math.floor(random() * 10),
  );
  const ids = Int32Array.from({ length: images }, (_, image) => 3 * image);
  return new Predictions({ variants, tables, ids, truth, guess, scores: plainScores(scores) });
}

/**
 * A score with as few digits as the page has of small ones.
 *
 * @param {number} score
 */
function kept(score) {
  const binade = Math.floor(Math.log2(score));
  const step = 2 ** Math.min(binade - 3, -16);
  return Math.round(score / step) * step;
}

/**
 * One of `options`.
 *
 * @template T
 * @param {Random} random
 * @param {T[]} options
 * @returns {T}
 */
export function any(random, options) {
  return options[Math.floor(random() * options.length)];
}

/** @type {Comparison[]} */
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];
/** @type {Operation[]} */
const OPERATIONS = ["+", "-", "*", "/"];
const NUMBERS = ["guess", "truth", "epoch", "score_0", "score_9", "entropy", "a.margin", "b.guess", "distance"];
const FLAGS = ["correct", "a.correct", "b.correct"];

/**
 * A random condition on `data`, of at most `depth` levels, in the form that every tree of a query has.
 *
 * @param {Random} random
 * @param {Predictions} data
 * @param {number} depth
 * @returns {Node}
 */
export function condition(random, data, depth) {
  const choice = depth > 0 ? random() : 0.4 + 0.6 * random();
  const inner = () => condition(random, data, depth - 1);
  if (choice < 0.15) return tree.and([inner(), inner(), ...(random() < 0.3 ? [inner()] : [])]);
  if (choice < 0.3) return tree.or([inner(), inner()]);
  if (choice < 0.4) return tree.not(inner());
  if (choice < 0.5) return flag(random, data, depth);
  if (choice < 0.6) return membership(random, data, depth);
  if (choice < 0.7) return tree.compare([text(random, data), text(random, data)], [any(random, ["==", "!="])]);
  if (choice < 0.8)
    return tree.compare([flag(random, data, depth), flag(random, data, depth)], [any(random, COMPARISONS)]);
  const operands = Array.from({ length: 2 + Math.floor(2 * random()) }, () => number(random, data, depth));
  return tree.compare(
    operands,
    operands.slice(1).map(() => any(random, COMPARISONS)),
  );
}

/**
 * A column that is true or false, one of these words, or another condition.
 *
 * @param {Random} random
 * @param {Predictions} data
 * @param {number} depth
 * @returns {Node}
 */
function flag(random, data, depth) {
  if (depth > 0 && random() < 0.3) return condition(random, data, depth - 1);
  if (random() < 0.2) return tree.literal(random() < 0.5);
  return tree.name(data.column(any(random, FLAGS)));
}

/**
 * @param {Random} random
 * @param {Predictions} data
 * @param {number} depth
 */
function membership(random, data, depth) {
  const of = (/** @type {() => number | string} */ value) => {
    return Array.from({ length: 1 + Math.floor(3 * random()) }, () => tree.literal(value()));
  };
  const negated = random() < 0.5;
  if (random() < 0.5)
    return tree.isIn(
      text(random, data),
      of(() => any(random, data.variants)),
      negated,
    );
  const options = of(() => Math.floor(random() * 12) - 2);
  return tree.isIn(number(random, data, depth), options, negated);
}

/**
 * @param {Random} random
 * @param {Predictions} data
 */
function text(random, data) {
  const column = any(random, ["variant", "a.variant", "b.variant"]);
  return random() < 0.5 ? tree.name(data.column(column)) : tree.literal(any(random, data.variants));
}

/**
 * @param {Random} random
 * @param {Predictions} data
 * @param {number} depth
 * @returns {Node}
 */
function number(random, data, depth) {
  const choice = depth > 0 ? random() : 0.5 + 0.5 * random();
  const inner = () => number(random, data, depth - 1);
  if (choice < 0.3) return tree.arithmetic(any(random, OPERATIONS), inner(), inner());
  if (choice < 0.4) return tree.minus(inner());
  if (choice < 0.6) return tree.literal(Number((random() * 4 - 1).toFixed(2)));
  return tree.name(data.column(any(random, NUMBERS)));
}

/**
 * By class, every row's score.
 *
 * @param {Predictions} data
 */
export function all(data) {
  return data.scores.between(0, data.length);
}
