/** Changes of a query: what the page adds, takes away or puts in the place of something else is a node of its tree. */
import { and, columnsOf, compare, isIn, literal, name, not, same } from "./tree.js";

/** @import { Column } from "../data/column.js" */
/** @import { Node } from "./tree.js" */
/** @typedef {Pick<Column, "name" | "kind">} Named */
/** @typedef {(condition: Node) => boolean} Test */

/**
 * The conditions of a query that must all hold.
 *
 * @param {Node | null} tree
 * @returns {Node[]}
 */
export function conditions(tree) {
  if (!tree) return [];
  return tree.kind === "and" ? tree.parts : [tree];
}

/**
 * The query without the conditions for which `drop` holds, and with those of `added` at its end.
 *
 * @param {Node | null} tree
 * @param {Test} drop
 * @param {Node | null} added
 * @returns {Node | null}
 */
export function replace(tree, drop, added) {
  const kept = conditions(tree).filter((condition) => !drop(condition));
  const all = [...kept, ...conditions(added)];
  return all.length ? and(all) : null;
}

/**
 * Whether a condition mentions that column and no other.
 *
 * @param {string} column
 * @returns {Test}
 */
export function isOnlyAbout(column) {
  return (condition) => {
    const columns = columnsOf(condition);
    return columns.size === 1 && columns.has(column);
  };
}

/**
 * Whether a condition mentions one of these columns and no other column.
 *
 * @param {string[]} columns
 * @returns {Test}
 */
export function isOnlyAboutOneOf(columns) {
  const tests = columns.map(isOnlyAbout);
  return (condition) => tests.some((test) => test(condition));
}

/**
 * Whether a condition is the same as one of `others`, wherever they were read.
 *
 * @param {Node[]} others
 * @returns {Test}
 */
export function isOneOf(others) {
  return (condition) => others.some((other) => same(condition, other));
}

/**
 * Whether two queries have the same conditions, in any order.
 *
 * @param {Node | null} one
 * @param {Node | null} other
 */
export function sameConditions(one, other) {
  return conditions(one).every(isOneOf(conditions(other))) && conditions(other).every(isOneOf(conditions(one)));
}

/**
 * `column == value`.
 *
 * @param {Named} column
 * @param {number | string} value
 */
export function equals(column, value) {
  return compare([name(column), literal(value)], ["=="]);
}

/**
 * Whether a column has the value that a row has.
 *
 * @param {Column} column
 * @param {number} row
 */
export function hasValueOf(column, row) {
  return column.kind === "flag" ? holds(column, Boolean(column.number(row))) : equals(column, column.value(row));
}

/**
 * Whether a column has one of `values`.
 *
 * @param {Named} column
 * @param {(number | string)[]} values
 */
export function oneOf(column, values) {
  return isIn(
    name(column),
    values.map((value) => literal(value)),
  );
}

/**
 * Whether a column lies from `low` to `high`, which is itself within only if `closed`.
 *
 * @param {Named} column
 * @param {number} low
 * @param {number} high
 * @param {boolean} closed
 */
export function between(column, low, high, closed) {
  return compare([literal(low), name(column), literal(high)], ["<=", closed ? "<=" : "<"]);
}

/**
 * `column >= low`.
 *
 * @param {Named} column
 * @param {number} low
 */
export function atLeast(column, low) {
  return compare([name(column), literal(low)], [">="]);
}

/**
 * Whether a column that is true or false is true, or false.
 *
 * @param {Named} column
 * @param {boolean} value
 * @returns {Node}
 */
export function holds(column, value) {
  return value ? name(column) : not(name(column));
}
