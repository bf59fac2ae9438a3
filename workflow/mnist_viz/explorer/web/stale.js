/** What an address names that the page does not have: it may be of another run, or older. */
import { readEnsembles } from "./data/ensembles.js";
import { GROUPABLE } from "./data/groups.js";
import { counted, whole } from "./parts/dom.js";
import { QueryError } from "./query/error.js";
import { quotable } from "./query/limits.js";
import { parse } from "./query/parse.js";
import { CELLS } from "./views/classes/matrices.js";
import { ORDERS } from "./views/classes/measures.js";
import { imageOf } from "./views/detail.js";
import { isSize } from "./views/gallery.js";
import { HEIGHTS } from "./views/plot/plot.js";
import { SCORES_COLUMN } from "./views/table/scores.js";
import { SIZES } from "./views/table/toolbar.js";
import { FIRST, isThreshold } from "./views/threshold.js";

/** @import { App } from "./app.js" */
/** @import { Predictions } from "./data/predictions.js" */
/** @import { State } from "./state.js" */
/** @typedef {{ key: keyof State, text: string }} Missing */

/**
 * Each part of the state that stands for nothing here, in words, with what is shown instead.
 *
 * @param {App} app
 * @returns {Missing[]}
 */
export function missing(app) {
  const { data, state } = app;
  /** @type {Missing[]} */
  const found = [];
  const need = (/** @type {keyof State} */ key, /** @type {boolean} */ here, /** @type {string} */ text) => {
    if (state[key] !== "" && !here) found.push({ key, text });
  };
  const named = (/** @type {keyof State} */ key) => `“${quotable(state[key])}”`;
  need("view", app.kinds.has(state.view), `view ${named("view")} (shown: ${app.kinds.get(app.view)?.[0]})`);
  need("rows", ["all", "joined"].includes(state.rows), `rows ${named("rows")} (shown: all predictions)`);
  need("a", data.find(state.a) >= 0, `A ${named("a")} (shown: ${data.label(data.a)})`);
  need("b", data.find(state.b) >= 0, `B ${named("b")} (shown: ${data.label(data.b)})`);
  need("id", imageOf(data, state.id) >= 0, `image ${named("id")}`);
  need("variant", data.variants.includes(state.variant), `variant ${named("variant")} (shown: ${data.variants[0]})`);
  need("order", isIn(ORDERS, state.order), `order ${named("order")} (shown: ${ORDERS[0].label})`);
  need("cells", isIn(CELLS, state.cells), `cells ${named("cells")} (shown: ${CELLS[0].label})`);
  need("heights", isIn(HEIGHTS, state.heights), `heights ${named("heights")} (shown: ${HEIGHTS[0].label})`);
  need("threshold", isThreshold(state.threshold), `threshold ${named("threshold")} (shown: ${FIRST})`);
  need("size", isSize(state.size), `size ${named("size")}`);
  need("pictures", isIn(SIZES, state.pictures), `pictures ${named("pictures")} (shown: ${SIZES[0].label})`);
  const titled = [...new URLSearchParams(state.titles).keys()].filter((view) => !app.kinds.has(view));
  need("titles", titled.length === 0, `title of a view “${quotable(titled.join(", "))}”`);
  need("off", isQuery(state.off, data), `conditions switched off ${named("off")}`);
  const maps = app.maps.map(({ about }) => about.variant);
  need("map", maps.includes(state.map), `map of ${named("map")}${maps.length ? ` (shown: ${maps[0]})` : ""}`);
  need("colour", ["truth", "a", "b", "verdict"].includes(state.colour), `colour ${named("colour")} (shown: truth)`);
  if (app.chosen) {
    const here = new Set(data.ids);
    const { title, ids } = app.chosen;
    const lost = ids.filter((id) => !here.has(id)).length;
    const text = ids.length ? `${whole(lost)} of ${counted(ids.length, "image")}: ${quotable(title)}` : named("only");
    need("only", ids.length > 0 && lost === 0, ids.length ? text : `choice of images ${text}`);
  }
  const lost = readEnsembles(state.ensembles).filter((each) => !app.ensembles.has(each));
  const [first] = lost;
  const ofFirst = first?.members.length ? `“${quotable(first.members.join(", "))}” after epoch ${first.epoch}` : "";
  need("ensembles", lost.length === 0, `${counted(lost.length, "ensemble")} (${ofFirst || named("ensembles")})`);
  const epochs = new Set(data.tables.map(([, epoch]) => String(epoch)));
  for (const key of /** @type {(keyof State)[]} */ (["from", "to"]))
    need(key, epochs.has(state[key]), `epoch ${named(key)}`);
  const unknown = (/** @type {string} */ list, /** @type {(name: string) => boolean} */ isHere) =>
    list.split(",").filter((name) => name && !isHere(name));
  const isColumn = (/** @type {string} */ name) => data.has(name);
  const isGroup = (/** @type {string} */ name) =>
    isColumn(name) && GROUPABLE.includes(state.rows === "joined" ? name.replace(/^[ab]\./, "") : name);
  /** @type {[key: keyof State, words: string, names: string[]][]} */
  const lists = [
    ["sort", "sorting by", unknown(state.sort.replaceAll("-", ""), isColumn)],
    ["columns", "columns", unknown(state.columns, (name) => isColumn(name) || name === SCORES_COLUMN.name)],
    ["group", "grouping by", unknown(state.group, isGroup)],
  ];
  for (const key of /** @type {(keyof State)[]} */ (["x", "y"]))
    lists.push([key, "column", unknown(state[key], (name) => isColumn(name) && name !== "image")]);
  for (const [key, words, names] of lists) need(key, names.length === 0, `${words} “${quotable(names.join(", "))}”`);
  return found;
}

/**
 * Whether a text is a query on these predictions.
 *
 * @param {string} text
 * @param {Predictions} data
 */
function isQuery(text, data) {
  try {
    parse(text, data);
    return true;
  } catch (error) {
    if (error instanceof QueryError) return false;
    throw error;
  }
}

/**
 * Whether `value` is one of a list's choices.
 *
 * @param {{ value: string }[]} choices
 * @param {string} value
 */
function isIn(choices, value) {
  return choices.some((each) => each.value === value);
}
