/** Sliders over the epochs of A and of B, and over those that both have. */
import { h } from "../../parts/dom.js";
import { sliding } from "../../parts/slide.js";

/** @import { App } from "../../app.js" */
/** @typedef {"a" | "b" | "both"} Which */

/** @type {[which: Which, title: string, className: string][]} */
const SLIDERS = [
  ["a", "A", "side-a"],
  ["b", "B", "side-b"],
  ["both", "A and B", ""],
];

/** The elements stay while what they move is drawn anew, so that one can be dragged. */
export class EpochSliders {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.sliders = SLIDERS.map(([which, title, className]) => {
      const input = h("input", {
        type: "range",
        min: 0,
        id: `epoch-${which}`,
        ...sliding((place, inPlace) => this.move(which, place, inPlace)),
      });
      const output = h("output", { for: input.id });
      const element = h(
        "label",
        { class: "slider" },
        h("span", { class: className }, `${title} after epoch`),
        input,
        output,
      );
      return { which, input, output, element };
    });
    this.element = h(
      "div",
      { class: "toolbar", role: "group", "aria-label": "epochs" },
      this.sliders.map(({ element }) => element),
    );
  }

  refresh() {
    const { data } = this.app;
    const [a, b] = [data.a, data.b].map((table) => data.tables[table][1]);
    for (const { which, input, output, element } of this.sliders) {
      const epochs = this.epochs(which);
      element.hidden = epochs.length < 2;
      const epoch = which === "b" ? b : a;
      const apart = which === "both" && a !== b; // then it stands before the first epoch, so that each is a step away
      input.min = apart ? "-1" : "0";
      input.max = String(Math.max(0, epochs.length - 1));
      input.value = apart ? "-1" : String(Math.max(0, epochs.indexOf(epoch)));
      const text = apart ? `${a} and ${b}` : String(epoch);
      output.textContent = text;
      input.setAttribute("aria-valuetext", `epoch ${text}`);
    }
    this.element.hidden = this.sliders.every(({ element }) => element.hidden);
  }

  /**
   * The epochs that a slider goes through; none where A and B are of one variant, of which both cannot move as one.
   *
   * @param {Which} which
   * @returns {number[]}
   */
  epochs(which) {
    const { data } = this.app;
    const own = (/** @type {number} */ table) =>
      data.tables.filter(([variant]) => variant === data.tables[table][0]).map(([, epoch]) => epoch);
    const [a, b] = [own(data.a), own(data.b)];
    if (which !== "both") return which === "a" ? a : b;
    return data.tables[data.a][0] === data.tables[data.b][0] ? [] : a.filter((epoch) => b.includes(epoch));
  }

  /**
   * @param {Which} which
   * @param {number} place among its epochs
   * @param {boolean} inPlace
   */
  move(which, place, inPlace) {
    const { app } = this;
    const { data } = app;
    const epoch = this.epochs(which)[Math.max(0, place)];
    const of = (/** @type {number} */ table) => `${data.variants[data.tables[table][0]]}:${epoch}`;
    const changes = { a: of(data.a), b: of(data.b) };
    app.set(which === "both" ? changes : { [which]: changes[which] }, inPlace);
  }
}
