/** A matrix of the page, which is a table, as a part of a drawing. */
import { s } from "../parts/dom.js";
import { hex } from "./light.js";
import { fitting, line, round } from "./text.js";

/** @import { Part } from "./chart.js" */

const PADDING = 3;

/**
 * The cells of a table, each with its colour and its text.
 *
 * @param {HTMLTableElement} table laid out in light colours
 * @returns {Part}
 */
export function matrixOf(table) {
  const frame = table.getBoundingClientRect();
  const top = table.tHead?.getBoundingClientRect().top ?? frame.top;
  const element = s("g");
  for (const cell of table.querySelectorAll("th, td")) element.append(...drawn(cell, frame.left, top));
  return { element, width: frame.width, height: frame.bottom - top };
}

/**
 * @param {Element} cell
 * @param {number} left of the table
 * @param {number} top
 */
function drawn(cell, left, top) {
  const box = cell.getBoundingClientRect();
  const style = getComputedStyle(cell);
  const place = {
    x: round(box.left - left),
    y: round(box.top - top),
    width: round(box.width),
    height: round(box.height),
  };
  const seen = [...cell.childNodes].filter((node) => !(node instanceof Element && node.matches(".unseen")));
  const text = seen.map((node) => node.textContent).join("");
  const [size, weight] = [Number.parseFloat(style.fontSize), style.fontWeight];
  const stroke = hex(style.borderTopColor);
  const border = Number.parseFloat(style.borderTopWidth) > 0 ? { stroke, "stroke-width": 1 } : {};
  const shown = fitting(text, box.width - PADDING, size, weight);
  const told = cell.querySelector("[aria-label]")?.getAttribute("aria-label")?.split(";")[0];
  return [
    s("rect", { ...place, fill: hex(style.backgroundColor), ...border }, told ? s("title", {}, told) : ""),
    text
      ? line(shown, {
          x: place.x + place.width / 2,
          y: place.y + place.height / 2 + size * 0.36,
          size,
          weight,
          fill: hex(style.color),
          anchor: "middle",
        })
      : "",
  ];
}
