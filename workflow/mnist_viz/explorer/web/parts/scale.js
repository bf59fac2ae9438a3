/** The parts that a column's values are counted in, each range of which is a condition. */
import { extremes } from "../data/bins.js";
import { atLeast, between, equals, holds, oneOf } from "../query/edit.js";

/** @import { Column } from "../data/column.js" */
/** @import { Bins } from "../data/statistics.js" */
/** @import { Node } from "../query/tree.js" */
/** @typedef {(from: number, to: number) => Node | null} Chosen The condition of parts; null if it is none. */
/** @typedef {Bins & { chosen: Chosen }} Scale */

const BINS = 40;

/**
 * The parts from the lowest value to the highest: of a text one a label, of whole numbers as few as there are values.
 *
 * @param {Column} column
 * @returns {Scale}
 */
export function scale(column) {
  const { kind, labels } = column;
  if (labels) {
    const { length } = labels;
    return { low: 0, high: length, bins: length, chosen: (from, to) => oneOf(column, labels.slice(from, to + 1)) };
  }
  if (kind === "flag") {
    return { low: 0, high: 2, bins: 2, chosen: (from, to) => (from === to ? holds(column, from === 1) : null) };
  }
  if (kind === "share") return reals(column, 0, 1);
  const [low, high] = extremes(column);
  return kind === "integer" ? integers(column, low, high) : reals(column, low, high);
}

/**
 * @param {Column} column
 * @param {number} low
 * @param {number} high
 * @returns {Scale}
 */
function integers(column, low, high) {
  const width = Math.max(1, Math.ceil((high - low + 1) / BINS));
  const bins = Math.ceil((high - low + 1) / width);
  /** @type {Chosen} */
  const chosen = (from, to) => {
    const first = low + from * width;
    const last = Math.min(high, low + (to + 1) * width - 1);
    return first === last ? equals(column, first) : between(column, first, last, true);
  };
  return { low, high: low + bins * width, bins, chosen };
}

/**
 * @param {Column} column
 * @param {number} low
 * @param {number} high
 * @returns {Scale}
 */
function reals(column, low, high) {
  const step = (high - low || 1) / BINS;
  const digits = Math.min(15, Math.max(4, 2 - Math.floor(Math.log10(step))));
  const edges = Array.from({ length: BINS + 1 }, (_, bin) => Number((low + bin * step).toFixed(digits)));
  if (edges[0] > low) edges[0] = low; // rounded upwards, it would leave the lowest value out
  /** @type {Chosen} */
  const chosen = (from, to) =>
    to === BINS - 1 ? atLeast(column, edges[from]) : between(column, edges[from], edges[to + 1], false);
  return { low, high: low + step * BINS, bins: BINS, edges, chosen };
}
