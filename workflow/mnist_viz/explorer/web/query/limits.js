/** How much a query may be, so that reading and evaluating it never keeps the page from answering. */
import { QueryError } from "./error.js";

/** @import { Token } from "./tokens.js" */

const MOST_LETTERS = 100_000;
const MOST_OPERATIONS = 200; // each is a pass over all rows
const MOST_LEVELS = 100;
const SHOWN_LETTERS = 40;

/**
 * A text may not be too long to be read.
 *
 * @param {string} text
 */
export function checkLength(text) {
  if (text.length <= MOST_LETTERS) return;
  const message = `a query has at most ${MOST_LETTERS} characters; this one has ${text.length}`;
  throw new QueryError(message, MOST_LETTERS, MOST_LETTERS + 1);
}

/**
 * A query may not have too many operations: comparisons, calculations, and what joins conditions.
 *
 * @param {number} operations until and with `token`
 * @param {Token} token
 */
export function checkOperations(operations, { start, end }) {
  if (operations <= MOST_OPERATIONS) return;
  const message = `a query has at most ${MOST_OPERATIONS} operations; for many values of a column write in (…)`;
  throw new QueryError(message, start, end);
}

/**
 * Parentheses, "not" and signs may not be nested too deeply.
 *
 * @param {number} levels around `token` and with it
 * @param {Token} token
 */
export function checkLevels(levels, { start, end }) {
  if (levels > MOST_LEVELS) throw new QueryError(`nested more than ${MOST_LEVELS} levels deep`, start, end);
}

/**
 * What a message quotes of a query: a long word without its end.
 *
 * @param {string} content
 */
export function quotable(content) {
  return content.length > SHOWN_LETTERS ? `${content.slice(0, SHOWN_LETTERS)}…` : content;
}
