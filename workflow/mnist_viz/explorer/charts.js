/** Line charts as SVG. */
import { h, s } from "./dom.js";

/** About `count` round numbers from `low` to `high`. */
export function ticks(low, high, count) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => rough <= factor * power);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

const MOST_COLOURS = 8;

/**
 * A series for each of `names`, whose points `points(index)` gives. Up to MOST_COLOURS have a colour each; of more, those
 * of the indices `chosen` do, on top, and the others are grey.
 */
export function coloured(names, chosen, points, marks = true) {
  const all = [...names.keys()];
  const few = all.length <= MOST_COLOURS;
  const bright = few ? all : [...new Set(chosen)];
  const line = (index, position) => ({ name: names[index], points: points(index), className: `series-${position}`, marks });
  const grey = all
    .filter((index) => !bright.includes(index))
    .map((index) => ({ name: names[index], points: points(index), className: "grey" }));
  return [...grey, ...bright.map(line)];
}

/**
 * A line chart. `series` are `{ name, points: [[x, y], …], className, marks }`; `marks` draws a point at each value.
 * `range` gives the lowest and highest x and y where they are not those of the points.
 */
export function lineChart({ title, x, y, series, range = {}, integerX = false, height = 240, width = 560 }) {
  const margin = { top: 10, right: 14, bottom: 34, left: 58 };
  const points = series.flatMap((each) => each.points);
  const [lowX, highX] = range.x ?? extent(points.map((point) => point[0]));
  const [lowY, highY] = range.y ?? [0, Math.max(extent(points.map((point) => point[1]))[1], 1e-9) * 1.05];
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const atX = (value) => margin.left + ((value - lowX) / (highX - lowX || 1)) * inner.width;
  const atY = (value) => margin.top + (1 - (value - lowY) / (highY - lowY || 1)) * inner.height;
  const ticksX = ticks(lowX, highX, 6).filter((value) => !integerX || Number.isInteger(value));
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, title),
    s(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${y} against ${x}` },
      ticks(lowY, highY, 4).map((value) => [
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
      series.map(({ points: own, className, marks, name }) => [
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
  );
}

function extent(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}
