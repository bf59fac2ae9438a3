/** A figure of the page as a drawing that needs nothing else: with its titles, its colours, and what it is of. */
import { h, s } from "../parts/dom.js";
import { chartOf } from "./chart.js";
import { inLight } from "./light.js";
import { matrixOf } from "./matrix.js";
import { FONT, line, linesOf, round } from "./text.js";

/**
 * @typedef {object} Words What stands around a figure.
 * @property {string} heading that the reader gave to the view, or none
 * @property {string} title of the figure
 * @property {string[]} notes what the figure is of
 */

const MARGIN = 14;
const LEAST = 320; // pixels, so that the words have room
const TEXT = "#1c2126";
const SOFT = "#565f67";

/**
 * The text of an SVG file, and its size in pixels.
 *
 * @param {Element} figure
 * @param {Words} words
 */
export function drawing(figure, { heading, title, notes }) {
  const part = inLight(figure, (copy) => {
    const table = copy.querySelector("table");
    if (table) return matrixOf(table);
    return chartOf(copy, /** @type {SVGSVGElement} */ (copy.querySelector("svg")));
  });
  const width = Math.max(LEAST, part.width);
  const before = s("g");
  const after = s("g");
  let y = MARGIN;
  const write = (
    /** @type {Element} */ group,
    /** @type {string} */ text,
    /** @type {number} */ size,
    weight = "400",
    fill = TEXT,
  ) => {
    for (const each of linesOf(text, width, size, weight)) {
      y += size + 4;
      group.append(line(each, { x: MARGIN, y: y - 4, size, weight, fill }));
    }
  };
  write(before, heading, 16, "650");
  write(before, title, 13, "600");
  part.element.setAttribute("transform", `translate(${MARGIN} ${round(y + 6)})`);
  y += 6 + part.height + 4;
  for (const note of notes) write(after, note, 10.5, "400", SOFT);
  const [wide, tall] = [Math.ceil(width + 2 * MARGIN), Math.ceil(y + MARGIN)];
  const whole = s(
    "svg",
    { viewBox: `0 0 ${wide} ${tall}`, width: wide, height: tall, role: "img", "font-family": FONT },
    s("title", {}, [heading, title].filter(Boolean).join(": ")),
    s("desc", {}, notes.join("; ")),
    s("rect", { width: wide, height: tall, fill: "#ffffff" }),
    before,
    part.element,
    after,
  );
  return {
    text: `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(whole)}\n`,
    wide,
    tall,
  };
}

/**
 * A drawing as a PNG file, with two pixels for each of its own.
 *
 * @param {{ text: string, wide: number, tall: number }} drawn
 * @returns {Promise<Blob>}
 */
export async function painted({ text, wide, tall }) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = h("img", { src: address, width: wide, height: tall });
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(address);
  }
  const canvas = h("canvas", { width: 2 * wide, height: 2 * tall });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => {
    canvas.toBlob(
      (blob) => (blob ? done(blob) : failed(new Error("The browser paints no picture this large."))),
      "image/png",
    );
  });
}
