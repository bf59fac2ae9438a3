/** A matrix of labels and guesses as a table: labels down, guesses across. */
import { h } from "./dom.js";
import { roving } from "./roving.js";
import { takeButtons } from "./take.js";

/** @import { Attributes, Child } from "./dom.js" */
/**
 * @typedef {object} Matrix
 * @property {string} title
 * @property {string} caption
 * @property {string[]} classes
 * @property {(label: number, guess: number) => HTMLElement} cell
 * @property {(label: number) => Child} row what stands in the heading of a row
 * @property {(guess: number) => Child} column
 * @property {Attributes} [attributes]
 */

/** @param {Matrix} matrix */
export function matrix({ title, caption, classes, cell, row, column, attributes = {} }) {
  const numbers = [...classes.keys()];
  const lines = numbers.map((label) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", title: classes[label] }, row(label)),
      numbers.map((guess) => cell(label, guess)),
    ),
  );
  const heads = numbers.map((guess) => h("th", { scope: "col", title: classes[guess] }, column(guess)));
  const element = h(
    "table",
    { class: "confusion", ...attributes },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, h("td"), heads)),
    h("tbody", {}, lines),
  );
  return h(
    "figure",
    { class: "matrix", "data-title": title },
    h("div", { class: "scroll", role: "region", "aria-label": title }, roving(element, "button")),
    takeButtons(title),
  );
}
