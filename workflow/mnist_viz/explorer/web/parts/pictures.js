/** The images and the bars of their scores. */
import { CLASSES } from "../data/meaning.js";
import { h, s } from "./dom.js";

/** @import { App } from "../app.js" */
/** @import { Description } from "../data/bytes.js" */
/** @import { Predictions } from "../data/predictions.js" */

const DIGITS = CLASSES <= 10 ? Array.from({ length: CLASSES }, (_, digit) => String(digit)).join("") : "";
const CENTRES = Array.from(DIGITS, (digit) => Number(digit) + 0.5);

/**
 * Image number `image` of the sheet, `size` pixels wide.
 *
 * @param {App} app
 * @param {number} image
 * @param {number} [size]
 */
export function digit(app, image, size = 28) {
  const element = h("span", { class: "digit", role: "img", style: { "--size": `${size}px` } });
  showDigit(app, element, image, size);
  return element;
}

/**
 * Make the element of a `digit` show another image.
 *
 * @param {App} app
 * @param {HTMLElement} element
 * @param {number} image
 * @param {number} [size]
 */
export function showDigit({ data, description }, element, image, size = 28) {
  element.setAttribute("aria-label", `image ${data.ids[image]}, labelled ${data.truth[image]}`);
  element.style.backgroundPosition = place(description, image, size);
}

/**
 * The place of an image in the sheet.
 *
 * @param {Description} description
 * @param {number} image
 * @param {number} size
 */
function place({ across, width, height }, image, size) {
  return `${-size * (image % across)}px ${(-size * height * Math.floor(image / across)) / width}px`;
}

/**
 * An image that opens its details, which then go through a list of the view.
 *
 * @param {App} app
 * @param {number} image
 * @param {{ size?: number, note?: string, list?: string }} [options]
 */
export function digitButton(app, image, { size = 28, note = "", list = "" } = {}) {
  const words = [`image ${app.data.ids[image]}`, `labelled ${app.data.truth[image]}`, note].filter(Boolean);
  const label = `${words.join(", ")}; open its details`;
  return h("button", {
    class: "plain digit",
    type: "button",
    "aria-label": label,
    title: label,
    "data-image": image,
    "data-list": list,
    style: { "--size": `${size}px`, "background-position": place(app.description, image, size) },
    click: () => app.set({ id: String(app.data.ids[image]), list }),
  });
}

/**
 * The ten scores of one row.
 *
 * @param {Predictions} data
 * @param {number} row
 */
export function scoresOf({ scores, levels }, row) {
  return scores.map((score) => score[row] / levels);
}

/**
 * Ten bars, or ten pairs of bars, with the digits below them. `series` are lists of ten shares; `truth` is marked.
 *
 * @param {number[][]} series
 * @param {number} truth
 * @param {string} label
 * @param {{ width?: number, height?: number }} [size]
 */
export function bars(series, truth, label, { width = 180, height = 54 } = {}) {
  const step = width / CLASSES;
  const thick = (step - 3) / series.length;
  const floor = height - 12;
  /** @type {(share: number, index: number, position: number) => string} */
  const bar = (share, index, position) => {
    const left = (index * step + 1.5 + position * thick).toFixed(1);
    return `M${left} ${floor}v${(-share * (floor - 2)).toFixed(1)}h${(thick - 0.5).toFixed(1)}V${floor}z`;
  };
  /** @type {(shares: number[], position: number) => string} */
  const path = (shares, position) => shares.map((share, index) => bar(share, index, position)).join("");
  return s(
    "svg",
    { class: "bars", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label },
    s("rect", { class: "truth", x: truth * step, y: 0, width: step, height }),
    s("path", { class: "axis", d: `M0 ${floor + 0.5}h${width}` }),
    series.map((shares, position) =>
      s("path", { class: series.length > 1 ? "ab"[position] : "one", d: path(shares, position) }),
    ),
    s("text", { x: CENTRES.map((centre) => centre * step).join(" "), y: height - 2 }, DIGITS),
  );
}

/**
 * Scores in words, the highest three, for those who do not see the bars.
 *
 * @param {number[]} shares
 */
export function spoken(shares) {
  const best = shares.map((share, index) => [share, index]).sort((x, y) => y[0] - x[0]);
  return best
    .slice(0, 3)
    .map(([share, index]) => `${index}: ${share.toFixed(3)}`)
    .join(", ");
}
