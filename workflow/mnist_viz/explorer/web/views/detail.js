/** One image in detail: large, with its scores by every variant after every epoch, and whether each was right. */
import { coloured, lineChart } from "../parts/charts.js";
import { h } from "../parts/dom.js";
import { bars, digit, scoresOf, spoken } from "../parts/pictures.js";

/** @import { App } from "../app.js" */
/** @import { Point } from "../parts/charts.js" */

const MOST_TABLES = 100;

export class Detail {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.image = -1; // that is shown
    /** @type {Element | null} */
    this.before = null; // what had the focus when it was opened
    this.element = h("aside", {
      class: "detail",
      "aria-label": "image details",
      tabindex: -1,
      hidden: true,
      keydown: (event) => this.key(event),
    });
  }

  refresh() {
    const { app } = this;
    const { data, state } = app;
    const image = state.id === "" ? -1 : data.ids.indexOf(Number(state.id));
    const opening = this.element.hidden;
    this.element.hidden = image < 0;
    document.body.classList.toggle("with-detail", image >= 0);
    if (image < 0) {
      this.image = -1;
      if (!opening && this.before instanceof HTMLElement) this.before.focus();
      return;
    }
    if (image === this.image) return;
    this.image = image;
    if (opening) this.before = document.activeElement;
    const truth = data.truth[image];
    const step = (/** @type {number} */ by) => this.neighbour(image, by);
    this.element.replaceChildren(
      h(
        "header",
        {},
        h("h2", {}, `Image ${data.ids[image]}`),
        h("p", {}, `labelled ${truth}`),
        h(
          "button",
          { type: "button", class: "close", "aria-label": "close the details", click: () => app.set({ id: "" }) },
          "✕",
        ),
      ),
      digit(app, image, 196),
      h(
        "div",
        { class: "toolbar" },
        [-1, 1].map((by) =>
          h(
            "button",
            { type: "button", disabled: step(by) === null, click: () => app.set({ id: String(step(by)) }) },
            by < 0 ? "← previous" : "next →",
          ),
        ),
      ),
      this.course(image),
      ...this.history(image, truth),
    );
    if (opening) this.element.focus();
  }

  /**
   * The id of the next image, upwards or downwards, of which the query leaves a row; null if there is none.
   *
   * @param {number} image
   * @param {number} by 1 or -1
   */
  neighbour(image, by) {
    const { data, filter } = this.app;
    for (let next = image + by; next >= 0 && next < data.images; next += by) {
      for (let row = next; row < data.length; row += data.images) if (filter.mask[row]) return data.ids[next];
    }
    return null;
  }

  /**
   * The score of the label over the epochs, one line a variant.
   *
   * @param {number} image
   */
  course(image) {
    const { data } = this.app;
    const score = data.column("true_score");
    /** @type {(variant: number) => Point[]} */
    const points = (variant) =>
      data.tables.flatMap(([owner, epoch], index) =>
        owner === variant ? [[epoch, Number(score.number(index * data.images + image).toFixed(4))]] : [],
      );
    const pair = [data.a, data.b].map((index) => data.tables[index][0]);
    return lineChart({
      title: "Score of the label",
      x: "epoch",
      y: "score",
      integerX: true,
      range: { y: [0, 1] },
      series: coloured(data.variants, pair, points),
      width: 330,
      height: 150,
    });
  }

  /**
   * The guess and the scores of every table, by variant.
   *
   * @param {number} image
   * @param {number} truth
   */
  history(image, truth) {
    const { data } = this.app;
    const shown = data.tables.slice(0, MOST_TABLES);
    const groups = Map.groupBy(
      shown.map(([variant, epoch], index) => ({ variant, epoch, row: index * data.images + image })),
      (each) => each.variant,
    );
    return [
      ...[...groups].map(([variant, rows]) =>
        h(
          "section",
          {},
          h("h3", {}, data.variants[variant]),
          h(
            "ol",
            { class: "history" },
            rows.map(({ epoch, row }) => {
              const guess = data.guess[row];
              const scores = scoresOf(data, row);
              return h(
                "li",
                { class: guess === truth ? "right" : "wrong", "data-table": `${data.variants[variant]}:${epoch}` },
                h("span", { class: "when" }, `epoch ${epoch}`),
                h("span", { class: "verdict" }, `${guess} ${guess === truth ? "✓" : "✗"}`),
                bars([scores], truth, `scores by digit: ${spoken(scores)}`, { width: 170, height: 44 }),
              );
            }),
          ),
        ),
      ),
      shown.length < data.tables.length
        ? h(
            "p",
            { class: "source" },
            `The first ${MOST_TABLES} of ${data.tables.length} tables; query id == ${data.ids[image]} for all.`,
          )
        : "",
    ];
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.app.set({ id: "" });
  }
}
