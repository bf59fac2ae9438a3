/** What a query may not say: each check throws a QueryError that points at the place. */
import { meaningOf } from "../data/meaning.js";
import { QueryError } from "./error.js";
import { quotable } from "./limits.js";
import { nearest } from "./nearest.js";
import { meant } from "./tokens.js";
import { typeOf } from "./tree.js";

/** @import { Source } from "../data/column.js" */
/** @import { Read } from "./parse.js" */
/** @import { Token } from "./tokens.js" */
/** @import { Literal, Node } from "./tree.js" */

const MOST_LABELS = 5; // that a message lists
const NOUNS = { number: "a number", text: "a text", flag: "a condition" };

/** @param {Node} node */
function describe(node) {
  const noun = NOUNS[typeOf(node)];
  return node.kind === "name" ? `${node.name} (${noun})` : noun;
}

/**
 * The node, which must be true or false.
 *
 * @param {Read} node
 */
export function checkFlag(node) {
  const type = typeOf(node);
  if (type === "flag") return node;
  const example = node.kind === "name" ? `, for example ${node.name} == ${type === "text" ? '"…"' : "3"}` : "";
  throw wrong(node, `${describe(node)} is neither true nor false; compare it${example}`);
}

/**
 * The node, which must be a number.
 *
 * @param {Read} node
 */
export function checkNumber(node) {
  if (typeOf(node) !== "number") throw wrong(node, `${describe(node)} is no number`);
  return node;
}

/**
 * Two sides of a comparison must be of the same type, and texts are not smaller or larger.
 *
 * @param {Read} left
 * @param {Token} operator
 * @param {Read} right
 * @param {Source} table
 */
export function checkComparison(left, operator, right, table) {
  const type = typeOf(left);
  if (type !== typeOf(right)) {
    const message = `${describe(left)} cannot be compared with ${describe(right)}`;
    throw new QueryError(message, left.place.start, right.place.end);
  }
  if (type !== "text") return;
  const [own, other] = [left, right].map((side) => side.kind === "name" && table.column(side.name).labels);
  if (own && other && own !== other && ![left, right].every(isOfClass))
    throw new QueryError("these columns have no text in common", left.place.start, right.place.end);
  if (operator.content !== "==" && operator.content !== "!=") {
    throw new QueryError("texts are compared with ==, != or in", operator.start, operator.end);
  }
  checkLabel(left, right, table);
  checkLabel(right, left, table);
}

/**
 * Whether the codes of a column are the numbers of classes, in each such column the same.
 *
 * @param {Node} node
 */
function isOfClass(node) {
  return node.kind === "name" && meaningOf(node.name).kind === "integer";
}

/**
 * The option, which must be a literal that the item can be.
 *
 * @param {Read} item
 * @param {Read} option
 * @param {Source} table
 * @returns {Literal}
 */
export function checkOption(item, option, table) {
  if (option.kind !== "literal") throw wrong(option, "expected a number or a text");
  if (typeOf(option) !== typeOf(item)) throw wrong(option, `${describe(item)} cannot be ${describe(option)}`);
  checkLabel(item, option, table);
  return option;
}

/**
 * A text compared with a column must be one that the column knows.
 *
 * @param {Read} item
 * @param {Read} option
 * @param {Source} table
 */
function checkLabel(item, option, table) {
  const labels = item.kind === "name" ? table.column(item.name).labels : null;
  if (!labels || item.kind !== "name" || option.kind !== "literal") return;
  const text = String(option.value);
  if (labels.includes(text)) return;
  const near = nearest(text, labels);
  const left = labels.length - MOST_LABELS;
  const known = `${labels.slice(0, MOST_LABELS).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
  const hint = near ? `did you mean "${near}"?` : `there are ${known}`;
  throw wrong(option, `no ${item.name} is called "${quotable(text)}"; ${hint}`);
}

/**
 * @param {Token} token a name that is none of a column
 * @param {Source} table
 */
export function unknownColumn(token, table) {
  const { content, start, end } = token;
  const names = [...table.names, ...(table.joined?.names ?? [])].filter((name) => name !== "image");
  const near = nearest(content, names);
  const other = meant(token, labelsOf(table));
  const hint = other ? `; ${other}` : near ? `; did you mean ${near}?` : "";
  return new QueryError(`no column is called ${quotable(content)}${hint}`, start, end);
}

/**
 * The texts that the columns of a table have.
 *
 * @param {Source} table
 */
export function labelsOf(table) {
  return table.names.filter((name) => name !== "image").flatMap((name) => table.column(name).labels ?? []);
}

/**
 * @param {Read} node
 * @param {string} message
 */
function wrong({ place }, message) {
  return new QueryError(message, place.start, place.end);
}
