/** The headings of the table's columns: they sort, move, and hold histograms that filter. */
import { Column } from "../../data/column.js";
import { inBackground, TURN } from "../../parts/background.js";
import { afterwards, h } from "../../parts/dom.js";
import { HeaderHistogram } from "../../parts/histogram.js";
import { isOnlyAbout, replace } from "../../query/edit.js";
import { SCORES_COLUMN, scoreChoice, scoreKey } from "./scores.js";

/** @import { Span } from "../../parts/grid.js" */
/** @import { TableView } from "./table.js" */
/** @import { Pictures } from "./text.js" */

const PIECE = 20_000; // rows of a derived column that are computed at a time in the background
const STILL = 150; // milliseconds without scrolling before the work in the background goes on

export class Headings {
  /** @param {TableView} view */
  constructor(view) {
    this.view = view;
    this.signature = ""; // of what was last drawn
    this.element = h("div", { class: "grid-row grid-heading", role: "row" });
    /** @type {Map<string, HeaderHistogram>} */
    this.histograms = new Map();
    /** @type {Generator<void, void, void> | null} */
    this.work = null; // in the background
  }

  draw() {
    const { columns, cells, joined, app } = this.view;
    const pair = joined && [app.data.a, app.data.b];
    const signature = JSON.stringify([columns, app.state.rows, app.state.sort, pair, app.data.version]);
    if (signature === this.signature) return;
    this.signature = signature;
    const { activeElement } = document;
    const focused = activeElement && this.element.contains(activeElement) && activeElement.getAttribute("data-column");
    this.element.replaceChildren(...cells.map((column, index) => this.heading(column, index)));
    if (focused) this.focus(columns.indexOf(focused));
  }

  /**
   * Give the heading at that place the focus.
   *
   * @param {number} index
   */
  focus(index) {
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (this.element.querySelectorAll(".sort"));
    buttons[index]?.focus();
  }

  /**
   * The heading of a column, without its histogram.
   *
   * @param {Column | Pictures} column
   * @param {number} index
   */
  heading({ name, kind, meaning }, index) {
    const { sorting } = this.view;
    const choice = kind === SCORES_COLUMN.kind ? scoreChoice(this.view) : null;
    const own = choice ? scoreKey(this.view)?.name : name;
    const position = sorting.findIndex((key) => key.name === own);
    const direction = position < 0 ? "none" : sorting[position].descending ? "descending" : "ascending";
    const arrow = { none: "", ascending: "↑", descending: "↓" }[direction];
    const place = position >= 0 && sorting.length > 1 ? String(position + 1) : "";
    const label = h(
      "button",
      {
        class: "plain sort",
        type: "button",
        draggable: "true",
        "data-column": name,
        title: `${name}: ${meaning}. Click sorts, shift adds a second; drag or Alt+arrow moves`,
        click: (event) => (own ? this.sort(own, event.shiftKey) : choice?.focus()),
        keydown: (event) => this.key(event, index),
        dragstart: (event) => event.dataTransfer.setData("text/plain", String(index)),
      },
      name,
      h("span", { class: "arrow", "aria-hidden": "true" }, `${arrow}${place}`),
    );
    return h(
      "div",
      {
        class: `cell ${kind} ${/^[ab]\./.test(name) ? `side-${name[0]}` : ""}`,
        role: "columnheader",
        "aria-colindex": index + 1,
        "aria-sort": position === 0 ? direction : "none",
        dragover: (event) => event.preventDefault(),
        drop: (event) => this.move(Number(event.dataTransfer.getData("text/plain")), index),
      },
      label,
      choice,
    );
  }

  /**
   * Give the headings in view their histograms; others only keep one that has the focus.
   *
   * @param {Span} span
   */
  spanned([first, end]) {
    const { edges, frozen } = this.view.grid;
    this.view.cells.forEach((column, index) => {
      const within = index < frozen || (index >= first && index < end);
      const heading = /** @type {HTMLElement} */ (this.element.children[index]);
      heading.classList.toggle("frozen", index < frozen);
      heading.style.left = index < frozen ? `${edges[index]}px` : "";
      if (!(column instanceof Column) || (!within && !this.histograms.has(column.name))) return;
      const { element } = this.histogram(column);
      if (!within && element !== document.activeElement) element.remove();
      else if (within && !element.isConnected) heading.append(element);
    });
    this.count();
  }

  /** @param {Column} column */
  histogram(column) {
    const known = this.histograms.get(column.name);
    if (known?.column === column) return known;
    const { app, toolbar } = this.view;
    const made = new HeaderHistogram(
      column,
      (condition) => app.ask(replace(app.filter.tree, isOnlyAbout(column.name), condition)),
      (text) => {
        toolbar.readout.textContent = text;
      },
    );
    this.histograms.set(column.name, made);
    return made;
  }

  /** Count the histograms one by one and in short pieces, so that the table is seen first and goes on scrolling. */
  count() {
    this.work = this.counting();
    this.resume();
  }

  /** Count all that is left at once. */
  finish() {
    if (this.element.isConnected) Array.from(this.counting());
  }

  /**
   * Go on with counting, after the frame that shows the table, for as long as it is shown, while nobody scrolls and once
   * all scores have been read.
   */
  resume() {
    const { work } = this;
    const next = () => {
      if (!work || this.work !== work || !this.element.isConnected) return;
      const now = performance.now();
      if (now - this.view.grid.scroll.at < STILL || !this.view.app.data.scores.whole) {
        setTimeout(next, STILL);
        return;
      }
      while (performance.now() < now + TURN) if (work.next().done) return;
      inBackground(next);
    };
    afterwards(next);
  }

  /** @returns {Generator<void, void, void>} */
  *counting() {
    const { filter } = this.view.app;
    const { version } = filter;
    for (const [name, histogram] of this.histograms) {
      const { column, element } = histogram;
      if (histogram.version === version || !this.element.contains(element)) continue;
      while (column.known < column.cells.length) {
        column.computeUpTo(column.known + PIECE);
        yield;
      }
      yield* histogram.count(...this.masksFor(name));
      histogram.version = version;
      yield;
    }
  }

  /**
   * Two masks: of the rows that the query without its conditions on `name` alone leaves, null for all rows; and of
   * those that these conditions leave of them, null if there are none.
   *
   * @param {string} name
   * @returns {[Uint8Array | null, Uint8Array | null]}
   */
  masksFor(name) {
    const { app, joined } = this.view;
    const { filter, data } = app;
    const own = isOnlyAbout(name);
    const shown = (/** @type {Uint8Array} */ mask) => {
      if (!joined) return mask;
      const either = new Uint8Array(data.images);
      for (const image of filter.joinedImages(mask)) either[image] = 1;
      return either;
    };
    return [
      filter.parts.every(({ condition }) => own(condition)) ? null : shown(filter.without(own)),
      filter.parts.some(({ condition }) => own(condition)) ? shown(filter.mask) : null,
    ];
  }

  /**
   * Sort by a column, upwards at first, then downwards, then no more; `more` keeps the other columns.
   *
   * @param {string} name
   * @param {boolean} more
   */
  sort(name, more) {
    if (name === "image") return;
    const { app, sorting } = this.view;
    const index = sorting.findIndex((key) => key.name === name);
    const next =
      index < 0 ? [{ name, descending: false }] : sorting[index].descending ? [] : [{ name, descending: true }];
    const kept = more ? sorting.flatMap((key, position) => (position === index ? next : [key])) : next;
    const keys = more && index < 0 ? [...kept, ...next] : kept;
    app.set({ sort: keys.map((key) => (key.descending ? `-${key.name}` : key.name)).join(",") });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} index
   */
  key(event, index) {
    const last = this.view.columns.length - 1;
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (step && event.altKey) this.move(index, Math.max(0, Math.min(last, index + step)));
    else if (event.key === "Home") this.focus(0);
    else if (event.key === "End") this.focus(last);
    else return;
    event.preventDefault();
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  move(from, to) {
    const columns = [...this.view.columns];
    columns.splice(to, 0, ...columns.splice(from, 1));
    this.view.app.set({ columns: columns.join(",") });
    this.focus(to);
  }
}
