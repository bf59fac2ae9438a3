/** The rows that a query's tree chooses, evaluated over whole columns. */
import { intersect, unite } from "../data/order.js";
import { typeOf } from "./tree.js";

/** @import { Cells, Source } from "../data/column.js" */
/** @import { Comparison, Literal, Node, Operation } from "./tree.js" */
/** @typedef {{ array: Cells | number[], divisor: number }} Values One a row, or a single one for all rows. */
/** @typedef {(x: number, y: number) => any} Binary A number, or true or false, which an array holds as 1 and 0. */

/** @type {Record<Comparison, Binary>} */
const COMPARE = {
  "==": (x, y) => x === y,
  "!=": (x, y) => x !== y,
  "<": (x, y) => x < y,
  "<=": (x, y) => x <= y,
  ">": (x, y) => x > y,
  ">=": (x, y) => x >= y,
};
/** @type {Record<Operation, Binary>} */
const ARITHMETIC = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => x / y,
};

/**
 * A mask of all rows of `table`: 1 for each that matches.
 *
 * @param {Node} node
 * @param {Source} table
 * @returns {Uint8Array}
 */
export function evaluate(node, table) {
  const { length } = table;
  const out = new Uint8Array(length);
  switch (node.kind) {
    case "and": {
      out.fill(1);
      for (const part of node.parts) intersect(out, evaluate(part, table));
      return out;
    }
    case "or": {
      for (const part of node.parts) unite(out, evaluate(part, table));
      return out;
    }
    case "not": {
      const mask = evaluate(node.part, table);
      for (let row = 0; row < length; row += 1) out[row] = 1 - mask[row];
      return out;
    }
    case "compare": {
      const sides = operands(node.operands, table);
      apply(out, sides[0], sides[1], COMPARE[node.operators[0]]);
      for (let index = 1; index < node.operators.length; index += 1) {
        const next = apply(new Uint8Array(length), sides[index], sides[index + 1], COMPARE[node.operators[index]]);
        intersect(out, next);
      }
      return out;
    }
    case "in": {
      const [item, ...options] = operands([node.item, ...node.options], table);
      const wanted = new Set(options.map(({ array }) => array[0]));
      return apply(out, item, constant(0), (value) => wanted.has(value) !== node.negated);
    }
    default:
      return apply(out, values(node, table), constant(0), (value) => value);
  }
}

/**
 * Fill `out` with `operation` of the values of both sides.
 *
 * @template {Cells} T
 * @param {T} out
 * @param {Values} left
 * @param {Values} right
 * @param {Binary} operation
 * @returns {T}
 */
function apply(out, { array: left, divisor: leftDivisor }, { array: right, divisor: rightDivisor }, operation) {
  if (left.length === 1 && right.length === 1) {
    out.fill(Number(operation(left[0] / leftDivisor, right[0] / rightDivisor)));
  } else if (right.length === 1) {
    const constant = right[0] / rightDivisor;
    for (let row = 0; row < out.length; row += 1) out[row] = operation(left[row] / leftDivisor, constant);
  } else if (left.length === 1) {
    const constant = left[0] / leftDivisor;
    for (let row = 0; row < out.length; row += 1) out[row] = operation(constant, right[row] / rightDivisor);
  } else {
    for (let row = 0; row < out.length; row += 1)
      out[row] = operation(left[row] / leftDivisor, right[row] / rightDivisor);
  }
  return out;
}

/**
 * The values of nodes that are compared with each other; a text becomes its code among the labels of their column, or,
 * where none of them is a column, its place among them.
 *
 * @param {Node[]} nodes
 * @param {Source} table
 * @returns {Values[]}
 */
function operands(nodes, table) {
  if (typeOf(nodes[0]) !== "text") return nodes.map((node) => values(node, table));
  const labels = nodes.flatMap((node) => (node.kind === "name" && table.column(node.name).labels) || []);
  const texts = nodes.map((node) => (node.kind === "literal" ? String(node.value) : ""));
  const known = labels.length ? labels : texts;
  return nodes.map((node, index) =>
    node.kind === "name" ? table.column(node.name) : constant(known.indexOf(texts[index])),
  );
}

/**
 * @param {Node} node a number or a condition
 * @param {Source} table
 * @returns {Values}
 */
function values(node, table) {
  switch (node.kind) {
    case "name":
      return table.column(node.name);
    case "literal":
      return constant(Number(node.value));
    case "minus":
      return calculated("-", constant(0), values(node.part, table));
    case "arithmetic":
      return calculated(node.operator, values(node.left, table), values(node.right, table));
    default:
      return { array: evaluate(node, table), divisor: 1 };
  }
}

/**
 * @param {Operation} operator
 * @param {Values} left
 * @param {Values} right
 * @returns {Values}
 */
function calculated(operator, left, right) {
  const out = new Float64Array(Math.max(left.array.length, right.array.length));
  return { array: apply(out, left, right, ARITHMETIC[operator]), divisor: 1 };
}

/**
 * @param {number} value
 * @returns {Values}
 */
function constant(value) {
  return { array: [value], divisor: 1 };
}
