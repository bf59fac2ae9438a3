/** What is taken for what: A's and B's matrix as counts or per cent of the row, or one of B − A. */
import { SIDES } from "../../data/joined.js";
import { CLASSES } from "../../data/meaning.js";
import { confusion } from "../../data/statistics.js";
import { counted, h, whole } from "../../parts/dom.js";
import { openPair, openSide } from "../../parts/handover.js";
import { matrix } from "../../parts/matrix.js";
import { equals } from "../../query/edit.js";
import { and, compare, name, or } from "../../query/tree.js";

/** @import { App } from "../../app.js" */
/** @import { Side } from "../../data/joined.js" */
/** @import { Child } from "../../parts/dom.js" */
/** @import { Node } from "../../query/tree.js" */

export const MOST_CLASSES = 25; // of a matrix that can be read

/** What a cell shows. */
export const CELLS = [
  { value: "", label: "counts" },
  { value: "share", label: "per cent of the row" },
  { value: "apart", label: "B − A" },
];

/**
 * A cell of a matrix: a button if there is something to open.
 *
 * @param {{ text: string, label: string, className?: string, heat?: number, open?: () => void }} cell
 */
function shown({ text, label, className = "", heat = 0, open }) {
  const attributes = { class: className, style: heat ? { "--heat": heat } : null };
  if (open)
    return h(
      "td",
      attributes,
      h("button", { class: "plain", type: "button", "aria-label": label, title: label, click: open }, text),
    );
  return h("td", attributes, h("span", { "aria-hidden": "true" }, text), h("span", { class: "unseen" }, "0"));
}

/**
 * A heading that opens what it stands for.
 *
 * @param {string} text
 * @param {string} words
 * @param {() => void} open
 * @returns {Child}
 */
function heading(text, words, open) {
  const label = `${words}; open in the table`;
  return h(
    "button",
    { class: "plain", type: "button", title: label, "aria-label": label, click: open },
    h("span", {}, text),
  );
}

/**
 * The matrices, or why there are none.
 *
 * @param {App} app
 */
export function matrices(app) {
  if (CLASSES > MOST_CLASSES) {
    const words = `${whole(CLASSES)} classes are too many for a matrix; the pairs below are its largest cells.`;
    return [h("p", { class: "source" }, words)];
  }
  if (app.state.cells === "apart") return [apart(app)];
  return [
    h(
      "div",
      { class: "sides" },
      SIDES.map((side) => of(app, side)),
    ),
  ];
}

/**
 * @param {App} app
 * @param {Side} side
 */
function of(app, side) {
  const { data, filter } = app;
  const upper = side.toUpperCase();
  const rows = filter.knownOf(data[side]);
  const head = h("h3", { class: `side-${side}` }, `${upper}: ${data.label(data[side])}`);
  if (rows.length === 0)
    return h("div", { class: "side" }, head, h("p", { class: "empty" }, `The query leaves no prediction of ${upper}.`));
  const counts = confusion(data.guess, data.column("truth").array, rows, data.weights);
  const asShare = app.state.cells === "share";
  const totals = data.classes.map((_, label) => sum(counts.subarray(label * CLASSES, (label + 1) * CLASSES)));
  const share = (/** @type {number} */ label, /** @type {number} */ guess) =>
    counts[label * CLASSES + guess] / (asShare ? totals[label] : 1);
  const worst = Math.max(
    ...[...counts.keys()].map((cell) => {
      const [label, guess] = [Math.floor(cell / CLASSES), cell % CLASSES];
      return label === guess || counts[cell] === 0 ? 0 : share(label, guess);
    }),
    Number.MIN_VALUE,
  );
  const element = matrix({
    title: `Confusion matrix of ${upper}, ${data.label(data[side])}${asShare ? ", per cent of the row" : ""}`,
    caption: `Label down, guess across; ${asShare ? "per cent of the images of a label" : "images"}`,
    classes: data.classes,
    attributes: { "data-side": side },
    cell: (label, guess) => {
      const count = counts[label * CLASSES + guess];
      const right = label === guess;
      if (count === 0) return shown({ text: totals[label] ? "·" : "–", label: "", className: right ? "right" : "" });
      const per = (100 * count) / totals[label];
      const words = `labelled ${data.classes[label]}, guessed ${data.classes[guess]} in ${upper}`;
      return shown({
        text: asShare ? per.toFixed(1) : whole(count),
        label: `${words}: ${counted(count, "image")}, ${per.toFixed(1)} % of the label; open in the table`,
        className: right ? "right" : "",
        heat: right ? 0 : Math.sqrt(share(label, guess) / worst),
        open: () => openSide(app, side, and([equalTo(app, "truth", label), equalTo(app, "guess", guess)])),
      });
    },
    row: (label) =>
      heading(
        data.classes[label],
        `labelled ${data.classes[label]}: ${counted(totals[label], "image")} of ${upper}`,
        () => openSide(app, side, equalTo(app, "truth", label)),
      ),
    column: (guess) =>
      heading(data.classes[guess], `guessed ${data.classes[guess]} by ${upper}`, () =>
        openSide(app, side, equalTo(app, "guess", guess)),
      ),
  });
  return h("div", { class: "side" }, head, element);
}

/**
 * How many more images of a label B guesses so than A, of those that both have.
 *
 * @param {App} app
 */
function apart(app) {
  const { data, filter } = app;
  const { mask } = filter;
  const both = (/** @type {Side} */ side) =>
    filter.knownOf(data[side]).filter((row) => {
      const image = data.image(row);
      return mask[data.joined.row("a", image)] & mask[data.joined.row("b", image)];
    });
  const rows = SIDES.map(both);
  if (rows[0].length === 0) return h("p", { class: "empty" }, "The query leaves no image in both A and B.");
  const [a, b] = rows.map((own) => confusion(data.guess, data.column("truth").array, own, data.weights));
  const worst = Math.max(1, ...a.map((count, cell) => Math.abs(b[cell] - count)));
  const names = SIDES.map((side) => data.label(data[side]));
  const opened =
    (
      /** @type {string} */ title,
      /** @type {Node} */ chosen,
      /** @type {import("../../parts/handover.js").Test} */ test,
    ) =>
    () =>
      openPair(app, title, chosen, test);
  const guessed = (/** @type {number} */ guess) => or([equalTo(app, "a.guess", guess), equalTo(app, "b.guess", guess)]);
  const differ = compare([name(data.column("a.guess")), name(data.column("b.guess"))], ["!="]);
  return matrix({
    title: `B − A, confusion matrix of ${names[1]} minus that of ${names[0]}`,
    caption: "Label down, guess across; how many more images B guesses so than A",
    classes: data.classes,
    attributes: { "data-side": "apart" },
    cell: (label, guess) => {
      const cell = label * CLASSES + guess;
      const more = b[cell] - a[cell];
      const words = `labelled ${data.classes[label]}, guessed ${data.classes[guess]}`;
      const right = label === guess ? "right" : "";
      if (!a[cell] && !b[cell]) return shown({ text: "·", label: "", className: right });
      const text = more === 0 ? "0" : `${more > 0 ? "+" : "−"}${whole(Math.abs(more))}`;
      const chosen = and([equalTo(app, "truth", label), differ, guessed(guess)]);
      const title = `${words} by one of A and B`;
      return shown({
        text,
        label: `${words}: A ${whole(a[cell])}, B ${whole(b[cell])}; open those that only one guesses so in the table`,
        className: `${right} ${more > 0 ? "more-b" : more < 0 ? "more-a" : ""}`.trim(),
        heat: Math.sqrt(Math.abs(more) / worst),
        open: opened(title, chosen, (truth, x, y) => truth === label && x !== y && (x === guess || y === guess)),
      });
    },
    row: (label) =>
      heading(
        data.classes[label],
        `labelled ${data.classes[label]}`,
        opened(`labelled ${data.classes[label]}`, equalTo(app, "truth", label), (truth) => truth === label),
      ),
    column: (guess) =>
      heading(
        data.classes[guess],
        `guessed ${data.classes[guess]} by A or B`,
        opened(`guessed ${data.classes[guess]}`, guessed(guess), (_, x, y) => x === guess || y === guess),
      ),
  });
}

/**
 * @param {App} app
 * @param {string} column
 * @param {number} index
 */
function equalTo({ data }, column, index) {
  return equals(data.column(column), data.literalOf(index));
}

/** @param {Float64Array} values */
function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}
