/** An image as all models guess it: a strip with a line a variant and a cell an epoch. */
import { seedGroups } from "../data/replicates.js";
import { h } from "./dom.js";
import { MARKS } from "./pictures.js";

/** @import { App } from "../app.js" */
/** @import { Predictions } from "../data/predictions.js" */
/** @typedef {{ variant: number, group: string, tables: number[] }} Line `tables` has one an epoch, -1 where none is. */
/**
 * @typedef {object} Layout What the strips of all images have in common.
 * @property {Line[]} lines
 * @property {number[]} epochs
 * @property {number} letters of the longest guess that is written
 * @property {number} moreVariants how many variants are left out
 * @property {number} moreEpochs how many epochs, the first ones, are left out
 */

export const MOST_LETTERS = 3; // of a guess
const DIGIT = 7; // pixels
const LETTER = 10;
const MARK = 9;

/**
 * Which lines and cells a strip has: the variants of A and B first, then the others, the replicates of one
 * configuration next to each other; of more epochs the last ones.
 *
 * @param {App} app
 * @param {{ variants?: number, epochs?: number }} [most]
 * @returns {Layout}
 */
export function layout({ data, description }, most = {}) {
  const { variants = Infinity, epochs = Infinity } = most;
  const groups = seedGroups(description.variants);
  const pair = [data.a, data.b].map((table) => data.tables[table][0]);
  const first = groups.filter((group) => group.variants.some((variant) => pair.includes(variant)));
  const order = [...new Set([...first, ...groups])];
  const own = Map.groupBy(data.tables.keys(), (table) => data.tables[table][0]);
  const every = [...new Set(data.tables.map(([, epoch]) => epoch))].sort((x, y) => x - y);
  const shown = every.slice(-epochs);
  const lines = order
    .flatMap((group) =>
      group.variants.map((variant) => ({ variant, group: group.variants.length > 1 ? group.name : "" })),
    )
    .filter(({ variant }) => own.has(variant));
  const chosen = [
    ...lines.filter(({ variant }) => pair.includes(variant)),
    ...lines.filter(({ variant }) => !pair.includes(variant)),
  ];
  const kept = lines.length > variants ? chosen.slice(0, variants) : lines;
  return {
    lines: kept.map((line) => {
      const tables = new Map(own.get(line.variant)?.map((table) => [data.tables[table][1], table]));
      return { ...line, tables: shown.map((epoch) => tables.get(epoch) ?? -1) };
    }),
    epochs: shown,
    letters: Math.min(MOST_LETTERS, Math.max(...data.classes.map((each) => Array.from(each).length))),
    moreVariants: lines.length - kept.length,
    moreEpochs: every.length - shown.length,
  };
}

/**
 * Pixels that a cell takes.
 *
 * @param {Layout} layout
 */
export function cellWidth({ letters }) {
  return MARK + 3 + (letters > 1 ? LETTER : DIGIT) * letters;
}

/**
 * A line's cells, to be filled by `showLine`.
 *
 * @param {Layout} layout
 */
export function emptyLine(layout) {
  const width = `${cellWidth(layout)}px`;
  return h(
    "span",
    { class: "strip", style: { "--cell": width } },
    layout.epochs.map(() => h("span", {}, new Text())),
  );
}

/**
 * Write into a line's element what the tables say of an image: the guess, and behind a wrong one a mark.
 *
 * @param {Predictions} data
 * @param {HTMLElement} element
 * @param {Line} line
 * @param {number} image
 */
export function showLine(data, element, { variant, tables }, image) {
  for (const [index, table] of tables.entries()) {
    const cell = /** @type {HTMLElement} */ (element.children[index]);
    const text = /** @type {Text} */ (cell.firstChild);
    if (table < 0) {
      text.data = "";
      cell.className = "none";
      cell.title = `${data.variants[variant]} has no such epoch`;
      continue;
    }
    const row = table * data.images + image;
    const verdict = data.verdict(row);
    const guess = data.guessOf(row);
    text.data = `${Array.from(guess).slice(0, MOST_LETTERS).join("")}${verdict === "wrong" ? "✗" : ""}`;
    cell.className = verdict;
    cell.title = `${data.label(table)}: ${guess} ${MARKS.get(verdict)}`;
  }
}

/**
 * A line of an image's strip.
 *
 * @param {Predictions} data
 * @param {Layout} layout
 * @param {Line} line
 * @param {number} image
 */
export function stripLine(data, layout, line, image) {
  const element = emptyLine(layout);
  showLine(data, element, line, image);
  return element;
}

/**
 * The epochs above the cells.
 *
 * @param {Layout} layout
 */
export function stripHead(layout) {
  const width = `${cellWidth(layout)}px`;
  return h(
    "span",
    { class: "strip head", style: { "--cell": width } },
    layout.epochs.map((epoch) => h("span", {}, String(epoch))),
  );
}
