/** The figures of the page as files: an SVG or a PNG of each, by the buttons below it. */
import { save } from "../parts/dom.js";
import { DRAWN_FOR_FILES } from "../parts/take.js";
import { quotable } from "../query/limits.js";
import { fileName, titleOf } from "../titles.js";
import { drawing, painted } from "./drawing.js";

/** @import { App } from "../app.js" */

/**
 * Answer the buttons of all figures, those that are drawn later too.
 *
 * @param {App} app
 */
export function offerFiles(app) {
  document.getElementById("page")?.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button[data-file]") : null;
    const figure = button?.closest("figure");
    if (figure) void offer(app, figure, button?.getAttribute("data-file") ?? "svg");
  });
}

/**
 * @param {App} app
 * @param {HTMLElement} figure
 * @param {string} kind
 */
async function offer(app, figure, kind) {
  const words = wordsOf(app, figure);
  const name = fileName([words.heading, app.view, words.title]);
  const chart = DRAWN_FOR_FILES.get(figure)?.();
  if (chart) figure.prepend(chart);
  const drawn = drawing(figure, words);
  chart?.remove();
  if (kind === "svg") save(drawn.text, `${name}.svg`, "image/svg+xml");
  else save(await painted(drawn), `${name}.png`, "image/png");
  app.say(`${name}.${kind} saved`);
}

/**
 * What a file says around a figure: its titles, the dataset, what the query leaves, and which tables.
 *
 * @param {App} app
 * @param {HTMLElement} figure
 */
function wordsOf(app, figure) {
  const { data, description, filter, chosen, state } = app;
  const title = figure.dataset.title ?? figure.querySelector("figcaption")?.textContent ?? "";
  const [a, b] = [data.a, data.b].map((table) => data.label(table));
  const notes = [
    `Predictions on ${description.dataset}`,
    figure.closest(".detail") ? `image ${state.id}` : "",
    figure.querySelector("table caption")?.textContent ?? "",
    app.ofPair ? `A: ${a}; B: ${b}` : "",
    filter.text ? `where ${filter.text}` : "",
    chosen ? `of ${chosen.ids.length} images: ${quotable(chosen.title)}` : "",
  ];
  return { heading: titleOf(state, app.view), title, notes: notes.filter(Boolean) };
}
