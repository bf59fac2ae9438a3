/** The low bar at the top of every view: what the page shows, and the views. */
import { writeState } from "../state.js";
import { divergedNote } from "./diverged.js";
import { counted, h, whole } from "./dom.js";
import { MarkBar } from "./markbar.js";
import { Share } from "./share.js";
import { Tabs } from "./tabs.js";

/** @import { App } from "../app.js" */
/** @import { State } from "../state.js" */
/** @import { Description } from "../data/bytes.js" */
/** @import { Predictions } from "../data/predictions.js" */

export class Bar {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    const { description, data } = app;
    this.share = new Share(app);
    this.marks = new MarkBar(app);
    this.tabs = new Tabs(app, (view) => linkTo(app, view));
    this.element = h(
      "header",
      { class: "bar" },
      h("button", { type: "button", class: "skip", click: () => app.main.focus() }, "skip to the view"),
      h("h1", { title: description.dataset }, h("span", {}, "Predictions on "), h("em", {}, description.dataset)),
      this.tabs.element,
      description.kept < description.images ? sampleNote(description, data) : "",
      divergedNote(description),
      lackingNote(description),
      this.share.button,
      this.share.panel,
      this.marks.element,
    );
  }

  refresh() {
    this.marks.refresh();
    this.tabs.refresh();
    this.share.refresh();
  }
}

/**
 * The address of a view, with all that is set up now.
 *
 * @param {App} app
 * @param {string} view
 * @param {Partial<State>} [changes]
 */
export function linkTo({ state }, view, changes = {}) {
  return writeState({ ...state, view, id: "", list: "", ...changes });
}

/**
 * What the tables lacked, and what was taken in its place.
 *
 * @param {Description} description
 */
function lackingNote({ notes }) {
  if (notes.length === 0) return "";
  return h(
    "details",
    { class: "sample", id: "lacking", role: "note" },
    h("summary", {}, counted(notes.length, "note")),
    h(
      "ul",
      {},
      notes.map((note) => h("li", {}, note)),
    ),
  );
}

/**
 * What a page says that holds a part of the predictions only.
 *
 * @param {Description} description
 * @param {Predictions} data
 */
function sampleNote(description, data) {
  const sampled = description.kept - description.contested;
  const others = description.images - description.contested;
  return h(
    "details",
    { class: "sample", role: "note" },
    h("summary", {}, `a sample: ${whole(description.kept)} of ${counted(description.images, "image")}`),
    h(
      "p",
      {},
      `${whole(data.trained.tables * description.images)} predictions are more than a page can hold. `,
      `All ${counted(description.contested, "image")} that at least one table gets wrong are here in full, `,
      `with every error and every disagreement; of the other ${whole(others)}, which all tables get right, `,
      `a random sample of ${whole(sampled)}. Counts of errors and disagreements are exact; error rates, means, `,
      "calibration and counts of right guesses are estimated from the sample where a query leaves a part of it.",
    ),
  );
}
