/** The words of a query: numbers, names, quoted texts, symbols, each with its place. */
import { QueryError } from "./error.js";
import { quotable } from "./limits.js";

/**
 * @typedef {object} Token
 * @property {"number" | "name" | "word" | "text" | "symbol" | "open" | "unreadable" | "end"} kind "open" is a text that
 *   has no closing quote
 * @property {string} content as it is written
 * @property {number} start
 * @property {number} end
 */

/** @type {[RegExp, Token["kind"]][]} */
const KINDS = [
  [/(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/y, "number"],
  [/[A-Za-z_][\w.]*/y, "name"],
  [/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy, "text"],
  [/["'].*/sy, "open"],
  [/<>|[=!]==|&&|\|\|/y, "unreadable"],
  [/[<>=!]=|[<>+\-*/(),]/y, "symbol"],
  [/./suy, "unreadable"],
];
const SPACE = /\s*/y;
const ESCAPED = /\\(["'\\n])/g;

/** How what others write is written here. @type {Map<string, string>} */
const INSTEAD = new Map([
  ["&", "and"],
  ["&&", "and"],
  ["|", "or"],
  ["||", "or"],
  ["!", "not"],
  ["<>", "!="],
  ["≠", "!="],
  ["!==", "!="],
  ["===", "=="],
  ["≤", "<="],
  ["≥", ">="],
  ["−", "-"],
  ["×", "*"],
  ["·", "*"],
  ["÷", "/"],
  ["“", 'the quotes "…"'],
  ["”", 'the quotes "…"'],
  ["„", 'the quotes "…"'],
  ["‘", "the quotes '…'"],
  ["’", "the quotes '…'"],
]);

/** Names that are none of a column. */
export const WORDS = ["and", "or", "not", "in", "true", "false"];

/**
 * The tokens of `text`, the last of which is of the kind "end". Throws a QueryError at the first that has no meaning.
 *
 * @param {string} text
 * @returns {Token[]}
 */
export function tokenize(text) {
  const tokens = scan(text);
  for (const token of tokens) if (token.kind === "open" || token.kind === "unreadable") throw unreadable(token);
  return [...tokens, { kind: "end", content: "", start: text.length, end: text.length }];
}

/**
 * The tokens of `text`, whether they have a meaning or not.
 *
 * @param {string} text
 * @returns {Token[]}
 */
export function scan(text) {
  const tokens = [];
  for (let start = skip(text, 0); start < text.length; start = skip(text, tokens[tokens.length - 1].end)) {
    tokens.push(tokenAt(text, start));
  }
  return tokens;
}

/**
 * Where the next token begins.
 *
 * @param {string} text
 * @param {number} position
 */
function skip(text, position) {
  SPACE.lastIndex = position;
  SPACE.test(text);
  return SPACE.lastIndex;
}

/**
 * @param {string} text
 * @param {number} start
 * @returns {Token}
 */
function tokenAt(text, start) {
  for (const [pattern, kind] of KINDS) {
    pattern.lastIndex = start;
    const content = pattern.exec(text)?.[0];
    if (content === undefined) continue;
    const word = kind === "name" && WORDS.includes(content);
    return { kind: word ? "word" : kind, content, start, end: start + content.length };
  }
  throw new RangeError(`no token at ${start}`);
}

/** @param {Token} token */
function unreadable({ kind, content, start, end }) {
  if (kind === "open") return new QueryError("this text has no closing quote", start, end);
  if (content === "=") return new QueryError("for equality write ==", start, end);
  const instead = INSTEAD.get(content);
  return new QueryError(instead ? `write ${instead} instead` : `“${content}” has no meaning here`, start, end);
}

/**
 * What a name would have to be to mean what it seems to: one of WORDS, a text in quotes. Null if it means nothing else.
 *
 * @param {Token} token
 * @param {string[]} labels all texts that columns have
 */
export function meant({ kind, content }, labels) {
  if (kind !== "name") return null;
  const word = content.toLowerCase();
  if (WORDS.includes(word)) return `write ${word} instead of ${content}`;
  const begun = (/** @type {string} */ label) => label.startsWith(content) && !/^\w/.test(label.slice(content.length));
  const label = labels.find((each) => each === content) ?? labels.find(begun);
  return label === undefined ? null : `write a text in quotes: ${quoted(quotable(label))}`;
}

/**
 * A text in quotes, as a query has it. A backslash stands before quotes and backslashes, and `\n` for a new line.
 *
 * @param {string} value
 */
export function quoted(value) {
  return `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

/**
 * The text that a quoted one stands for. A backslash before any other character stands for itself.
 *
 * @param {string} content
 */
export function unquoted(content) {
  return content.slice(1, -1).replace(ESCAPED, (_, character) => (character === "n" ? "\n" : character));
}
