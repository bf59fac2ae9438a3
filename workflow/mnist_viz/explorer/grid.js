/**
 * A table of any length and width, of which only the visible lines are elements, and in them only the visible columns.
 *
 * Browsers limit the height of an element, so beyond MOST_PIXELS the scroll bar stands for more lines than it has
 * pixels: dragging it moves in proportion, the wheel and the keys move by their own measure, and both ends are reached.
 */
import { h } from "./dom.js";

const MOST_PIXELS = 8_000_000;
const BLOCK = 2000; // as many lines lie in one layer, which moves as a whole
const MARGIN = 120; // pixels to either side of the view within which columns are drawn too
const PRINTED_LINES = 200;
const SIDES = { Home: 0, End: MOST_PIXELS }; // where Ctrl and these keys scroll to
const PAPER_WIDTH = 1030; // pixels of A4 landscape between its margins

export class Grid {
  /**
   * `draw(element, line, span)` fills the element of a line with the columns from `span[0]` up to `span[1]`, and
   * `spanned(span)` is called when these are others; `activate(line)` is called on Enter or a double click.
   * `header` is the row of column headings.
   */
  constructor({ label, rowHeight, header, draw, spanned, activate, moved }) {
    Object.assign(this, { rowHeight, draw, spanned, activate, moved });
    this.length = 0;
    this.edges = [0]; // where each column begins, and the last one ends
    this.span = null; // the columns that are drawn
    this.left = 0;
    this.wide = 0; // how many pixels of a line are visible
    this.view = 0; // how many pixels of lines are visible at a time
    this.top = 0;
    this.set = 0; // what the scroll bar was last set to
    this.scrolledAt = -Infinity; // when it was last scrolled, in milliseconds
    this.base = 0; // the line at the top of `lines`, whose movement scrolls the elements in it
    this.current = 0;
    this.anchor = 0;
    this.pool = new Map();
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
    this.element.addEventListener("scroll", () => this.scrolled());
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("dblclick", (event) => this.activate(this.lineOf(event)));
    const sizes = new ResizeObserver(() => this.measure());
    sizes.observe(this.element);
    sizes.observe(this.header);
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  /** For paper, draw the next PRINTED_LINES lines one below the other instead of those that fit the screen. */
  print(printing) {
    this.printing = printing;
    this.span = null;
    this.refresh();
  }

  /** Show `length` lines of columns that are `widths` pixels wide, from the start if `rewind`. */
  show(length, widths, rewind) {
    this.length = length;
    this.edges = [0];
    for (const width of widths) this.edges.push(this.edges.at(-1) + width);
    this.span = null;
    const width = this.edges.at(-1);
    this.element.style.setProperty("--columns", widths.map((each) => `${each}px`).join(" "));
    this.element.setAttribute("aria-colcount", widths.length);
    this.element.style.setProperty("--grid-width", `${width}px`);
    this.element.style.setProperty("--print-zoom", Math.min(1, PAPER_WIDTH / width));
    this.element.setAttribute("aria-rowcount", length + 1);
    this.height = length * this.rowHeight;
    this.space.style.height = `${Math.min(this.height, MOST_PIXELS)}px`;
    if (rewind) {
      this.current = 0;
      this.anchor = 0;
    }
    this.current = Math.max(0, Math.min(this.current, length - 1));
    this.anchor = Math.max(0, Math.min(this.anchor, length - 1));
    this.move(rewind ? 0 : this.top);
    this.refresh();
  }

  /** Take the sizes, here where the browser knows them: asking elsewhere would lay the whole page out. */
  measure() {
    this.view = Math.max(0, this.element.clientHeight - this.header.offsetHeight);
    this.wide = this.element.clientWidth;
    this.left = this.element.scrollLeft;
    this.span = null;
    this.set = null; // an element that was out of the page may have lost its position
    this.move(this.top);
    this.refresh();
  }

  /** Pixels of the scroll bar for a pixel of lines: 1 unless the table is higher than an element may be. */
  get ratio() {
    const range = this.height - this.view;
    return this.height <= MOST_PIXELS || range <= 0 ? 1 : (MOST_PIXELS - this.view) / range;
  }

  /** Bring the line at pixel `top` of all lines to the upper edge. */
  move(top) {
    this.top = Math.max(0, Math.min(top, this.height - this.view));
    if (this.top * this.ratio !== this.set) {
      this.element.scrollTop = this.top * this.ratio;
      this.set = this.element.scrollTop;
    }
    this.schedule();
  }

  scrolled() {
    this.scrolledAt = performance.now();
    this.left = this.element.scrollLeft;
    if (Math.abs(this.element.scrollTop - this.set) >= 1) {
      this.set = this.element.scrollTop;
      this.top = Math.max(0, Math.min(this.set / this.ratio, this.height - this.view));
    }
    this.schedule();
  }

  wheel(event) {
    if (this.ratio === 1 || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? this.rowHeight : 1;
    this.move(this.top + event.deltaY * unit);
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

  /** The columns between two pixels of a line: the first one, and the one after the last. */
  between(from, to) {
    const starts = this.edges.slice(0, -1);
    const ends = this.edges.slice(1);
    return [ends.filter((end) => end <= from).length, starts.filter((start) => start < to).length];
  }

  /** Choose other columns to draw where one in view is not among them; whether that was so. On paper all are in view. */
  reach() {
    const [from, to] = this.printing ? [0, Infinity] : [this.left, this.left + this.wide];
    const [first, end] = this.between(from, to);
    if (this.span && this.span[0] <= first && this.span[1] >= end) return false;
    this.span = this.between(from - MARGIN, to + MARGIN);
    this.lines.style.setProperty("--first", this.span[0] + 1);
    this.spanned(this.span);
    return true;
  }

  paint(anew) {
    if (this.view === 0 && !this.printing) return;
    if (this.reach()) anew = true;
    const base = Math.floor(this.top / this.rowHeight / BLOCK) * BLOCK;
    if (base !== this.base) {
      this.base = base;
      anew = true;
    }
    this.lines.style.transform = `translateY(${base * this.rowHeight - this.top}px)`;
    const first = Math.max(0, Math.floor(this.top / this.rowHeight) - 2);
    const ending = this.printing ? first + PRINTED_LINES - 1 : Math.ceil((this.top + this.view) / this.rowHeight) + 2;
    const last = Math.min(this.length - 1, ending);
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
        element.dataset.line = line;
        element.id = `line-${line}`;
        element.setAttribute("aria-rowindex", line + 2);
        element.style.transform = `translateY(${(line - base) * this.rowHeight}px)`;
        this.draw(element, line, this.span);
      }
      const selected = String(this.isSelected(line));
      if (element.ariaSelected !== selected) element.ariaSelected = selected;
      element.classList.toggle("current", line === this.current);
    }
    for (const element of spare) element.remove();
    if (this.pool.has(this.current)) this.element.setAttribute("aria-activedescendant", `line-${this.current}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  /** The first and the last selected line. */
  get selection() {
    return [Math.min(this.anchor, this.current), Math.max(this.anchor, this.current)];
  }

  isSelected(line) {
    const [first, last] = this.selection;
    return line >= first && line <= last;
  }

  lineOf(event) {
    return Number(event.target.closest(".grid-row").dataset.line);
  }

  click(event) {
    if (event.target.closest("button")) return;
    this.go(this.lineOf(event), event.shiftKey);
    if (event.target.closest(".opens") && !event.shiftKey) this.activate(this.current);
  }

  /** Make `line` the current one and visible; `extend` keeps the other end of the selection. */
  go(line, extend = false) {
    this.current = Math.max(0, Math.min(line, this.length - 1));
    if (!extend) this.anchor = this.current;
    const from = this.current * this.rowHeight;
    if (from < this.top) this.move(from);
    else if (from + this.rowHeight > this.top + this.view) this.move(from + this.rowHeight - this.view);
    this.paint(false);
    this.moved?.(this.current);
  }

  key(event) {
    if (event.target !== this.element) return;
    const page = Math.max(1, Math.floor(this.view / this.rowHeight) - 1);
    if (event.ctrlKey && event.key in SIDES) this.element.scrollLeft = SIDES[event.key];
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
