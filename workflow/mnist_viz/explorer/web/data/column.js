/** One column over all rows: a typed array, derived values computed when first asked for. */
import { meaningOf } from "./meaning.js";
import { realText, shareText } from "./share.js";

/** @import { Kind } from "./meaning.js" */
/** @typedef {Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array} Cells */
/** @typedef {(cells: Cells, from: number, to: number) => void} Fill Computes rows `from` up to `to`. */

/**
 * What a query or a table reads: columns of `length` rows by name, and the tables joined to them.
 *
 * @typedef {object} Source
 * @property {number} length
 * @property {string[]} names
 * @property {(name: string) => boolean} has
 * @property {(name: string) => Column} column
 * @property {{ names: string[] }} [joined]
 */

/**
 * The value of a row is `array[row]`, or for a text column `labels[array[row]]`.
 *
 * A derived column is given `fill(array, from, to)`, which computes these rows. It is called for a single row where
 * only that is shown, and for all of them when somebody asks for `array`.
 */
export class Column {
  /**
   * @param {string} name
   * @param {Cells} cells
   * @param {{ labels?: string[] | null, fill?: Fill | null, meaning?: string,
   *   absent?: ((row: number) => boolean) | null }} [options]
   */
  constructor(name, cells, { labels = null, fill = null, meaning = meaningOf(name).meaning, absent = null } = {}) {
    this.name = name;
    /** @type {Kind} */
    this.kind = labels ? "text" : meaningOf(name).kind;
    this.meaning = meaning;
    this.cells = cells;
    this.labels = labels;
    this.fill = fill;
    /** Whether a row has no value. */
    this.absent = absent;
    this.known = fill ? 0 : cells.length;
  }

  get array() {
    this.computeUpTo(this.cells.length);
    return this.cells;
  }

  /**
   * Compute the first `rows` rows.
   *
   * @param {number} rows
   */
  computeUpTo(rows) {
    const end = Math.min(rows, this.cells.length);
    if (end <= this.known) return;
    this.fill?.(this.cells, this.known, end);
    this.known = end;
  }

  /**
   * All cells, of which those of the rows from `from` up to `to` are to be relied on.
   *
   * @param {number} from
   * @param {number} to
   */
  between(from, to) {
    if (to > this.known) this.fill?.(this.cells, from, to);
    return this.cells;
  }

  /**
   * The number of a row, of a text column its code.
   *
   * @param {number} row
   */
  number(row) {
    return this.between(row, row + 1)[row];
  }

  /** @param {number} row */
  value(row) {
    const number = this.number(row);
    return this.labels ? this.labels[number] : number;
  }

  /**
   * The value of a row as the table shows it.
   *
   * @param {number} row
   */
  format(row) {
    const number = this.number(row);
    if (this.labels) return this.labels[number];
    if (this.absent?.(row)) return "–";
    if (this.kind === "share") return shareText(number);
    if (this.kind === "real") return realText(number);
    if (this.kind === "flag") return number ? "yes" : "no";
    return String(number);
  }
}

/**
 * `array` many times over, as one array.
 *
 * @template {Cells} T
 * @param {T} array
 * @param {number} times
 * @returns {T}
 */
export function repeat(array, times) {
  const Kind = /** @type {new (length: number) => T} */ (array.constructor);
  const whole = new Kind(array.length * times);
  for (let time = 0; time < times; time += 1) whole.set(array, time * array.length);
  return whole;
}
