/** Rows grouped by the values of one or two columns. */
import { SCORES } from "./meaning.js";
import { sorted } from "./order.js";

/** @import { Cells, Source } from "./column.js" */
/** @import { SortKey } from "./order.js" */
/** @import { Predictions } from "./predictions.js" */
/** @typedef {{ count: number, known: number, errors: number, means: number[] }} Summary `known` of `count` have a truth. */
/**
 * @typedef {object} Group
 * @property {string} path unlike that of every other group
 * @property {string} name of the column
 * @property {string | number} value
 * @property {Uint32Array} rows in their order
 * @property {Summary[]} sides of one table, or of A and of B
 * @property {Group[] | null} children
 */
/** @typedef {{ depth: number } & ({ row: number, group?: undefined } | { group: Group, row?: undefined })} Line */

/** Those that an image has besides its truth. */
export const OF_IMAGES = ["given", "marked", "proposed", "excluded", "note"];
/** The columns that have few enough values to group by. */
export const GROUPABLE = ["variant", "epoch", "guess", "truth", "correct", "models_wrong", "id", ...OF_IMAGES];

/**
 * Group `rows` of `table` by the columns `names`, one level a column. `sides` are the distances from a row to the
 * prediction rows that it stands for (0 for itself, or those of A and B of a joined row), each with its own error rate
 * and mean scores.
 *
 * @param {Uint32Array} rows
 * @param {Source} table
 * @param {string[]} names at least one
 * @param {number[]} sides
 * @param {Predictions} predictions
 * @returns {Group[]}
 */
export function group(rows, table, names, sides, predictions) {
  const groups = divided(rows, table, names, "");
  const inner = innermost(groups);
  const numbers = new Uint32Array(table.length); // by row, which of them it is in
  for (const [number, each] of inner.entries())
    for (let index = 0; index < each.rows.length; index += 1) numbers[each.rows[index]] = number;
  for (const side of sides)
    for (const [number, each] of summaries(rows, numbers, inner, side, predictions).entries())
      inner[number].sides.push(each);
  for (const each of groups) sumUp(each, sides);
  return groups;
}

/**
 * The groups without their sides.
 *
 * @param {Uint32Array} rows
 * @param {Source} table
 * @param {string[]} names
 * @param {string} path of the group that `rows` are
 * @returns {Group[]}
 */
function divided(rows, table, [name, ...inner], path) {
  const column = table.column(name);
  const { array } = column;
  const inOrder = sorted(rows, [{ column, descending: false }]);
  const groups = [];
  for (let start = 0, end = 0; start < inOrder.length; start = end) {
    end = endOf(inOrder, array, start);
    const members = inOrder.subarray(start, end);
    const value = column.kind === "flag" ? (array[members[0]] ? "yes" : "no") : column.value(members[0]);
    const own = `${path}/${value}`;
    const children = inner.length ? divided(members, table, inner, own) : null;
    groups.push({ path: own, name, value, rows: members, sides: [], children });
  }
  return groups;
}

/**
 * @param {Group[]} groups
 * @returns {Group[]}
 */
function innermost(groups) {
  return groups.flatMap((each) => (each.children ? innermost(each.children) : [each]));
}

/**
 * Give a group with groups in it its sides, from theirs.
 *
 * @param {Group} group
 * @param {number[]} sides
 */
function sumUp({ children, sides: own }, sides) {
  if (!children) return;
  for (const child of children) sumUp(child, sides);
  own.push(...sides.map((_, index) => total(children, index)));
}

/**
 * Where the rows end, in `inOrder`, that have the value of the one at `start`: found by doubling steps, then halving.
 *
 * @param {Uint32Array} inOrder
 * @param {Cells} array
 * @param {number} start
 */
function endOf(inOrder, array, start) {
  const value = array[inOrder[start]];
  let step = 1;
  while (start + step < inOrder.length && array[inOrder[start + step]] === value) step *= 2;
  let last = start + (step >> 1);
  let beyond = Math.min(start + step, inOrder.length);
  while (beyond - last > 1) {
    const middle = (last + beyond) >> 1;
    if (array[inOrder[middle]] === value) last = middle;
    else beyond = middle;
  }
  return beyond;
}

/**
 * Of a sample, whose images have weights, the error rate and the means are estimates for all images. All groups are
 * summed up at once, in the order of the rows: their scores lie side by side then.
 *
 * @param {Uint32Array} rows
 * @param {Uint32Array} numbers by row, the number of its group
 * @param {Group[]} groups
 * @param {number} side
 * @param {Predictions} predictions
 * @returns {Summary[]}
 */
function summaries(rows, numbers, groups, side, predictions) {
  const { weights, known, images } = predictions;
  const sums = (/** @type {(row: number) => number} */ value) => {
    const all = new Float64Array(groups.length);
    for (let index = 0; index < rows.length; index += 1) all[numbers[rows[index]]] += value(rows[index] + side);
    return all;
  };
  const correct = predictions.column("correct").array;
  const right = sums((row) => correct[row]);
  const counts = weights ? sums((row) => weights[row % images]) : groups.map((each) => each.rows.length);
  const unknown = known && sums((row) => 1 - known[row % images]);
  const scores = predictions.scores.between(0, predictions.length);
  const pairs = scores.flatMap((score, index) => (index % 2 ? [] : [[score, scores[index + 1] ?? score]]));
  const means = pairs.map((pair) => sumsOf(pair, rows, numbers, groups.length, side, weights && { weights, images }));
  return groups.map((each, number) => ({
    count: counts[number],
    known: counts[number] - (unknown?.[number] ?? 0),
    errors: each.rows.length - right[number],
    means: scores.map((_, index) => means[index >> 1][2 * number + (index & 1)] / counts[number]),
  }));
}

/**
 * By group g, the sums of the scores of two classes, at 2g and 2g + 1. Of two at once, as it takes longer to find the
 * row and its group than to add up.
 *
 * @param {Float32Array[]} scores of the two
 * @param {Uint32Array} rows
 * @param {Uint32Array} numbers
 * @param {number} count of the groups
 * @param {number} side
 * @param {{ weights: Float64Array, images: number } | null} weighed
 */
function sumsOf([one, other], rows, numbers, count, side, weighed) {
  const sums = new Float64Array(2 * count);
  if (weighed)
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] + side;
      const place = 2 * numbers[rows[index]];
      const weight = weighed.weights[row % weighed.images];
      sums[place] += weight * one[row];
      sums[place + 1] += weight * other[row];
    }
  else
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] + side;
      const place = 2 * numbers[rows[index]];
      sums[place] += one[row];
      sums[place + 1] += other[row];
    }
  return sums;
}

/**
 * The summary of all rows of `children`, from theirs.
 *
 * @param {Group[]} children
 * @param {number} side
 * @returns {Summary}
 */
function total(children, side) {
  const sum = (/** @type {(own: Summary) => number} */ value) =>
    children.reduce((all, child) => all + value(child.sides[side]), 0);
  const count = sum((own) => own.count);
  return {
    count,
    known: sum((own) => own.known),
    errors: sum((own) => own.errors),
    means: SCORES.map((_, digit) => sum((own) => own.means[digit] * own.count) / count),
  };
}

/**
 * `groups`, and the groups in them, in the order of their means of a column; of a text column in that of its values.
 *
 * @param {Group[]} groups
 * @param {SortKey} key
 * @returns {Group[]}
 */
export function ordered(groups, { column, descending }) {
  const sign = descending ? -1 : 1;
  const { array } = column;
  const mean = (/** @type {Group} */ { rows }) => {
    let sum = 0;
    for (let index = 0; index < rows.length; index += 1) sum += array[rows[index]];
    return sum / rows.length;
  };
  const inner = groups.map((each) =>
    each.children ? { ...each, children: ordered(each.children, { column, descending }) } : each,
  );
  if (column.labels) return inner[0]?.name === column.name && descending ? inner.reverse() : inner;
  const means = inner.map((each) => ({ each, mean: mean(each) }));
  return means.sort((x, y) => sign * (x.mean - y.mean)).map(({ each }) => each);
}

/**
 * The rows of the innermost of `groups`, in their order.
 *
 * @param {Group[]} groups
 * @returns {Uint32Array[]}
 */
export function leaves(groups) {
  return innermost(groups).map((each) => each.rows);
}

/**
 * The lines of a table of groups: each group, and below an open one its groups or its rows.
 */
export class GroupLines {
  /**
   * @param {Group[]} groups
   * @param {Set<string>} open paths of the open groups
   */
  constructor(groups, open) {
    /** @type {{ start: number, depth: number, group: Group, rows: Uint32Array | null }[]} */
    this.blocks = [];
    this.length = 0;
    this.add(groups, open, 0);
  }

  /**
   * @param {Group[]} groups
   * @param {Set<string>} open
   * @param {number} depth
   */
  add(groups, open, depth) {
    for (const each of groups) {
      this.blocks.push({ start: this.length, depth, group: each, rows: null });
      this.length += 1;
      if (!open.has(each.path)) continue;
      if (each.children) this.add(each.children, open, depth + 1);
      else {
        this.blocks.push({ start: this.length, depth: depth + 1, group: each, rows: each.rows });
        this.length += each.rows.length;
      }
    }
  }

  /**
   * The group or the row of a line.
   *
   * @param {number} line
   * @returns {Line}
   */
  at(line) {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.blocks[middle].start <= line) low = middle;
      else high = middle - 1;
    }
    const { start, group: found, rows, depth } = this.blocks[low];
    return rows ? { row: rows[line - start], depth } : { group: found, depth };
  }
}
