/** Choosing and ordering rows, which are numbered by a Uint32Array, or marked by a mask: a Uint8Array with 1 for each. */

/** @import { Cells, Column } from "./column.js" */
/** @typedef {{ column: Column, descending: boolean }} SortKey */

/**
 * Keep in `mask` only what is also in `other`.
 *
 * @param {Uint8Array} mask
 * @param {Uint8Array} other
 */
export function intersect(mask, other) {
  const [words, others] = [inWords(mask), inWords(other)];
  for (let index = 0; index < words.length; index += 1) words[index] &= others[index];
  for (let row = 4 * words.length; row < mask.length; row += 1) mask[row] &= other[row];
}

/**
 * Add to `mask` what is in `other`.
 *
 * @param {Uint8Array} mask
 * @param {Uint8Array} other
 */
export function unite(mask, other) {
  const [words, others] = [inWords(mask), inWords(other)];
  for (let index = 0; index < words.length; index += 1) words[index] |= others[index];
  for (let row = 4 * words.length; row < mask.length; row += 1) mask[row] |= other[row];
}

/**
 * Four rows at a time, as each loop begins slowly; without the last three at most.
 *
 * @param {Uint8Array} mask
 */
function inWords(mask) {
  return new Uint32Array(mask.buffer, mask.byteOffset, mask.length >> 2);
}

/**
 * The rows whose mask is 1, ascending.
 *
 * @param {Uint8Array} mask
 */
export function selected(mask) {
  const rows = new Uint32Array(mask.length);
  let count = 0;
  for (let row = 0; row < mask.length; row += 1) {
    rows[count] = row; // one that is not chosen is written over by the next
    count += mask[row];
  }
  return count < rows.length ? rows.slice(0, count) : rows;
}

/**
 * The images of some rows, each where its first row comes; row r is of the image r modulo `images`.
 *
 * @param {Uint32Array[]} parts the rows
 * @param {number} images
 */
export function imagesOf(parts, images) {
  const seen = new Uint8Array(images);
  const found = new Uint32Array(images);
  let count = 0;
  for (const rows of parts) {
    for (let index = 0; index < rows.length && count < images; index += 1) {
      const image = rows[index] % images;
      if (seen[image]) continue;
      seen[image] = 1;
      found[count++] = image;
    }
  }
  return found.subarray(0, count);
}

/**
 * `rows` ordered by `keys`, the most important first; rows that are equal in all of them keep their order. A radix sort
 * in digits of 16 bits, from the last key to the first.
 *
 * @param {Uint32Array} rows
 * @param {SortKey[]} keys
 */
export function sorted(rows, keys) {
  let current = rows;
  for (const { column, descending } of [...keys].reverse()) {
    const { ranks, size } = ranked(column);
    current = size <= 65536 ? pass(current, ranks, size, descending) : passes(current, ranks, descending);
  }
  return current === rows ? rows.slice() : current;
}

/** @type {WeakMap<Column, { ranks: Cells, size: number }>} */
const RANKED = new WeakMap();

/**
 * Whole numbers below `size`, one a row, that order as the column's values do.
 *
 * @param {Column} column
 */
function ranked(column) {
  const known = RANKED.get(column);
  if (known) return known;
  const found = rank(column.array, column.labels);
  RANKED.set(column, found);
  return found;
}

/**
 * @param {Cells} array
 * @param {string[] | null} labels
 */
function rank(array, labels) {
  if (labels) {
    const order = labels.map((_, code) => code).sort((x, y) => (labels[x] < labels[y] ? -1 : 1));
    const place = new Uint16Array(labels.length);
    for (const [position, code] of order.entries()) place[code] = position;
    return { ranks: array.map((code) => place[code]), size: labels.length };
  }
  if (array instanceof Uint8Array) return { ranks: array, size: 256 };
  if (array instanceof Uint16Array) return { ranks: array, size: 65536 };
  const bits = new Uint32Array(array.buffer, array.byteOffset, array.length);
  const sign = 0x80000000;
  const whole = array instanceof Int32Array;
  const ranks = new Uint32Array(bits.length);
  for (let row = 0; row < bits.length; row += 1) ranks[row] = whole || bits[row] < sign ? bits[row] ^ sign : ~bits[row];
  return { ranks, size: 2 ** 32 };
}

/**
 * `rows` in the order of their ranks.
 *
 * @param {Uint32Array} rows
 * @param {Cells} ranks
 * @param {number} size how many ranks there can be, at most 2^16
 * @param {boolean} descending
 */
function pass(rows, ranks, size, descending) {
  const starts = new Uint32Array(size + 1);
  const keys = new Uint16Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) {
    const own = ranks[rows[index]];
    keys[index] = descending ? size - 1 - own : own;
    starts[keys[index] + 1] += 1;
  }
  for (let key = 0; key < size; key += 1) starts[key + 1] += starts[key];
  const out = new Uint32Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) out[starts[keys[index]]++] = rows[index];
  return out;
}

/**
 * `rows` in the order of their ranks of 32 bits: by the low half of these, then by the high one. Both are counted in
 * one walk, and the high one goes with its row: the second pass reads in order what it would have to fetch.
 *
 * @param {Uint32Array} rows
 * @param {Cells} ranks
 * @param {boolean} descending
 */
function passes(rows, ranks, descending) {
  const flip = descending ? 0xffff : 0;
  const lowStarts = new Uint32Array(65537);
  const highStarts = new Uint32Array(65537);
  const keys = new Uint32Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) {
    const key = ranks[rows[index]];
    keys[index] = key;
    lowStarts[((key & 0xffff) ^ flip) + 1] += 1;
    highStarts[((key >>> 16) ^ flip) + 1] += 1;
  }
  for (let half = 0; half < 65536; half += 1) {
    lowStarts[half + 1] += lowStarts[half];
    highStarts[half + 1] += highStarts[half];
  }
  const byLow = new Uint32Array(rows.length);
  const highs = new Uint16Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) {
    const place = lowStarts[(keys[index] & 0xffff) ^ flip]++;
    byLow[place] = rows[index];
    highs[place] = keys[index] >>> 16;
  }
  const out = new Uint32Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) out[highStarts[highs[index] ^ flip]++] = byLow[index];
  return out;
}
