/** What could be written next at a place of a query. */
import { quoted, scan, WORDS } from "./tokens.js";

/** @import { Source } from "../data/column.js" */
/** @import { Token } from "./tokens.js" */
/** @typedef {{ from: number, to: number, options: string[] }} Completion */

/**
 * What could stand at `cursor`: the words that fit, and the stretch of `text` that they would replace. Where nothing is
 * typed, words are offered only for an empty text and after an opening parenthesis.
 *
 * @param {string} text
 * @param {number} cursor
 * @param {Source} table
 * @returns {Completion}
 */
export function complete(text, cursor, table) {
  const tokens = scan(text.slice(0, cursor));
  const last = tokens[tokens.length - 1];
  const typed = last?.end === cursor && ["name", "word", "number", "open"].includes(last.kind) ? last : null;
  const before = typed ? tokens.slice(0, -1) : tokens;
  const from = typed ? typed.start : cursor;
  const invited = typed || text === "" || isSymbol(last, "(");
  return { from, to: cursor, options: invited ? options(typed, before, table) : [] };
}

/**
 * @param {Token | null} typed
 * @param {Token[]} before
 * @param {Source} table
 */
function options(typed, before, table) {
  const content = typed?.content ?? "";
  const column = typed === null || typed.kind === "open" ? compared(before) : null;
  const labels = column && table.has(column) ? table.column(column).labels : null;
  if (labels) return starting(labels.map(quoted), content.replace(/^'/, '"'));
  if (typed && typed.kind !== "name" && typed.kind !== "word") return [];
  const names = new Set([...table.names, ...(table.joined?.names ?? [])]);
  return starting(
    [...names, ...WORDS].filter((name) => name !== "image"),
    content,
  );
}

/**
 * The name of the column that what follows `tokens` is compared with, or is a choice of; null if it is neither.
 *
 * @param {Token[]} tokens
 */
function compared(tokens) {
  let position = tokens.length - 1;
  if (isSymbol(tokens[position], "==") || isSymbol(tokens[position], "!=")) return nameAt(tokens, position - 1);
  while (tokens[position]?.kind === "text" || isSymbol(tokens[position], ",")) position -= 1;
  if (!isSymbol(tokens[position], "(") || !isWord(tokens[position - 1], "in")) return null;
  return nameAt(tokens, position - (isWord(tokens[position - 2], "not") ? 3 : 2));
}

/**
 * @param {Token[]} tokens
 * @param {number} position
 */
function nameAt(tokens, position) {
  return tokens[position]?.kind === "name" ? tokens[position].content : null;
}

/**
 * @param {Token | undefined} token
 * @param {string} content
 */
function isSymbol(token, content) {
  return token?.kind === "symbol" && token.content === content;
}

/**
 * @param {Token | undefined} token
 * @param {string} content
 */
function isWord(token, content) {
  return token?.kind === "word" && token.content === content;
}

/**
 * @param {string[]} words
 * @param {string} typed
 */
function starting(words, typed) {
  return words.filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()) && word !== typed);
}
