/** Errors over time: counts by epoch and variant, and the images that are learned, never learned, or forgotten. */
import { course } from "../data/course.js";
import { ofKnown } from "../data/rates.js";
import { coloured, lineChart } from "../parts/charts.js";
import { afterwards, choice, counted, h, table, whole } from "../parts/dom.js";
import { digitButton } from "../parts/pictures.js";
import { roving, settle } from "../parts/roving.js";
import { equals, isOnlyAbout, replace } from "../query/edit.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Point } from "../parts/charts.js" */

const FIRST = 24; // of each list, in the first frame
const MOST_IMAGES = 120;
const MOST_MARKS = 8;

export class EpochsView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<string, Walk>} */
    this.found = new Map(); // by the name of the list
    this.element = h("section", { class: "view epochs", "aria-label": "Errors over time" });
  }

  refresh() {
    const { app } = this;
    const { data, filter, state } = app;
    this.found.clear();
    const errors = this.countErrors(filter.mask);
    const variant = Math.max(0, data.variants.indexOf(state.variant));
    const own = data.tables.map((_, index) => index).filter((index) => data.tables[index][0] === variant);
    const epochs = own.map((index) => data.tables[index][1]);
    /** @type {(value: string, fallback: number) => number} */
    const pick = (value, fallback) => (epochs.includes(Number(value)) ? Number(value) : fallback);
    const from = pick(state.from, epochs[0]);
    const to = pick(state.to, epochs[epochs.length - 1]);
    const allEpochs = [...new Set(data.tables.map(([, epoch]) => epoch))].sort((x, y) => x - y);
    const pair = [data.a, data.b].map((index) => data.tables[index][0]);
    const written = errors.map((count) => (count === null ? "–" : whole(count)));
    const counts = new Map(data.tables.map(([owner, epoch], index) => [`${owner} ${epoch}`, written[index]]));
    this.element.replaceChildren(
      h(
        "div",
        { class: "columns" },
        lineChart({
          title: "Images guessed wrong",
          x: "epoch",
          y: "images",
          integerX: true,
          integerY: true,
          series: coloured(data.variants, [...pair, variant], (index) => this.pointsOf(index, errors)),
        }),
        table(
          "Wrong guesses by variant and epoch",
          ["variant", ...allEpochs.map((epoch) => `epoch ${epoch}`)],
          data.variants.map((name, index) => [
            name,
            ...allEpochs.map((epoch) => counts.get(`${index} ${epoch}`) ?? "–"),
          ]),
          { class: "numbers", id: "errors-by-epoch" },
        ),
      ),
      h(
        "div",
        { class: "toolbar" },
        choice("variant", data.variants, data.variants[variant], (name) => app.set({ variant: name }), {
          id: "variant",
        }),
        choice("wrong after epoch", epochs.map(String), String(from ?? ""), (epoch) => app.set({ from: epoch }), {
          id: "from",
        }),
        choice("and right after epoch", epochs.map(String), String(to ?? ""), (epoch) => app.set({ to: epoch }), {
          id: "to",
        }),
      ),
      ...this.answer(variant, own, errors, own[epochs.indexOf(from)], own[epochs.indexOf(to)]),
    );
  }

  /**
   * The lists of a variant's images, or why there are none.
   *
   * @param {number} variant
   * @param {number[]} own its tables
   * @param {(number | null)[]} errors
   * @param {number} from one of its tables
   * @param {number} to one of its tables
   */
  answer(variant, own, errors, from, to) {
    const name = this.app.data.variants[variant];
    if (!own.length) return [h("p", { class: "empty", role: "status" }, `${name} has no epoch: it diverged.`)];
    if (own.every((index) => errors[index] === null))
      return [
        h(
          "p",
          { class: "empty", role: "status" },
          `The query leaves no prediction of ${name}${ofKnown(this.app.data)}.`,
        ),
      ];
    return this.lists(own, from, to);
  }

  /**
   * Wrong guesses of each table among the rows of `mask`; null where it has no row among them.
   *
   * @param {Uint8Array} mask
   */
  countErrors(mask) {
    const { data } = this.app;
    const correct = data.column("correct").array;
    return data.tables.map((_, index) => {
      let images = 0;
      let count = 0;
      for (let row = index * data.images; row < (index + 1) * data.images; row += 1) {
        images += data.known ? mask[row] & data.known[data.image(row)] : mask[row];
        count += mask[row] & (1 - correct[row]);
      }
      return images ? count : null;
    });
  }

  /**
   * The errors of a variant by epoch.
   *
   * @param {number} variant
   * @param {(number | null)[]} errors
   * @returns {Point[]}
   */
  pointsOf(variant, errors) {
    return this.app.data.tables.flatMap(([owner, epoch], index) => {
      const count = errors[index];
      return owner === variant && count !== null ? [[epoch, count]] : [];
    });
  }

  /**
   * The images that are learned, never learned, and forgotten.
   *
   * @param {number[]} own the tables of the variant
   * @param {number} from one of them
   * @param {number} to
   */
  lists(own, from, to) {
    const { data, filter } = this.app;
    const { learned, never, forgotten } = course(data, filter.mask, own, from, to);
    const [, fromEpoch] = data.tables[from];
    const [, toEpoch] = data.tables[to];
    return [
      this.list("learned", `Wrong after epoch ${fromEpoch}, right after epoch ${toEpoch}`, learned, own),
      this.list("never", "Never learned: wrong after every epoch", never, own),
      this.list("forgotten", "Forgotten again: right after one epoch, wrong after a later one", forgotten, own),
    ];
  }

  /** @param {string} list */
  walk(list) {
    return this.found.get(list) ?? this.found.get("learned") ?? null;
  }

  /**
   * @param {string} id
   * @param {string} title
   * @param {Uint32Array} images
   * @param {number[]} own the tables of the variant
   */
  list(id, title, images, own) {
    const { app } = this;
    const { data } = app;
    this.found.set(id, { title, images });
    const correct = data.column("correct").array;
    const name = data.variants[data.tables[own[0]][0]];
    const short = own.length <= MOST_MARKS;
    const explained = short && images.length ? "; below each its guess after each epoch, wrong ones underlined" : "";
    const trail = (/** @type {number} */ image) =>
      h(
        "span",
        { class: "trail" },
        runs(
          own.map((table) => table * data.images + image),
          correct,
        ).map((rows) => h("span", { class: data.verdict(rows[0]) }, rows.map((row) => data.guessOf(row)).join(" "))),
      );
    const ids = Array.from(images, (image) => data.ids[image]);
    const ofVariant = isOnlyAbout("variant");
    const open = () =>
      app.openTable(
        replace(app.filter.tree, ofVariant, equals(data.column("variant"), name)),
        { rows: "all" },
        { title: `${title} (${name})`, images },
      );
    const picture = (/** @type {number} */ image) =>
      h(
        "figure",
        {},
        digitButton(app, image, { size: 42, list: id }),
        h("figcaption", {}, `label ${data.truthOf(image)}`, short ? trail(image) : ""),
      );
    const gallery = roving(h("div", { class: "gallery" }, Array.from(images.subarray(0, FIRST), picture)), ".digit");
    if (images.length > FIRST)
      afterwards(() => {
        gallery.append(...Array.from(images.subarray(FIRST, MOST_IMAGES), picture));
        settle(gallery);
      });
    return h(
      "section",
      { id, "data-ids": ids.slice(0, 1000).join(" ") },
      h("h2", {}, title, " ", h("small", {}, `${counted(images.length, "image")} of ${name}${explained}`)),
      gallery,
      ids.length
        ? h(
            "button",
            { type: "button", click: open },
            images.length > MOST_IMAGES
              ? `${whole(images.length - MOST_IMAGES)} more; open all in the table`
              : "open in the table",
          )
        : "",
    );
  }
}

/**
 * `rows` in stretches of those that are alike in `values`.
 *
 * @param {number[]} rows
 * @param {ArrayLike<number>} values
 */
function runs(rows, values) {
  /** @type {number[][]} */
  const found = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last && values[last[0]] === values[row]) last.push(row);
    else found.push([row]);
  }
  return found;
}
