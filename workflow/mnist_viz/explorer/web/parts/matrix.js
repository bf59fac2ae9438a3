/** A matrix of classes as a table, as of labels down and guesses across: one stop for the keyboard, with arrows. */
import { h, whole } from "./dom.js";
import { roving } from "./roving.js";
import { takeButtons } from "./take.js";

/** @import { Attributes, Child } from "./dom.js" */
/**
 * @typedef {object} Matrix
 * @property {string} title
 * @property {Child} caption
 * @property {string[]} classes
 * @property {(first: number, second: number) => HTMLElement} cell
 * @property {(first: number) => Child} [row] what stands in the heading of a row; the name if nothing is said
 * @property {(second: number) => Child} [column]
 * @property {Attributes} [attributes]
 */

/** @param {Matrix} matrix */
export function matrix({ title, caption, classes, cell, row, column, attributes = {} }) {
  const numbers = [...classes.keys()];
  const named = (/** @type {number} */ index) => h("span", {}, classes[index]);
  const lines = numbers.map((first) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", title: classes[first] }, (row ?? named)(first)),
      numbers.map((second) => cell(first, second)),
    ),
  );
  const heads = numbers.map((second) => h("th", { scope: "col", title: classes[second] }, (column ?? named)(second)));
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

/**
 * A cell that filters: a button that stays pressed while the query chooses it.
 *
 * @param {number} count
 * @param {number} heat from 0 to 1; the cells of the diagonal have none
 * @param {boolean} right whether it is of the diagonal
 * @param {Attributes} button
 */
export function choice(count, heat, right, button) {
  return h(
    "td",
    { class: right ? "right" : "", style: count && !right ? { "--heat": heat } : null },
    h("button", { class: "plain", type: "button", ...button }, count ? whole(count) : "·"),
  );
}
