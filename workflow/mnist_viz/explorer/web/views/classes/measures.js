/** The table of the classes: precision, recall and F1 of A, of B, and how they differ, each with its interval. */
import { SIDES } from "../../data/joined.js";
import { CLASSES } from "../../data/meaning.js";
import { difference, estimate, MEASURES } from "../../data/measures.js";
import { counted, h, whole } from "../../parts/dom.js";
import { openPair, openSide } from "../../parts/handover.js";
import { roving, settle } from "../../parts/roving.js";
import { equals } from "../../query/edit.js";
import { or } from "../../query/tree.js";

/** @import { App } from "../../app.js" */
/** @import { Side } from "../../data/joined.js" */
/** @import { Estimate, Measure } from "../../data/measures.js" */
/** @import { Pair, Tally } from "../../data/tally.js" */
/** @import { Test } from "../../parts/handover.js" */
/** @import { Node } from "../../query/tree.js" */
/** @typedef {{ a: Tally, b: Tally, pair: Pair | null }} Counts No pair where A and B are the same table. */

const MOST_ROWS = 40;
const DIGITS = 4;

/** @type {Record<Measure, string>} */
export const TITLES = { precision: "precision", recall: "recall", f1: "F1" };

/** In which order the classes are. */
export const ORDERS = [
  { value: "", label: "as they are named" },
  { value: "worst", label: "the lowest F1 first" },
  { value: "apart", label: "the furthest apart in F1 first" },
];

/**
 * A number with its sign, which one has that is written as 0, too: an interval that ends below 0 does not hold it.
 *
 * @param {number} value
 */
export function signed(value) {
  const text = Math.abs(value).toFixed(DIGITS);
  if (value === 0) return text;
  return `${value > 0 ? "+" : "−"}${text}`;
}

/**
 * An estimate's value and its interval, as they are written.
 *
 * @param {Estimate} estimate
 * @param {boolean} [isDifference]
 */
export function written({ value, low, high }, isDifference = false) {
  const text = isDifference ? signed : (/** @type {number} */ each) => each.toFixed(DIGITS);
  return {
    value: text(value),
    interval: isDifference ? `${text(low)} to ${text(high)}` : `${text(low)}–${text(high)}`,
  };
}

/**
 * Whose measure is higher, if the interval of the difference does not hold 0.
 *
 * @param {Estimate} estimate
 */
export function better({ low, high }) {
  if (low > 0) return "side-b";
  return high < 0 ? "side-a" : "";
}

/**
 * @param {App} app
 * @param {Counts} counts
 */
export function measuresTable(app, counts) {
  const { data, state } = app;
  const order = inOrder(counts, state.order);
  const body = roving(h("tbody"), "button");
  const more = h("button", { type: "button", click: () => extend() });
  let shown = 0;
  const extend = () => {
    const next = order.slice(shown, shown + MOST_ROWS);
    body.append(...next.map((index) => line(app, counts, index)));
    settle(body);
    shown += next.length;
    more.textContent = `${whole(order.length - shown)} more`;
    more.hidden = shown === order.length;
  };
  extend();
  const caption = "By class, with 95 % intervals; each cell opens the images that it counts";
  const titles = SIDES.map((side) => `${side.toUpperCase()}: ${data.label(data[side])}`);
  return [
    h(
      "div",
      { class: "scroll", role: "region", "aria-label": caption },
      h(
        "table",
        { class: "numbers measures" },
        h("caption", {}, caption),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td", { colspan: 2 }),
            titles.map((title, place) =>
              h("th", { scope: "colgroup", colspan: 3, class: `side-${SIDES[place]}` }, title),
            ),
            h("th", { scope: "colgroup", colspan: 3 }, "B − A"),
          ),
          h(
            "tr",
            {},
            ["class", "images"].map((head) => h("th", { scope: "col" }, head)),
            [0, 1, 2].map(() => MEASURES.map((measure) => h("th", { scope: "col" }, TITLES[measure]))),
          ),
        ),
        body,
      ),
    ),
    more,
  ];
}

/**
 * The classes that have an image or a guess, in their order.
 *
 * @param {Counts} counts
 * @param {string} order
 */
function inOrder({ a, b, pair }, order) {
  const all = Array.from({ length: CLASSES }, (_, index) => index);
  const here = all.filter((index) => [a, b].some((side) => side.images[index] + side.guessed[index] > 0));
  if (order === "") return here;
  const value = (/** @type {number} */ index) => {
    if (order === "worst") return Math.min(...[a, b].map((side) => estimate("f1", side, index)?.value ?? 1));
    return -Math.abs((pair && difference("f1", pair, index)?.value) ?? 0);
  };
  const values = new Map(here.map((index) => [index, value(index)]));
  return here.sort((x, y) => (values.get(x) ?? 0) - (values.get(y) ?? 0) || x - y);
}

/**
 * @param {App} app
 * @param {Counts} counts
 * @param {number} index of the class
 */
function line(app, { a, b, pair }, index) {
  const { data } = app;
  const name = data.classes[index];
  const images = [a, b].map((tally) => whole(tally.images[index]));
  const { chosen, test } = pairOf(app, "f1", index);
  const open = () => openPair(app, `labelled or guessed ${name}`, chosen, test, true);
  const title = `open the images labelled or guessed ${name} in the table`;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("button", { class: "plain", type: "button", title, click: open }, name)),
    h("td", {}, images[0] === images[1] ? images[0] : `A ${images[0]}, B ${images[1]}`),
    SIDES.map((side) =>
      MEASURES.map((measure) => {
        const words = `${TITLES[measure]} of ${name} in ${side.toUpperCase()}`;
        const choose = () => openSide(app, side, sideOf(app, measure, index));
        return cell(estimate(measure, { a, b }[side], index), words, choose);
      }),
    ),
    MEASURES.map((measure) => {
      const found = pair && difference(measure, pair, index);
      const own = pairOf(app, measure, index);
      const words = `${TITLES[measure]} of ${name}, B − A`;
      return cell(found, words, () => openPair(app, words, own.chosen, own.test), true);
    }),
  );
}

/**
 * @param {Estimate | null} found
 * @param {string} words
 * @param {() => void} open
 * @param {boolean} [isDifference]
 */
function cell(found, words, open, isDifference = false) {
  if (!found) return h("td", {}, "–");
  const { value, interval } = written(found, isDifference);
  const label = `${words}: ${value}, 95 % interval ${interval}, of ${counted(found.of, "image")}; open them in the table`;
  return h(
    "td",
    { class: isDifference ? better(found) : "" },
    h(
      "button",
      { class: "plain", type: "button", "aria-label": label, title: label, click: open },
      value,
      h("small", {}, interval),
    ),
  );
}

/**
 * What chooses the rows of a table that a measure of a class is of.
 *
 * @param {App} app
 * @param {Measure} measure
 * @param {number} index
 * @returns {Node}
 */
function sideOf({ data }, measure, index) {
  const [truth, guess] = ["truth", "guess"].map((name) => equals(data.column(name), data.literalOf(index)));
  if (measure === "precision") return guess;
  return measure === "recall" ? truth : or([truth, guess]);
}

/**
 * What chooses the images that the difference in a measure of a class is of.
 *
 * @param {App} app
 * @param {Measure} measure
 * @param {number} index
 * @returns {{ chosen: Node, test: Test }}
 */
function pairOf({ data }, measure, index) {
  const names = ["truth", "a.guess", "b.guess"];
  const [truth, ...guesses] = names.map((name) => equals(data.column(name), data.literalOf(index)));
  if (measure === "recall") return { chosen: truth, test: (label) => label === index };
  if (measure === "precision") return { chosen: or(guesses), test: (_, a, b) => a === index || b === index };
  return { chosen: or([truth, ...guesses]), test: (label, a, b) => [label, a, b].includes(index) };
}
