/** One image in detail: large, as A and B see it, and folded as every other table does; from here to the next one. */
import { SIDES } from "../data/joined.js";
import { coloured, lineChart } from "../parts/charts.js";
import { h, keepFocus, whole } from "../parts/dom.js";
import { givenNote } from "../parts/marker.js";
import { bars, digit, MARKS, scoresOf, shownClasses, spoken } from "../parts/pictures.js";
import { folds } from "./folds.js";
import { similar } from "./similar.js";

/** @import { App } from "../app.js" */
/** @import { Side } from "../data/joined.js" */
/** @import { Predictions } from "../data/predictions.js" */
/** @import { Point } from "../parts/charts.js" */

/** Where the keys go from an image; the letters also where the arrows do something else. */
const LETTERS = new Map([
  ["j", 1],
  ["k", -1],
]);
const ARROWS = new Map([
  ["ArrowRight", 1],
  ["ArrowLeft", -1],
]);

/**
 * The image whose id a text is; -1 if there is none.
 *
 * @param {Predictions} data
 * @param {string} id
 */
export function imageOf({ ids }, id) {
  return String(Number(id)) === id ? ids.indexOf(Number(id)) : -1;
}

export class Detail {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.image = -1; // that is shown
    this.shown = ""; // what was last drawn
    this.list = ""; // that it goes through
    /** @type {{ list: string, image: number, at: number } | null} */
    this.anchor = null; // the image of that list that was shown last, and its place there
    /** @type {Element | null} */
    this.before = null; // what had the focus when it was opened
    this.element = h("aside", { class: "detail", "aria-label": "image details", tabindex: -1, hidden: true });
    this.element.addEventListener("keydown", (event) => this.close(event));
    addEventListener("keydown", (event) => this.key(event));
  }

  refresh() {
    const { app } = this;
    const { data, state } = app;
    const image = imageOf(data, state.id);
    const opening = this.element.hidden;
    this.element.hidden = image < 0;
    document.body.classList.toggle("with-detail", image >= 0);
    if (image < 0) {
      const heir = this.mark(-1) ?? this.before;
      this.image = -1;
      this.shown = "";
      this.anchor = null;
      if (!opening && heir instanceof HTMLElement) heir.focus();
      return;
    }
    this.mark(image);
    const shown = JSON.stringify([state, app.filter.text, data.a, data.b, data.marks.version]);
    if (shown === this.shown) return;
    if (opening) this.before = document.activeElement;
    this.list = state.list;
    if (image !== this.image) this.element.scrollTop = 0;
    this.image = image;
    this.shown = shown;
    keepFocus(this.element, () => this.draw(image), this.element);
    if (opening) this.element.focus();
  }

  /**
   * Mark the pictures of an image in the view, and give the one that had the mark in the present list.
   *
   * @param {number} image
   */
  mark(image) {
    const { app } = this;
    const marked = /** @type {NodeListOf<HTMLElement>} */ (app.main.querySelectorAll(".digit.open"));
    for (const each of marked) each.classList.remove("open");
    if (image >= 0) for (const each of app.main.querySelectorAll(`[data-image="${image}"]`)) each.classList.add("open");
    return [...marked].find((each) => each.dataset.list === this.list);
  }

  /** @param {number} image */
  draw(image) {
    const { app } = this;
    const { data } = app;
    const close = { type: "button", class: "close", "aria-label": "close the details", title: "Escape" };
    this.element.replaceChildren(
      h(
        "header",
        {},
        h("h2", {}, `Image ${data.ids[image]}`),
        h("p", {}, `labelled ${data.truthOf(image)}`, givenNote(data, image)),
        h("button", { ...close, click: () => app.set({ id: "", list: "" }) }, "✕"),
      ),
      this.position(image),
      digit(app, image, 196),
      app.marker.panel(image),
      this.pair(image),
      similar(app, image),
      this.course(image),
      h("h3", {}, "Every table"),
      folds(app, image),
    );
  }

  /**
   * Where the image stands in the list that it was opened from, and the ways to the ones beside it.
   *
   * @param {number} image
   */
  position(image) {
    const { title, images } = this.app.walk;
    const at = Array.prototype.indexOf.call(images, image);
    if (at >= 0) this.anchor = { list: this.walked, image, at };
    const place = at < 0 ? `not among the ${whole(images.length)}` : `${whole(at + 1)} of ${whole(images.length)}`;
    const step = (/** @type {number} */ by, /** @type {string} */ text, /** @type {string} */ keys) =>
      h(
        "button",
        { type: "button", title: keys, disabled: this.neighbour(by) < 0, click: () => this.step(by, false) },
        text,
      );
    return h(
      "div",
      { class: "position" },
      step(-1, "← previous", "← or K"),
      step(1, "next →", "→ or J"),
      h("p", { class: "place", role: "status" }, `${place}, ${title}`),
    );
  }

  /** What names the list that is gone through. */
  get walked() {
    const { view, state } = this.app;
    return `${view} ${state.list}`;
  }

  /**
   * The image beside the present one in its list. From one outside of the list it is the one beside that of the list that
   * was shown last, also if this has left it, as by a mark that the query asks for; or else the first. -1 if there is none.
   *
   * @param {number} by 1 or -1
   */
  neighbour(by) {
    const { images } = this.app.walk;
    const place = (/** @type {number} */ image) => Array.prototype.indexOf.call(images, image);
    const last = this.anchor?.list === this.walked ? this.anchor : { image: this.image, at: 0 };
    const here = place(this.image);
    const at = here >= 0 ? here : place(last.image);
    const next = at >= 0 ? at + by : last.at + Math.min(by, 0);
    return next >= 0 && next < images.length ? images[next] : -1;
  }

  /**
   * Go to the image beside the present one.
   *
   * @param {number} by
   * @param {boolean} inPlace makes no new entry in the history
   */
  step(by, inPlace) {
    const { app } = this;
    const next = this.neighbour(by);
    if (next < 0) return;
    app.set({ id: String(app.data.ids[next]) }, inPlace);
    app.made(app.view).view.reveal?.(next);
    app.main.querySelector(".digit.open")?.scrollIntoView({ block: "nearest" });
  }

  /**
   * The guess and the scores of A and of B, drawn and as numbers.
   *
   * @param {number} image
   */
  pair(image) {
    const { data } = this.app;
    const truth = data.truth[image];
    const sides = data.a === data.b ? SIDES.slice(0, 1) : SIDES;
    const shares = sides.map((side) => scoresOf(data, data.joined.row(side, image)));
    const name = (/** @type {Side} */ side) => (sides.length > 1 ? side.toUpperCase() : "A and B");
    const verdict = (/** @type {Side} */ side) => {
      const row = data.joined.row(side, image);
      const verdict = data.verdict(row);
      return h(
        "p",
        { "data-side": side },
        h("strong", { class: `side-${side}` }, `${name(side)} ${data.label(data[side])} `),
        h("strong", { class: verdict }, `${data.guessOf(row)} ${MARKS.get(verdict)}`),
      );
    };
    const classes = shownClasses(shares, truth);
    const heads = classes.map((each) => h("th", { scope: "col", title: data.classes[each] }, data.classes[each]));
    const unseen = data.labels || data.classes.length > classes.length ? "" : "unseen";
    const numbers = (/** @type {Side} */ side, /** @type {number} */ index) =>
      h(
        "tr",
        { "data-side": side },
        h("th", { scope: "row", class: `side-${side}` }, sides.length > 1 ? side.toUpperCase() : ""),
        classes
          .map((each) => shares[index][each])
          .map((share) => h("td", { title: share.toPrecision(3) }, share.toFixed(3).replace(/^0/, "").slice(0, 4))),
      );
    const label = sides.map((side, index) => `${name(side)} ${spoken(data, shares[index])}`).join("; ");
    return h(
      "section",
      { class: "pair", "aria-label": "A and B" },
      sides.map(verdict),
      bars(data, shares, truth, `scores by class; ${label}`, { width: 300, height: 60 }),
      h(
        "table",
        { class: "scores" },
        h("caption", { class: "unseen" }, "Scores by class"),
        h("thead", { class: unseen }, h("tr", {}, h("td"), heads)),
        h("tbody", {}, sides.map(numbers)),
      ),
    );
  }

  /**
   * The score of the label over the epochs, one line a variant.
   *
   * @param {number} image
   */
  course(image) {
    const { data } = this.app;
    if (data.known && !data.known[image]) return "";
    const score = data.column("true_score");
    /** @type {(variant: number) => Point[]} */
    const points = (variant) =>
      data.tables.flatMap(([owner, epoch], index) =>
        owner === variant ? [[epoch, Number(score.number(index * data.images + image).toFixed(4))]] : [],
      );
    const pair = [data.a, data.b].map((index) => data.tables[index][0]);
    return lineChart({
      title: "Score of the label",
      x: "epoch",
      y: "score",
      integerX: true,
      range: { y: [0, 1] },
      series: coloured(data.variants, pair, points),
      width: 330,
      height: 150,
    });
  }

  /** @param {KeyboardEvent} event */
  close(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.app.set({ id: "", list: "" });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { target } = event;
    if (this.image < 0 || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!(target instanceof Element) || target.matches("input, select, textarea")) return;
    const free = target === document.body || this.element.contains(target) || target.matches(".digit");
    const by = LETTERS.get(event.key.toLowerCase()) ?? (free && !event.shiftKey ? ARROWS.get(event.key) : undefined);
    if (by === undefined) return;
    event.preventDefault();
    this.step(by, true);
  }
}
