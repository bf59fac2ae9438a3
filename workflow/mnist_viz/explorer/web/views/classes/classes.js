/** The classes: how well each is told from the others in A and in B, what is taken for what, over the epochs. */
import { SIDES } from "../../data/joined.js";
import { balanced, balancedDifference, classesOf } from "../../data/measures.js";
import { tally, tallyPair } from "../../data/tally.js";
import { afterwards, caveat, choice, counted, figure, h, whole } from "../../parts/dom.js";
import { alike } from "../../parts/handover.js";
import { outcomesIn } from "../../query/outcome.js";
import { columnsOf } from "../../query/tree.js";
import { EpochSliders } from "./epochs.js";
import { CELLS, matrices } from "./matrices.js";
import { better, measuresTable, ORDERS, written } from "./measures.js";
import { pairsList } from "./pairs.js";

/** @import { App, Walk } from "../../app.js" */
/** @import { Estimate } from "../../data/measures.js" */
/** @import { Counts } from "./measures.js" */

export class ClassesView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<string, Walk>} */
    this.lists = new Map();
    this.choices = h("div", { class: "toolbar" });
    this.sliders = new EpochSliders(app);
    this.body = h("div");
    this.seen = false;
    /** @type {(() => void) | null} */
    this.rest = null; // draws what begins below a screen's edge, where it is not drawn yet
    addEventListener("beforeprint", () => this.finish());
    this.element = h(
      "section",
      { class: "view classes", "aria-label": "Classes" },
      this.choices,
      this.sliders.element,
      this.body,
    );
  }

  refresh() {
    const { app } = this;
    const { data, filter, state } = app;
    this.lists.clear();
    this.choices.replaceChildren(...app.pairChoices());
    this.sliders.refresh();
    const [a, b] = SIDES.map((side) => tally(data, data[side], filter.mask));
    if (a.all + b.all === 0) {
      this.rest = null;
      const [first, second] = SIDES.map((side) => data.label(data[side]));
      const words = `The query leaves no prediction of A (${first}) or B (${second}) whose truth is known.`;
      this.body.replaceChildren(h("p", { class: "empty", role: "status" }, words));
      return;
    }
    const pair = data.a === data.b ? null : tallyPair(data, filter.mask);
    const cells = choice("cells", CELLS, state.cells, (value) => app.set({ cells: value }), { id: "cells" });
    const order = choice("order", ORDERS, state.order, (value) => app.set({ order: value }), { id: "order" });
    const below = h("div");
    this.body.replaceChildren(
      this.figures({ a, b, pair }),
      h("h2", {}, "Precision, recall and F1 ", caveat([...outcomesIn(filter), ...this.labels()])),
      h("div", { class: "toolbar" }, order),
      ...measuresTable(app, { a, b, pair }),
      this.sources(),
      below,
    );
    this.rest = () =>
      below.replaceChildren(
        h("h2", {}, "Confusion matrix"),
        h("div", { class: "toolbar" }, cells),
        ...matrices(app),
        h("h2", {}, "Confused pairs ", h("small", {}, "the most frequent in A and B together first")),
        ...pairsList(this),
      );
    // At first what a screen shows comes in the first frame, unless details go through a list of what lies below.
    if (this.seen || state.id !== "") this.finish();
    else afterwards(() => this.finish());
    this.seen = true;
  }

  /** Draw what lies below, if it is not drawn yet. */
  finish() {
    this.rest?.();
    this.rest = null;
  }

  /** The columns of the label by which the query selects: with the images of other labels go wrong guesses of one. */
  labels() {
    const names = this.app.filter.tree ? [...columnsOf(this.app.filter.tree)] : [];
    return names.filter((name) => name === "truth" || name === "given");
  }

  /** @param {string} list */
  walk(list) {
    return this.lists.get(list) ?? null;
  }

  /**
   * Balanced accuracy of A and B, and how they differ.
   *
   * @param {Counts} counts
   */
  figures({ a, b, pair }) {
    const { data, filter } = this.app;
    const note = caveat(outcomesIn(filter));
    /** @type {(term: string, found: Estimate | null, missing: string, side: string, more?: string) => HTMLElement} */
    const each = (term, found, missing, side, more = "") => {
      if (!found) return figure(term, "–", missing, { "data-balanced": side });
      const { value, interval } = written(found, side === "apart");
      const own = side === "apart" ? better(found) : `side-${side}`;
      const words = [`95 % interval ${interval}${more}`, note && [" ", note.cloneNode(true)]];
      return figure(term, value, words, { side: own.replace("side-", ""), "data-balanced": side });
    };
    const none = "the query leaves no prediction";
    const missing = pair ? "the query leaves no image in both" : "A and B are the same table; choose another";
    const difference = pair && balancedDifference(pair);
    const verdict = difference && ["; could be chance", "; A is better", "; B is better"][place(better(difference))];
    const common = alike(this.app) || !pair ? "" : `, of ${counted(pair.a.all, "image")} in both`;
    return h(
      "div",
      { class: "summary" },
      h(
        "dl",
        { class: "figures" },
        each(`Balanced accuracy of A, ${data.label(data.a)}`, balanced(a), none, "a"),
        each(`Balanced accuracy of B, ${data.label(data.b)}`, balanced(b), none, "b"),
        each("B − A", difference, missing, "apart", `${common}${verdict ?? ""}`),
      ),
      h("p", { class: "source" }, this.scope({ a, b, pair })),
    );
  }

  /**
   * Of what the balanced accuracies are.
   *
   * @param {Counts} counts
   */
  scope({ a, b }) {
    const [first, second] = [a, b].map((side) => whole(classesOf(side).length));
    const classes = first === second ? `${first} classes` : `${first} classes of A and ${second} of B`;
    const images =
      a.all === b.all ? counted(a.all, "image") : `${counted(a.all, "image")} of A and ${whole(b.all)} of B`;
    return `The mean recall of the ${classes} that have images; ${images}.`;
  }

  /** Which methods the intervals are of. */
  sources() {
    const link = (/** @type {string} */ href, /** @type {string} */ text) => h("a", { href }, text);
    return h(
      "p",
      { class: "source" },
      "Coloured and bold: the interval of B − A does not hold 0; of twenty true ties one does so by chance. ",
      "Intervals: precision and recall ",
      link("https://doi.org/10.1080/01621459.1927.10502953", "Wilson 1927"),
      "; F1 Wilson’s of TP / (TP + FP + FN), transformed, ",
      link("https://arxiv.org/abs/2309.14621", "Lam et al. 2023"),
      "; balanced accuracy ",
      link("https://doi.org/10.1016/S0167-9473(03)00007-0", "Price and Bonett 2004"),
      "; B − A on the images that both have, with their correlation, ",
      link("https://doi.org/10.1002/sim.3095", "Zou and Donner 2008"),
      ", of recall method 8 of ",
      link("https://doi.org/10.1002/(SICI)1097-0258(19981130)17:22%3C2635::AID-SIM954%3E3.0.CO;2-C", "Newcombe 1998"),
      ".",
    );
  }
}

/** @param {string} side that is better, none if neither is */
function place(side) {
  return ["", "side-a", "side-b"].indexOf(side);
}
