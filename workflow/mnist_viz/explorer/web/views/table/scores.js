/** The column of all scores: a bar a class, of joined rows a pair; their numbers on paper, and ways to sort by them. */
import { SIDES } from "../../data/joined.js";
import { CLASSES, SCORES } from "../../data/meaning.js";
import { shareText } from "../../data/share.js";
import { h } from "../../parts/dom.js";
import { bars, MOST_BARS, scoresOf, shownClasses, spoken } from "../../parts/pictures.js";

/** @import { TableView } from "./table.js" */

/** @type {{ name: "scores", kind: "scores", meaning: string, labels: null }} */
export const SCORES_COLUMN = {
  name: "scores",
  kind: "scores",
  meaning: "the scores of all classes, of joined rows A's beside B's; the numbers are shown on hover and on focus",
  labels: null,
};
const WIDTH = CLASSES > MOST_BARS ? 264 : 184; // room for parts of names where there are many classes
/** Pixels that the column takes. */
export const SCREEN_WIDTH = WIDTH + 16;
/** The same on paper, where the numbers stand below the bars. */
export const PAPER_WIDTH = 460;
const HEIGHT = 34;
const IS_SCORE = /^(?:[ab]\.)?score_\d+$/;

/**
 * The columns of single scores, by side where rows are joined.
 *
 * @param {TableView} view
 */
export function scoreColumns({ joined }) {
  return joined ? SIDES.flatMap((side) => SCORES.map((name) => `${side}.${name}`)) : SCORES;
}

/**
 * What stands for the column of all scores in a file: the single ones, where every class has a bar.
 *
 * @param {TableView} view
 */
export function writtenScores(view) {
  return SCORES.length > MOST_BARS ? [] : scoreColumns(view);
}

/**
 * The predictions that a line of the table is about: one, or A's and B's.
 *
 * @param {TableView} view
 * @param {number} row
 */
function predictionsOf({ joined, app: { data } }, row) {
  return joined ? SIDES.map((side) => data.joined.row(side, row)) : [row];
}

/**
 * Whose scores a line has, with the scores themselves.
 *
 * @param {TableView} view
 * @param {number} row
 */
export function sidesOf(view, row) {
  const own = predictionsOf(view, row);
  return own.map((each, index) => ({
    side: own.length > 1 ? SIDES[index] : "",
    shares: scoresOf(view.app.data, each),
  }));
}

/**
 * Draw a row's scores into its cell; below them, on paper, their numbers.
 *
 * @param {TableView} view
 * @param {HTMLElement} cell
 * @param {number} row
 */
export function drawScores(view, cell, row) {
  const { data } = view.app;
  const { printing } = view.grid;
  const shown = `${predictionsOf(view, row)} ${printing}`;
  if (cell.dataset.shown === shown) return;
  cell.dataset.shown = shown;
  const truth = data.truth[data.image(row)];
  const sides = sidesOf(view, row);
  const series = sides.map(({ shares }) => shares);
  const name = (/** @type {string} */ side) => side && `${side.toUpperCase()} `;
  const label = sides.map(({ side, shares }) => `${name(side)}${spoken(data, shares)}`).join("; ");
  const drawing = bars(data, series, truth, `scores by class: ${label}`, { width: WIDTH, height: HEIGHT });
  const classes = printing ? shownClasses(series, truth) : [];
  const numbers = sides.map(({ side, shares }) =>
    h(
      "p",
      { class: "paper" },
      h("strong", { class: side && `side-${side}` }, name(side)),
      classes.map((each) => `${data.classes[each]} ${shareText(shares[each])}`).join(" · "),
    ),
  );
  cell.replaceChildren(drawing, ...(printing ? numbers : []));
}

/**
 * The key that the rows are sorted by and that is a single score, or null.
 *
 * @param {TableView} view
 */
export function scoreKey({ sorting }) {
  return sorting.find(({ name }) => IS_SCORE.test(name)) ?? null;
}

/**
 * A list of the single scores to sort by, the highest first.
 *
 * @param {TableView} view
 */
export function scoreChoice(view) {
  const { app, joined } = view;
  const current = scoreKey(view)?.name ?? "";
  const option = (/** @type {string} */ name, /** @type {number} */ index) => {
    const side = joined ? `${name[0].toUpperCase()} ` : "";
    return new Option(`${side}${app.data.classes[index % SCORES.length]}`, name, name === current, name === current);
  };
  const change = (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLSelectElement} */ (event.target);
    app.set({ sort: value && `-${value}` });
  };
  const attributes = { "aria-label": "sort by the score of a class", change };
  const none = new Option("sort by a class …", "", !current, !current);
  return h("select", { class: "score-choice", ...attributes }, none, scoreColumns(view).map(option));
}
