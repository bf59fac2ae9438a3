/** Text in a drawing: how wide it is, its lines, and what of it there is room for. */
import { s } from "../parts/dom.js";

export const FONT = 'system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif';

/** @type {CanvasRenderingContext2D | null} */
let measuring = null;

/**
 * The width of a text in pixels.
 *
 * @param {string} content
 * @param {number} size pixels
 * @param {string} [weight]
 */
export function widthOf(content, size, weight = "400") {
  measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) return (content.length * size) / 2;
  measuring.font = `${weight} ${size}px ${FONT}`;
  return measuring.measureText(content).width;
}

/**
 * A text in lines of at most `width` pixels; a longer word is cut.
 *
 * @param {string} content
 * @param {number} width
 * @param {number} size
 * @param {string} [weight]
 * @returns {string[]}
 */
export function linesOf(content, width, size, weight) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of content.split(/\s+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word;
    if (widthOf(longer, size, weight) <= width) line = longer;
    else {
      if (line) lines.push(line);
      line = fitting(word, width, size, weight);
    }
  }
  return line ? [...lines, line] : lines;
}

/**
 * As much of a text as there is room for.
 *
 * @param {string} content
 * @param {number} width
 * @param {number} size
 * @param {string} [weight]
 */
export function fitting(content, width, size, weight) {
  if (widthOf(content, size, weight) <= width) return content;
  const letters = Array.from(content);
  let [low, high] = [0, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${letters.slice(0, middle).join("")}…`, size, weight) <= width) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("")}…`;
}

/**
 * A line of text whose baseline is at `y`.
 *
 * @param {string} content
 * @param {{ x: number, y: number, size: number, fill: string, weight?: string, anchor?: string }} at
 */
export function line(content, { x, y, size, fill, weight = "400", anchor = "start" }) {
  return s(
    "text",
    { x: round(x), y: round(y), fill, "font-size": size, "font-weight": weight, "text-anchor": anchor },
    content,
  );
}

/** @param {number} value */
export function round(value) {
  return Number(value.toFixed(2));
}
