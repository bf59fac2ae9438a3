/** Line charts as SVG. */
import { h, s } from "./dom.js";
import { takeButtons } from "./take.js";

/** @typedef {[x: number, y: number]} Point */
/** @typedef {[x: number, low: number, high: number]} Range */
/**
 * @typedef {object} Series
 * @property {string} name
 * @property {Point[]} points
 * @property {string} className
 * @property {boolean} [marks] whether each point has one
 * @property {Range[]} [ranges] intervals, each drawn as a bar
 * @property {boolean} [area] whether they are drawn as one area instead
 */
/**
 * @typedef {object} LineChart
 * @property {string} title
 * @property {string} x what the axis counts
 * @property {string} y
 * @property {Series[]} series
 * @property {{ x?: [number, number], y?: [number, number] }} [range] lowest and highest, where not those of the points
 * @property {boolean} [integerX]
 * @property {boolean} [integerY]
 * @property {boolean} [log] whether y is logarithmic
 * @property {number} [height] pixels
 * @property {number} [width] pixels, or as many as a narrow page has
 */

/**
 * About `count` round numbers from `low` to `high`.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => rough <= factor * power) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/**
 * Round numbers from `low` to `high` for a logarithmic axis: powers of ten, and where they are few their 2 and 5 fold.
 *
 * @param {number} low
 * @param {number} high
 */
export function logTicks(low, high) {
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
  const factors = powers.length > 4 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => factors.map((factor) => Number((factor * power).toPrecision(12))))
    .filter((value) => value >= low && value <= high);
}

const LEAST = 1e-6; // what a logarithmic axis takes for zero
const AROUND = 50; // pixels of a narrow page beside a drawing
const LEAST_WIDTH = 230;
const MOST_COLOURS = 8;

/**
 * A series for each of `names`, whose points `points(index)` gives. Up to MOST_COLOURS have a colour each; of more,
 * those of the indices `chosen` do, on top, and the others are grey.
 *
 * @param {string[]} names
 * @param {number[]} chosen
 * @param {(index: number) => Point[]} points
 * @param {boolean} [marks]
 * @returns {Series[]}
 */
export function coloured(names, chosen, points, marks = true) {
  const all = [...names.keys()];
  const few = all.length <= MOST_COLOURS;
  const bright = few ? all : [...new Set(chosen)];
  const line = (/** @type {number} */ index, /** @type {number} */ position) => ({
    name: names[index],
    points: points(index),
    className: `series-${position}`,
    marks,
  });
  const grey = all
    .filter((index) => !bright.includes(index))
    .map((index) => ({ name: names[index], points: points(index), className: "grey" }));
  return [...grey, ...bright.map(line)];
}

/** @param {LineChart} chart */
export function lineChart({
  title,
  x,
  y,
  series,
  range = {},
  integerX = false,
  integerY = false,
  log = false,
  height = 240,
  width: most = 560,
}) {
  const width = Math.max(LEAST_WIDTH, Math.min(most, innerWidth - AROUND));
  const figure = { class: `chart ${width < most ? "drawn-narrow" : ""}`, style: { "--drawn": width } };
  const margin = { top: 10, right: 14, bottom: 34, left: 58 };
  const points = series.flatMap((each) => each.points);
  if (points.length === 0) return h("figure", figure, h("figcaption", {}, title), nothing());
  const [lowX, highX] = range.x ?? extent(points.map((point) => point[0]));
  const level = (/** @type {number} */ value) => (log ? Math.log10(Math.max(value, LEAST)) : value);
  const [least, top] = extent(points.map((point) => Math.max(point[1], LEAST)));
  const highest = top > LEAST ? top * 1.05 : 1; // of zeros alone no height is right
  const [lowY, highY] = range.y ?? (log ? [least, top].map(level) : [0, highest]);
  const round = log ? logTicks(least, top) : ticks(lowY, highY, 4);
  const ticksY = round.filter((value) => !integerY || Number.isInteger(value));
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const atX = (/** @type {number} */ value) => margin.left + ((value - lowX) / (highX - lowX || 1)) * inner.width;
  const atY = (/** @type {number} */ value) =>
    margin.top + (1 - (level(value) - lowY) / (highY - lowY || 1)) * inner.height;
  const ticksX = ticks(lowX, highX, 6).filter((value) => !integerX || Number.isInteger(value));
  return h(
    "figure",
    figure,
    h("figcaption", {}, title),
    s(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${y} against ${x}` },
      ticksY.map((value) => [
        s("path", { class: "grid-line", d: `M${margin.left} ${atY(value)}h${inner.width}` }),
        s("text", { class: "tick", x: margin.left - 6, y: atY(value) + 4, "text-anchor": "end" }, String(value)),
      ]),
      ticksX.map((value) =>
        s("text", { class: "tick", x: atX(value), y: height - 18, "text-anchor": "middle" }, String(value)),
      ),
      s("text", { class: "axis-name", x: margin.left + inner.width / 2, y: height - 3, "text-anchor": "middle" }, x),
      s(
        "text",
        {
          class: "axis-name",
          transform: `translate(10 ${margin.top + inner.height / 2}) rotate(-90)`,
          "text-anchor": "middle",
        },
        y,
      ),
      series.map(({ points: own, className, marks, name, ranges = [], area }) => [
        ranges.length
          ? s("path", {
              class: `${area ? "area" : "line range"} ${className}`,
              d: drawn(ranges, area, atX, atY, lowY, highY),
            })
          : [],
        s(
          "path",
          {
            class: `line ${className}`,
            d: own.map(([px, py], index) => `${index ? "L" : "M"}${atX(px).toFixed(1)} ${atY(py).toFixed(1)}`).join(""),
          },
          s("title", {}, name),
        ),
        marks
          ? own.map(([px, py]) =>
              s(
                "circle",
                { class: `mark ${className}`, cx: atX(px), cy: atY(py), r: 3.5 },
                s("title", {}, `${name}, ${x} ${px}: ${py}`),
              ),
            )
          : [],
      ]),
    ),
    h(
      "ul",
      { class: "legend" },
      series.filter((each) => each.className !== "grey").map((each) => h("li", { class: each.className }, each.name)),
      series[0]?.className === "grey" ? h("li", { class: "grey" }, "the other variants") : "",
    ),
    takeButtons(title),
  );
}

/**
 * The path of intervals: bars with ends, or one area around them; as much of them as lies in the picture.
 *
 * @param {Range[]} ranges
 * @param {boolean | undefined} area
 * @param {(value: number) => number} atX
 * @param {(value: number) => number} atY
 * @param {number} lowest
 * @param {number} highest
 */
function drawn(ranges, area, atX, atY, lowest, highest) {
  const within = (/** @type {number} */ value) => atY(Math.min(highest, Math.max(lowest, value))).toFixed(1);
  const x = (/** @type {number} */ value) => atX(value).toFixed(1);
  const bar = (/** @type {Range} */ [at, low, high]) =>
    `M${x(at)} ${within(low)}V${within(high)}m-3 0h6M${(atX(at) - 3).toFixed(1)} ${within(low)}h6`;
  if (!area) return ranges.map(bar).join("");
  const upper = ranges.map(([at, , high]) => `${x(at)} ${within(high)}`);
  const lower = [...ranges].reverse().map(([at, low]) => `${x(at)} ${within(low)}`);
  return `M${[...upper, ...lower].join("L")}Z`;
}

/**
 * A share with its interval, on a line from 0 to `most`.
 *
 * @param {number} share
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @param {string} label
 */
export function interval(share, low, high, most, label) {
  const at = (/** @type {number} */ value) => (4 + (value / (most || 1)) * 112).toFixed(1);
  return s(
    "svg",
    { class: "interval", viewBox: "0 0 120 16", width: 120, height: 16, role: "img", "aria-label": label },
    s("title", {}, label),
    s("path", { class: "grid-line", d: "M4 8H116" }),
    s("path", { class: "line", d: `M${at(low)} 8H${at(high)}M${at(low)} 4v8M${at(high)} 4v8` }),
    s("circle", { class: "mark", cx: at(share), cy: 8, r: 3.5 }),
  );
}

/**
 * A small curve without axes.
 *
 * @param {number[]} values two at least
 * @param {string} label
 */
export function sparkline(values, label) {
  const most = Math.max(1, ...values);
  const points = values.map((value, index) => {
    const x = 3 + (index / (values.length - 1)) * 74;
    return `${x.toFixed(1)} ${(17 - (value / most) * 14).toFixed(1)}`;
  });
  return s(
    "svg",
    { class: "sparkline", viewBox: "0 0 80 20", width: 80, height: 20, role: "img", "aria-label": label },
    s("title", {}, label),
    s("path", { class: "line", d: `M${points.join("L")}` }),
  );
}

/** What stands in the place of a chart without points. */
function nothing() {
  return h("p", { class: "empty" }, "The query leaves nothing to draw.");
}

/**
 * The lowest and the highest of `values`.
 *
 * @param {number[]} values
 */
function extent(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}
