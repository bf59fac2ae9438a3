/** How the true labels of a group are distributed: a bar a label, each of which opens its rows. */
import { CLASSES, UNKNOWN } from "../../data/meaning.js";
import { counted, h, whole } from "../../parts/dom.js";
import { MOST_BARS } from "../../parts/pictures.js";
import { roving } from "../../parts/roving.js";
import { hasValueOf } from "../../query/edit.js";

/** @import { Group } from "../../data/groups.js" */
/** @import { Grid } from "../../parts/grid.js" */
/** @import { TableView } from "./table.js" */
/** @typedef {{ label: number, count: number }} Share A label, and how many rows have it. */

const TALL = 20; // pixels of the highest bar; others by the square root of their share of it, so that few are seen
const HIGHEST = 6; // bars, where there are more classes

/**
 * How many rows of a group have each label, by class, last those whose label is not known; labels that none has too.
 *
 * @param {TableView} view
 * @param {Group} group
 * @returns {Share[]}
 */
function distribution(view, { rows }) {
  const truth = labelsOf(view);
  const counts = new Uint32Array(CLASSES + 1);
  for (let index = 0; index < rows.length; index += 1) counts[truth[rows[index]]] += 1;
  return Array.from(counts, (count, label) => ({ label, count }));
}

/**
 * The true label of each row that the table can have.
 *
 * @param {TableView} view
 */
function labelsOf({ joined, app: { data } }) {
  return joined ? data.truth : data.truths;
}

/**
 * The bars of a group's true labels; of more than MOST_BARS classes those of the most frequent ones.
 *
 * @param {TableView} view
 * @param {Group} group of which no level is the truth
 */
export function trueLabels(view, group) {
  const { data } = view.app;
  const every = distribution(view, group);
  const present = every.filter(({ count }) => count > 0);
  const few = CLASSES <= MOST_BARS;
  const frequent = [...present].sort((x, y) => y.count - x.count).slice(0, HIGHEST);
  const shown = few ? every.filter(({ label, count }) => label < CLASSES || count > 0) : frequent;
  const others = present.filter((each) => !shown.includes(each));
  const most = Math.max(...present.map(({ count }) => count));
  const noun = view.joined ? "image" : "row";
  const name = (/** @type {number} */ label) => data.classes[label] ?? UNKNOWN;
  const told = (/** @type {Share} */ { label, count }) =>
    `${name(label)}: ${whole(count)} of ${counted(group.rows.length, noun)}`;
  const bar = (/** @type {Share} */ share) => {
    const { label, count } = share;
    const words = told(share);
    if (count === 0) return h("span", { class: "no-label", title: words, "aria-hidden": "true" }, name(label));
    return h(
      "button",
      {
        class: "plain label",
        type: "button",
        tabindex: -1,
        title: `truth ${words}; opens them`,
        "aria-label": `truth ${words}; opens them`,
        "data-label": label,
        style: { "--tall": `${Math.max(1.5, TALL * Math.sqrt(count / most))}px` },
      },
      name(label),
    );
  };
  /** @param {Event} event */
  const shareOf = ({ target }) => {
    const button = target instanceof Element && target.closest("button.label");
    return button instanceof HTMLElement ? every[Number(button.dataset.label)] : null;
  };
  const tell = (/** @type {Event} */ event) => {
    const share = shareOf(event);
    const { readout } = view.toolbar;
    const text = share && `truth ${told(share)}`;
    if (text && text !== readout.textContent) readout.textContent = text;
  };
  const click = (/** @type {Event} */ event) => {
    const share = shareOf(event);
    if (!share) return;
    const truth = labelsOf(view);
    const row = group.rows[group.rows.findIndex((each) => truth[each] === share.label)];
    view.openGroup(group, hasValueOf(view.source.column("truth"), row));
  };
  const hush = () => {
    view.toolbar.readout.textContent = "";
  };
  const attributes = {
    class: `true-labels ${few ? "" : "named"}`,
    role: "group",
    "aria-label": `true labels in ${group.name} ${group.value}`,
  };
  const keydown = (/** @type {KeyboardEvent} */ event) => leave(view, event);
  const rest = others.reduce((sum, { count }) => sum + count, 0);
  // By a pointer that moves: one that rests is over another bar whenever the table is drawn anew, which a key may cause.
  const element = h(
    "span",
    { ...attributes, click, focusin: tell, pointermove: tell, focusout: hush, pointerleave: hush, keydown },
    h("span", { class: "members" }, "truth"),
    shown.map(bar),
    rest > 0 ? h("span", { class: "rest" }, `+ ${counted(others.length, "label")}, ${counted(rest, noun)}`) : "",
    h("span", { class: "paper" }, present.map(({ label, count }) => `${name(label)}: ${whole(count)}`).join(", ")),
  );
  return roving(element, "button");
}

/**
 * Give the keyboard back to the table.
 *
 * @param {TableView} view
 * @param {KeyboardEvent} event
 */
function leave(view, event) {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  view.grid.element.focus();
}

/**
 * Give the keyboard to the first bar of the current group.
 *
 * @param {Grid} grid
 */
export function focusLabels({ pool, current }) {
  const bar = pool.get(current)?.querySelector("button.label");
  if (bar instanceof HTMLElement) bar.focus();
}
