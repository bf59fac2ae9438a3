/** The one filter that all views follow: a query, and the rows that it leaves. */
import { conjuncts, evaluate, parse } from "./query.js";
import { isJoined } from "./columns.js";
import { intersect, selected } from "./order.js";

/** The masks of a query's conjuncts are kept, so that changing one of them evaluates only that one. */
export class Filter {
  constructor(predictions) {
    this.predictions = predictions;
    this.masks = new Map();
    this.set("");
  }

  /** Take another query, or the same one after another join. A wrong one throws a QueryError and changes nothing. */
  set(text) {
    const parts = conjuncts(parse(text, this.predictions), text);
    const { a, b } = this.predictions;
    const key = (part) => ([...part.columns].some(isJoined) ? `${part.text} ${a} ${b}` : part.text);
    const masks = new Map(
      parts.map((part) => [key(part), this.masks.get(key(part)) ?? evaluate(part.node, this.predictions)]),
    );
    this.masks = masks;
    this.parts = parts.map((part) => ({ ...part, mask: masks.get(key(part)) }));
    this.text = text;
    this.mask = null;
    this.mask = this.without(() => false);
    this.found = null;
  }

  /** The mask of the rows that all conjuncts leave, save those for which `drop` holds. */
  without(drop) {
    const parts = this.parts.filter((part) => !drop(part));
    if (this.mask && parts.length === this.parts.length) return this.mask;
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

  /** The rows of one table that a mask leaves. */
  rowsOf(table, mask = this.mask) {
    const { images } = this.predictions;
    const start = table * images;
    const rows = selected(mask.subarray(start, start + images));
    for (let index = 0; index < rows.length; index += 1) rows[index] += start;
    return rows;
  }

  /** The images that the query leaves in A or in B, of the two joined tables. */
  joinedImages(mask = this.mask) {
    const { a, b, images } = this.predictions;
    const either = mask.slice(a * images, (a + 1) * images);
    for (let image = 0; image < images; image += 1) either[image] |= mask[b * images + image];
    return selected(either);
  }
}
