/**
 * A query as a tree. What the page itself adds to a query is made of the same nodes as what the parser reads.
 *
 * In every tree "and" stands in no "and", "or" in no "or", both have two parts at least, and a minus before a number is
 * part of the number.
 */

/** @import { Column } from "../data/column.js" */
/** @typedef {"number" | "text" | "flag"} Type */
/** @typedef {"==" | "!=" | "<" | "<=" | ">" | ">="} Comparison */
/** @typedef {"+" | "-" | "*" | "/"} Operation */
/** @typedef {{ start: number, end: number }} Place The characters of the text that a node was read from. */
/** @typedef {{ place?: Place }} Placed Nodes that were not read have none. */
/** @typedef {Placed & { kind: "and" | "or", parts: Node[] }} Group */
/** @typedef {Placed & { kind: "not", part: Node }} Not */
/** @typedef {Placed & { kind: "compare", operands: Node[], operators: Comparison[] }} Compare A chain: a < b < c. */
/** @typedef {Placed & { kind: "in", item: Node, options: Literal[], negated: boolean }} Membership */
/** @typedef {Placed & { kind: "arithmetic", operator: Operation, left: Node, right: Node }} Arithmetic */
/** @typedef {Placed & { kind: "minus", part: Node }} Minus */
/** @typedef {Placed & { kind: "literal", value: number | string | boolean }} Literal */
/** @typedef {Placed & { kind: "name", name: string, type: Type }} Name A column. */
/** @typedef {Group | Not | Compare | Membership | Arithmetic | Minus | Literal | Name} Node */

/**
 * All of `parts`, of which at least one is given.
 *
 * @param {Node[]} parts
 * @returns {Node}
 */
export function and(parts) {
  return group("and", parts);
}

/**
 * Any of `parts`, of which at least one is given.
 *
 * @param {Node[]} parts
 * @returns {Node}
 */
export function or(parts) {
  return group("or", parts);
}

/**
 * @param {"and" | "or"} kind
 * @param {Node[]} given
 * @param {Place} [place]
 * @returns {Node}
 */
export function group(kind, given, place) {
  const parts = given.flatMap((part) => (part.kind === kind ? part.parts : [part]));
  if (parts.length === 0) throw new RangeError(`“${kind}” of nothing`);
  return parts.length === 1 ? parts[0] : { kind, parts, place };
}

/**
 * @param {Node} part
 * @param {Place} [place]
 * @returns {Not}
 */
export function not(part, place) {
  return { kind: "not", part, place };
}

/**
 * @param {Node[]} operands
 * @param {Comparison[]} operators one fewer, between them
 * @param {Place} [place]
 * @returns {Compare}
 */
export function compare(operands, operators, place) {
  return { kind: "compare", operands, operators, place };
}

/**
 * Whether `item` is one of `options`, or if `negated` none of them.
 *
 * @param {Node} item
 * @param {Literal[]} options
 * @param {boolean} [negated]
 * @param {Place} [place]
 * @returns {Membership}
 */
export function isIn(item, options, negated = false, place = undefined) {
  return { kind: "in", item, options, negated, place };
}

/**
 * @param {Operation} operator
 * @param {Node} left
 * @param {Node} right
 * @param {Place} [place]
 * @returns {Arithmetic}
 */
export function arithmetic(operator, left, right, place) {
  return { kind: "arithmetic", operator, left, right, place };
}

/**
 * @param {Node} part
 * @param {Place} [place]
 * @returns {Minus | Literal}
 */
export function minus(part, place) {
  if (part.kind === "literal" && typeof part.value === "number") return literal(-part.value, place);
  return { kind: "minus", part, place };
}

/**
 * @param {number | string | boolean} value
 * @param {Place} [place]
 * @returns {Literal}
 */
export function literal(value, place) {
  return { kind: "literal", value, place };
}

/**
 * @param {Pick<Column, "name" | "kind">} column
 * @param {Place} [place]
 * @returns {Name}
 */
export function name(column, place) {
  const type = column.kind === "text" || column.kind === "flag" ? column.kind : "number";
  return { kind: "name", name: column.name, type, place };
}

/**
 * What a node's value is.
 *
 * @param {Node} node
 * @returns {Type}
 */
export function typeOf(node) {
  switch (node.kind) {
    case "name":
      return node.type;
    case "literal":
      if (typeof node.value === "number") return "number";
      return typeof node.value === "string" ? "text" : "flag";
    case "arithmetic":
    case "minus":
      return "number";
    default:
      return "flag";
  }
}

/**
 * The nodes right below a node, in the order of the text.
 *
 * @param {Node} node
 * @returns {Node[]}
 */
function children(node) {
  switch (node.kind) {
    case "and":
    case "or":
      return node.parts;
    case "not":
    case "minus":
      return [node.part];
    case "compare":
      return node.operands;
    case "in":
      return [node.item, ...node.options];
    case "arithmetic":
      return [node.left, node.right];
    default:
      return [];
  }
}

/**
 * The names of the columns that a tree mentions.
 *
 * @param {Node} node
 * @returns {Set<string>}
 */
export function columnsOf(node) {
  if (node.kind === "name") return new Set([node.name]);
  if (node.kind === "in") return columnsOf(node.item);
  return new Set(children(node).flatMap((child) => [...columnsOf(child)]));
}

/**
 * Whether two trees are the same, wherever they were read.
 *
 * @param {Node} one
 * @param {Node} other
 * @returns {boolean}
 */
export function same(one, other) {
  const [left, right] = [children(one), children(other)];
  const [own, others] = [contents(one), contents(other)];
  return (
    one.kind === other.kind &&
    own.length === others.length &&
    own.every((value, index) => Object.is(value, others[index])) &&
    left.length === right.length &&
    left.every((child, index) => same(child, right[index]))
  );
}

/**
 * What a node is besides its kind and its children.
 *
 * @param {Node} node
 * @returns {(string | number | boolean)[]}
 */
function contents(node) {
  switch (node.kind) {
    case "compare":
      return node.operators;
    case "in":
      return [node.negated];
    case "arithmetic":
      return [node.operator];
    case "literal":
      return [node.value];
    case "name":
      return [node.name];
    default:
      return [];
  }
}
