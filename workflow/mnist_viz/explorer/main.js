/** Read the data, then keep the address, the filter and the views in step. */
import { description, joinBytes, sheetAddress, unpacked } from "./bytes.js";
import { CompareView } from "./compare.js";
import { Predictions, SCORES } from "./columns.js";
import { Detail } from "./detail.js";
import { choice, h } from "./dom.js";
import { EpochsView } from "./epochs.js";
import { Filter } from "./filter.js";
import { ImagesView } from "./images.js";
import { masthead } from "./masthead.js";
import { ModelsView } from "./models.js";
import { PatternsView } from "./patterns.js";
import { QueryLine } from "./queryline.js";
import { ReliabilityView } from "./reliability.js";
import { readState, writeState } from "./state.js";
import { TableView } from "./table.js";

const VIEWS = {
  table: ["Table", TableView],
  compare: ["Two models", CompareView],
  epochs: ["Errors over time", EpochsView],
  patterns: ["Patterns", PatternsView],
  images: ["Hard images", ImagesView],
  calibration: ["Calibration", ReliabilityView],
  models: ["Models", ModelsView],
};

/** What every view is given: the data, the filter, the state, and the ways to change it. */
class App {
  constructor(about, data) {
    this.description = about;
    this.data = data;
    this.filter = new Filter(data);
    this.views = new Map();
    this.query = new QueryLine(this);
    this.detail = new Detail(this);
    this.tabs = h("nav", { class: "tabs", "aria-label": "views" });
    this.main = h("main", {});
    this.live = h("p", { class: "toast", role: "status", "aria-live": "polite" });
    document
      .getElementById("page")
      .replaceChildren(...masthead(this), this.query.element, this.tabs, this.main, this.detail.element, this.live);
    addEventListener("hashchange", () => this.read());
    this.read();
  }

  /** Change parts of the state; the address and the page follow. `replace` makes no new entry in the history. */
  set(changes, replace = false) {
    const next = { ...this.state, ...changes };
    if (writeState(next) === writeState(this.state)) return;
    history[replace ? "replaceState" : "pushState"](null, "", writeState(next));
    this.state = next;
    this.apply();
  }

  read() {
    this.state = readState(location.hash);
    this.apply();
  }

  /** Show `message` for a moment, and tell it to screen readers. */
  say(message) {
    this.live.textContent = message;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => (this.live.textContent = ""), 4000);
  }

  apply() {
    const { data, state } = this;
    const [a, b] = this.pair();
    if (a !== data.a || b !== data.b) {
      data.join(a, b);
      this.filter.set(this.filter.text);
    }
    this.query.read(state.q);
    if (!(state.view in VIEWS)) state.view = "table";
    this.tabs.replaceChildren(
      ...Object.entries(VIEWS).map(([name, [title]]) =>
        h(
          "a",
          { href: writeState({ ...state, view: name, id: "" }), "aria-current": name === state.view ? "page" : null },
          title,
        ),
      ),
    );
    if (!this.views.has(state.view)) this.views.set(state.view, new VIEWS[state.view][1](this));
    const view = this.views.get(state.view);
    if (this.main.firstChild !== view.element) {
      this.main.replaceChildren(view.element);
      view.resume?.();
      requestAnimationFrame(() => this.showTab());
    }
    const shown = JSON.stringify([{ ...state, q: this.filter.text, id: "" }, a, b]);
    if (view.shown !== shown) keepFocus(this.main, () => view.refresh());
    view.shown = shown;
    this.detail.refresh();
  }

  showTab() {
    this.tabs.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** The tables A and B: those of the state, or the first and the last variant after their last epochs. */
  pair() {
    const { data, state } = this;
    const last = data.tables.length - 1;
    const firsts = data.tables.findLastIndex(([variant]) => variant === 0);
    const fallback = [data.variants.length > 1 ? firsts : 0, last];
    return [state.a, state.b].map((label, side) => {
      const table = data.find(label);
      return table < 0 ? fallback[side] : table;
    });
  }

  /** Two selects for A and B, and a button that swaps them. */
  pairChoices() {
    const { data } = this;
    const labels = data.tables.map((_, table) => data.label(table));
    const [a, b] = [data.a, data.b].map((table) => data.label(table));
    return [
      h(
        "span",
        { class: "side-a" },
        choice("A", labels, a, (label) => this.set({ a: label }), { id: "a" }),
      ),
      h(
        "span",
        { class: "side-b" },
        choice("B", labels, b, (label) => this.set({ b: label }), { id: "b" }),
      ),
      h(
        "button",
        { type: "button", title: "swap A and B", "aria-label": "swap A and B", click: () => this.set({ a: b, b: a }) },
        "⇄",
      ),
    ];
  }
}

/** Run `change`; if it puts a new element in the place of the focused one, focus that. */
function keepFocus(root, change) {
  const { activeElement } = document;
  if (!root.contains(activeElement)) return change();
  const name = (element) => element.id || element.getAttribute("aria-label") || element.textContent;
  const before = name(activeElement);
  change();
  if (root.contains(activeElement)) return;
  [...root.querySelectorAll(activeElement.tagName)].find((element) => name(element) === before)?.focus();
}

async function start() {
  const about = description();
  const [ids, truth, guess, ...scores] = await Promise.all(["ids", "truth", "guess", ...SCORES].map(unpacked));
  document.documentElement.style.setProperty("--sheet", `url("${sheetAddress()}")`);
  document.documentElement.style.setProperty("--across", about.across);
  new App(
    about,
    new Predictions({
      variants: about.variants.map((variant) => variant.name),
      tables: about.tables,
      ids: new Int32Array(ids.buffer),
      truth,
      guess,
      scores: scores.map(joinBytes),
      levels: about.scoreLevels,
      omitted: about.omitted,
    }),
  );
  document.documentElement.dataset.ready = "";
}

try {
  await start();
} catch (error) {
  document.getElementById("page").replaceChildren(
    h(
      "div",
      { class: "failure", role: "alert" },
      h("h1", {}, "The predictions could not be read"),
      h("p", {}, error.message),
      h(
        "p",
        {},
        "The file may be damaged: copy it again, or make it again with snakemake --forcerun explorer. ",
        "It needs Chrome 123, Firefox 120, Safari 17.5 or newer.",
      ),
    ),
  );
  throw error;
}
