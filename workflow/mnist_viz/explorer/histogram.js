/** The small histogram in a column's heading, in which a range is chosen by dragging or with the arrow keys. */
import { h, s, whole } from "./dom.js";
import { histogram } from "./statistics.js";

const BINS = 40;
const COUNTED = 100_000; // rows at a time
const WIDTH = 80;
const HEIGHT = 26;

/** The parts that a column's values are counted in: `low`, `high`, their number, and the query of a range of parts. */
export function scale(column) {
  const { name, kind, labels } = column;
  if (labels) {
    const query = (from, to) =>
      `${name} in (${labels
        .slice(from, to + 1)
        .map((label) => `"${label}"`)
        .join(", ")})`;
    return { low: 0, high: labels.length, bins: labels.length, query };
  }
  if (kind === "flag")
    return { low: 0, high: 2, bins: 2, query: (from, to) => (from === to ? `${from ? "" : "not "}${name}` : "") };
  if (kind === "share")
    return {
      low: 0,
      high: 1,
      bins: BINS,
      query: (from, to) => between(name, from / BINS, (to + 1) / BINS, to === BINS - 1),
    };
  let low = Infinity;
  let high = -Infinity;
  const { array } = column;
  for (let row = 0; row < array.length; row += 1) {
    if (array[row] < low) low = array[row];
    if (array[row] > high) high = array[row];
  }
  if (kind === "integer") {
    const width = Math.max(1, Math.ceil((high - low + 1) / BINS));
    const bins = Math.ceil((high - low + 1) / width);
    const query = (from, to) => {
      const first = low + from * width;
      const last = Math.min(high, low + (to + 1) * width - 1);
      return first === last ? `${name} == ${first}` : `${first} <= ${name} <= ${last}`;
    };
    return { low, high: low + bins * width, bins, query };
  }
  const step = (high - low || 1) / BINS;
  return {
    low,
    high: low + step * BINS,
    bins: BINS,
    query: (from, to) => between(name, low + from * step, low + (to + 1) * step, to === BINS - 1),
  };
}

function between(name, low, high, closed) {
  const short = (value) => String(Number(value.toFixed(4)));
  return closed ? `${name} >= ${short(low)}` : `${short(low)} <= ${name} < ${short(high)}`;
}

/**
 * The element of one column's histogram. `choose(query)` is called with the query of the chosen range, `tell(text)` with
 * what lies below the pointer or the keyboard's cursor.
 */
export class HeaderHistogram {
  constructor(column, choose, tell) {
    Object.assign(this, { column, choose, tell });
    this.cursor = null;
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
        dblclick: () => this.choose(""),
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
   * Count the rows of `mask` (null for all) and draw them. Where a condition on this column is in force, `within` is the
   * mask of the rows that it leaves, which stand out. A generator: it counts a piece of the rows at a time.
   */
  *count(mask, within = null) {
    const counted = (rows) => histogram(this.column, rows, this.scale, COUNTED);
    this.all ??= yield* counted(null);
    this.counts = mask ? yield* counted(mask) : this.all;
    this.within = within && (yield* counted(within));
    this.element.toggleAttribute("data-filtered", within !== null);
    this.element.dataset.counted = "";
    this.paint();
  }

  paint() {
    const most = Math.max(...this.counts, 1);
    const step = WIDTH / this.counts.length;
    const wide = step > 4 ? step - 1 : step;
    const bar = (count, bin) => {
      if (count === 0) return "";
      const tall = Math.max(1.5, Math.sqrt(count / most) * (HEIGHT - 2));
      return `M${(bin * step).toFixed(2)} ${HEIGHT}v${-tall.toFixed(1)}h${wide.toFixed(2)}V${HEIGHT}z`;
    };
    this.bars.setAttribute("d", Array.from(this.counts, bar).join(""));
    this.part.setAttribute("d", Array.from(this.within ?? [], bar).join(""));
  }

  mark(cursor) {
    this.cursor = cursor;
    const step = WIDTH / this.scale.bins;
    const range = cursor && `M${cursor[0] * step} 0V${HEIGHT}H${(cursor[1] + 1) * step}V0z`;
    this.marked.setAttribute("d", range ?? "");
    this.tell(cursor ? this.describe(...cursor) : "");
  }

  /** The range of parts in words, and how many rows lie in it once they are counted. */
  describe(from, to) {
    const range = this.scale.query(from, to) || this.column.name;
    const rows = this.counts?.subarray(from, to + 1).reduce((sum, count) => sum + count, 0);
    return rows === undefined ? range : `${range}: ${whole(rows)}`;
  }

  binAt(event) {
    const box = this.element.getBoundingClientRect();
    const bin = Math.floor(((event.clientX - box.left) / box.width) * this.scale.bins);
    return Math.max(0, Math.min(this.scale.bins - 1, bin));
  }

  press(event) {
    this.element.setPointerCapture(event.pointerId);
    this.from = this.binAt(event);
    this.mark([this.from, this.from]);
  }

  drag(event) {
    const bin = this.binAt(event);
    if (this.from === undefined) return this.tell(this.describe(bin, bin));
    this.mark([Math.min(this.from, bin), Math.max(this.from, bin)]);
  }

  release() {
    if (this.from === undefined) return;
    this.from = undefined;
    this.choose(this.scale.query(...this.cursor));
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const [from, to] = this.cursor ?? [-1, -1];
    const inside = (bin) => Math.max(0, Math.min(this.scale.bins - 1, bin));
    if (step && event.shiftKey && this.cursor) this.mark(step > 0 ? [from, inside(to + 1)] : [inside(from - 1), to]);
    else if (step) this.mark([inside((step > 0 ? to : from) + step), inside((step > 0 ? to : from) + step)]);
    else if (event.key === "Enter" && this.cursor) this.choose(this.scale.query(...this.cursor));
    else if (event.key === "Escape") this.choose("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
