/** What a plot shows: bars of one column, or squares or points of two. */
import { NONE } from "../../data/bins.js";
import { s, whole } from "../../parts/dom.js";

/** @import { Bins } from "../../data/bins.js" */
/** @import { Column } from "../../data/column.js" */
/** @import { Frame } from "./axes.js" */
/** @typedef {{ className: string, name: string, d: string }} Mark A path, and its entry in the legend. */

/** Up to so many rows each is a point. */
export const MOST_POINTS = 1500;
const LEVELS = 5; // of how many rows a square stands for
const RADIUS = 2.6;

/**
 * A bar for each part, its height its count, and in it that of the wrong ones.
 *
 * @param {Frame} frame
 * @param {Uint32Array} counts
 * @param {Uint32Array | null} wrong
 * @param {(count: number) => number} share of the height
 * @param {string} name of what is not wrong
 * @returns {Mark[]}
 */
export function bars({ left, top, width, height }, counts, wrong, share, name) {
  const step = width / counts.length;
  const gap = step > 5 ? 1 : 0;
  const paths = (/** @type {Uint32Array} */ values) =>
    Array.from(values, (count, part) => {
      if (count === 0) return "";
      const tall = Math.max(1, share(count) * height);
      const x = left + part * step + gap / 2;
      return `M${x.toFixed(1)} ${(top + height).toFixed(1)}v${-tall.toFixed(1)}h${(step - gap).toFixed(1)}v${tall.toFixed(1)}z`;
    }).join("");
  const all = { className: "bar-all", name, d: paths(counts) };
  return wrong ? [all, { className: "bar-wrong", name: "wrong", d: paths(wrong) }] : [all];
}

/**
 * A square for each pair of parts that has rows, the darker the more.
 *
 * @param {Frame} frame
 * @param {Bins} x
 * @param {Bins} y
 * @param {Uint32Array} counts
 * @param {string} noun
 * @returns {Mark[]}
 */
export function squares({ left, top, width, height }, x, y, counts, noun) {
  const most = counts.reduce((high, count) => Math.max(high, count), 1);
  const limits = Array.from({ length: LEVELS }, (_, level) => Math.max(1, Math.round(most ** ((level + 1) / LEVELS))));
  const distinct = [...new Set(limits)];
  const paths = distinct.map(() => "");
  const [wide, tall] = [width / x.count, height / y.count];
  const gap = Math.min(wide, tall) > 8 ? 1 : 0;
  for (let cell = 0; cell < counts.length; cell += 1) {
    if (counts[cell] === 0) continue;
    const level = distinct.findIndex((limit) => counts[cell] <= limit);
    const [column, line] = [cell % x.count, Math.floor(cell / x.count)];
    const [px, py] = [left + column * wide, top + height - (line + 1) * tall];
    const [w, t] = [(wide - gap).toFixed(1), (tall - gap).toFixed(1)];
    paths[level] += `M${px.toFixed(1)} ${py.toFixed(1)}h${w}v${t}h-${w}z`;
  }
  const levels = distinct.length;
  return distinct.map((limit, level) => {
    const least = level ? distinct[level - 1] + 1 : 1;
    const shade = levels === 1 ? LEVELS - 1 : Math.round((level * (LEVELS - 1)) / (levels - 1));
    return {
      className: `level-${shade}`,
      name: `${least === limit ? whole(limit) : `${whole(least)}–${whole(limit)}`} ${noun}`,
      d: paths[level],
    };
  });
}

/**
 * A point for each row, at its values.
 *
 * @param {Frame} frame
 * @param {{ column: Column, bins: Bins }} x
 * @param {{ column: Column, bins: Bins }} y
 * @param {Uint32Array} rows
 * @param {((row: number) => boolean) | null} isWrong
 * @param {string} name of what is not wrong
 * @returns {Mark[]}
 */
export function points({ left, top, width, height }, x, y, rows, isWrong, name) {
  const share = (/** @type {{ column: Column, bins: Bins }} */ { column, bins }, /** @type {number} */ row) => {
    const edges = bins.edges ?? [0, 1];
    return (column.number(row) - edges[0]) / (edges[edges.length - 1] - edges[0]);
  };
  const paths = ["", ""];
  for (const row of rows) {
    if (x.bins.of[row] === NONE || y.bins.of[row] === NONE) continue;
    const px = left + share(x, row) * width - RADIUS;
    const py = top + (1 - share(y, row)) * height;
    const arc = `a${RADIUS} ${RADIUS} 0 1 0`;
    paths[isWrong?.(row) ? 1 : 0] += `M${px.toFixed(1)} ${py.toFixed(1)}${arc} ${2 * RADIUS} 0${arc} ${-2 * RADIUS} 0z`;
  }
  const all = { className: "point-right", name, d: paths[0] };
  return isWrong ? [all, { className: "point-wrong", name: "wrong", d: paths[1] }] : [all];
}

/** @param {Mark[]} marks */
export function drawn(marks) {
  return marks.map(({ className, d }) => s("path", { class: `shape ${className}`, d }));
}
