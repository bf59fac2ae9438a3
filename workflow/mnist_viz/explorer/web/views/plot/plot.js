/** Any one column as a histogram, or any two against each other; what is chosen in it opens in the table. */
import { bins, countIn, MOST_NAMES } from "../../data/bins.js";
import { isJoined } from "../../data/meaning.js";
import { choice, counted, h } from "../../parts/dom.js";
import { takeButtons } from "../../parts/take.js";
import { conditions, isOneOf, replace } from "../../query/edit.js";
import { print } from "../../query/print.js";
import { and } from "../../query/tree.js";
import { below, beside, frameOf } from "./axes.js";
import { Brush } from "./brush.js";
import { bars, drawn, MOST_POINTS, points, squares } from "./marks.js";

/** @import { App } from "../../app.js" */
/** @import { Bins } from "../../data/bins.js" */
/** @import { Column } from "../../data/column.js" */
/** @import { Node } from "../../query/tree.js" */
/** @import { Area } from "./brush.js" */
/** @import { Mark } from "./marks.js" */
/** @typedef {{ column: Column, bins: Bins }} Axis */

const FIRST = "confidence";

/** How high a bar of a histogram is. */
export const HEIGHTS = [
  { value: "", label: "counts" },
  { value: "root", label: "their square roots" },
];

export class PlotView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.element = h("section", { class: "view plot-view", "aria-label": "Plot" });
    this.readout = h("output", { class: "readout", "aria-live": "polite" });
    /** @type {Brush | null} */
    this.brush = null;
    /** @type {Axis} */
    this.x = this.axis(FIRST);
    /** @type {Axis | null} */
    this.y = null;
    this.counts = new Uint32Array();
    const act = (/** @type {string} */ text, /** @type {() => void} */ click) =>
      h("button", { type: "button", disabled: true, click }, text);
    this.openButton = act("open in the table", () => this.open());
    this.keepButton = act("keep only these", () => this.keep());
    this.clearButton = act("clear the choice", () => this.brush?.mark(null));
  }

  /** Whether a point is an image, with what A and B say of it, instead of a prediction. */
  get joined() {
    const { joined } = this.app.data;
    const names = this.names;
    return names.some(isJoined) && names.every((name) => joined.has(name));
  }

  /** The columns that are shown: one, or two. */
  get names() {
    const { data, state } = this.app;
    const here = (/** @type {string} */ name) => data.has(name) && name !== "image";
    return [here(state.x) ? state.x : FIRST, ...(here(state.y) ? [state.y] : [])];
  }

  /** The rows that the query leaves. */
  get rows() {
    const { filter } = this.app;
    return this.joined ? filter.joinedImages() : filter.rows;
  }

  /**
   * @param {string} name
   * @returns {Axis}
   */
  axis(name) {
    const column = (this.joined ? this.app.data.joined : this.app.data).column(name);
    return { column, bins: bins(column, this.rows) };
  }

  refresh() {
    const { app } = this;
    const { data, state } = app;
    const [first, second] = this.names;
    const own = [...data.names, ...data.joined.names.filter(isJoined)].filter((name) => name !== "image");
    const none = { value: "", label: "nothing: a histogram" };
    const usesPair = this.names.some(isJoined);
    this.choose(null);
    this.element.replaceChildren(
      h(
        "div",
        { class: "toolbar" },
        choice("across", own, first, (x) => app.set({ x }), { id: "x" }),
        choice("upwards", [none, ...own], second ?? "", (y) => app.set({ y }), { id: "y" }),
        ...(second
          ? []
          : [choice("heights", HEIGHTS, state.heights, (heights) => app.set({ heights }), { id: "heights" })]),
        ...(usesPair ? app.pairChoices() : []),
      ),
      ...this.plot(first, second),
    );
  }

  /**
   * @param {string} first
   * @param {string | undefined} second
   */
  plot(first, second) {
    const { rows, joined } = this;
    if (rows.length === 0) return [h("p", { class: "empty", role: "status" }, "The query leaves nothing to draw.")];
    this.x = this.axis(first);
    this.y = second ? this.axis(second) : null;
    const { x, y } = this;
    const { counts, outside } = countIn(rows, x.bins, y?.bins ?? null);
    this.counts = counts;
    if (outside === rows.length)
      return [h("p", { class: "empty", role: "status" }, `Of ${this.of(outside)} none has a value to draw.`)];
    const noun = joined ? "images" : "rows";
    const title = second ? `${second} against ${first}` : `${noun} by ${first}`;
    const frame = frameOf(y?.bins ?? null);
    const most = counts.reduce((high, count) => Math.max(high, count), 1);
    const rooted = this.app.state.heights === "root";
    const sizes = { x: x.bins.count, y: y?.bins.count ?? 1 };
    const brush = new Brush(
      frame,
      sizes,
      title,
      (area) => this.choose(area),
      () => this.open(),
      (area) => this.tell(area ?? this.brush?.area ?? null),
    );
    this.brush = brush;
    const share = (/** @type {number} */ count) => (rooted ? Math.sqrt(count / most) : count / most);
    const marks = this.marks(frame, share, noun).filter(({ d }) => d !== "");
    brush.drawing.append(
      ...[beside(frame, second ?? noun, y?.bins ?? null, most, share), drawn(marks), below(frame, first, x.bins)].flat(
        3,
      ),
      brush.marked,
    );
    const chart = h(
      "figure",
      { class: "chart", "data-title": title },
      h("figcaption", {}, `${title}, ${this.of(rows.length)}`),
      brush.element,
      h(
        "ul",
        { class: "legend" },
        marks.map(({ className, name }) => h("li", { class: className }, name)),
      ),
      takeButtons(title),
    );
    const hint = "Drag over the drawing, or walk it with the arrow keys, to choose a part of it.";
    const actions = h("div", { class: "toolbar" }, this.openButton, this.keepButton, this.clearButton, this.readout);
    return [chart, actions, h("p", { class: "source" }, h("span", { class: "hint" }, hint), ...this.left(outside))];
  }

  /**
   * @param {import("./axes.js").Frame} frame
   * @param {(count: number) => number} share of the height
   * @param {string} noun
   * @returns {Mark[]}
   */
  marks(frame, share, noun) {
    const { rows, joined, x, y, counts } = this;
    const { data } = this.app;
    const some = data.known === null || data.known.includes(1);
    const correct = joined || !some ? null : data.column("correct").array;
    const name = !correct ? noun : data.known ? "right or not known" : "right";
    if (!y) {
      const wrong =
        correct &&
        countIn(
          rows.filter((row) => !correct[row]),
          x.bins,
          null,
        ).counts;
      return bars(frame, counts, wrong, share, name);
    }
    const areNumbers = [x, y].every(({ column }) => column.kind === "share" || column.kind === "real");
    if (areNumbers && rows.length <= MOST_POINTS)
      return points(frame, x, y, rows, correct && ((row) => !correct[row]), name);
    return squares(frame, x.bins, y.bins, counts, noun);
  }

  /**
   * Of how much the plot is.
   *
   * @param {number} count
   */
  of(count) {
    const { data } = this.app;
    if (!this.joined) return counted(count, "row");
    const [a, b] = [data.a, data.b].map((table) => data.label(table));
    return `${counted(count, "image")}; A ${a}, B ${b}`;
  }

  /**
   * What is not drawn.
   *
   * @param {number} outside
   */
  left(outside) {
    if (outside === 0) return [];
    const many = [this.x, this.y].some((axis) => (axis?.column.labels?.length ?? 0) > MOST_NAMES);
    const why = many ? `not of the ${MOST_NAMES} most frequent names, or without a value` : "without a value";
    return [` ${counted(outside, this.joined ? "image" : "row")} not drawn: ${why}.`];
  }

  /**
   * What chooses an area of the plot.
   *
   * @param {Area} area
   * @returns {Node}
   */
  condition({ x, y }) {
    const own = this.x.bins.chosen(...x);
    return this.y ? and([own, this.y.bins.chosen(...y)]) : own;
  }

  /** @param {Area} area */
  countOf({ x, y }) {
    let count = 0;
    for (let line = y[0]; line <= y[1]; line += 1)
      for (let column = x[0]; column <= x[1]; column += 1) count += this.counts[line * this.x.bins.count + column];
    return count;
  }

  /** @param {Area | null} area */
  tell(area) {
    const noun = this.joined ? "image" : "row";
    this.readout.textContent = area ? `${print(this.condition(area))}: ${counted(this.countOf(area), noun)}` : "";
  }

  /** @param {Area | null} area */
  choose(area) {
    this.tell(area);
    const some = area !== null && this.countOf(area) > 0;
    for (const button of [this.openButton, this.keepButton]) button.disabled = !some;
    this.clearButton.disabled = area === null;
  }

  /** The query with what is chosen; null if that is nothing. */
  get asked() {
    const area = this.brush?.area;
    if (!area || this.countOf(area) === 0) return null;
    const own = this.condition(area);
    return replace(this.app.filter.tree, isOneOf(conditions(own)), own);
  }

  open() {
    const { asked } = this;
    if (asked) this.app.openTable(asked, { rows: this.joined ? "joined" : "all" });
  }

  keep() {
    const { asked } = this;
    if (asked) this.app.ask(asked);
  }
}
