/** The page: its data, its filter, its state and the views, kept in step. */
import { readChosen, written } from "./data/chosen.js";
import { Ensembles } from "./data/ensembles.js";
import { translated } from "./data/joined.js";
import { forgetMarks } from "./data/marked.js";
import { isJoined, OF_MARKS } from "./data/meaning.js";
import { Bar } from "./parts/bar.js";
import { choice, h, keepFocus } from "./parts/dom.js";
import { Marker } from "./parts/marker.js";
import { fitToPaper } from "./parts/paper.js";
import { QueryLine } from "./parts/queryline.js";
import { Filter } from "./query/filter.js";
import { print } from "./query/print.js";
import { missing } from "./stale.js";
import { EMPTY, readState, writeState } from "./state.js";
import { Detail } from "./views/detail.js";
import { EnsemblePanel } from "./views/ensemble.js";

/** @import { Chosen } from "./data/chosen.js" */
/** @import { Description } from "./data/bytes.js" */
/** @import { ImageMap } from "./data/maps.js" */
/** @import { Predictions } from "./data/predictions.js" */
/** @import { Node } from "./query/tree.js" */
/** @import { State } from "./state.js" */

/**
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {() => void} refresh shows the data, the filter and the state as they are now
 * @property {() => void} [resume] is called when the element is in the page again
 * @property {(list: string) => Walk | null} [walk] the images of one of its lists, the first one if there is none
 *   of that name, as they are shown now
 * @property {(image: number) => void} [reveal] brings an image that it shows into view
 * @property {() => number[]} [selected] the images of its selected rows
 * @property {() => void} [remarked] shows that images have other marks
 */
/** @typedef {{ title: string, images: ArrayLike<number> }} Walk A list of images, in its order. */
/** @typedef {new (app: App) => View} ViewClass */
/** @typedef {{ view: View, shown: string }} Made A view, and the state in which it was last shown. */

const PAIRED = ["compare", "classes", "patterns", "map", "calibration", "threshold"]; // views of A and B

/** What every view is given: the data, the filter, the state, and the ways to change it. */
export class App {
  /**
   * @param {Description} about
   * @param {Predictions} data
   * @param {Record<string, [title: string, View: ViewClass]>} views by name, the first of which is shown at first
   * @param {ImageMap[]} maps
   */
  constructor(about, data, views, maps) {
    this.description = about;
    this.data = data;
    this.maps = maps;
    this.kinds = new Map(Object.entries(views));
    this.filter = new Filter(data);
    this.ensembles = new Ensembles(about, data);
    this.ensemblePanel = new EnsemblePanel(this);
    /** @type {{ only: string, chosen: Chosen | null } | null} */
    this.read = null; // the choice of images of the state
    /** @type {Map<string, Made>} */
    this.views = new Map();
    this.query = new QueryLine(this);
    this.marker = new Marker(this);
    this.detail = new Detail(this);
    this.bar = new Bar(this);
    this.main = h("main", { tabindex: -1 });
    this.stale = h("div", { class: "stale", role: "status" });
    this.live = h("p", { class: "toast", role: "status", "aria-live": "polite" });
    this.state = readState(location.hash);
    fitToPaper(this.main);
    document
      .getElementById("page")
      ?.replaceChildren(
        this.bar.element,
        this.query.element,
        this.stale,
        this.bar.share.heading,
        this.main,
        this.detail.element,
        this.live,
        this.marker.dialog,
        this.ensemblePanel.element,
      );
    addEventListener("hashchange", () => {
      this.state = readState(location.hash);
      this.apply();
    });
    this.apply();
  }

  /**
   * Change parts of the state; the address and the page follow.
   *
   * @param {Partial<State>} changes
   * @param {boolean} [inPlace] makes no new entry in the history
   */
  set(changes, inPlace = false) {
    const next = { ...this.state, ...changes };
    if (writeState(next) === writeState(this.state)) return;
    history[inPlace ? "replaceState" : "pushState"](null, "", writeState(next));
    this.state = next;
    this.apply();
  }

  /**
   * Put a query in the place of the present one, null for none, and change other parts of the state with it.
   *
   * @param {Node | null} tree
   * @param {Partial<State>} [changes]
   */
  ask(tree, changes = {}) {
    this.set({ ...changes, q: print(tree) });
  }

  /**
   * What shows other rows in the table: their columns that stand for those of the present ones.
   *
   * @param {string} rows
   */
  showing(rows) {
    const { sort, columns, group, rows: present } = this.state;
    if (rows === present) return { rows };
    const names = (/** @type {string} */ list) => translated(list, rows === "joined" ? this.data.joined : this.data);
    return { rows, sort: names(sort), columns: names(columns), group: names(group) };
  }

  /**
   * Open the table, with no other images and no other rows than those of the query `tree`.
   *
   * @param {Node | null} tree
   * @param {Partial<State>} changes
   * @param {{ title: string, images: ArrayLike<number> } | null} [chosen] what cannot be said by a query
   */
  openTable(tree, changes, chosen = null) {
    const { ids } = this.data;
    const only = chosen && written({ title: chosen.title, ids: Array.from(chosen.images, (image) => ids[image]) });
    const table = { view: "table", group: "", id: "", list: "", only: only ?? this.state.only };
    this.ask(tree, { ...this.showing(changes.rows ?? this.state.rows), ...table, ...changes });
  }

  /** The choice of images beside the query, or null. */
  get chosen() {
    const { only } = this.state;
    if (this.read?.only !== only) this.read = { only, chosen: readChosen(only) };
    return this.read.chosen;
  }

  /**
   * Show `message` for a moment, and tell it to screen readers.
   *
   * @param {string} message
   */
  say(message) {
    this.live.textContent = message;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.live.textContent = "";
    }, 4000);
  }

  /** Say what the address names that is not here. */
  tellStale() {
    const found = missing(this);
    const text = found.map((each) => each.text).join(", ");
    if (text === this.stale.dataset.text) return;
    this.stale.dataset.text = text;
    const forget = () => this.set(Object.fromEntries(found.map(({ key }) => [key, EMPTY[key]])));
    const note = h(
      "p",
      { class: "notice" },
      `The link names what is not here: ${text}. `,
      h("button", { type: "button", click: forget }, "forget it"),
    );
    this.stale.replaceChildren(...(found.length ? [note] : []));
  }

  /** Whether what is shown is of A and B alone. */
  get ofPair() {
    const { x, y, rows } = this.state;
    if (this.view === "plot") return [x, y].some(isJoined);
    return PAIRED.includes(this.view) || (this.view === "table" && rows === "joined");
  }

  /** The name of the view that is shown. */
  get view() {
    return this.kinds.has(this.state.view) ? this.state.view : EMPTY.view;
  }

  apply() {
    const { data, state } = this;
    if (this.ensembles.take(state.ensembles)) this.filter.renew();
    const [a, b] = this.pair();
    if (a !== data.a || b !== data.b) {
      data.join(a, b);
      this.filter.set(this.filter.text);
    }
    this.filter.choose(state.only, this.chosen);
    this.query.read(state.q);
    this.tellStale();
    this.bar.refresh();
    const made = this.made(this.view);
    const { view } = made;
    if (this.main.firstChild !== view.element) {
      this.main.replaceChildren(view.element);
      view.resume?.();
    }
    const all = { ...state, q: this.filter.text, id: "", list: "" };
    const shown = JSON.stringify([all, a, b, this.markedVersion]);
    if (made.shown !== shown) keepFocus(this.main, () => view.refresh());
    made.shown = shown;
    this.detail.refresh();
  }

  /** Show the marks as they are now: where the query asks for them, other rows. */
  remarked() {
    forgetMarks(this.data);
    if (this.filter.markedVersion) this.filter.set(this.filter.text);
    this.apply();
    this.made(this.view).view.remarked?.();
  }

  /** Of the marks, where what is shown depends on them. */
  get markedVersion() {
    const { filter, data, state } = this;
    const { sort, columns, group, x, y } = state;
    const names = [sort.replaceAll("-", ""), columns, group, x, y].join(",").split(",");
    return names.some((name) => Object.hasOwn(OF_MARKS, name)) ? data.marks.version : filter.markedVersion;
  }

  /** The list that the details go through: the one that they were opened from, or else all that the query leaves. */
  get walk() {
    const { view } = this.made(this.view);
    return view.walk?.(this.state.list) ?? { title: "what the query leaves", images: this.filter.images };
  }

  /**
   * The view of that name, made when it is first shown.
   *
   * @param {string} name
   * @returns {Made}
   */
  made(name) {
    const known = this.views.get(name);
    if (known) return known;
    const [, View] = /** @type {[string, ViewClass]} */ (this.kinds.get(name));
    const made = { view: new View(this), shown: "" };
    this.views.set(name, made);
    return made;
  }

  /** The tables A and B: those of the state, or the first and the last variant with tables after their last epochs. */
  pair() {
    const { data, state } = this;
    const last = data.trained.tables - 1;
    const [[owner], [other]] = [data.tables[0], data.tables[last]];
    const first = owner !== other ? data.tables.findLastIndex(([variant]) => variant === owner) : 0;
    const chosen = (/** @type {string} */ label, /** @type {number} */ fallback) => {
      const table = data.find(label);
      return table < 0 ? fallback : table;
    };
    return [chosen(state.a, first), chosen(state.b, last)];
  }

  /** Two selects for A and B, and a button that swaps them. */
  pairChoices() {
    const { data } = this;
    const labels = data.tables.map((_, table) => data.label(table));
    const [a, b] = [data.a, data.b].map((table) => data.label(table));
    const chooseA = choice("A", labels, a, (label) => this.set({ a: label }), { id: "a" });
    const chooseB = choice("B", labels, b, (label) => this.set({ b: label }), { id: "b" });
    const swap = () => this.set({ a: b, b: a });
    return [
      h("span", { class: "side-a" }, chooseA),
      h("span", { class: "side-b" }, chooseB),
      h("button", { type: "button", title: "swap A and B", "aria-label": "swap A and B", click: swap }, "⇄"),
      this.ensemblePanel.button(),
    ];
  }
}
