/** The columns of marks: one value an image, as numbers or texts that a query can compare. */

import { givenOf } from "./marks.js";
import { CLASSES, UNKNOWN } from "./meaning.js";

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
export function ofMarks(name, data, marks) {
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
export function ofGiven(data) {
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
