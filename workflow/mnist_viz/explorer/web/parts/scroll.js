/**
 * Which pixel of a table's lines is at the upper edge, however many there are.
 *
 * Browsers limit the height of an element, so beyond MOST_PIXELS the scroll bar stands for more lines than it has
 * pixels: dragging it moves in proportion, the wheel and the keys move by their own measure, and both ends are reached.
 */

export const MOST_PIXELS = 8_000_000;

export class Scroll {
  /**
   * @param {HTMLElement} element that has the scroll bars
   * @param {number} rowHeight pixels
   * @param {() => void} moved
   */
  constructor(element, rowHeight, moved) {
    this.element = element;
    this.rowHeight = rowHeight;
    this.moved = moved;
    this.height = 0; // pixels of all lines
    this.view = 0; // how many of them are visible at a time
    this.top = 0;
    this.left = 0;
    /** @type {number | null} */
    this.set = 0; // what the scroll bar was last set to
    this.at = -Infinity; // when it was last scrolled, in milliseconds
    element.addEventListener("scroll", () => this.scrolled());
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /**
   * Take the sizes that the browser gave the element.
   *
   * @param {number} view
   */
  measure(view) {
    this.view = view;
    this.left = this.element.scrollLeft;
    this.set = null; // an element that was out of the page may have lost its position
    this.move(this.top);
  }

  /** Pixels of the scroll bar for a pixel of lines: 1 unless the table is higher than an element may be. */
  get ratio() {
    const range = this.height - this.view;
    return this.height <= MOST_PIXELS || range <= 0 ? 1 : (MOST_PIXELS - this.view) / range;
  }

  /**
   * Bring the line at pixel `top` of all lines to the upper edge.
   *
   * @param {number} top
   */
  move(top) {
    this.top = Math.max(0, Math.min(top, this.height - this.view));
    if (this.top * this.ratio !== this.set) {
      this.element.scrollTop = this.top * this.ratio;
      this.set = this.element.scrollTop;
    }
    this.moved();
  }

  /**
   * Bring the pixels from `from` up to `to` into view.
   *
   * @param {number} from
   * @param {number} to
   */
  reveal(from, to) {
    if (from < this.top) this.move(from);
    else if (to > this.top + this.view) this.move(to - this.view);
  }

  scrolled() {
    this.at = performance.now();
    this.left = this.element.scrollLeft;
    if (this.set === null || Math.abs(this.element.scrollTop - this.set) >= 1) {
      this.set = this.element.scrollTop;
      this.top = Math.max(0, Math.min(this.set / this.ratio, this.height - this.view));
    }
    this.moved();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (this.ratio === 1 || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? this.rowHeight : 1;
    this.move(this.top + event.deltaY * unit);
  }
}
