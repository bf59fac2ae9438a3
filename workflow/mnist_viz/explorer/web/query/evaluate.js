/** The rows that a query's tree chooses, evaluated over whole columns. */
import { intersect, unite } from "../data/order.js";
import { typeOf } from "./tree.js";

/** @import { Cells, Source } from "../data/column.js" */
/** @import { Comparison, Literal, Node, Operation } from "./tree.js" */
/** @typedef {Cells | [number]} Numbers One a row, or a single one for all rows. */
/**
 * Fills `out`, in every row, with what a number of `x` and one of `y` give; the next row's are `p` and `q` further, 0
 * where a single one is for all rows. Each operator has a loop of its own: one loop for all of them would call them row
 * by row, and take twice as long.
 *
 * @typedef {(out: Cells, x: Numbers, y: Numbers, p: number, q: number) => void} Loop
 */

/** @type {Record<Comparison, Loop>} */
const COMPARE = {
  "==": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] === y[row * q] ? 1 : 0;
  },
  "!=": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] !== y[row * q] ? 1 : 0;
  },
  "<": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] < y[row * q] ? 1 : 0;
  },
  "<=": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] <= y[row * q] ? 1 : 0;
  },
  ">": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] > y[row * q] ? 1 : 0;
  },
  ">=": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] >= y[row * q] ? 1 : 0;
  },
};
/** @type {Record<Operation, Loop>} */
const ARITHMETIC = {
  "+": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] + y[row * q];
  },
  "-": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] - y[row * q];
  },
  "*": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] * y[row * q];
  },
  "/": (out, x, y, p, q) => {
    for (let row = 0; row < out.length; row += 1) out[row] = x[row * p] / y[row * q];
  },
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
      const wanted = new Set(options.map(([option]) => option));
      const step = stepOf(item);
      for (let row = 0; row < length; row += 1) out[row] = wanted.has(item[row * step]) !== node.negated ? 1 : 0;
      return out;
    }
    default:
      return apply(out, values(node, table), [0], COMPARE["!="]);
  }
}

/**
 * Fill `out` with what a loop makes of both sides.
 *
 * @template {Cells} T
 * @param {T} out
 * @param {Numbers} left
 * @param {Numbers} right
 * @param {Loop} loop
 * @returns {T}
 */
function apply(out, left, right, loop) {
  loop(out, left, right, stepOf(left), stepOf(right));
  return out;
}

/**
 * How much further the number of the next row is.
 *
 * @param {Numbers} numbers
 */
function stepOf(numbers) {
  return numbers.length === 1 ? 0 : 1;
}

/**
 * The values of nodes that are compared with each other; a text becomes its code among the labels of their column, or,
 * where none of them is a column, its place among them. Columns of classes have the same codes.
 *
 * @param {Node[]} nodes
 * @param {Source} table
 * @returns {Numbers[]}
 */
function operands(nodes, table) {
  if (typeOf(nodes[0]) !== "text") return nodes.map((node) => values(node, table));
  const labels = nodes.map((node) => (node.kind === "name" && table.column(node.name).labels) || []);
  const texts = nodes.map((node) => (node.kind === "literal" ? String(node.value) : ""));
  const known = nodes.some((node) => node.kind === "name") ? labels : [texts];
  const code = (/** @type {string} */ text) => Math.max(...known.map((each) => each.indexOf(text)));
  return nodes.map((node, index) => (node.kind === "name" ? table.column(node.name).array : [code(texts[index])]));
}

/**
 * @param {Node} node a number or a condition
 * @param {Source} table
 * @returns {Numbers}
 */
function values(node, table) {
  switch (node.kind) {
    case "name":
      return table.column(node.name).array;
    case "literal":
      return [Number(node.value)];
    case "minus":
      return calculated("-", [0], values(node.part, table));
    case "arithmetic":
      return calculated(node.operator, values(node.left, table), values(node.right, table));
    default:
      return evaluate(node, table);
  }
}

/**
 * @param {Operation} operator
 * @param {Numbers} left
 * @param {Numbers} right
 * @returns {Numbers}
 */
function calculated(operator, left, right) {
  const out = new Float64Array(Math.max(left.length, right.length));
  return apply(out, left, right, ARITHMETIC[operator]);
}
