/**
 * A table of any length and width, of which only the visible lines are elements, and in them only the visible columns.
 */
import { h } from "./dom.js";
import { LANDSCAPE } from "./paper.js";
import { MOST_PIXELS, Scroll } from "./scroll.js";

const BLOCK = 2000; // as many lines lie in one layer, which moves as a whole
const MARGIN = 120; // pixels to either side of the view within which columns are drawn too
const PRINTED_LINES = 200;
/** Where Ctrl and these keys scroll to. */
const SIDES = new Map([
  ["Home", 0],
  ["End", MOST_PIXELS],
]);

/** @typedef {[first: number, end: number]} Span Columns: the first one, and the one after the last. */
/**
 * @typedef {object} Given
 * @property {string} label
 * @property {number} rowHeight pixels
 * @property {HTMLElement} header the row of column headings
 * @property {(element: HTMLElement, line: number, span: Span) => void} draw fills the element of a line
 * @property {(span: Span) => void} spanned is called when other columns come into view
 * @property {(line: number) => void} activate is called on Enter or a double click
 * @property {(line: number, clicked: boolean) => void} moved is called when another line becomes the current one
 */

export class Grid {
  /** @param {Given} given */
  constructor({ label, rowHeight, header, draw, spanned, activate, moved }) {
    this.rowHeight = rowHeight;
    this.draw = draw;
    this.spanned = spanned;
    this.activate = activate;
    this.moved = moved;
    this.length = 0;
    this.edges = [0]; // where each column begins, and the last one ends
    /** @type {Span | null} */
    this.span = null; // the columns that are drawn
    this.wide = 0; // how many pixels of a line are visible
    this.wanted = 0; // how many of the first columns shall stay when the others scroll
    this.frozen = 0; // how many of them do: they take no more than half the width
    this.printing = false;
    /** @type {number | null} */
    this.frame = null; // in which it will be drawn
    this.base = 0; // the line at the top of `lines`, whose movement scrolls the elements in it
    this.current = 0;
    this.anchor = 0;
    /** @type {Map<number, HTMLElement>} */
    this.pool = new Map(); // the elements of the lines that are drawn
    this.header = h("div", { class: "grid-head", role: "rowgroup" }, header);
    this.lines = h("div", { class: "grid-lines", role: "presentation" });
    this.body = h("div", { class: "grid-body", role: "rowgroup" }, this.lines);
    this.space = h("div", { class: "grid-space", role: "presentation" });
    this.element = h(
      "div",
      { class: "grid", role: "grid", tabindex: 0, "aria-label": label, "aria-multiselectable": "true" },
      this.header,
      this.body,
      this.space,
    );
    this.scroll = new Scroll(this.element, rowHeight, () => this.schedule());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("dblclick", (event) =>
      this.activate(this.lineOf(/** @type {Element} */ (event.target))),
    );
    const sizes = new ResizeObserver(() => this.measure());
    sizes.observe(this.element);
    sizes.observe(this.header);
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  /**
   * For paper, draw the next PRINTED_LINES lines one below the other instead of those that fit the screen.
   *
   * @param {boolean} printing
   */
  print(printing) {
    this.printing = printing;
    this.span = null;
    this.refresh();
  }

  /**
   * Pixels that a line is high; the line at the upper edge stays there.
   *
   * @param {number} height
   */
  set tall(height) {
    if (height === this.rowHeight) return;
    this.scroll.top *= height / this.rowHeight;
    this.rowHeight = height;
    this.scroll.rowHeight = height;
    this.element.style.setProperty("--row", `${height}px`);
  }

  /**
   * Show `length` lines of columns that are `widths` pixels wide, from the start if `rewind`. Of the first `frozen`
   * columns those stay at the left for which there is room.
   *
   * @param {number} length
   * @param {number[]} widths
   * @param {boolean} rewind
   * @param {number} [frozen]
   */
  show(length, widths, rewind, frozen = 0) {
    this.length = length;
    this.wanted = Math.max(0, Math.min(frozen, widths.length - 1));
    this.edges = [0];
    for (const [index, width] of widths.entries()) this.edges.push(this.edges[index] + width);
    this.span = null;
    this.freeze();
    const width = this.edges[widths.length];
    this.element.style.setProperty("--columns", widths.map((each) => `${each}px`).join(" "));
    this.element.setAttribute("aria-colcount", String(widths.length));
    this.element.style.setProperty("--grid-width", `${width}px`);
    this.element.style.setProperty("--print-zoom", String(Math.min(1, LANDSCAPE / width)));
    this.element.setAttribute("aria-rowcount", String(length + 1));
    this.scroll.height = length * this.rowHeight;
    this.space.style.height = `${Math.min(this.scroll.height, MOST_PIXELS)}px`;
    if (rewind) {
      this.current = 0;
      this.anchor = 0;
    }
    this.current = Math.max(0, Math.min(this.current, length - 1));
    this.anchor = Math.max(0, Math.min(this.anchor, length - 1));
    this.scroll.move(rewind ? 0 : this.scroll.top);
    this.refresh();
  }

  /** Take the sizes, here where the browser knows them: asking elsewhere would lay the whole page out. */
  measure() {
    this.wide = this.element.clientWidth;
    this.span = null;
    this.freeze();
    this.scroll.measure(Math.max(0, this.element.clientHeight - this.header.offsetHeight));
    this.refresh();
  }

  freeze() {
    this.frozen = this.edges.slice(1, this.wanted + 1).filter((end) => 2 * end <= this.wide).length;
    this.element.style.setProperty("--frozen", `${this.edges[this.frozen]}px`);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint(false);
    });
  }

  /** Draw all visible lines anew. */
  refresh() {
    this.paint(true);
  }

  /**
   * The columns between two pixels of a line, without those that stay.
   *
   * @param {number} from
   * @param {number} to
   * @returns {Span}
   */
  between(from, to) {
    const starts = this.edges.slice(0, -1);
    const ends = this.edges.slice(1);
    const first = Math.max(this.frozen, ends.filter((end) => end <= from).length);
    return [first, Math.max(first, starts.filter((start) => start < to).length)];
  }

  /** The columns to draw, which are others where one in view was not among them. On paper all are in view. */
  reach() {
    const { left } = this.scroll;
    const [from, to] = this.printing ? [0, Infinity] : [left + this.edges[this.frozen], left + this.wide];
    const [first, end] = this.between(from, to);
    if (this.span && this.span[0] <= first && this.span[1] >= end) return this.span;
    const span = this.between(from - MARGIN, to + MARGIN);
    this.span = span;
    this.spanned(span);
    return span;
  }

  /**
   * Draw the lines that came into view, or all visible ones anew.
   *
   * @param {boolean} all
   */
  paint(all) {
    const { top, view } = this.scroll;
    if (view === 0 && !this.printing) return;
    const before = this.span;
    const span = this.reach();
    const base = Math.floor(top / this.rowHeight / BLOCK) * BLOCK;
    const anew = all || span !== before || base !== this.base;
    this.base = base;
    this.lines.style.transform = `translateY(${base * this.rowHeight - top}px)`;
    const seen = Math.min(this.length, Math.ceil((top + view) / this.rowHeight));
    const [first, end] = this.printing ? this.printed : [Math.max(0, Math.floor(top / this.rowHeight)), seen];
    const last = end - 1;
    const spare = [];
    for (const [line, element] of this.pool) {
      if (line >= first && line <= last) continue;
      spare.push(element);
      this.pool.delete(line);
    }
    for (let line = first; line <= last; line += 1) {
      let element = this.pool.get(line);
      if (!element || anew) {
        element ??= spare.pop() ?? this.lines.appendChild(h("div", { class: "grid-row", role: "row" }));
        this.pool.set(line, element);
        element.dataset.line = String(line);
        element.id = `line-${line}`;
        element.setAttribute("aria-rowindex", String(line + 2));
        element.style.transform = `translateY(${(line - base) * this.rowHeight}px)`;
        this.draw(element, line, span);
      }
      const selected = String(this.isSelected(line));
      if (element.ariaSelected !== selected) element.ariaSelected = selected;
      element.classList.toggle("current", line === this.current);
    }
    for (const element of spare) element.remove();
    if (this.pool.has(this.current)) this.element.setAttribute("aria-activedescendant", `line-${this.current}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  /** The first line that is printed, and the one after the last. @returns {[first: number, end: number]} */
  get printed() {
    const first = Math.max(0, Math.floor(this.scroll.top / this.rowHeight) - 2);
    return [first, Math.min(this.length, first + PRINTED_LINES)];
  }

  /** The first and the last selected line. @returns {[first: number, last: number]} */
  get selection() {
    return [Math.min(this.anchor, this.current), Math.max(this.anchor, this.current)];
  }

  /** @param {number} line */
  isSelected(line) {
    const [first, last] = this.selection;
    return line >= first && line <= last;
  }

  /**
   * The line that an element lies in.
   *
   * @param {Element} element
   */
  lineOf(element) {
    const row = /** @type {HTMLElement} */ (element.closest(".grid-row"));
    return Number(row.dataset.line);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("button")) return;
    this.go(this.lineOf(target), event.shiftKey, true);
    if (target.closest(".opens") && !event.shiftKey) this.activate(this.current);
  }

  /**
   * Make `line` the current one and visible; `extend` keeps the other end of the selection.
   *
   * @param {number} line
   * @param {boolean} [extend]
   * @param {boolean} [clicked]
   */
  go(line, extend = false, clicked = false) {
    this.current = Math.max(0, Math.min(line, this.length - 1));
    if (!extend) this.anchor = this.current;
    this.scroll.reveal(this.current * this.rowHeight, (this.current + 1) * this.rowHeight);
    this.paint(false);
    this.moved(this.current, clicked);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target !== this.element) return;
    const page = Math.max(1, Math.floor(this.scroll.view / this.rowHeight) - 1);
    const side = SIDES.get(event.key);
    if (event.ctrlKey && side !== undefined) this.element.scrollLeft = side;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.length, End: this.length };
    if (event.key in steps && !event.altKey) this.go(this.current + steps[event.key], event.shiftKey);
    else if (event.key === "Enter" && this.length) this.activate(this.current);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      this.anchor = 0;
      this.current = this.length - 1;
      this.paint(false);
    } else return;
    event.preventDefault();
  }
}
