/** A threshold on the score of the guess: what A and B keep with it, and how many errors are left. */
import { coverage, keptAt, thinned } from "../data/coverage.js";
import { SIDES } from "../data/joined.js";
import { wilson } from "../data/statistics.js";
import { lineChart } from "../parts/charts.js";
import { caveat, h, percent, table, whole } from "../parts/dom.js";
import { openSide } from "../parts/handover.js";
import { sliding } from "../parts/slide.js";
import { atLeast, holds } from "../query/edit.js";
import { outcomesIn } from "../query/outcome.js";
import { and, compare, literal, name } from "../query/tree.js";

/** @import { App } from "../app.js" */
/** @import { Kept } from "../data/coverage.js" */
/** @import { Side } from "../data/joined.js" */
/** @import { Child } from "../parts/dom.js" */
/** @import { Point, Range } from "../parts/charts.js" */

export const FIRST = 0.9; // the threshold at first
const NINES = 4.8; // of the highest threshold that the slider reaches: 1 − 10^−4.8
const STEP = 0.05;
const LISTED = [0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999];
const MOST_POINTS = 250; // of a curve
const LEAST = 0.02; // coverage that is drawn
const CONFIDENCE = /** @type {const} */ ({ name: "confidence", kind: "share" });
const WRONG = holds({ name: "correct", kind: "flag" }, false);

/**
 * Whether a text is a threshold.
 *
 * @param {string} text
 */
export function isThreshold(text) {
  return text.trim() !== "" && Number(text) >= 0 && Number(text) <= 1;
}

export class ThresholdView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    const slide = sliding((nines, inPlace) => {
      app.set({ threshold: String(Number((1 - 10 ** -nines).toFixed(5))) }, inPlace);
    });
    this.slider = h("input", { type: "range", id: "threshold", min: 0, max: NINES, step: STEP, ...slide });
    const limits = { min: 0, max: 1, step: "any", required: true };
    this.field = h("input", { type: "number", "aria-label": "threshold", ...limits, change: () => this.type() });
    this.choices = h("div", { class: "toolbar" });
    this.content = h("div");
    const label = h("label", { class: "choice" }, h("span", {}, "keep guesses with a score of at least"), this.slider);
    this.element = h(
      "section",
      { class: "view threshold", "aria-label": "Threshold" },
      this.choices,
      h("div", { class: "toolbar" }, label, this.field),
      this.content,
    );
  }

  /** The threshold of the page's state. */
  get threshold() {
    const { threshold } = this.app.state;
    return isThreshold(threshold) ? Number(threshold) : FIRST;
  }

  /** Take the threshold that was typed, or say why it is none. */
  type() {
    if (this.field.reportValidity()) this.app.set({ threshold: String(Number(this.field.value)) });
  }

  refresh() {
    const { app, threshold } = this;
    const { data, filter } = app;
    const focused = document.activeElement;
    this.choices.replaceChildren(...app.pairChoices());
    if (focused !== this.field) this.field.value = String(threshold);
    if (focused !== this.slider) this.slider.value = String(-Math.log10(Math.max(1 - threshold, 10 ** -NINES)));
    this.slider.setAttribute("aria-valuetext", String(threshold));
    const { weights } = data;
    const weight = weights ? (/** @type {number} */ row) => weights[data.image(row)] : undefined;
    const sides = SIDES.map((side) => ({
      side,
      name: `${side.toUpperCase()}: ${data.label(data[side])}`,
      points: coverage(
        data.ofTable("confidence", data[side]),
        data.ofTable("correct", data[side]),
        filter.knownOf(data[side]),
        weight,
      ),
    }));
    const note = caveat(outcomesIn(filter));
    this.content.replaceChildren(
      h("div", { class: "columns" }, this.chart(sides), h("div", {}, this.kept(sides, note), this.listed(sides, note))),
      h(
        "p",
        { class: "source" },
        "Coverage is the share of images that are kept, risk the share of errors among these: ",
        h("a", { href: "https://www.jmlr.org/papers/v11/el-yaniv10a.html" }, "El-Yaniv and Wiener 2010"),
        ", with the score of the guess as by ",
        h("a", { href: "https://arxiv.org/abs/1705.08500" }, "Geifman and El-Yaniv 2017"),
        ". Intervals: ",
        h("a", { href: "https://doi.org/10.1080/01621459.1927.10502953" }, "Wilson 1927"),
        ", 95 % at each point by itself, not for the curve as a whole. A threshold that was chosen by these images is ",
        `better on them than on others. Drawn from ${100 * LEAST} % coverage on: of fewer images a share says little. `,
        "The scores are rounded, which can move an image across a threshold, near 1 many of them; the help says how far.",
      ),
    );
  }

  /** @param {{ side: Side, name: string, points: Kept[] }[]} sides */
  chart(sides) {
    const { threshold } = this;
    const all = (/** @type {Kept[]} */ points) => points.at(-1)?.kept || 1;
    const curves = sides.map(({ side, name, points }) => {
      const shown = thinned(points, MOST_POINTS).filter(({ kept }) => kept >= LEAST * all(points));
      return {
        name,
        className: `calibration-${side}`,
        points: shown.map(
          ({ kept, errors }) => /** @type {Point} */ ([round(kept / all(points)), round(errors / kept)]),
        ),
        area: true,
        ranges: shown.map(
          ({ kept, errors }) => /** @type {Range} */ ([kept / all(points), ...wilson(errors, kept).map(round)]),
        ),
      };
    });
    const marks = sides.flatMap(({ side, points }) => {
      const { kept, errors } = keptAt(points, threshold);
      /** @type {Point[]} */
      const own = kept >= LEAST * all(points) && kept ? [[round(kept / all(points)), round(errors / kept)]] : [];
      return own.length
        ? [
            {
              name: `${side.toUpperCase()} with ${threshold}`,
              className: `calibration-${side} chosen`,
              points: own,
              marks: true,
            },
          ]
        : [];
    });
    // Where few images are left the interval is wide: it may leave the picture, the curve may not.
    const risks = curves.flatMap(({ points }) => points.map(([, risk]) => risk));
    const upper = curves.flatMap(({ ranges }) => ranges.slice(-1).map(([, , high]) => high));
    return lineChart({
      title: "Risk by coverage",
      x: "coverage",
      y: "share of errors",
      range: { x: [0, 1], y: [0, Math.max(1e-4, ...risks, ...upper) * 1.1] },
      height: 340,
      width: 520,
      series: curves.some(({ points }) => points.length) ? [...curves, ...marks] : [],
    });
  }

  /**
   * What is kept and what is not, each count with the way into the table.
   *
   * @param {{ side: Side, name: string, points: Kept[] }[]} sides
   * @param {HTMLElement | ""} note
   */
  kept(sides, note) {
    const { threshold } = this;
    const rows = sides.map(({ side, name, points }) => {
      const { kept, errors } = keptAt(points, threshold);
      const end = points.at(-1) ?? { kept: 0, errors: 0 };
      if (end.kept === 0) return [h("span", { class: `side-${side}` }, name), "–", "–", "–", "–", "–", "–"];
      const [low, high] = wilson(errors, kept);
      const accuracy = kept ? `${percent(1 - errors / kept)} (${percent(1 - high)} – ${percent(1 - low)})` : "–";
      const cell = (/** @type {number} */ count, /** @type {boolean} */ keeps, /** @type {boolean} */ wrong) =>
        this.opener(side, Math.round(count), keeps, wrong);
      return [
        h("span", { class: `side-${side}` }, name),
        cell(kept, true, false),
        percent(kept / end.kept),
        [accuracy, note && [" ", note.cloneNode(true)]],
        cell(errors, true, true),
        cell(end.kept - kept, false, false),
        cell(end.errors - errors, false, true),
      ];
    });
    const heads = ["", "kept", "coverage", "accuracy of these", "wrong of these", "left out", "wrong of those"];
    return table(`With a score of at least ${threshold}; a count opens its rows in the table`, heads, rows, {
      class: "numbers",
      id: "kept",
    });
  }

  /**
   * A count that opens its rows in the table.
   *
   * @param {Side} side
   * @param {number} count
   * @param {boolean} keeps
   * @param {boolean} wrong
   * @returns {Child}
   */
  opener(side, count, keeps, wrong) {
    if (count === 0) return "0";
    const { app, threshold } = this;
    const limit = keeps ? atLeast(CONFIDENCE, threshold) : compare([name(CONFIDENCE), literal(threshold)], ["<"]);
    const open = () => openSide(app, side, and([limit, ...(wrong ? [WRONG] : [])]));
    const words = `${side.toUpperCase()}, ${keeps ? "kept" : "left out"}${wrong ? " and wrong" : ""}: ${whole(count)}`;
    const attributes = {
      type: "button",
      class: "plain counts",
      "aria-label": `${words}; open in the table`,
      click: open,
    };
    return h("button", attributes, whole(count));
  }

  /**
   * Coverage against accuracy with a few thresholds.
   *
   * @param {{ side: Side, points: Kept[] }[]} sides
   * @param {HTMLElement | ""} note
   */
  listed(sides, note) {
    const cells = (/** @type {Kept[]} */ points, /** @type {number} */ threshold) => {
      const { kept, errors } = keptAt(points, threshold);
      const all = points.at(-1)?.kept ?? 0;
      if (!all) return ["–", "–"];
      const [low, high] = wilson(errors, kept);
      const interval = `${percent(1 - high)} – ${percent(1 - low)}`;
      return [percent(kept / all), kept ? `${percent(1 - errors / kept)} (${interval})` : "–"];
    };
    return table(
      "Coverage and accuracy by threshold, with Wilson’s 95 % interval",
      ["threshold", ...["A", "B"].flatMap((side) => [`${side}: coverage`, "accuracy"])],
      LISTED.map((threshold) => [String(threshold), ...sides.flatMap(({ points }) => cells(points, threshold))]),
      { class: "numbers", id: "by-threshold" },
      note ? note.cloneNode(true) : "",
    );
  }
}

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(5));
}
