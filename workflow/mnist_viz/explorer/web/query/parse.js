/**
 * The query language: a small expression grammar, read by recursive descent.
 *
 *   or      = and { "or" and }
 *   and     = not { "and" not }
 *   not     = "not" not | compare
 *   compare = sum { ("==" | "!=" | "<" | "<=" | ">" | ">=") sum } | sum ["not"] "in" "(" literal { "," literal } ")"
 *   sum     = product { ("+" | "-") product }
 *   product = unary { ("*" | "/") unary }
 *   unary   = "-" unary | number | text | name | "true" | "false" | "(" or ")"
 */
import { checkComparison, checkFlag, checkNumber, checkOption, labelsOf, unknownColumn } from "./checks.js";
import { QueryError } from "./error.js";
import { checkLength, checkLevels, checkOperations } from "./limits.js";
import { meant, tokenize, unquoted } from "./tokens.js";
import { arithmetic, compare, group, isIn, literal, minus, name, not } from "./tree.js";

/** @import { Source } from "../data/column.js" */
/** @import { Token } from "./tokens.js" */
/** @import { Comparison, Literal, Node, Operation, Place } from "./tree.js" */
/** @typedef {Node & { place: Place }} Read A node that was read from a text. */

/** @type {Comparison[]} */
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];
const OPERATIONS = new Set([...COMPARISONS, "and", "or", "not", "in", "+", "-", "*", "/"]);

/**
 * The tree of `text`, null for an empty one; its columns are those of `table`, and every node knows its place.
 * Throws a QueryError that points at the place.
 *
 * @param {string} text
 * @param {Source} table
 * @returns {Node | null}
 */
export function parse(text, table) {
  checkLength(text);
  const tokens = tokenize(text);
  if (tokens.length === 1) return null;
  const parser = new Parser(tokens, table);
  const tree = parser.or();
  const next = parser.peek();
  if (next.kind !== "end") throw parser.unexpected(next, "expected and, or, or the end");
  return checkFlag(tree);
}

class Parser {
  /**
   * @param {Token[]} tokens
   * @param {Source} table
   */
  constructor(tokens, table) {
    this.tokens = tokens;
    this.table = table;
    this.position = 0;
    this.operations = 0;
    this.levels = 0; // that the present token is nested in
  }

  peek() {
    return this.tokens[this.position];
  }

  /**
   * The next token if its content is one of `contents`; null, without moving on, if not.
   *
   * @param {string[]} contents
   */
  take(...contents) {
    const token = this.peek();
    if ((token.kind !== "symbol" && token.kind !== "word") || !contents.includes(token.content)) return null;
    this.position += 1;
    if (OPERATIONS.has(token.content)) checkOperations(++this.operations, token);
    return token;
  }

  /**
   * What `read` reads one level below `token`.
   *
   * @param {Token} token
   * @param {() => Read} read
   */
  within(token, read) {
    checkLevels(++this.levels, token);
    const node = read();
    this.levels -= 1;
    return node;
  }

  /** @param {string} content */
  need(content) {
    const token = this.take(content);
    if (!token) throw this.unexpected(this.peek(), `expected ${content}`);
    return token;
  }

  /**
   * @param {Token} token
   * @param {string} message
   */
  unexpected(token, message) {
    const other = meant(token, labelsOf(this.table));
    const whole = token.kind === "end" ? `${message} here` : other ? `${message}; ${other}` : message;
    return new QueryError(whole, token.start, Math.max(token.end, token.start + 1));
  }

  or() {
    return this.chain("or", () => this.and());
  }

  and() {
    return this.chain("and", () => this.not());
  }

  /**
   * @param {"and" | "or"} word
   * @param {() => Read} operand
   * @returns {Read}
   */
  chain(word, operand) {
    const parts = [operand()];
    while (this.take(word)) parts.push(operand());
    if (parts.length === 1) return parts[0];
    return placed(group(word, parts.map(checkFlag)), parts[0].place.start, parts[parts.length - 1].place.end);
  }

  /** @returns {Read} */
  not() {
    const token = this.take("not");
    if (!token) return this.compare();
    const part = checkFlag(this.within(token, () => this.not()));
    return placed(not(part), token.start, part.place.end);
  }

  /** @returns {Read} */
  compare() {
    const operands = [this.sum()];
    const negated = this.take("not");
    const membership = negated ? this.need("in") : this.take("in");
    if (membership) return this.membership(operands[0], Boolean(negated));
    /** @type {Comparison[]} */
    const operators = [];
    for (let token = this.take(...COMPARISONS); token; token = this.take(...COMPARISONS)) {
      const right = this.sum();
      checkComparison(operands[operands.length - 1], token, right, this.table);
      operands.push(right);
      operators.push(/** @type {Comparison} */ (token.content));
    }
    if (operators.length === 0) return operands[0];
    return placed(compare(operands, operators), operands[0].place.start, operands[operands.length - 1].place.end);
  }

  /**
   * @param {Read} item
   * @param {boolean} negated
   * @returns {Read}
   */
  membership(item, negated) {
    this.need("(");
    /** @type {Literal[]} */
    const options = [];
    do {
      options.push(checkOption(item, this.unary(), this.table));
    } while (this.take(","));
    return placed(isIn(item, options, negated), item.place.start, this.need(")").end);
  }

  sum() {
    return this.arithmetic(["+", "-"], () => this.product());
  }

  product() {
    return this.arithmetic(["*", "/"], () => this.unary());
  }

  /**
   * @param {Operation[]} operators
   * @param {() => Read} operand
   * @returns {Read}
   */
  arithmetic(operators, operand) {
    let left = operand();
    for (let token = this.take(...operators); token; token = this.take(...operators)) {
      const right = operand();
      const operation = arithmetic(/** @type {Operation} */ (token.content), checkNumber(left), checkNumber(right));
      left = placed(operation, left.place.start, right.place.end);
    }
    return left;
  }

  /** @returns {Read} */
  unary() {
    const sign = this.take("-");
    if (sign) {
      const part = checkNumber(this.within(sign, () => this.unary()));
      return placed(minus(part), sign.start, part.place.end);
    }
    const opening = this.take("(");
    if (opening) {
      const node = this.within(opening, () => this.or());
      return placed(node, opening.start, this.need(")").end);
    }
    const token = this.peek();
    const node = this.atom(token);
    this.position += 1;
    return placed(node, token.start, token.end);
  }

  /**
   * @param {Token} token
   * @returns {Node}
   */
  atom(token) {
    const { kind, content } = token;
    if (kind === "number") return literal(Number(content));
    if (kind === "text") return literal(unquoted(content));
    if (kind === "word" && (content === "true" || content === "false")) return literal(content === "true");
    if (kind !== "name") throw this.unexpected(token, "expected a column, a number or a text");
    if (!this.table.has(content) || content === "image") throw unknownColumn(token, this.table);
    return name(this.table.column(content));
  }
}

/**
 * @param {Node} node
 * @param {number} start
 * @param {number} end
 * @returns {Read}
 */
function placed(node, start, end) {
  return { ...node, place: { start, end } };
}
