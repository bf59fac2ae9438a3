/** Calibration: does a confidence of 0.9 mean nine of ten right? */
import { SIDES } from "../data/joined.js";
import { ofKnown } from "../data/rates.js";
import { calibration, wilson } from "../data/statistics.js";
import { lineChart } from "../parts/charts.js";
import { caveat, figure, h, table, whole } from "../parts/dom.js";

import { outcomesIn } from "../query/outcome.js";

/** @import { App } from "../app.js" */
/** @import { Point, Range } from "../parts/charts.js" */

export class ReliabilityView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.element = h("section", { class: "view reliability", "aria-label": "Calibration" });
  }

  refresh() {
    const { app } = this;
    const { data, filter } = app;
    const { weights } = data;
    const weight = weights ? (/** @type {number} */ row) => weights[data.image(row)] : undefined;
    const sides = SIDES.map((side) => ({
      name: `${side.toUpperCase()}: ${data.label(data[side])}`,
      className: `calibration-${side}`,
      ...calibration(
        data.ofTable("confidence", data[side]),
        data.ofTable("correct", data[side]),
        filter.knownOf(data[side]),
        weight,
      ),
    }));
    const outcomes = outcomesIn(filter);
    const isEmpty = (/** @type {{ parts: { images: number }[] }} */ { parts }) => !parts.some((part) => part.images);
    /** @type {Point[]} */
    const ends = [
      [0, 0],
      [1, 1],
    ];
    const diagonal = { name: "perfect", className: "perfect", points: ends };
    const series = sides.map(({ name, className, parts }) => ({
      name,
      className,
      marks: true,
      points: parts
        .filter((part) => part.images)
        .map((part) => /** @type {Point} */ ([round(part.confidence), round(part.accuracy)])),
      ranges: parts.filter((part) => part.images).map(rangeOf),
    }));
    this.element.replaceChildren(
      h("div", { class: "toolbar" }, app.pairChoices()),
      h(
        "div",
        { class: "columns" },
        lineChart({
          title: "Accuracy by confidence",
          x: "confidence",
          y: "accuracy",
          range: { x: [0, 1], y: [0, 1] },
          height: 380,
          width: 520,
          series: sides.every(isEmpty) ? [] : [diagonal, ...series],
        }),
        h(
          "div",
          {},
          h(
            "dl",
            { class: "figures" },
            sides.map((side, index) => {
              const [value, note] = isEmpty(side)
                ? ["–", `the query leaves no prediction${ofKnown(data)}`]
                : [side.error.toFixed(5), ["expected calibration error ", caveat(outcomes)]];
              return figure(side.name, value, note, { side: "ab"[index], "data-calibration": "ab"[index] });
            }),
          ),
          table(
            "Images by confidence, in 15 equal parts",
            ["confidence", ...["A", "B"].flatMap((side) => [`${side}: images`, "mean confidence", "accuracy", "95 %"])],
            sides[0].parts.map((_, bin) => [
              `${(bin / 15).toFixed(2)}–${((bin + 1) / 15).toFixed(2)}`,
              ...sides.flatMap(({ parts }) => this.cells(parts[bin])),
            ]),
            { class: "numbers" },
            caveat(outcomes),
          ),
        ),
      ),
      h(
        "p",
        { class: "source" },
        "Expected calibration error: mean |accuracy − confidence| over the parts, weighted by images; ",
        h("a", { href: "https://arxiv.org/abs/1706.04599" }, "Guo et al. 2017"),
        ", eq. 3. Intervals of the accuracy: ",
        h("a", { href: "https://doi.org/10.1080/01621459.1927.10502953" }, "Wilson 1927"),
        ". The scores are rounded, which can move an image into ",
        "the next part; the view Models has the error of the whole test set from the unrounded scores.",
      ),
    );
  }

  /** @param {{ images: number, confidence: number, accuracy: number }} part */
  cells({ images, confidence, accuracy }) {
    if (!images) return ["–", "–", "–", "–"];
    const interval = wilson(accuracy * images, images).map((end) => end.toFixed(3));
    return [whole(Math.round(images)), confidence.toFixed(3), accuracy.toFixed(3), interval.join("–")];
  }
}

/**
 * The interval of a part's accuracy, at its mean confidence.
 *
 * @param {{ images: number, confidence: number, accuracy: number }} part
 * @returns {Range}
 */
function rangeOf({ images, confidence, accuracy }) {
  const [low, high] = wilson(accuracy * images, images);
  return [round(confidence), round(low), round(high)];
}

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(4));
}
