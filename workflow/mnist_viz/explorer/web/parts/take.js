/** The buttons below a figure by which it is saved as a file; `takeaway/files.js` answers them. */
import { h } from "./dom.js";

const KINDS = ["SVG", "PNG"];

/** Figures whose chart is no SVG on the page: what draws one for a file. @type {WeakMap<Element, () => SVGSVGElement>} */
export const DRAWN_FOR_FILES = new WeakMap();

/** @param {string} title of the figure */
export function takeButtons(title) {
  const button = (/** @type {string} */ kind) => {
    const label = `save ${title} as ${kind}`;
    return h("button", { type: "button", title: label, "aria-label": label, "data-file": kind.toLowerCase() }, kind);
  };
  return h("div", { class: "take" }, KINDS.map(button));
}
