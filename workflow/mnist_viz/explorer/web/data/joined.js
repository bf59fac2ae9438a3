/** Two tables joined on the image: one row an image, with the columns of both side by side. */
import { Column } from "./column.js";
import { distances } from "./derived.js";
import { OF_MARKS, OF_THE_IMAGE } from "./meaning.js";

/** @import { Fill } from "./column.js" */
/** @import { Predictions } from "./predictions.js" */
/** @typedef {"a" | "b"} Side */

/** @type {Side[]} */
export const SIDES = ["a", "b"];

export class Joined {
  /**
   * @param {Predictions} predictions
   * @param {number} a
   * @param {number} b
   */
  constructor(predictions, a, b) {
    this.predictions = predictions;
    this.a = a;
    this.b = b;
    this.length = predictions.images;
    const own = predictions.names.filter((name) => !OF_THE_IMAGE.has(name));
    const given = predictions.given ? ["given"] : [];
    const sides = own.flatMap((name) => [`a.${name}`, `b.${name}`]);
    const marks = Object.keys(OF_MARKS);
    this.names = ["id", "image", "truth", ...given, "models_wrong", "distance", ...sides, ...marks];
    /** @type {Map<string, Column>} */
    this.cache = new Map();
  }

  /** @param {string} name */
  has(name) {
    return this.names.includes(name);
  }

  /**
   * The row of all predictions that holds A's (or B's) prediction for image k.
   *
   * @param {Side} side
   * @param {number} k
   */
  row(side, k) {
    return this[side] * this.length + k;
  }

  /** @param {string} name */
  column(name) {
    const known = this.cache.get(name);
    if (known) return known;
    const column = this.derive(name);
    this.cache.set(name, column);
    return column;
  }

  /** @param {string} name */
  derive(name) {
    if (name === "distance") {
      const fill = distances(this.predictions.scores, this.row("a", 0), this.row("b", 0));
      return new Column(name, new Float32Array(this.length), { fill });
    }
    const side = name.startsWith("b.") ? "b" : "a";
    const { cells, labels, fill, meaning, absent } = this.predictions.column(name.replace(/^[ab]\./, ""));
    const start = this.row(side, 0);
    /** @type {Fill | null} */
    const own = fill && ((_, from, to) => fill(cells, start + from, start + to));
    return new Column(name, cells.subarray(start, start + this.length), {
      labels,
      fill: own,
      meaning,
      absent: absent && ((row) => absent(start + row)),
    });
  }
}

/**
 * Columns that stand in other rows for those of `list` that these have not: of a join both sides', and the other way
 * round one for both.
 *
 * @param {string} list names between commas, with a minus before one that sorts downwards
 * @param {{ names: string[] }} source
 */
export function translated(list, { names }) {
  const found = list.split(",").flatMap((key) => {
    const sign = key.startsWith("-") ? "-" : "";
    if (names.includes(key.replace("-", ""))) return [key];
    const base = key.replace(/^-?([ab]\.)?/, "");
    return [base, `a.${base}`, `b.${base}`].filter((name) => names.includes(name)).map((name) => `${sign}${name}`);
  });
  return [...new Set(found)].join(",");
}
