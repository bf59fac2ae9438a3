/**
 * The query language: a small expression grammar, read by recursive descent and evaluated over whole columns.
 *
 *   or      = and { "or" and }
 *   and     = not { "and" not }
 *   not     = "not" not | compare
 *   compare = sum { ("==" | "!=" | "<" | "<=" | ">" | ">=") sum } | sum ["not"] "in" "(" literal { "," literal } ")"
 *   sum     = product { ("+" | "-") product }
 *   product = unary { ("*" | "/") unary }
 *   unary   = "-" unary | number | text | name | "true" | "false" | "(" or ")"
 */
import { intersect, unite } from "./order.js";

const TOKEN_KINDS = [
  /(?<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/,
  /(?<name>[A-Za-z_][\w.]*)/,
  /(?<text>"[^"]*"|'[^']*')/,
  /(?<symbol>[<>=!]=|[<>+\-*/(),])/,
];
const TOKEN = new RegExp(`\\s*(?:${TOKEN_KINDS.map((kind) => kind.source).join("|")})`, "y");
const WORDS = new Set(["and", "or", "not", "in", "true", "false"]);
const COMPARE = {
  "==": (x, y) => x === y,
  "!=": (x, y) => x !== y,
  "<": (x, y) => x < y,
  "<=": (x, y) => x <= y,
  ">": (x, y) => x > y,
  ">=": (x, y) => x >= y,
};
const ARITHMETIC = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => x / y,
};

/** What is wrong with a query, and where: characters `start` to `end` of its text. */
export class QueryError extends Error {
  constructor(message, start, end) {
    super(message);
    Object.assign(this, { name: "QueryError", start, end });
  }
}

/** The tokens of `text`, the last of which is of the kind "end". */
export function tokenize(text) {
  const tokens = [];
  let position = 0;
  const rest = /\s*$/y;
  for (;;) {
    rest.lastIndex = position;
    if (rest.test(text)) break;
    TOKEN.lastIndex = position;
    const found = TOKEN.exec(text);
    if (!found) throw unreadable(text, position);
    const [kind, content] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    const end = TOKEN.lastIndex;
    const word = kind === "name" && WORDS.has(content);
    tokens.push({ kind: word ? "word" : kind, content, start: end - content.length, end });
    position = end;
  }
  tokens.push({ kind: "end", content: "", start: text.length, end: text.length });
  return tokens;
}

function unreadable(text, position) {
  const start = position + /^\s*/.exec(text.slice(position))[0].length;
  const character = text[start];
  if (character === '"' || character === "'")
    return new QueryError("this text has no closing quote", start, text.length);
  if (character === "=") return new QueryError("for equality write ==", start, start + 1);
  if (character === "&" || character === "|") {
    return new QueryError(`write ${character === "&" ? "and" : "or"} instead`, start, start + 1);
  }
  return new QueryError(`“${character}” has no meaning here`, start, start + 1);
}

/**
 * Parse `text` against the columns of `table` (an object with `has(name)`, `column(name)` and `names`).
 *
 * The result is a tree, null for an empty text; every node knows its type ("number", "text" or "flag") and its place.
 * Throws a QueryError that points at the place.
 */
export function parse(text, table) {
  const tokens = tokenize(text);
  if (tokens.length === 1) return null;
  const parser = new Parser(tokens, table);
  const node = parser.or();
  const next = parser.peek();
  if (next.kind !== "end") throw parser.unexpected(next, "expected and, or, or the end");
  return flag(node);
}

class Parser {
  constructor(tokens, table) {
    Object.assign(this, { tokens, table, position: 0 });
  }

  peek() {
    return this.tokens[this.position];
  }

  /** The next token if its content is one of `contents`; null, without moving on, if not. */
  take(...contents) {
    const token = this.peek();
    if ((token.kind !== "symbol" && token.kind !== "word") || !contents.includes(token.content)) return null;
    this.position += 1;
    return token;
  }

  need(content) {
    return this.take(content) ?? fail(this.unexpected(this.peek(), `expected ${content}`));
  }

  unexpected(token, message) {
    return new QueryError(
      token.kind === "end" ? `${message} here` : message,
      token.start,
      Math.max(token.end, token.start + 1),
    );
  }

  or() {
    return this.chain("or", () => this.and());
  }

  and() {
    return this.chain("and", () => this.not());
  }

  chain(word, operand) {
    const parts = [operand()];
    while (this.take(word)) parts.push(operand());
    if (parts.length === 1) return parts[0];
    return { kind: word, type: "flag", parts: parts.map(flag), start: parts[0].start, end: parts.at(-1).end };
  }

  not() {
    const token = this.take("not");
    if (!token) return this.compare();
    const part = flag(this.not());
    return { kind: "not", type: "flag", part, start: token.start, end: part.end };
  }

  compare() {
    const first = this.sum();
    const negated = this.take("not");
    if (negated || this.peek().content === "in") {
      this.need("in");
      return this.membership(first, Boolean(negated));
    }
    const parts = [];
    let left = first;
    for (let token = this.take(...Object.keys(COMPARE)); token; token = this.take(...Object.keys(COMPARE))) {
      const right = this.sum();
      parts.push(this.comparison(token, left, right));
      left = right;
    }
    if (parts.length <= 1) return parts[0] ?? first;
    return { kind: "and", type: "flag", parts, start: first.start, end: left.end };
  }

  comparison(token, left, right) {
    if (left.type !== right.type) {
      throw new QueryError(`${describe(left)} cannot be compared with ${describe(right)}`, left.start, right.end);
    }
    if (left.type === "text") {
      if (token.content !== "==" && token.content !== "!=") {
        throw new QueryError("texts are compared with ==, != or in", token.start, token.end);
      }
      this.checkLabel(left, right);
      this.checkLabel(right, left);
    }
    return { kind: "compare", type: "flag", operator: token.content, left, right, start: left.start, end: right.end };
  }

  membership(item, negated) {
    this.need("(");
    const options = [];
    do {
      const option = this.unary();
      if (option.kind !== "literal") throw new QueryError("expected a number or a text", option.start, option.end);
      if (option.type !== item.type) {
        throw new QueryError(`${describe(item)} cannot be ${describe(option)}`, option.start, option.end);
      }
      this.checkLabel(item, option);
      options.push(option.value);
    } while (this.take(","));
    const { end } = this.need(")");
    return { kind: "in", type: "flag", item, options, negated, start: item.start, end };
  }

  /** A text compared with a column must be one that the column knows. */
  checkLabel(item, literal) {
    const labels = item.kind === "name" ? this.table.column(item.name).labels : null;
    if (!labels || literal.kind !== "literal" || labels.includes(literal.value)) return;
    const near = nearest(literal.value, labels);
    const known = labels.length > 5 ? `${labels.slice(0, 5).join(", ")} …` : labels.join(", ");
    const hint = near ? `did you mean "${near}"?` : `there are ${known}`;
    throw new QueryError(`no ${item.name} is called "${literal.value}"; ${hint}`, literal.start, literal.end);
  }

  sum() {
    return this.arithmetic(["+", "-"], () => this.product());
  }

  product() {
    return this.arithmetic(["*", "/"], () => this.unary());
  }

  arithmetic(operators, operand) {
    let left = operand();
    for (let token = this.take(...operators); token; token = this.take(...operators)) {
      const right = operand();
      for (const side of [left, right]) {
        if (side.type !== "number") throw new QueryError(`${describe(side)} is no number`, side.start, side.end);
      }
      left = {
        kind: "arithmetic",
        type: "number",
        operator: token.content,
        left,
        right,
        start: left.start,
        end: right.end,
      };
    }
    return left;
  }

  unary() {
    const minus = this.take("-");
    if (minus) {
      const part = this.unary();
      if (part.type !== "number") throw new QueryError(`${describe(part)} is no number`, part.start, part.end);
      if (part.kind === "literal") return { ...part, value: -part.value, start: minus.start };
      const zero = { kind: "literal", type: "number", value: 0, start: minus.start, end: minus.end };
      return {
        kind: "arithmetic",
        type: "number",
        operator: "-",
        left: zero,
        right: part,
        start: minus.start,
        end: part.end,
      };
    }
    const token = this.peek();
    const { start, end, content } = token;
    if (this.take("(")) {
      const inner = this.or();
      return { ...inner, start, end: this.need(")").end };
    }
    if (this.take("true", "false"))
      return { kind: "literal", type: "flag", value: Number(content === "true"), start, end };
    if (token.kind === "number" || token.kind === "text" || token.kind === "name") this.position += 1;
    if (token.kind === "number") return { kind: "literal", type: "number", value: Number(content), start, end };
    if (token.kind === "text") return { kind: "literal", type: "text", value: content.slice(1, -1), start, end };
    if (token.kind === "name") return this.name(token);
    throw this.unexpected(token, "expected a column, a number or a text");
  }

  name({ content, start, end }) {
    if (!this.table.has(content) || content === "image") {
      const names = [...this.table.names, ...(this.table.joined?.names ?? [])].filter((name) => name !== "image");
      const near = nearest(content, names);
      throw new QueryError(`no column is called ${content}${near ? `; did you mean ${near}?` : ""}`, start, end);
    }
    const { kind } = this.table.column(content);
    const type = { text: "text", flag: "flag" }[kind] ?? "number";
    return { kind: "name", type, name: content, start, end };
  }
}

function fail(error) {
  throw error;
}

function flag(node) {
  if (node.type === "flag") return node;
  const example = node.kind === "name" ? `, for example ${node.name} == ${node.type === "text" ? '"…"' : "3"}` : "";
  throw new QueryError(`${describe(node)} is neither true nor false; compare it${example}`, node.start, node.end);
}

function describe(node) {
  const noun = { number: "a number", text: "a text", flag: "a condition" }[node.type];
  if (node.kind === "name") return `${node.name} (${noun})`;
  return node.kind === "literal" ? `${noun}` : noun;
}

/** The option with the smallest edit distance to `word`, if that is at most a third of its length. */
export function nearest(word, options) {
  const distance = (from, to) => {
    let row = Array.from({ length: to.length + 1 }, (_, index) => index);
    for (let i = 1; i <= from.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= to.length; j += 1) {
        next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(from[i - 1] !== to[j - 1])));
      }
      row = next;
    }
    return row[to.length];
  };
  const ranked = options.map((option) => [distance(word.toLowerCase(), option.toLowerCase()), option]);
  ranked.sort((x, y) => x[0] - y[0]);
  return ranked.length && ranked[0][0] <= Math.max(1, word.length / 3) ? ranked[0][1] : null;
}

/** Evaluate a parsed query over all rows of `table`: a Uint8Array with 1 for each row that matches. */
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
    case "compare":
      return apply(
        out,
        operand(node.left, node.right, table),
        operand(node.right, node.left, table),
        COMPARE[node.operator],
      );
    case "in": {
      const item = values(node.item, table);
      const wanted = new Set(item.labels ? node.options.map((option) => item.labels.indexOf(option)) : node.options);
      return apply(out, item, NOTHING, (value) => wanted.has(value) !== node.negated);
    }
    default:
      return apply(out, values(node, table), NOTHING, (value) => value);
  }
}

const NOTHING = { array: [0], divisor: 1 };

/** Fill `out` with `operation` of the values of both sides, each of which has one value a row or one for all rows. */
function apply(out, { array: left, divisor: leftDivisor }, { array: right, divisor: rightDivisor }, operation) {
  if (left.length === 1 && right.length === 1)
    return out.fill(operation(left[0] / leftDivisor, right[0] / rightDivisor));
  if (right.length === 1) {
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

/** The values of one side of a comparison; a text becomes its code in the other side's column. */
function operand(node, other, table) {
  const column = other.kind === "name" && other.type === "text" ? table.column(other.name) : null;
  if (node.kind === "literal" && node.type === "text") {
    return { array: [column ? column.labels.indexOf(node.value) : node.value], divisor: 1 };
  }
  return values(node, table);
}

/** The values of an expression: `array` with one element a row, or a single one for all rows. */
function values(node, table) {
  if (node.kind === "name") return table.column(node.name);
  if (node.kind === "literal") return { array: [node.value], divisor: 1 };
  if (node.kind !== "arithmetic") return { array: evaluate(node, table), divisor: 1 };
  const left = values(node.left, table);
  const right = values(node.right, table);
  const out = new Float64Array(Math.max(left.array.length, right.array.length));
  return { array: apply(out, left, right, ARITHMETIC[node.operator]), divisor: 1 };
}

/** The parts of a parsed query that must all hold, each with its text and the columns that it mentions. */
export function conjuncts(node, text) {
  if (!node) return [];
  const parts = node.kind === "and" && text[node.start] !== "(" ? node.parts : [node];
  return parts.map((part) => ({ node: part, text: text.slice(part.start, part.end), columns: columnsOf(part) }));
}

function columnsOf(node) {
  if (node.kind === "name") return new Set([node.name]);
  const children = [node.left, node.right, node.part, node.item, ...(node.parts ?? [])].filter(Boolean);
  return new Set(children.flatMap((child) => [...columnsOf(child)]));
}

/** The query's text with the conjuncts for which `drop` holds left out and `added` put in at the end. */
export function rewrite(text, table, drop, added = "") {
  const kept = conjuncts(parse(text, table), text).filter((part) => !drop(part));
  return [...kept.map(({ node, text: part }) => (node.kind === "or" && part[0] !== "(" ? `(${part})` : part)), added]
    .filter(Boolean)
    .join(" and ");
}

/** What could stand at `cursor`: the words that fit, and the stretch of `text` that they would replace. */
export function complete(text, cursor, table) {
  const before = text.slice(0, cursor);
  const quoted = /(?<column>[\w.]+)\s*(?:[!=]=|(?:not\s+)?in\s*\([^)]*?)\s*(?<typed>["'][^"']*)?$/.exec(before);
  if (quoted && table.has(quoted.groups.column) && table.column(quoted.groups.column).labels) {
    const typed = quoted.groups.typed ?? "";
    const labels = table.column(quoted.groups.column).labels.map((label) => `"${label}"`);
    return { from: cursor - typed.length, to: cursor, options: starting(labels, typed.replace("'", '"')) };
  }
  const typed = /[\w.]*$/.exec(before)[0];
  const names = [...table.names, ...(table.joined?.names ?? [])];
  const words = [...new Set(names), "and", "or", "not", "in", "true", "false"].filter((name) => name !== "image");
  const options = /^\d/.test(typed) ? [] : starting(words, typed);
  return { from: cursor - typed.length, to: cursor, options };
}

function starting(words, typed) {
  return words.filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()) && word !== typed).slice(0, 12);
}
