/** A chart of the page as a part of a drawing of its own, the styles within it. */
import { s } from "../parts/dom.js";
import { hex } from "./light.js";
import { line, widthOf } from "./text.js";

/** @typedef {{ element: SVGElement, width: number, height: number }} Part */

const SHAPES = new Set(["path", "rect", "circle", "line"]);
const ENTRY = 12; // pixels of a legend's text
const GAP = 16;

/**
 * The chart of a figure.
 *
 * @param {Element} figure laid out in light colours
 * @param {SVGSVGElement} chart within it
 * @returns {Part}
 */
export function chartOf(figure, chart) {
  const { width, height } = chart.viewBox.baseVal;
  const drawn = s("g", {}, Array.from(chart.childNodes, copied));
  const legend = legendOf(figure, width);
  legend.element.setAttribute("transform", `translate(0 ${height})`);
  return { element: s("g", {}, drawn, legend.element), width, height: height + legend.height };
}

/**
 * A node of a chart with its style as attributes.
 *
 * @param {Node} node
 * @returns {Node}
 */
function copied(node) {
  if (!(node instanceof SVGElement)) return node.cloneNode();
  const own = /** @type {SVGElement} */ (node.cloneNode());
  for (const name of [...own.getAttributeNames()])
    if (name === "class" || name === "style" || name === "tabindex" || /^(aria|data)-/.test(name))
      own.removeAttribute(name);
  const style = getComputedStyle(node);
  if (node.tagName === "text") {
    own.setAttribute("fill", hex(style.fill));
    own.setAttribute("font-size", String(Number.parseFloat(style.fontSize)));
  } else if (SHAPES.has(node.tagName)) {
    own.setAttribute("fill", hex(style.fill));
    if (style.fillOpacity !== "1") own.setAttribute("fill-opacity", style.fillOpacity);
    const stroke = hex(style.stroke);
    if (stroke !== "none") {
      own.setAttribute("stroke", stroke);
      own.setAttribute("stroke-width", String(Number.parseFloat(style.strokeWidth)));
    }
  }
  own.append(...Array.from(node.childNodes, copied));
  return own;
}

/**
 * The entries of a figure's legend in as many lines as they need.
 *
 * @param {Element} figure
 * @param {number} width
 * @returns {Part}
 */
function legendOf(figure, width) {
  const element = s("g");
  let [x, y] = [0, 0];
  for (const entry of figure.querySelectorAll(":is(.legend, .kinds) li")) {
    const text = entry.textContent ?? "";
    const wide = 19 + widthOf(text, ENTRY) + GAP;
    if (x > 0 && x + wide > width) [x, y] = [0, y + ENTRY + 6];
    const mark = entry.querySelector(".mark");
    const fill = hex(getComputedStyle(mark ?? entry, mark ? null : "::before").backgroundColor);
    element.append(
      s("rect", { x, y: y + 7, width: 14, height: 4, fill }),
      line(text, { x: x + 19, y: y + 13, size: ENTRY, fill: hex(getComputedStyle(entry).color) }),
    );
    x += wide;
  }
  return { element, width, height: element.childElementCount ? y + ENTRY + 8 : 0 };
}
