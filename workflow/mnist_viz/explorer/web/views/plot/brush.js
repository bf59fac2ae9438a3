/** Choosing parts of a plot: by dragging, or with the arrow keys. */
import { h, s } from "../../parts/dom.js";

/** @import { Frame } from "./axes.js" */
/** @typedef {{ x: [from: number, to: number], y: [from: number, to: number] }} Area Parts across and upwards. */

export class Brush {
  /**
   * @param {Frame} frame
   * @param {{ x: number, y: number }} counts of the parts
   * @param {string} label
   * @param {(area: Area | null) => void} choose is called as the area changes
   * @param {() => void} open is called for Enter
   * @param {(area: Area | null) => void} tell is called with what lies below the pointer
   */
  constructor(frame, counts, label, choose, open, tell) {
    this.frame = frame;
    this.counts = counts;
    this.choose = choose;
    this.open = open;
    this.tell = tell;
    /** @type {Area | null} */
    this.area = null;
    /** @type {{ x: number, y: number } | null} */
    this.from = null; // where an area is being dragged from
    this.marked = s("path", { class: "marked" });
    const { all } = frame;
    this.drawing = s("svg", { viewBox: `0 0 ${all.width} ${all.height}`, "aria-hidden": "true" });
    this.element = h(
      "button",
      {
        class: "plain plot",
        type: "button",
        "aria-label": `${label}; arrows choose, shift extends, Enter opens in the table, Escape clears`,
        pointerdown: (event) => this.press(event),
        pointermove: (event) => this.drag(event),
        pointerup: () => this.release(),
        pointercancel: () => this.release(),
        pointerleave: () => this.tell(null),
        keydown: (event) => this.key(event),
      },
      this.drawing,
    );
  }

  /**
   * The part that the pointer is over, or the nearest one.
   *
   * @param {PointerEvent} event
   */
  at(event) {
    const box = this.drawing.getBoundingClientRect();
    const { left, top, width, height, all } = this.frame;
    const x = ((event.clientX - box.left) / box.width) * all.width - left;
    const y = ((event.clientY - box.top) / box.height) * all.height - top;
    const within = (/** @type {number} */ share, /** @type {number} */ count) =>
      Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    return { x: within(x / width, this.counts.x), y: within(1 - y / height, this.counts.y) };
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.from = this.at(event);
    this.mark(around(this.from, this.from));
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const at = this.at(event);
    if (this.from) this.mark(around(this.from, at));
    else this.tell(around(at, at));
  }

  release() {
    this.from = null;
  }

  /** @param {Area | null} area */
  mark(area) {
    this.area = area;
    const { left, top, width, height } = this.frame;
    const { x, y } = this.counts;
    if (area) {
      const [x0, x1] = [area.x[0], area.x[1] + 1].map((part) => left + (part / x) * width);
      const [y0, y1] = [area.y[0], area.y[1] + 1].map((part) => top + (1 - part / y) * height);
      this.marked.setAttribute("d", `M${x0} ${y0}H${x1}V${y1}H${x0}z`);
    } else this.marked.setAttribute("d", "");
    this.choose(area);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { area, counts } = this;
    const steps = new Map([
      ["ArrowRight", [1, 0]],
      ["ArrowLeft", [-1, 0]],
      ["ArrowUp", [0, 1]],
      ["ArrowDown", [0, -1]],
    ]);
    const step = steps.get(event.key);
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (step) {
      const [right, up] = step;
      this.mark({
        x: moved(area?.x ?? null, right, counts.x, event.shiftKey),
        y: moved(area?.y ?? null, up, counts.y, event.shiftKey),
      });
    } else if (event.key === "Enter" && area) this.open();
    else if (event.key === "Escape" && area) this.mark(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/**
 * The parts of one axis after a step: one further, or of as many as there were and one more.
 *
 * @param {[from: number, to: number] | null} range
 * @param {number} step
 * @param {number} count
 * @param {boolean} extend
 * @returns {[from: number, to: number]}
 */
function moved(range, step, count, extend) {
  if (!range) return [0, 0];
  const inside = (/** @type {number} */ part) => Math.max(0, Math.min(count - 1, part));
  const [from, to] = range;
  if (extend) return step < 0 ? [inside(from - 1), to] : [from, inside(to + step)];
  if (step === 0) return range;
  const next = inside((step > 0 ? to : from) + step);
  return [next, next];
}

/**
 * @param {{ x: number, y: number }} one
 * @param {{ x: number, y: number }} other
 * @returns {Area}
 */
function around(one, other) {
  return {
    x: [Math.min(one.x, other.x), Math.max(one.x, other.x)],
    y: [Math.min(one.y, other.y), Math.max(one.y, other.y)],
  };
}
