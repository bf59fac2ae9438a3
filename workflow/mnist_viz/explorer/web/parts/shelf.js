/**
 * Any number of boxes of one size, as many side by side as fit, of which only the visible ones are elements. One of them
 * is the current one, which the keys move.
 */
import { h } from "./dom.js";
import { MOST_PIXELS, Scroll } from "./scroll.js";

const BLOCK = 2000; // as many lines lie in one layer, which moves as a whole
const PRINTED = 120;

/**
 * @typedef {object} Given
 * @property {string} label
 * @property {(element: HTMLElement, index: number) => void} draw fills the element of a box
 * @property {(index: number) => void} activate is called on Enter or a click
 * @property {(index: number, clicked: boolean) => void} moved is called when another box becomes the current one
 */

export class Shelf {
  /** @param {Given} given */
  constructor({ label, draw, activate, moved }) {
    this.draw = draw;
    this.activate = activate;
    this.moved = moved;
    this.length = 0;
    this.current = 0;
    this.columns = 1;
    this.width = 1; // pixels of a box, with the gap to the next one
    this.height = 1;
    this.wide = 0; // pixels that are there for the boxes
    this.printing = false;
    /** @type {number | null} */
    this.frame = null;
    this.base = 0; // the line at the top of `lines`
    /** @type {Map<number, HTMLElement>} */
    this.pool = new Map(); // the elements of the boxes that are drawn
    this.lines = h("div", { class: "shelf-lines", role: "presentation" });
    this.body = h("div", { class: "shelf-body", role: "presentation" }, this.lines);
    this.space = h("div", { class: "shelf-space", role: "presentation" });
    const attributes = { class: "shelf", role: "listbox", tabindex: 0, "aria-label": label };
    this.element = h("div", attributes, this.body, this.space);
    this.scroll = new Scroll(this.element, this.height, () => this.schedule());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    new ResizeObserver(() => this.measure()).observe(this.element);
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  /**
   * Show `length` boxes of a size in pixels, from the start if `rewind`.
   *
   * @param {number} length
   * @param {number} width
   * @param {number} height
   * @param {boolean} rewind
   */
  show(length, width, height, rewind) {
    this.length = length;
    if (rewind) {
      this.current = 0;
      this.scroll.top = 0;
    }
    this.current = Math.max(0, Math.min(this.current, length - 1));
    this.arrange(() => {
      this.width = width;
      this.height = height;
    });
  }

  /** Take the sizes, here where the browser knows them. */
  measure() {
    this.arrange(() => {
      this.wide = this.element.clientWidth;
      this.scroll.view = this.element.clientHeight;
    });
  }

  /**
   * Take other sizes; the current box stays where it is on the screen if it is there, else the first one that is.
   *
   * @param {() => void} change
   */
  arrange(change) {
    const { scroll } = this;
    const line = () => Math.floor(this.current / this.columns) * this.height;
    const offset = line() - scroll.top;
    const inSight = offset > -this.height && offset < scroll.view;
    const first = Math.floor(scroll.top / this.height) * this.columns;
    change();
    this.columns = Math.max(1, Math.floor(this.wide / this.width));
    scroll.rowHeight = this.height;
    scroll.height = Math.ceil(this.length / this.columns) * this.height;
    this.space.style.height = `${Math.min(scroll.height, MOST_PIXELS)}px`;
    this.element.style.setProperty("--box-width", `${this.width}px`);
    this.element.style.setProperty("--box-height", `${this.height}px`);
    if (scroll.view === 0) return;
    scroll.top = inSight ? line() - offset : Math.floor(first / this.columns) * this.height;
    scroll.measure(scroll.view);
    this.paint(true);
  }

  /** @param {boolean} printing */
  print(printing) {
    this.printing = printing;
    this.paint(true);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint(false);
    });
  }

  /** The first box that is printed, and the one after the last. @returns {[first: number, end: number]} */
  get printed() {
    const first = Math.floor(this.scroll.top / this.height) * this.columns;
    return [first, Math.min(this.length, first + PRINTED)];
  }

  /**
   * Draw the boxes that came into view, or all visible ones anew.
   *
   * @param {boolean} all
   */
  paint(all) {
    const { top, view } = this.scroll;
    if (view === 0 && !this.printing) return;
    const line = Math.floor(top / this.height);
    const base = Math.floor(line / BLOCK) * BLOCK;
    const anew = all || base !== this.base;
    this.base = base;
    this.lines.style.transform = `translateY(${base * this.height - top}px)`;
    const seen = Math.min(this.length, (Math.ceil((top + view) / this.height) + 1) * this.columns);
    const [first, end] = this.printing ? this.printed : [Math.max(0, line - 1) * this.columns, seen];
    const spare = [];
    for (const [index, element] of this.pool) {
      if (index >= first && index < end) continue;
      spare.push(element);
      this.pool.delete(index);
    }
    for (let index = first; index < end; index += 1) {
      let element = this.pool.get(index);
      if (!element || anew) {
        element ??= spare.pop() ?? this.lines.appendChild(h("div", { class: "box", role: "option" }));
        this.pool.set(index, element);
        element.dataset.index = String(index);
        element.id = `box-${index}`;
        element.setAttribute("aria-posinset", String(index + 1));
        element.setAttribute("aria-setsize", String(this.length));
        const x = (index % this.columns) * this.width;
        const y = (Math.floor(index / this.columns) - base) * this.height;
        element.style.transform = `translate(${x}px, ${y}px)`;
        this.draw(element, index);
      }
      const current = String(index === this.current);
      if (element.ariaSelected !== current) element.ariaSelected = current;
    }
    for (const element of spare) element.remove();
    if (this.printing) this.lines.append(...[...this.pool].sort(([x], [y]) => x - y).map(([, element]) => element));
    if (this.pool.has(this.current)) this.element.setAttribute("aria-activedescendant", `box-${this.current}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  /** @param {MouseEvent} event */
  click(event) {
    const box = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".box"));
    if (!box) return;
    this.go(Number(box.dataset.index), true);
    this.activate(this.current);
  }

  /**
   * Make a box the current one and visible.
   *
   * @param {number} index
   * @param {boolean} [clicked]
   */
  go(index, clicked = false) {
    this.current = Math.max(0, Math.min(index, this.length - 1));
    const top = Math.floor(this.current / this.columns) * this.height;
    this.scroll.reveal(top, top + this.height);
    this.paint(false);
    this.moved(this.current, clicked);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target !== this.element || event.ctrlKey || event.altKey || event.metaKey || !this.length) return;
    const { columns, length } = this;
    const page = Math.max(1, Math.floor(this.scroll.view / this.height)) * columns;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: 1,
      ArrowLeft: -1,
      j: 1,
      k: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      PageDown: page,
      PageUp: -page,
      Home: -length,
      End: length,
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in steps) this.go(this.current + steps[key]);
    else if (event.key === "Enter") this.activate(this.current);
    else return;
    event.preventDefault();
  }
}
