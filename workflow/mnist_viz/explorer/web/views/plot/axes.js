/** The frame of a plot: where its parts lie, and what is written beside them. */

import { ticks } from "../../parts/charts.js";
import { s, whole } from "../../parts/dom.js";

/** @import { Bins } from "../../data/bins.js" */
/** @typedef {{ left: number, top: number, width: number, height: number, all: { width: number, height: number } }} Frame */

const WIDTH = 760; // pixels, or as many as a narrow page has
const LEAST_WIDTH = 270;
const AROUND = 52; // pixels of the page beside a drawing
const LETTER = 6.4; // pixels, on average
const LONGEST = 16; // letters of a name at the left

/**
 * @param {Bins | null} y null where the height is a count
 * @returns {Frame}
 */
export function frameOf(y) {
  const letters = y && !y.edges ? Math.max(...y.names.map((each) => Math.min(LONGEST, each.length)), 4) : 7;
  const left = 26 + letters * LETTER;
  const [top, right, bottom] = [10, 16, 38];
  const all = { width: Math.max(LEAST_WIDTH, Math.min(WIDTH, innerWidth - AROUND)), height: 0 };
  all.height = Math.round(160 + 0.37 * all.width);
  return { left, top, width: all.width - left - right, height: all.height - top - bottom, all };
}

/**
 * The marks below the parts.
 *
 * @param {Frame} frame
 * @param {string} title
 * @param {Bins} bins
 */
export function below({ left, top, width, height, all }, title, bins) {
  const y = top + height + 15;
  const room = Math.floor(width / Math.max(1, bins.count) / LETTER);
  return [
    marksOf(bins, 8).map(({ at, text }) =>
      s(
        "text",
        { class: "tick", x: left + (at / bins.count) * width, y, "text-anchor": "middle" },
        bins.edges ? text : shortened(text, room),
        bins.edges ? "" : s("title", {}, text),
      ),
    ),
    s("text", { class: "axis-name", x: left + width / 2, y: all.height - 4, "text-anchor": "middle" }, title),
  ];
}

/**
 * The marks at the left: of parts, or of counts up to `most`, each at its share of the height.
 *
 * @param {Frame} frame
 * @param {string} title
 * @param {Bins | null} bins
 * @param {number} most
 * @param {(count: number) => number} shareOf
 */
export function beside({ left, top, width, height }, title, bins, most, shareOf) {
  const marks = bins
    ? marksOf(bins, 6).map(({ at, text }) => ({
        share: at / bins.count,
        text: bins.edges ? text : shortened(text, LONGEST),
      }))
    : ticks(0, most, 4)
        .filter(Number.isInteger)
        .map((value) => ({ share: shareOf(value), text: whole(value) }));
  return [
    marks.map(({ share, text }) => {
      const y = top + (1 - share) * height;
      return [
        s("path", { class: "grid-line", d: `M${left} ${y.toFixed(1)}h${width}` }),
        s("text", { class: "tick", x: left - 6, y: y + 4, "text-anchor": "end" }, text),
      ];
    }),
    s(
      "text",
      { class: "axis-name", transform: `translate(12 ${top + height / 2}) rotate(-90)`, "text-anchor": "middle" },
      title,
    ),
  ];
}

/**
 * Where round numbers lie among the parts, or the middles of named ones.
 *
 * @param {Bins} bins
 * @param {number} count
 */
function marksOf({ edges, names, count: parts }, count) {
  if (!edges) return names.map((text, part) => ({ at: part + 0.5, text }));
  const [low, high] = [edges[0], edges[parts]];
  const whole = edges.every(Number.isInteger) && edges[1] - low === 1; // of single numbers each stands in the middle
  return ticks(low, whole ? high - 1 : high, count)
    .filter((value) => !whole || Number.isInteger(value))
    .map((value) => ({ at: ((value - low) / (high - low)) * parts + (whole ? 0.5 : 0), text: String(value) }));
}

/**
 * @param {string} text
 * @param {number} room letters
 */
function shortened(text, room) {
  const letters = Array.from(text);
  return letters.length > room ? `${letters.slice(0, Math.max(1, room - 1)).join("")}…` : text;
}
