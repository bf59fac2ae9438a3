/** Who of A and B is right, as conditions of a query: the four cells, and the disagreements that can be chosen. */
import { conditions, holds, isOneOf, replace, sameConditions } from "../query/edit.js";
import { and } from "../query/tree.js";

/** @import { Test } from "../query/edit.js" */
/** @import { Node } from "../query/tree.js" */

/** The conditions by which a cell is chosen, each right or wrong in A or in B. */
const correct = (/** @type {boolean} */ right) => ({
  a: holds({ name: "a.correct", kind: "flag" }, right),
  b: holds({ name: "b.correct", kind: "flag" }, right),
});
export const RIGHT = correct(true);
export const WRONG = correct(false);
export const isOfCells = isOneOf([RIGHT.a, WRONG.a, RIGHT.b, WRONG.b]);

const BOTH_RIGHT = and([RIGHT.a, RIGHT.b]);

/** The disagreements that can be chosen, and what chooses them. @type {[title: string, chosen: Node | null][]} */
export const DISAGREEMENTS = [
  ["all disagreements", null],
  ["A right, B wrong", and([RIGHT.a, WRONG.b])],
  ["A wrong, B right", and([WRONG.a, RIGHT.b])],
  ["both wrong", and([WRONG.a, WRONG.b])],
];

/**
 * What of a query chooses one of the four cells; null if its conditions on who is right do not.
 *
 * @param {Node | null} tree
 */
export function chosenCell(tree) {
  const own = conditions(tree).filter(isOfCells);
  if (own.length === 0) return null;
  const cells = [...DISAGREEMENTS.map(([, cell]) => cell), BOTH_RIGHT];
  return cells.find((cell) => sameConditions(and(own), cell)) ?? null;
}

/**
 * A query with one of the cells in the place of the one that it chooses; other conditions on who is right stay, as the
 * cells are counted within them.
 *
 * @param {Node | null} tree
 * @param {Test} ofChoice
 * @param {Node | null} cell
 */
export function narrowed(tree, ofChoice, cell) {
  const isOfCell = isOneOf(conditions(cell));
  return replace(tree, (condition) => ofChoice(condition) || isOfCell(condition), cell);
}
