/** Counts and their uncertainty. */
import { CLASSES } from "./meaning.js";

/** @import { Cells } from "./column.js" */
/** @import { Joined } from "./joined.js" */
/**
 * @typedef {{ low: number, high: number, bins: number, edges?: number[] }} Bins Equal parts; where `edges` are given,
 *   part p holds the values from edges[p] on that are below edges[p + 1], which differ from equal ones by rounding alone.
 */

const LOG_FACTORIAL = [0];

/** @param {number} number */
function logFactorial(number) {
  for (let next = LOG_FACTORIAL.length; next <= number; next += 1) {
    LOG_FACTORIAL.push(LOG_FACTORIAL[next - 1] + Math.log(next));
  }
  return LOG_FACTORIAL[number];
}

/**
 * McNemar's test in its exact form: the two-sided p of a fair coin giving a split at least as uneven as `onlyA` to
 * `onlyB`, the counts of images that only one of two models gets right.
 * McNemar (1947), https://doi.org/10.1007/BF02295996; exact form: Fagerland, Lydersen and Laake (2013),
 * https://doi.org/10.1186/1471-2288-13-91.
 *
 * @param {number} onlyA
 * @param {number} onlyB
 */
export function mcnemar(onlyA, onlyB) {
  const total = onlyA + onlyB;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyA, onlyB); k += 1) {
    tail += Math.exp(logFactorial(total) - logFactorial(k) - logFactorial(total - k) - total * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}

/**
 * The interval that holds the true share with 95 % confidence, given `hits` of `total`: Wilson's score interval.
 * Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953.
 *
 * @param {number} hits
 * @param {number} total
 * @returns {[low: number, high: number]}
 */
export function wilson(hits, total, z = 1.959963984540054) {
  if (total === 0) return [0, 1];
  const share = hits / total;
  const center = share + (z * z) / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  const scale = 1 + (z * z) / total;
  return [Math.max(0, (center - spread) / scale), Math.min(1, (center + spread) / scale)];
}

/**
 * How many rows of `mask` (null for all) have each value in `bins` equal parts of [low, high]; `high` itself counts
 * into the last part. A generator, each step of which counts `piece` rows.
 *
 * @param {ArrayLike<number>} values
 * @param {Uint8Array | null} mask
 * @param {Bins} bins
 * @param {number} piece
 * @returns {Generator<void, Uint32Array, void>}
 */
export function* histogram(values, mask, { low, high, bins, edges }, piece) {
  const counts = new Uint32Array(bins);
  const scale = bins / (high - low);
  const shift = (low * bins) / (high - low);
  for (let from = 0; from < values.length; from += piece) {
    const to = Math.min(from + piece, values.length);
    for (let row = from; row < to; row += 1) {
      if (mask && !mask[row]) continue;
      const equal = Math.floor(values[row] * scale - shift);
      let bin = equal < 0 ? 0 : equal < bins ? equal : bins - 1;
      if (edges) {
        if (values[row] < edges[bin]) bin = Math.max(0, bin - 1);
        else if (values[row] >= edges[bin + 1]) bin = Math.min(bins - 1, bin + 1);
      }
      counts[bin] += 1;
    }
    yield;
  }
  return counts;
}

/**
 * Counts of guess by truth: `counts[truth * CLASSES + guess]` over `rows`, weighted by image if `weights` are given.
 *
 * @param {Cells} guess
 * @param {Cells} truth
 * @param {Uint32Array} rows
 * @param {Float64Array | null} [weights]
 */
export function confusion(guess, truth, rows, weights) {
  const counts = new Float64Array(CLASSES * CLASSES);
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    counts[truth[row] * CLASSES + guess[row]] += weights ? weights[row % weights.length] : 1;
  }
  return counts.map(Math.round);
}

/**
 * How often each pair of classes is confused over `rows`, by `truth * CLASSES + guess`, weighted by image if `weights`
 * are given; pairs without any are left out.
 *
 * @param {Cells} guess
 * @param {Cells} truth
 * @param {Uint32Array} rows
 * @param {Float64Array | null} [weights]
 */
export function confusedPairs(guess, truth, rows, weights) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    if (guess[row] === truth[row]) continue;
    const cell = truth[row] * CLASSES + guess[row];
    counts.set(cell, (counts.get(cell) ?? 0) + (weights ? weights[row % weights.length] : 1));
  }
  return counts;
}

/**
 * Reliability of the confidence in `bins` equal parts of [0, 1]: images, mean confidence and accuracy of each, and the
 * expected calibration error, Σ images · |accuracy − confidence| / all.
 * Guo et al. (2017), https://arxiv.org/abs/1706.04599, eq. 3.
 *
 * @param {ArrayLike<number>} confidence
 * @param {ArrayLike<number>} correct
 * @param {Iterable<number>} rows
 * @param {(row: number) => number} [weight]
 */
export function calibration(confidence, correct, rows, weight = () => 1, bins = 15) {
  const parts = Array.from({ length: bins }, () => ({ images: 0, confidence: 0, accuracy: 0 }));
  let all = 0;
  for (const row of rows) {
    const share = confidence[row];
    const part = parts[Math.max(0, Math.ceil(share * bins) - 1)];
    const count = weight(row);
    part.images += count;
    part.confidence += count * share;
    part.accuracy += count * correct[row];
    all += count;
  }
  let error = 0;
  for (const part of parts) {
    error += Math.abs(part.accuracy - part.confidence) / Math.max(1, all);
    part.confidence /= part.images || 1;
    part.accuracy /= part.images || 1;
  }
  return { parts, error };
}

/**
 * How many of `images` whose truth is known A and B get right and wrong: `[[both right, only A], [only B, both wrong]]`; of a sample, whose
 * images have `weights`, an estimate of the first.
 *
 * @param {Joined} joined
 * @param {Uint32Array} images
 * @param {Float64Array | null} [weights]
 */
export function fourCells(joined, images, weights) {
  const a = joined.column("a.correct").array;
  const b = joined.column("b.correct").array;
  const cells = [
    [0, 0],
    [0, 0],
  ];
  const { known } = joined.predictions;
  for (let index = 0; index < images.length; index += 1) {
    const image = images[index];
    if (known && !known[image]) continue;
    cells[1 - a[image]][1 - b[image]] += weights ? weights[image] : 1;
  }
  return cells.map((row) => row.map(Math.round));
}
