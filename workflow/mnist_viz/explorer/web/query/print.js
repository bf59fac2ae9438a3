/** The text of a query's tree: the parser makes the same tree of it. */
import { quoted } from "./tokens.js";

/** @import { Literal, Node } from "./tree.js" */

/** How tightly each kind holds its parts together; what holds less tightly than its place needs is in parentheses. */
const OR = 1;
const AND = 2;
const NOT = 3;
const COMPARE = 4;
const SUM = 5;
const PRODUCT = 6;
const UNARY = 7;

/**
 * The text of `tree`, with parentheses only where it needs them; empty for null.
 *
 * @param {Node | null} tree
 */
export function print(tree) {
  return tree ? within(OR, tree) : "";
}

/**
 * @param {number} least how tightly the place needs the node to hold
 * @param {Node} node
 * @returns {string}
 */
function within(least, node) {
  return tightness(node) < least ? `(${write(node)})` : write(node);
}

/** @param {Node} node */
function tightness(node) {
  switch (node.kind) {
    case "or":
      return OR;
    case "and":
      return AND;
    case "not":
      return NOT;
    case "compare":
    case "in":
      return COMPARE;
    case "arithmetic":
      return node.operator === "+" || node.operator === "-" ? SUM : PRODUCT;
    default:
      return UNARY;
  }
}

/**
 * @param {Node} node
 * @returns {string}
 */
function write(node) {
  switch (node.kind) {
    case "or":
      return node.parts.map((part) => within(AND, part)).join(" or ");
    case "and":
      return node.parts.map((part) => within(NOT, part)).join(" and ");
    case "not":
      return `not ${within(NOT, node.part)}`;
    case "compare": {
      const [first, ...others] = node.operands.map((operand) => within(SUM, operand));
      return others.reduce((text, operand, index) => `${text} ${node.operators[index]} ${operand}`, first);
    }
    case "in":
      return `${within(SUM, node.item)} ${node.negated ? "not in" : "in"} (${node.options.map(written).join(", ")})`;
    case "arithmetic": {
      const own = tightness(node);
      return `${within(own, node.left)} ${node.operator} ${within(own + 1, node.right)}`;
    }
    case "minus":
      return `-${within(UNARY, node.part)}`;
    case "literal":
      return written(node);
    default:
      return node.name;
  }
}

/** @param {Literal} literal */
function written({ value }) {
  if (typeof value === "string") return quoted(value);
  if (Object.is(value, -0)) return "-0";
  return String(value).replace("Infinity", "1e999"); // the numbers have no other name for what is too large
}
