/** The parts into which a column's values are counted, such that a condition says exactly what is in them. */
import { atLeast, between, equals, holds, oneOf } from "../query/edit.js";
import { or } from "../query/tree.js";
import { OF_THE_TRUTH } from "./meaning.js";

/** @import { Column } from "./column.js" */
/** @import { Node } from "../query/tree.js" */
/**
 * @typedef {object} Bins
 * @property {number} count
 * @property {Uint16Array} of the part of each row; NONE where it has no value or one that is not shown
 * @property {number[] | null} edges of the parts, one more than these; null where the parts are names
 * @property {string[]} names of the parts, if they are names
 * @property {(from: number, to: number) => Node} chosen what is in these parts
 */

export const NONE = 0xffff;
/** As many names have a part each; of more, those with the most rows. */
export const MOST_NAMES = 40;
const MOST_PARTS = 40;

/** @type {WeakMap<Column, Bins>} */
const KNOWN = new WeakMap();

/**
 * The parts of a column, of which `rows` are to be counted.
 *
 * @param {Column} column
 * @param {Uint32Array} rows
 * @returns {Bins}
 */
export function bins(column, rows) {
  if (column.labels && column.labels.length > MOST_NAMES) return frequent(column, column.labels, rows);
  const known = KNOWN.get(column);
  if (known) return known;
  const found = made(column);
  if (column.absent && OF_THE_TRUTH.has(column.name.replace(/^[ab]\./, "")))
    for (let row = 0; row < found.of.length; row += 1) if (column.absent(row)) found.of[row] = NONE;
  KNOWN.set(column, found);
  return found;
}

/**
 * @param {Column} column
 * @returns {Bins}
 */
function made(column) {
  const { kind, labels, array } = column;
  if (labels)
    return {
      count: labels.length,
      of: Uint16Array.from(array),
      edges: null,
      names: labels,
      chosen: (from, to) => oneOf(column, labels.slice(from, to + 1)),
    };
  if (kind === "flag")
    return {
      count: 2,
      of: Uint16Array.from(array),
      edges: null,
      names: ["no", "yes"],
      chosen: (from, to) =>
        from === to ? holds(column, from === 1) : or([true, false].map((value) => holds(column, value))),
    };
  const [low, high] = kind === "share" ? [0, 1] : extremes(column);
  return kind === "integer" ? integers(column, low, high) : reals(column, low, high, kind === "share");
}

/**
 * The names with the most rows, the most frequent first.
 *
 * @param {Column} column
 * @param {string[]} labels
 * @param {Uint32Array} rows
 * @returns {Bins}
 */
function frequent(column, labels, rows) {
  const { array } = column;
  const counts = new Uint32Array(labels.length);
  for (let index = 0; index < rows.length; index += 1) counts[array[rows[index]]] += 1;
  const order = [...labels.keys()].filter((code) => counts[code] > 0).sort((x, y) => counts[y] - counts[x] || x - y);
  const shown = order.slice(0, MOST_NAMES);
  const place = new Uint16Array(labels.length).fill(NONE);
  for (const [position, code] of shown.entries()) place[code] = position;
  const of = new Uint16Array(array.length);
  for (let row = 0; row < of.length; row += 1) of[row] = place[array[row]];
  const names = shown.map((code) => labels[code]);
  return {
    count: names.length,
    of,
    edges: null,
    names,
    chosen: (from, to) => oneOf(column, names.slice(from, to + 1)),
  };
}

/**
 * @param {Column} column
 * @param {number} lowest
 * @param {number} highest
 * @returns {Bins}
 */
function integers(column, lowest, highest) {
  const width = Math.max(1, step((highest - lowest + 1) / MOST_PARTS));
  const low = Math.floor(lowest / width) * width;
  const count = Math.floor((highest - low) / width) + 1;
  const { array } = column;
  const of = new Uint16Array(array.length);
  for (let row = 0; row < of.length; row += 1) of[row] = Math.floor((array[row] - low) / width);
  return {
    count,
    of,
    edges: Array.from({ length: count + 1 }, (_, part) => low + part * width),
    names: [],
    chosen: (from, to) => {
      const [first, last] = [low + from * width, low + (to + 1) * width - 1];
      return first === last ? equals(column, first) : between(column, first, last, true);
    },
  };
}

/**
 * @param {Column} column
 * @param {number} lowest
 * @param {number} highest
 * @param {boolean} closed whether `highest` is the end of the last part
 * @returns {Bins}
 */
function reals(column, lowest, highest, closed) {
  const width = closed ? (highest - lowest) / MOST_PARTS : step((highest - lowest || 1) / MOST_PARTS);
  const first = Math.floor(lowest / width);
  const count = Math.max(1, closed ? MOST_PARTS : Math.floor(highest / width) - first + 1);
  const edges = Array.from({ length: count + 1 }, (_, part) => Number(((first + part) * width).toPrecision(12)));
  const { array } = column;
  const of = new Uint16Array(array.length);
  for (let row = 0; row < of.length; row += 1) {
    const value = array[row];
    let part = Math.min(count - 1, Math.max(0, Math.floor(value / width) - first));
    // A quotient is rounded: what counts is how the value compares with the edges, as in a query.
    while (part > 0 && value < edges[part]) part -= 1;
    while (part < count - 1 && value >= edges[part + 1]) part += 1;
    of[row] = part;
  }
  return {
    count,
    of,
    edges,
    names: [],
    chosen: (from, to) =>
      to === count - 1 ? atLeast(column, edges[from]) : between(column, edges[from], edges[to + 1], false),
  };
}

/**
 * The next round number: 1, 2 or 5 times a power of ten.
 *
 * @param {number} least
 */
function step(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => least <= factor * power * (1 + 1e-9)) ?? 10);
}

/**
 * The lowest and the highest value of a column.
 *
 * @param {Column} column
 */
export function extremes({ array }) {
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < array.length; row += 1) {
    if (array[row] < low) low = array[row];
    if (array[row] > high) high = array[row];
  }
  return [low, high];
}

/**
 * How many of `rows` lie in each part of one column, or of two: `counts[y * x.count + x]`; and how many lie in none.
 *
 * @param {Uint32Array} rows
 * @param {Bins} x
 * @param {Bins | null} y
 */
export function countIn(rows, x, y) {
  const counts = new Uint32Array(x.count * (y ? y.count : 1));
  let outside = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    const [column, line] = [x.of[row], y ? y.of[row] : 0];
    if (column === NONE || line === NONE) outside += 1;
    else counts[line * x.count + column] += 1;
  }
  return { counts, outside };
}
