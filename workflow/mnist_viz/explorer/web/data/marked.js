/** The columns of marks: one value an image, as numbers or texts that a query can compare. */

import { Column, repeat } from "./column.js";
import { givenOf } from "./marks.js";
import { CLASSES, OF_MARKS, UNKNOWN } from "./meaning.js";

/** @import { Cells } from "./column.js" */
/** @import { Marks } from "./marks.js" */
/** @import { Predictions } from "./predictions.js" */
/** @typedef {{ cells: Cells, labels: string[] | null, absent: ((image: number) => boolean) | null }} Marked */

const NONE = "none"; // of the proposed labels, where classes have names

/**
 * The values of a column of marks, one an image.
 *
 * @param {string} name
 * @param {Predictions} data
 * @param {Marks} marks
 * @returns {Marked}
 */
function ofMarks(name, data, marks) {
  const each = Array.from(data.ids, (id) => marks.of(id));
  switch (name) {
    case "marked":
      return flags(Array.from(data.ids, (id) => marks.byId.has(id)));
    case "excluded":
      return flags(each.map(({ excluded }) => excluded));
    case "note": {
      const labels = ["", ...new Set(each.map(({ note }) => note).filter(Boolean))];
      const places = new Map(labels.map((label, place) => [label, place]));
      return { cells: Uint32Array.from(each, ({ note }) => places.get(note) ?? 0), labels, absent: null };
    }
    default: {
      const places = new Map(data.classes.map((label, place) => [label, place]));
      const cells = Int32Array.from(each, ({ label }) => places.get(label) ?? CLASSES);
      if (data.labels) return { cells, labels: [...data.classes, NONE], absent: null };
      const absent = Uint8Array.from(cells, (cell) => Number(cell === CLASSES));
      return {
        cells: cells.map((cell) => (cell === CLASSES ? -1 : cell)),
        labels: null,
        absent: (image) => absent[image] === 1,
      };
    }
  }
}

/**
 * The labels that images were given, one an image.
 *
 * @param {Predictions} data
 * @returns {Marked}
 */
function ofGiven(data) {
  const places = new Map(data.classes.map((label, place) => [label, place]));
  const cells = Int32Array.from(data.ids, (_, image) => places.get(givenOf(data, image)) ?? CLASSES);
  if (data.labels) return { cells, labels: [...data.classes, UNKNOWN], absent: null };
  return {
    cells: cells.map((cell) => (cell === CLASSES ? -1 : cell)),
    labels: null,
    absent: (image) => cells[image] === CLASSES,
  };
}

/** @param {boolean[]} values */
function flags(values) {
  return { cells: Uint8Array.from(values, Number), labels: null, absent: null };
}

/**
 * A column of marks, over all rows.
 *
 * @param {string} name
 * @param {Predictions} data
 */
export function markedColumn(name, data) {
  return perImage(name, ofMarks(name, data, data.marks), data);
}

/**
 * The column of the labels before corrections, over all rows.
 *
 * @param {Predictions} data
 */
export function givenColumn(data) {
  return perImage("given", ofGiven(data), data);
}

/**
 * @param {string} name
 * @param {Marked} values
 * @param {Predictions} data
 */
function perImage(name, { cells, labels, absent }, data) {
  const own = absent && ((/** @type {number} */ row) => absent(data.image(row)));
  return new Column(name, repeat(cells, data.tables.length), { labels, absent: own });
}

/**
 * Forget what depends on marks, which are others now.
 *
 * @param {Predictions} data
 */
export function forgetMarks(data) {
  for (const name of Object.keys(OF_MARKS)) {
    data.cache.delete(name);
    data.joined.cache.delete(name);
  }
}
