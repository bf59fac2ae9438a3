/** The images and the bars of their scores. */
import { inWords } from "../data/marks.js";
import { h, s } from "./dom.js";

/** @import { App } from "../app.js" */
/** @import { Description } from "../data/bytes.js" */
/** @import { Predictions } from "../data/predictions.js" */

/** Of up to so many classes each has a bar. */
export const MOST_BARS = 12;
/** What stands behind a guess, by whether it is right; nothing where the truth is not known. */
export const MARKS = new Map([
  ["right", "✓"],
  ["wrong", "✗"],
  ["", ""],
]);
const HIGHEST = 6; // bars, where there are more classes
const LETTER = 5.5; // pixels of a letter below a bar, on average

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
  const words = [`image ${data.ids[image]}`, `labelled ${data.truthOf(image)}`, spokenMark(data, image)];
  element.setAttribute("aria-label", words.filter(Boolean).join(", "));
  element.classList.toggle("marked", data.marks.byId.has(data.ids[image]));
  const { tile, position } = place(description, image, size);
  element.style.backgroundImage = tile;
  element.style.backgroundPosition = position;
}

/**
 * The tile of the sheet that an image is on, and its place there.
 *
 * @param {Description} description
 * @param {number} image
 * @param {number} size
 */
function place({ across, down, width, height }, image, size) {
  const line = Math.floor(image / across);
  const position = `${-size * (image % across)}px ${(-size * height * (line % down)) / width}px`;
  return { tile: `var(--tile-${Math.floor(line / down)})`, position };
}

/**
 * An image that opens its details, which then go through a list of the view.
 *
 * @param {App} app
 * @param {number} image
 * @param {{ size?: number, note?: string, list?: string }} [options]
 */
export function digitButton(app, image, { size = 28, note = "", list = "" } = {}) {
  const words = [`image ${app.data.ids[image]}`, `labelled ${app.data.truthOf(image)}`, note].filter(Boolean);
  const { tile, position } = place(app.description, image, size);
  const button = h("button", {
    class: "plain digit",
    type: "button",
    "data-words": words.join(", "),
    "data-image": image,
    "data-list": list,
    style: { "--size": `${size}px`, "background-image": tile, "background-position": position },
    click: () => app.set({ id: String(app.data.ids[image]), list }),
  });
  showMark(app, button);
  return button;
}

/**
 * Show on the button of an image whether it is marked now.
 *
 * @param {App} app
 * @param {HTMLElement} button
 */
export function showMark({ data }, button) {
  const image = Number(button.dataset.image);
  const words = [button.dataset.words, spokenMark(data, image)].filter(Boolean);
  const label = `${words.join(", ")}; open its details`;
  button.setAttribute("aria-label", label);
  button.title = label;
  button.classList.toggle("marked", data.marks.byId.has(data.ids[image]));
}

/**
 * An image's mark in words; empty if it has none.
 *
 * @param {Predictions} data
 * @param {number} image
 */
function spokenMark({ marks, ids }, image) {
  return marks.byId.has(ids[image]) ? inWords(marks.of(ids[image])) : "";
}

/**
 * The scores of one row, one a class.
 *
 * @param {Predictions} data
 * @param {number} row
 */
export function scoresOf({ scores }, row) {
  return scores.between(row, row + 1).map((score) => score[row]);
}

/**
 * The classes that have a bar: all of them, or of more than MOST_BARS the truth and those with the highest scores,
 * ascending.
 *
 * @param {number[][]} series
 * @param {number} truth -1 if there is none
 */
export function shownClasses(series, truth) {
  const every = series[0].map((_, index) => index);
  if (every.length <= MOST_BARS) return every;
  const height = (/** @type {number} */ index) => Math.max(...series.map((shares) => shares[index]));
  const order = every.filter((index) => index !== truth).sort((x, y) => height(y) - height(x));
  const own = truth in every ? [truth] : [];
  return [...own, ...order.slice(0, HIGHEST - own.length)].sort((x, y) => x - y);
}

/**
 * A bar a class, or a pair of bars, with the names of the classes below them. `series` are lists of shares, one a class;
 * `truth` is marked.
 *
 * @param {Predictions} data
 * @param {number[][]} series
 * @param {number} truth
 * @param {string} label
 * @param {{ width?: number, height?: number }} [size]
 */
export function bars(data, series, truth, label, { width = 180, height = 54 } = {}) {
  const classes = shownClasses(series, truth);
  const step = width / classes.length;
  const thick = (step - 3) / series.length;
  const floor = height - 12;
  /** @type {(share: number, index: number, position: number) => string} */
  const bar = (share, index, position) => {
    const left = (index * step + 1.5 + position * thick).toFixed(1);
    return `M${left} ${floor}v${(-share * (floor - 2)).toFixed(1)}h${(thick - 0.5).toFixed(1)}V${floor}z`;
  };
  const drawing = emptyBars(data, classes, series.length, { width, height });
  drawing.setAttribute("aria-label", label);
  const [shade, , ...paths] = drawing.children;
  const marked = classes.indexOf(truth);
  if (marked < 0) shade.remove();
  else shade.setAttribute("x", String(marked * step));
  for (const [position, shares] of series.entries())
    paths[position].setAttribute("d", classes.map((each, index) => bar(shares[each], index, position)).join(""));
  return drawing;
}

/** @type {{ own: string, drawing: SVGSVGElement } | null} */
let pattern = null; // the last one, and what it is of

/**
 * What bars of the same classes and size have in common: a copy of it is quicker than its elements made anew.
 *
 * @param {Predictions} data
 * @param {number[]} classes
 * @param {number} sides
 * @param {{ width: number, height: number }} size
 */
function emptyBars(data, classes, sides, { width, height }) {
  const own = JSON.stringify([classes, sides, width, height]);
  if (pattern?.own !== own) {
    const step = width / classes.length;
    const drawing = s(
      "svg",
      { class: "bars", viewBox: `0 0 ${width} ${height}`, width, height, role: "img" },
      s("rect", { class: "truth", y: 0, width: step, height }),
      s("path", { class: "axis", d: `M0 ${height - 11.5}h${width}` }),
      Array.from({ length: sides }, (_, position) => s("path", { class: sides > 1 ? "ab"[position] : "one" })),
      names(
        classes.map((each) => data.classes[each]),
        step,
        height - 2,
      ),
    );
    pattern = { own, drawing };
  }
  return /** @type {SVGSVGElement} */ (pattern.drawing.cloneNode(true));
}

/**
 * The classes' names below their bars, as much of each as there is room for; single letters as one element.
 *
 * @param {string[]} classes
 * @param {number} step
 * @param {number} y
 */
function names(classes, step, y) {
  const centre = (/** @type {number} */ index) => (index + 0.5) * step;
  if (classes.every((each) => each.length === 1))
    return [s("text", { x: classes.map((_, index) => centre(index)).join(" "), y }, classes.join(""))];
  const room = Math.max(1, Math.floor(step / LETTER));
  return classes.map((each, index) => {
    const letters = Array.from(each);
    const text = letters.length > room ? `${letters.slice(0, Math.max(1, room - 1)).join("")}…` : each;
    return s("text", { x: centre(index), y }, text, s("title", {}, each));
  });
}

/**
 * Scores in words, the highest three, for those who do not see the bars.
 *
 * @param {Predictions} data
 * @param {number[]} shares
 */
export function spoken(data, shares) {
  const order = [...shares.keys()].sort((x, y) => shares[y] - shares[x]);
  return order
    .slice(0, 3)
    .map((index) => `${data.classes[index]}: ${shares[index].toFixed(3)}`)
    .join(", ");
}
