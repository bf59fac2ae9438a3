/** The one filter that all views follow: a query, and the rows that it leaves. */
import { isJoined, OF_MARKS, OF_THE_TRUTH } from "../data/meaning.js";
import { intersect, selected, unite } from "../data/order.js";
import { conditions } from "./edit.js";
import { evaluate } from "./evaluate.js";
import { parse } from "./parse.js";
import { print } from "./print.js";
import { columnsOf, isIn, literal } from "./tree.js";

/** @import { Predictions } from "../data/predictions.js" */
/** @import { Test } from "./edit.js" */
/** @import { Node } from "./tree.js" */
/** @typedef {{ condition: Node, mask: Uint8Array }} Part */

/** The masks of a query's conditions are kept, so that changing one of them evaluates only that one. */
export class Filter {
  /** @param {Predictions} predictions */
  constructor(predictions) {
    this.predictions = predictions;
    this.text = "";
    /** @type {Node | null} */
    this.tree = null;
    /** @type {Map<string, Uint8Array>} */
    this.masks = new Map();
    /** @type {Part[]} */
    this.parts = [];
    this.chosen = ""; // the choice of images, as a text, beside the query
    /** @type {(Part & { title: string }) | null} */
    this.choice = null;
    this.mask = this.remaining([]);
    /** @type {Uint32Array | null} */
    this.found = null;
    /** @type {Uint32Array | null} */
    this.seen = null;
    /** @type {{ mask: Uint8Array, a: number, b: number, images: Uint32Array } | null} */
    this.pair = null; // of the last mask, A and B
  }

  /**
   * Take another query, or the same one after another join. A wrong one throws a QueryError and changes nothing.
   *
   * @param {string} text
   */
  set(text) {
    const tree = parse(text, this.predictions);
    const masks = new Map();
    const parts = conditions(tree).map((condition) => {
      const key = this.key(condition);
      const mask = masks.get(key) ?? this.masks.get(key) ?? this.answer(condition);
      masks.set(key, mask);
      return { condition, mask };
    });
    if (this.choice) parts.push(this.choice);
    const before = this.parts;
    this.parts = parts;
    this.masks = masks;
    this.text = text;
    this.tree = tree;
    const same = parts.length === before.length && parts.every(({ mask }, index) => mask === before[index].mask);
    if (same && this.mask.length === this.predictions.length) return;
    this.mask = this.remaining(parts);
    this.found = null;
    this.seen = null;
  }

  /**
   * Keep no others than the images of a choice, null for all.
   *
   * @param {string} chosen unlike that of every other choice
   * @param {{ title: string, ids: number[] } | null} choice
   */
  choose(chosen, choice) {
    if (chosen === this.chosen) return;
    const condition = isIn(
      { kind: "name", name: "id", type: "number" },
      (choice?.ids ?? []).map((id) => literal(id)),
    );
    this.chosen = chosen;
    this.choice = choice && { title: choice.title, condition, mask: evaluate(condition, this.predictions) };
    this.set(this.text);
  }

  /** Begin anew, without a query, as the predictions have other tables. */
  renew() {
    this.masks.clear();
    if (this.choice) this.choice = { ...this.choice, mask: evaluate(this.choice.condition, this.predictions) };
    this.set("");
  }

  /** What the rows depend on. */
  get version() {
    const { a, b, version } = this.predictions;
    return JSON.stringify([this.text, this.chosen, a, b, version, this.markedVersion]);
  }

  /** Of the marks, where the query depends on them. */
  get markedVersion() {
    const columns = this.tree ? [...columnsOf(this.tree)] : [];
    return columns.some((name) => Object.hasOwn(OF_MARKS, name)) ? this.predictions.marks.version : 0;
  }

  /**
   * What a condition's mask depends on.
   *
   * @param {Node} condition
   */
  key(condition) {
    const { a, b, marks } = this.predictions;
    const columns = [...columnsOf(condition)];
    const joined = columns.some(isJoined) ? ` ${a} ${b}` : "";
    const marked = columns.some((name) => Object.hasOwn(OF_MARKS, name)) ? ` ${marks.version}` : "";
    return `${print(condition)}${joined}${marked}`;
  }

  /**
   * The mask of the rows that all conditions leave, save those for which `drop` holds.
   *
   * @param {Test} drop
   */
  without(drop) {
    const parts = this.parts.filter(({ condition }) => !drop(condition));
    return parts.length === this.parts.length ? this.mask : this.remaining(parts);
  }

  /** @param {Part[]} parts */
  remaining(parts) {
    if (parts.length === 1) return parts[0].mask;
    const mask = new Uint8Array(this.predictions.length).fill(1);
    for (const part of parts) intersect(mask, part.mask);
    return mask;
  }

  /** The rows that the query leaves, ascending. */
  get rows() {
    this.found ??= selected(this.mask);
    return this.found;
  }

  /** The images of which the query leaves a row, ascending. */
  get images() {
    this.seen ??= selected(this.anywhere());
    return this.seen;
  }

  /** A mask of the images of which the query leaves a row. */
  anywhere() {
    const { images, length } = this.predictions;
    const found = this.mask.slice(0, images);
    for (let start = images; start < length; start += images) unite(found, this.mask.slice(start, start + images));
    return found;
  }

  /**
   * The rows of one table that a mask leaves.
   *
   * @param {number} table
   * @param {Uint8Array} [mask]
   */
  rowsOf(table, mask = this.mask) {
    const { images } = this.predictions;
    const start = table * images;
    const rows = selected(mask.subarray(start, start + images));
    for (let index = 0; index < rows.length; index += 1) rows[index] += start;
    return rows;
  }

  /**
   * How many rows of one table a mask leaves.
   *
   * @param {number} table
   * @param {Uint8Array} [mask]
   */
  countOf(table, mask = this.mask) {
    const { images } = this.predictions;
    let count = 0;
    for (let row = table * images; row < (table + 1) * images; row += 1) count += mask[row];
    return count;
  }

  /**
   * The same without those whose truth is not known: the rows that count.
   *
   * @param {number} table
   * @param {Uint8Array} [mask]
   */
  knownOf(table, mask = this.mask) {
    const { images, known } = this.predictions;
    const rows = this.rowsOf(table, mask);
    return known ? rows.filter((row) => known[row % images]) : rows;
  }

  /**
   * The mask of a condition. What asks whether a guess is right holds for no image whose truth is not known.
   *
   * @param {Node} condition
   */
  answer(condition) {
    const { known, images } = this.predictions;
    const mask = evaluate(condition, this.predictions);
    if (!known || !asksForTruth(condition)) return mask;
    return mask.map((each, row) => each & known[row % images]);
  }

  /**
   * The images that the query leaves in A or in B, of the two joined tables.
   *
   * @param {Uint8Array} [mask]
   */
  joinedImages(mask = this.mask) {
    const { a, b, images } = this.predictions;
    if (this.pair?.mask === mask && this.pair.a === a && this.pair.b === b) return this.pair.images;
    const either = mask.slice(a * images, (a + 1) * images);
    unite(either, mask.slice(b * images, (b + 1) * images));
    this.pair = { mask, a, b, images: selected(either) };
    return this.pair.images;
  }
}

/**
 * Whether a condition needs an image's truth: it mentions what depends on it, or compares it with a guess.
 *
 * @param {Node} condition
 */
function asksForTruth(condition) {
  const names = new Set([...columnsOf(condition)].map((name) => name.replace(/^[ab]\./, "")));
  return [...names].some((name) => OF_THE_TRUTH.has(name)) || (names.has("truth") && names.has("guess"));
}
