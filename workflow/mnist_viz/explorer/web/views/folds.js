/** An image as every table sees it: a line a variant, its guesses epoch by epoch, and folded below them their scores. */
import { lastTables } from "../data/hard.js";
import { h, whole } from "../parts/dom.js";
import { bars, MARKS, scoresOf, spoken } from "../parts/pictures.js";
import { cellWidth, layout, stripHead, stripLine } from "../parts/strip.js";

/** @import { App } from "../app.js" */
/** @import { Layout, Line } from "../parts/strip.js" */

const FOLDS = 60; // variants that are listed at a time
const WIDTH = 300; // pixels of a line; longer ones are broken

/**
 * @param {App} app
 * @param {number} image
 */
export function folds(app, image) {
  const { data } = app;
  const strips = layout(app);
  const { lines } = strips;
  const fits = strips.epochs.length * cellWidth(strips) <= WIDTH;
  const head = h("p", { class: "strip-head" }, h("small", {}, "after epoch"), stripHead(strips));
  const list = h("div", { class: "folds" }, fits ? head : "");
  const more = h("button", { type: "button", click: () => extend() });
  const last = lastTables(data);
  const wrong = (/** @type {number} */ variant) => {
    const table = last.find((each) => data.tables[each][0] === variant) ?? -1;
    return table >= 0 && data.verdict(table * data.images + image) === "wrong";
  };
  /** @type {(line: Line, index: number) => HTMLElement[]} */
  const withHeading = (line, index) => {
    const own = fold(app, strips, line, image);
    if (line.group === "" || lines[index - 1]?.group === line.group) return [own];
    const seeds = lines.filter(({ group }) => group === line.group);
    const count = seeds.filter(({ variant }) => wrong(variant)).length;
    const words = `${seeds.length} seeds, ${count} wrong after the last epoch`;
    return [h("p", { class: "seeds" }, h("strong", {}, line.group), " ", h("small", {}, words)), own];
  };
  let drawn = 0;
  const extend = () => {
    list.append(...lines.slice(drawn, drawn + FOLDS).flatMap((line, index) => withHeading(line, drawn + index)));
    drawn = Math.min(lines.length, drawn + FOLDS);
    more.textContent = `${whole(lines.length - drawn)} more variants`;
    more.hidden = drawn === lines.length;
  };
  extend();
  return h("div", {}, list, more);
}

/**
 * One variant: its guesses in a line, their scores when it is opened.
 *
 * @param {App} app
 * @param {Layout} strips
 * @param {Line} line
 * @param {number} image
 */
function fold({ data }, strips, line, image) {
  const truth = data.truth[image];
  const item = (/** @type {number} */ table) => {
    const row = table * data.images + image;
    const verdict = data.verdict(row);
    const scores = scoresOf(data, row);
    return h(
      "li",
      { class: verdict, "data-table": data.label(table) },
      h("span", { class: "when" }, `epoch ${data.tables[table][1]}`),
      h("span", { class: "verdict" }, `${data.guessOf(row)} ${MARKS.get(verdict)}`),
      bars(data, [scores], truth, `scores by class: ${spoken(data, scores)}`, { width: 170, height: 44 }),
    );
  };
  const list = h("ol", { class: "history" });
  const open = () => list.firstChild ?? list.append(...line.tables.filter((table) => table >= 0).map(item));
  const name = h("strong", {}, data.variants[line.variant]);
  return h("details", { toggle: open }, h("summary", {}, name, stripLine(data, strips, line, image)), list);
}
