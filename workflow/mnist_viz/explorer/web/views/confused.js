/** What is taken for what, as a ranked list: for more classes than a matrix can show. */
import { SIDES } from "../data/joined.js";
import { CLASSES } from "../data/meaning.js";
import { ofKnown } from "../data/rates.js";
import { confusedPairs } from "../data/statistics.js";
import { counted, h, table, whole } from "../parts/dom.js";
import { replace, sameConditions } from "../query/edit.js";
import { and } from "../query/tree.js";

/** @import { Node } from "../query/tree.js" */
/** @import { PatternsView } from "./patterns.js" */

const MOST_PAIRS = 50;

/**
 * The pairs of classes that A and B together confuse most often, in place of a matrix of too many classes.
 *
 * @param {PatternsView} view
 * @param {Node | null} chosen what of the query chooses a pair
 * @param {Uint8Array} wider the rows that the query leaves without it
 */
export function confusedList(view, chosen, wider) {
  const { app } = view;
  const { data, filter } = app;
  const left = SIDES.map((side) => view.rows(side, wider));
  const [a, b] = left.map((rows) => confusedPairs(data.guess, data.column("truth").array, rows));
  const cells = [...new Set([...a.keys(), ...b.keys()])];
  const count = (/** @type {number} */ cell) => (a.get(cell) ?? 0) + (b.get(cell) ?? 0);
  const order = cells.sort((x, y) => count(y) - count(x) || x - y);
  if (left.every((rows) => rows.length === 0))
    return h("p", { class: "empty", role: "status" }, `The query leaves no prediction of A or B${ofKnown(data)}.`);
  if (order.length === 0)
    return h("p", { class: "empty", role: "status" }, "Neither has a wrong guess among what the query leaves.");
  const rows = order.slice(0, MOST_PAIRS).map((cell) => {
    const [label, guess] = [Math.floor(cell / CLASSES), cell % CLASSES];
    const own = and([view.labels[label], view.guesses[guess]]);
    const pressed = sameConditions(chosen, own);
    const choose = () => app.ask(replace(filter.tree, view.isOfCells, pressed ? null : own));
    const attributes = { class: "plain", type: "button", "aria-pressed": String(pressed), click: choose };
    const name = `${data.classes[label]} taken for ${data.classes[guess]}`;
    return [h("button", attributes, name), whole(a.get(cell) ?? 0), whole(b.get(cell) ?? 0)];
  });
  const more = order.length - rows.length;
  return h(
    "section",
    { class: "confused" },
    h("h2", {}, "Confused pairs ", h("small", {}, `of ${whole(CLASSES)} classes, the most frequent first`)),
    table("Wrong guesses by class; a pair filters", ["pair", "A", "B"], rows, { class: "numbers pairs-list" }),
    more > 0 ? h("p", { class: "source" }, `${counted(more, "pair")} more, each as frequent or less.`) : "",
  );
}
