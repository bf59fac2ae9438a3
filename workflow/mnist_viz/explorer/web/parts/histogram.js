/** The small histogram in a column's heading, in which a range is chosen by dragging or with the arrow keys. */
import { histogram } from "../data/statistics.js";
import { print } from "../query/print.js";
import { h, s, whole } from "./dom.js";
import { scale } from "./scale.js";

/** @import { Column } from "../data/column.js" */
/** @import { Node } from "../query/tree.js" */
/** @import { Scale } from "./scale.js" */

const COUNTED = 100_000; // rows at a time
const WIDTH = 80;
const HEIGHT = 26;

/**
 * The element of one column's histogram. `choose(condition)` is called with the condition of the chosen range, null for
 * none, `tell(text)` with what lies below the pointer or the keyboard's cursor.
 */
export class HeaderHistogram {
  /**
   * @param {Column} column
   * @param {(condition: Node | null) => void} choose
   * @param {(text: string) => void} tell
   */
  constructor(column, choose, tell) {
    this.column = column;
    this.choose = choose;
    this.tell = tell;
    /** @type {Scale | null} */
    this.parts = null;
    this.version = ""; // what was last counted
    /** @type {Uint32Array | undefined} */
    this.all = undefined; // how many rows each part has
    /** @type {Uint32Array | undefined} */
    this.counts = undefined; // and how many of those that are drawn
    /** @type {Uint32Array | null} */
    this.within = null;
    /** @type {[first: number, last: number] | null} */
    this.cursor = null;
    /** @type {number | null} */
    this.from = null; // where a range is being dragged from
    this.marked = s("path", { class: "marked" });
    this.bars = s("path", { class: "all" });
    this.part = s("path", { class: "within" });
    const drawing = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" };
    this.element = h(
      "button",
      {
        class: "histogram plain",
        type: "button",
        "aria-label": `${column.name}: filter by a range; arrows choose, shift extends, Enter filters, Escape clears`,
        title: "drag to filter by a range, click a bar for one value, double click to clear",
        pointerdown: (event) => this.press(event),
        pointermove: (event) => this.drag(event),
        pointerup: () => this.release(),
        pointerleave: () => this.tell(""),
        dblclick: () => this.choose(null),
        keydown: (event) => this.key(event),
        blur: () => this.cursor && this.mark(null),
      },
      s("svg", drawing, this.marked, this.bars, this.part),
    );
  }

  /** The parts of this column, found when first asked for: by the counting, or by a pointer or key before it. */
  get scale() {
    this.parts ??= scale(this.column);
    return this.parts;
  }

  /**
   * Count the rows of `mask` (null for all) and draw them. Where a condition on this column is in force, `within` is
   * the mask of the rows that it leaves, which stand out. A generator: it counts a piece of the rows at a time.
   *
   * @param {Uint8Array | null} mask
   * @param {Uint8Array | null} within
   * @returns {Generator<void, void, void>}
   */
  *count(mask, within) {
    const counted = (/** @type {Uint8Array | null} */ rows) =>
      histogram(this.column.array, this.withValue(rows), this.scale, COUNTED);
    this.all ??= yield* counted(null);
    this.counts = mask ? yield* counted(mask) : this.all;
    this.within = within && (yield* counted(within));
    this.element.toggleAttribute("data-filtered", within !== null);
    this.element.dataset.counted = "";
    this.paint();
  }

  /**
   * Those of the rows that have a value. A truth that is not known is one of its own column.
   *
   * @param {Uint8Array | null} rows
   */
  withValue(rows) {
    const { absent, name, cells } = this.column;
    if (!absent || name === "truth") return rows;
    return Uint8Array.from(cells, (_, row) => ((rows && !rows[row]) || absent(row) ? 0 : 1));
  }

  paint() {
    const counts = this.counts ?? [];
    const most = Math.max(...counts, 1);
    const step = WIDTH / counts.length;
    const wide = step > 4 ? step - 1 : step;
    const bar = (/** @type {number} */ count, /** @type {number} */ bin) => {
      if (count === 0) return "";
      const tall = Math.max(1.5, Math.sqrt(count / most) * (HEIGHT - 2));
      return `M${(bin * step).toFixed(2)} ${HEIGHT}v${-tall.toFixed(1)}h${wide.toFixed(2)}V${HEIGHT}z`;
    };
    this.bars.setAttribute("d", Array.from(counts, bar).join(""));
    this.part.setAttribute("d", Array.from(this.within ?? [], bar).join(""));
  }

  /** @param {[first: number, last: number] | null} cursor */
  mark(cursor) {
    this.cursor = cursor;
    const step = WIDTH / this.scale.bins;
    const range = cursor && `M${cursor[0] * step} 0V${HEIGHT}H${(cursor[1] + 1) * step}V0z`;
    this.marked.setAttribute("d", range ?? "");
    this.tell(cursor ? this.describe(...cursor) : "");
  }

  /**
   * The range of parts in words, and how many rows lie in it once they are counted.
   *
   * @param {number} from
   * @param {number} to
   */
  describe(from, to) {
    const range = print(this.scale.chosen(from, to)) || this.column.name;
    const rows = this.counts?.subarray(from, to + 1).reduce((sum, count) => sum + count, 0);
    return rows === undefined ? range : `${range}: ${whole(rows)}`;
  }

  /** @param {PointerEvent} event */
  binAt(event) {
    const box = this.element.getBoundingClientRect();
    const bin = Math.floor(((event.clientX - box.left) / box.width) * this.scale.bins);
    return Math.max(0, Math.min(this.scale.bins - 1, bin));
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.element.setPointerCapture(event.pointerId);
    this.from = this.binAt(event);
    this.mark([this.from, this.from]);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const bin = this.binAt(event);
    if (this.from === null) this.tell(this.describe(bin, bin));
    else this.mark([Math.min(this.from, bin), Math.max(this.from, bin)]);
  }

  release() {
    if (this.from === null) return;
    this.from = null;
    if (this.cursor) this.choose(this.scale.chosen(...this.cursor));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const [from, to] = this.cursor ?? [-1, -1];
    const inside = (/** @type {number} */ bin) => Math.max(0, Math.min(this.scale.bins - 1, bin));
    if (step && event.shiftKey && this.cursor) this.mark(step > 0 ? [from, inside(to + 1)] : [inside(from - 1), to]);
    else if (step) this.mark([inside((step > 0 ? to : from) + step), inside((step > 0 ? to : from) + step)]);
    else if (event.key === "Enter" && this.cursor) this.choose(this.scale.chosen(...this.cursor));
    else if (event.key === "Escape") this.choose(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
