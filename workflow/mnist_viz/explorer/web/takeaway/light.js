/** A copy of an element as it looks in light colours, out of sight, for as long as it is measured and drawn. */
import { h } from "../parts/dom.js";

/**
 * What `draw` makes of a copy of `element` that is laid out in light colours.
 *
 * @template T
 * @param {Element} element
 * @param {(copy: Element) => T} draw
 * @returns {T}
 */
export function inLight(element, draw) {
  const copy = /** @type {Element} */ (element.cloneNode(true));
  for (const each of copy.querySelectorAll("[id]")) each.removeAttribute("id");
  const room = h("div", { class: "light", "aria-hidden": "true", inert: true }, copy);
  document.body.append(room);
  try {
    return draw(copy);
  } finally {
    room.remove();
  }
}

/**
 * A computed colour as a file can have it: `#rrggbb` over white, or "none" where nothing is seen.
 *
 * @param {string} colour as `rgb(…)`, `rgba(…)` or `color(srgb …)`
 */
export function hex(colour) {
  const parts = colour.replace(/^color\(srgb/, "").match(/[\d.]+(?:e-?\d+)?/g);
  if (!parts || parts.length < 3) return "none";
  const [red, green, blue, opacity = 1] = parts.map(Number);
  if (opacity === 0) return "none";
  const scale = colour.startsWith("color(") ? 255 : 1;
  const over = (/** @type {number} */ part) => Math.round(part * scale * opacity + 255 * (1 - opacity));
  return `#${[red, green, blue].map((part) => over(part).toString(16).padStart(2, "0")).join("")}`;
}
