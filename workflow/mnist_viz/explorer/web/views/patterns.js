/** Patterns in the errors: what is taken for what, in confusion matrices and by guess, two models side by side. */
import { SIDES } from "../data/joined.js";
import { CLASSES } from "../data/meaning.js";
import { ofKnown } from "../data/rates.js";
import { confusion } from "../data/statistics.js";
import { afterwards, counted, h, whole } from "../parts/dom.js";
import { choice, matrix } from "../parts/matrix.js";
import { digitButton } from "../parts/pictures.js";
import { roving, settle } from "../parts/roving.js";
import {
  conditions,
  equals,
  hasValueOf,
  holds,
  isOneOf,
  isOnlyAbout,
  isOnlyAboutOneOf,
  replace,
  sameConditions,
} from "../query/edit.js";
import { print } from "../query/print.js";
import { and } from "../query/tree.js";
import { confusedList } from "./confused.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Side } from "../data/joined.js" */
/** @import { Node } from "../query/tree.js" */

const SAMPLES = 14;
const MOST_LABELS = 9; // of a guess: as many as there are of ten classes
const MOST_CLASSES = 25; // of a matrix, and of the list of guesses

const WRONG = holds({ name: "correct", kind: "flag" }, false);

export class PatternsView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    const { data } = app;
    this.classes = Array.from({ length: CLASSES }, (_, index) => index);
    const all = (/** @type {string} */ name) =>
      this.classes.map((index) => equals(data.column(name), data.literalOf(index)));
    /** The conditions that the matrix sets: one of each kind chooses a cell. */
    this.labels = all("truth");
    this.guesses = all("guess");
    this.isOfCells = isOneOf([...this.labels, ...this.guesses]);
    /** @type {Map<string, Walk>} */
    this.lists = new Map();
    this.element = h("section", { class: "view patterns", "aria-label": "Patterns" });
  }

  /**
   * The conditions of a query that choose a cell of the matrix; null if they choose none. The matrix shows what the
   * query leaves without this choice.
   *
   * @param {Node | null} tree
   */
  chosenCell(tree) {
    const own = conditions(tree).filter(this.isOfCells);
    const chooses = ["truth", "guess"].every((name) => own.filter(isOnlyAbout(name)).length === 1);
    return chooses ? and(own) : null;
  }

  refresh() {
    const { app } = this;
    const { data, filter } = app;
    this.lists.clear();
    const chosen = this.chosenCell(filter.tree);
    const wider = filter.without((condition) => chosen !== null && this.isOfCells(condition));
    const large = CLASSES > MOST_CLASSES;
    this.element.replaceChildren(
      h("div", { class: "toolbar" }, app.pairChoices()),
      large ? confusedList(this, chosen, wider) : "",
      h(
        "div",
        { class: "sides" },
        (large && !chosen ? [] : SIDES).map((side) =>
          h(
            "div",
            { class: "side" },
            h("h2", { class: `side-${side}` }, `${side.toUpperCase()}: ${data.label(data[side])}`),
            large ? "" : this.matrix(side, chosen, wider),
            chosen ? this.cell(side, chosen) : "",
          ),
        ),
      ),
      h("h2", {}, "Errors by guess ", h("small", {}, "what was it really?")),
      h(
        "div",
        { class: "sides" },
        SIDES.map((side) =>
          h(
            "div",
            { class: "side" },
            h("h3", { class: `side-${side}` }, `${side.toUpperCase()}: ${data.label(data[side])}`),
            this.byGuess(side),
          ),
        ),
      ),
    );
  }

  /** @param {string} list */
  walk(list) {
    return this.lists.get(list) ?? null;
  }

  /**
   * @param {Side} side
   * @param {Node | null} chosen what of the query chooses a cell
   * @param {Uint8Array} wider the rows that the query leaves without it
   */
  matrix(side, chosen, wider) {
    const { app } = this;
    const { data, filter } = app;
    const truth = data.column("truth").array;
    const rows = this.rows(side, wider);
    if (rows.length === 0)
      return h(
        "p",
        { class: "empty", role: "status" },
        `The query leaves no prediction of ${side.toUpperCase()}${ofKnown(data)}.`,
      );
    const counts = confusion(data.guess, truth, rows, data.weights);
    const worst = counts.reduce((most, count, cell) => (cell % (CLASSES + 1) ? Math.max(most, count) : most), 1);
    const cell = (/** @type {number} */ label, /** @type {number} */ guess) => {
      const count = counts[label * CLASSES + guess];
      const own = and([this.labels[label], this.guesses[guess]]);
      const pressed = sameConditions(chosen, own);
      return choice(count, Math.sqrt(count / worst), label === guess, {
        id: `${side}-${label}-${guess}`,
        "aria-pressed": String(pressed),
        "aria-label": `labelled ${data.classes[label]}, guessed ${data.classes[guess]}: ${counted(count, "image")}`,
        click: () => app.ask(replace(filter.tree, this.isOfCells, pressed ? null : own)),
      });
    };
    return matrix({
      title: `Confusion matrix of ${side.toUpperCase()}, ${data.label(data[side])}`,
      caption: "Label down, guess across; a cell filters",
      classes: data.classes,
      attributes: { "data-side": side },
      cell,
    });
  }

  /**
   * The images of the chosen cell.
   *
   * @param {Side} side
   * @param {Node} chosen
   */
  cell(side, chosen) {
    const rows = this.rows(side, this.app.filter.mask);
    const name = side.toUpperCase();
    const title = `${print(chosen)} in ${name}`;
    const gallery = roving(this.gallery(side, `${side}-cell`, title, rows, chosen), ".digit");
    const heading = h("h3", {}, `${counted(rows.length, "image")} of ${name} in the chosen cell`);
    return h("section", { class: "chosen", "data-side": side }, heading, gallery);
  }

  /**
   * The first images of some rows of a side, each of which opens its details, and a button that opens all rows in the
   * table.
   *
   * @param {Side} side
   * @param {string} list the name of the list that the details go through
   * @param {string} title
   * @param {Uint32Array} rows
   * @param {Node} chosen by what they are chosen of the side's rows that the query leaves
   */
  gallery(side, list, title, rows, chosen) {
    const { app } = this;
    const { data, filter } = app;
    this.lists.set(list, { title, images: rows.map((row) => data.image(row)) });
    const table = data[side];
    const names = ["variant", "epoch"];
    const own = [...names.map((name) => hasValueOf(data.column(name), table * data.images)), ...conditions(chosen)];
    const [ofTable, known] = [isOnlyAboutOneOf(names), isOneOf(own)];
    const dropped = (/** @type {Node} */ condition) => ofTable(condition) || known(condition);
    const open = () => app.openTable(replace(filter.tree, dropped, and(own)), { rows: "all" });
    const more = rows.length - SAMPLES;
    const label = more > 0 ? `+${whole(more)}` : "open in the table";
    const note = `open ${counted(rows.length, "image")} in the table`;
    const button = h("button", { type: "button", title: note, "aria-label": note, click: open }, label);
    const gallery = h("div", { class: "gallery" }, rows.length ? button : "");
    const picture = (/** @type {number} */ row) =>
      digitButton(app, data.image(row), { size: 32, note: `guessed ${data.guessOf(row)}`, list });
    afterwards(() => {
      gallery.prepend(...Array.from(rows.subarray(0, SAMPLES), picture));
      const list = /** @type {HTMLElement | null} */ (gallery.closest("[data-roving]"));
      if (list) settle(list);
    });
    return gallery;
  }

  /**
   * @param {Side} side
   * @param {Uint8Array} mask
   */
  rows(side, mask) {
    return this.app.filter.knownOf(this.app.data[side], mask);
  }

  /**
   * What each wrong guess was taken for, with examples.
   *
   * @param {Side} side
   */
  byGuess(side) {
    const { app } = this;
    const { data, filter } = app;
    const correct = data.column("correct").array;
    const own = this.rows(side, filter.mask);
    if (data.known && own.length === 0) return h("p", { class: "empty" }, "No image whose truth is known.");
    const wrong = own.filter((row) => !correct[row]);
    if (wrong.length === 0) return h("p", { class: "empty" }, `No wrong guess among ${counted(own.length, "image")}.`);
    /** @type {Map<number, number[]>} */
    const byGuess = Map.groupBy(wrong, (row) => data.guess[row]);
    const frequent = [...byGuess].sort(([, x], [, y]) => y.length - x.length).slice(0, MOST_CLASSES);
    const most = frequent[0][1].length;
    const left = byGuess.size - frequent.length;
    const items = frequent
      .sort(([x], [y]) => x - y)
      .map(([guess, own]) => {
        const rows = Uint32Array.from(own);
        const labels = new Map();
        for (const row of rows)
          labels.set(data.truth[data.image(row)], 1 + (labels.get(data.truth[data.image(row)]) ?? 0));
        const parts = [...labels].map(([label, count]) => [count, data.classes[label]]).sort((x, y) => y[0] - x[0]);
        const title = `wrong guesses ${data.classes[guess]} of ${side.toUpperCase()}`;
        const mistaken = and([this.guesses[guess], WRONG]);
        return h(
          "li",
          {},
          h(
            "div",
            { class: "guess-head" },
            h("strong", {}, `guess ${data.classes[guess]}`),
            h("span", { class: "meter", style: { "--share": rows.length / most } }, whole(rows.length)),
          ),
          h(
            "div",
            {
              class: "labels",
              role: "img",
              "aria-label": `labels: ${parts.map(([count, label]) => `${label} ${count} times`).join(", ")}`,
            },
            parts
              .slice(0, MOST_LABELS)
              .map(([count, label]) =>
                h("span", { style: { "flex-grow": count } }, `${label}`, h("small", {}, `×${count}`)),
              ),
            parts.length > MOST_LABELS ? h("small", {}, `${whole(parts.length - MOST_LABELS)} more`) : "",
          ),
          this.gallery(side, `${side}-${guess}`, title, rows, mistaken),
        );
      });
    const list = roving(h("ul", { class: "by-guess", "data-side": side }, items), ".digit");
    const more = `${counted(left, "other guess")} with fewer errors.`;
    return left > 0 ? [list, h("p", { class: "source" }, more)] : list;
  }
}
