/** What the query line understands, what the columns mean, and what the keys do. */
import { CLASSES, DISTANCE, MEANING, SCORES } from "../data/meaning.js";
import { SMALL, SMALLEST } from "../data/scores.js";
import { holds, oneOf, replace } from "../query/edit.js";
import { print } from "../query/print.js";
import { writeState } from "../state.js";
import { h } from "./dom.js";

/** @import { App } from "../app.js" */
/** @import { Description } from "../data/bytes.js" */
/** @import { Predictions } from "../data/predictions.js" */
/** @import { Child } from "./dom.js" */

const LIKELY = Math.min(3, CLASSES - 1);
const EXAMPLES = [
  ["0.2 <= confidence < 0.5", "unsure, whether right or wrong"],
  ["margin < 0.1 or entropy > 1", "near ties"],
  ["a.guess != b.guess and distance > 0.5", "where the tables chosen as A and B differ most"],
];
const WRONG = holds({ name: "correct", kind: "flag" }, false);
const KEYS = [
  ["/", "to the query; Tab completes, Enter takes it"],
  [
    "↑ ↓ Page Home End",
    "walk the table; with Shift select rows, with Ctrl+A all; Ctrl+End also goes to the last column",
  ],
  ["Ctrl+C", "copies the selected rows"],
  ["J K, → ←", "with an image open, to the next and the previous one of the list that it was opened from"],
  ["→ ← ↑ ↓", "walk pictures and the cells of a matrix; Tab goes on to what follows them"],
  ["→ ←", "on a slider go to the next and the previous epoch"],
  ["→ ← ↑ ↓, Shift+→", "on a plot choose a part of it; Enter opens that in the table, Escape clears"],
  ["O", "opens a group’s rows alone"],
  ["T", "to a group’s bars of true labels: → ← walk them, Enter opens one’s rows, Escape goes back"],
  [
    "0 … 9, L, X, N, Delete, U",
    "mark the open image, the picture with the focus or the selected rows: propose the class of that number, or one " +
      "whose name is typed; exclude; note; remove; undo",
  ],
  ["Enter", "opens a row’s image or a group; Escape closes the image"],
  ["→ ←", "open and close a group"],
  [
    "Alt+→ Alt+←",
    "on a heading move the column; Enter sorts, Shift+Enter sorts by one more; " +
      "Home and End go to the first and the last heading",
  ],
  ["→ ←, Shift+→", "on a heading’s histogram choose a range; Enter filters, Escape clears"],
];

/**
 * A query that this page can answer: of a score where classes are numbers, else of their names.
 *
 * @param {Predictions} data
 */
export function firstExample(data) {
  return (data.labels ? mistaken(data) : unlucky(data))[0];
}

/**
 * An example of a score.
 *
 * @param {Predictions} data
 */
function unlucky({ classes }) {
  return [`guess != truth and ${SCORES[LIKELY]} > 0.4`, `mistakes that give class ${classes[LIKELY]} some chance`];
}

/**
 * An example that names classes.
 *
 * @param {Predictions} data
 */
function mistaken(data) {
  const two = [Math.min(4, CLASSES - 2), Math.min(9, CLASSES - 1)];
  const tree = replace(
    oneOf(
      data.column("truth"),
      two.map((each) => data.literalOf(each)),
    ),
    () => false,
    WRONG,
  );
  return [print(tree), "images of two classes that are mistaken"];
}

/**
 * How far the scores of the page are from those of the tables.
 *
 * @param {Description} description
 */
function precision({ completed, scoreError }) {
  const others = completed
    ? `, that of a guess, which is what the others leave of 1, within ${upwards(scoreError)}`
    : "";
  return (
    `A score is within ${upwards(SMALL / 16)} of the table’s${others}; one below ${SMALL.toExponential(1)} within a ` +
    `sixteenth of itself; below ${SMALLEST.toExponential(1)} it is 0. Of rows sorted by a score, a loss or what else is ` +
    "computed from scores, those that are closer than this may stand in another order than in the tables."
  );
}

/**
 * A number in two digits, no less than it is.
 *
 * @param {number} number
 */
function upwards(number) {
  const unit = 10 ** (Math.floor(Math.log10(number)) - 1);
  return (Math.ceil(number / unit) * unit).toExponential(1);
}

/**
 * The panel, which a button with `popovertarget="help"` opens.
 *
 * @param {App} app
 */
export function help(app) {
  /** @type {(term: Child, ...meaning: Child[]) => Child[]} */
  const entry = (term, ...meaning) => [h("dt", {}, term), h("dd", {}, meaning)];
  const example = (/** @type {string[]} */ [query, meaning]) =>
    entry(h("a", { "data-query": query, click: (event) => use(event, query) }, h("code", {}, query)), meaning);
  /** @type {(event: Event, query: string) => void} */
  const use = (event, query) => {
    event.preventDefault();
    panel.hidePopover();
    app.set({ q: query });
  };
  const link = () => {
    for (const example of panel.querySelectorAll("a[data-query]"))
      example.setAttribute("href", writeState({ ...app.state, q: example.getAttribute("data-query") ?? "" }));
  };
  const columns = app.data.names.filter((name) => name !== "image" && !SCORES.includes(name));
  const panel = h(
    "div",
    {
      id: "help",
      class: "help",
      popover: "auto",
      role: "dialog",
      "aria-label": "help",
      tabindex: -1,
      beforetoggle: () => link(),
    },
    h("h2", {}, "Queries"),
    h(
      "p",
      {},
      "A condition on a row, which all views follow. Compare with == != < <= > >=, chained if you like; ",
      "join with and, or, not and ( ); calculate with + - * /; choose with in (…); write texts in quotes, with a ",
      "backslash before a quote or a backslash that is part of one.",
    ),
    h("dl", {}, [unlucky(app.data), ...EXAMPLES, mistaken(app.data)].map(example)),
    h("h2", {}, "Columns"),
    h(
      "dl",
      {},
      columns.map((name) => entry(h("code", {}, name), MEANING[name].meaning)),
      entry(h("code", {}, `score_0 … ${SCORES[CLASSES - 1]}`), "softmax probability of each class"),
      entry(h("code", {}, "a.… and b.…"), "the same of the image in the tables chosen as A and B"),
      entry(h("code", {}, "distance"), DISTANCE.meaning),
    ),
    h(
      "p",
      {},
      "A joined with B is one row an image; a condition on single predictions keeps the images for which it holds in ",
      "A or in B.",
    ),
    h("p", { id: "precision" }, precision(app.description)),
    h("h2", {}, "Keys"),
    h(
      "dl",
      {},
      KEYS.map(([keys, meaning]) => entry(h("kbd", {}, keys), meaning)),
    ),
  );
  return panel;
}
