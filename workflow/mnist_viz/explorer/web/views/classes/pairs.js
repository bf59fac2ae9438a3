/** The pairs of classes that A and B together confuse most often, with pictures. */
import { SIDES } from "../../data/joined.js";
import { CLASSES } from "../../data/meaning.js";
import { confusedPairs } from "../../data/statistics.js";
import { afterwards, counted, h, whole } from "../../parts/dom.js";
import { openPair, openSide } from "../../parts/handover.js";
import { digitButton } from "../../parts/pictures.js";
import { roving, settle } from "../../parts/roving.js";
import { equals } from "../../query/edit.js";
import { and, or } from "../../query/tree.js";

/** @import { Walk } from "../../app.js" */
/** @import { ClassesView } from "./classes.js" */

const PAGE = 12;
const EXAMPLES = 10;

/** @param {ClassesView} view */
export function pairsList(view) {
  const { data, filter } = view.app;
  const truth = data.column("truth").array;
  const rows = SIDES.map((side) => filter.knownOf(data[side]));
  const counts = rows.map((own) => confusedPairs(data.guess, truth, own));
  const count = (/** @type {number} */ pair) => (counts[0].get(pair) ?? 0) + (counts[1].get(pair) ?? 0);
  const pairs = [...new Set(counts.flatMap((own) => [...own.keys()]))].sort((x, y) => count(y) - count(x) || x - y);
  if (pairs.length === 0) return [h("p", { class: "empty" }, "Neither has a wrong guess among what the query leaves.")];
  const images = mistaken(view, rows);
  const list = roving(h("ul", { class: "pairs" }), ".digit");
  const more = h("button", { type: "button", click: () => extend() });
  let shown = 0;
  const extend = () => {
    const next = pairs.slice(shown, shown + PAGE);
    const own = next.map((pair) =>
      item(
        view,
        pair,
        counts.map((each) => each.get(pair) ?? 0),
        images.get(pair) ?? [],
      ),
    );
    list.append(...own.map(({ element }) => element));
    afterwards(() => {
      for (const { fill } of own) fill();
      settle(list);
    });
    shown += next.length;
    more.textContent = `${counted(pairs.length - shown, "more pair")}, each as frequent or less`;
    more.hidden = shown === pairs.length;
  };
  extend();
  return [list, more];
}

/**
 * The images of each pair in A or in B, ascending, by the pair.
 *
 * @param {ClassesView} view
 * @param {Uint32Array[]} rows
 */
function mistaken({ app }, rows) {
  const { data } = app;
  /** @type {Map<number, Set<number>>} */
  const found = new Map();
  for (const own of rows)
    for (const row of own) {
      const image = data.image(row);
      if (data.guess[row] === data.truth[image]) continue;
      const pair = data.truth[image] * CLASSES + data.guess[row];
      const known = found.get(pair);
      if (known) known.add(image);
      else found.set(pair, new Set([image]));
    }
  return new Map([...found].map(([pair, images]) => [pair, [...images].sort((x, y) => x - y)]));
}

/**
 * @param {ClassesView} view
 * @param {number} pair
 * @param {number[]} counts of A and B
 * @param {number[]} images of either
 */
function item(view, pair, counts, images) {
  const { app, lists } = view;
  const { data } = app;
  const [label, guess] = [Math.floor(pair / CLASSES), pair % CLASSES];
  const title = `${data.classes[label]} taken for ${data.classes[guess]}`;
  const list = `pair-${pair}`;
  lists.set(list, { title, images });
  const labelled = equals(data.column("truth"), data.literalOf(label));
  const guessed = (/** @type {string} */ name) => equals(data.column(name), data.literalOf(guess));
  const chosen = and([labelled, or([guessed("a.guess"), guessed("b.guess")])]);
  const test = (/** @type {number} */ truth, /** @type {number} */ a, /** @type {number} */ b) =>
    truth === label && (a === guess || b === guess);
  const openBoth = () => openPair(app, title, chosen, test, true);
  const more = images.length - EXAMPLES;
  const note = `open ${counted(images.length, "image")} in the table`;
  const button = h(
    "button",
    { type: "button", title: note, "aria-label": `${title}: ${note}`, click: openBoth },
    more > 0 ? `+${whole(more)}` : "open in the table",
  );
  const gallery = h("span", { class: "gallery" }, button);
  const side = (/** @type {number} */ place) => {
    const name = SIDES[place].toUpperCase();
    const open = () => openSide(app, SIDES[place], and([labelled, guessed("guess")]));
    const words = `${title} in ${name}: open ${counted(counts[place], "image")} in the table`;
    const attributes = { class: `plain side-${SIDES[place]}`, type: "button", title: words, "aria-label": words };
    const text = `${name} ${whole(counts[place])}`;
    return counts[place]
      ? h("button", { ...attributes, click: open }, text)
      : h("span", { class: attributes.class }, text);
  };
  const element = h("li", {}, h("strong", {}, title), side(0), side(1), gallery);
  const fill = () =>
    gallery.prepend(
      ...images.slice(0, EXAMPLES).map((image) => digitButton(app, image, { size: 32, note: title, list })),
    );
  return { element, fill };
}
