/** A table's values as text: in cells, and as a file. */
import { Column } from "../../data/column.js";
import { MEANING } from "../../data/meaning.js";
import { PAPER_WIDTH, SCORES_COLUMN, SCREEN_WIDTH } from "./scores.js";

/** @import { Source } from "../../data/column.js" */
/**
 * @typedef {{ name: string, kind: "image" | "scores", meaning: string, labels: null }} Pictures
 *   The column of the images, or that of the bars of all scores.
 */

const WIDTH = { text: 116, integer: 68, flag: 72, share: 88, real: 76, image: 58, scores: SCREEN_WIDTH };
const LETTER = 8;
const MOST_LETTERS = 36;

/** @type {Pictures} */
const PICTURES = { name: "image", kind: "image", meaning: MEANING.image.meaning, labels: null };

/**
 * The column of that name, as the table shows it.
 *
 * @param {Source} source
 * @param {string} name
 */
export function shownColumn(source, name) {
  if (name === SCORES_COLUMN.name) return SCORES_COLUMN;
  return name === "image" ? PICTURES : source.column(name);
}

/**
 * Pixels that a column takes: enough for its values, its name and an arrow.
 *
 * @param {Column | Pictures} column
 * @param {boolean} printing
 */
export function widthOf({ name, kind, labels }, printing) {
  if (printing && name === SCORES_COLUMN.name) return PAPER_WIDTH;
  const longest = labels ? Math.max(...labels.map((label) => Math.min(label.length, MOST_LETTERS))) : 0;
  return Math.max(WIDTH[kind], LETTER * Math.max(name.length, longest) + 20);
}

/**
 * A long text without its middle: names from a sweep differ at either end.
 *
 * @param {string} text
 */
export function shortened(text) {
  if (text.length <= MOST_LETTERS) return text;
  return `${text.slice(0, MOST_LETTERS / 2 - 1)}…${text.slice(-MOST_LETTERS / 2)}`;
}

/**
 * Rows as a CSV file has them, below the names of the columns.
 *
 * @param {ArrayLike<number> & Iterable<number>} rows
 * @param {(Column | Pictures)[]} shown of which the images are left out
 * @param {string} [separator]
 */
export function csv(rows, shown, separator = ",") {
  const columns = shown.filter((column) => column instanceof Column);
  const lines = [columns.map((column) => column.name).join(separator)];
  for (const row of rows) lines.push(columns.map((column) => written(column, row, separator)).join(separator));
  return `${lines.join("\n")}\n`;
}

/**
 * A value as exact as the page has it, a text in quotes where it needs them.
 *
 * @param {Column} column
 * @param {number} row
 * @param {string} separator
 */
function written(column, row, separator) {
  if (column.absent?.(row)) return "";
  const number = column.number(row);
  if (column.labels) {
    const text = column.labels[number];
    return /["\n\r]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  return column.kind === "share" || column.kind === "real" ? String(Number(number.toPrecision(7))) : String(number);
}
