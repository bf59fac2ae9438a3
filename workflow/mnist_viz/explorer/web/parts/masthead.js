/** The top of the page: what it shows, how exact it is, and where to start. */
import { writeState } from "../state.js";
import { counted, h, whole } from "./dom.js";

/** @import { App } from "../app.js" */
/** @import { Description } from "../data/bytes.js" */
/** @import { Predictions } from "../data/predictions.js" */

const MOST_OPEN = 3; // diverged variants that are named without a click

/** @param {App} app */
export function masthead(app) {
  const { description, data } = app;
  const all = data.tables.length * description.images;
  /** @type {(view: string, title: string, text: string) => HTMLElement} */
  const start = (view, title, text) =>
    h("a", { href: writeState({ view }), class: "start" }, h("strong", {}, title), h("span", {}, text));
  return [
    h(
      "header",
      { class: "masthead" },
      h("h1", {}, "Predictions on ", h("em", {}, description.dataset)),
      h(
        "p",
        {},
        `${counted(all, "prediction")}: ${counted(data.variants.length, "variant")}, `,
        `${counted(data.tables.length, "table")} (a variant after an epoch), `,
        `${counted(description.images, "test image")}. `,
        "Guess and truth are exact; scores are rounded to 1/65,535.",
      ),
      divergedNote(description),
      description.kept < description.images ? sampleNote(description, data) : "",
      h(
        "nav",
        { class: "starts", "aria-label": "starting points" },
        start("compare", "Same images, two models", "where do they disagree?"),
        start("epochs", "Errors over time", "what is learned, what forgotten?"),
        start("patterns", "Patterns", "what is taken for what?"),
      ),
    ),
  ];
}

/**
 * Which variants have fewer epochs than they were to have, or none, and why.
 *
 * @param {Description} description
 */
export function divergedNote(description) {
  const diverged = description.variants.flatMap(({ name, predict }) =>
    predict.diverged ? [{ name, ...predict.diverged }] : [],
  );
  if (!diverged.length) return "";
  return h(
    "details",
    { class: "notice", id: "diverged", open: diverged.length <= MOST_OPEN ? "" : null },
    h("summary", {}, `${counted(diverged.length, "variant")} diverged`),
    h(
      "ul",
      {},
      diverged.map(({ name, reason, epochs, of }) =>
        h("li", {}, h("strong", {}, name), `: ${epochs} of ${counted(of, "epoch")}; ${reason}`),
      ),
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
    "p",
    { class: "notice", role: "note" },
    `${whole(data.tables.length * description.images)} predictions are more than a page can hold. `,
    `All ${counted(description.contested, "image")} that at least one table gets wrong are here in full, `,
    `with every error and every disagreement; of the other ${whole(others)}, which all tables get right, `,
    `a random sample of ${whole(sampled)}. Counts of errors and disagreements are exact; error rates, means, `,
    "calibration and counts of right guesses are estimated from the sample where a query leaves a part of it.",
  );
}
