/** The titles that a reader gives to the views: each is part of the address, so that a copied link has them. */

/** @import { State } from "./state.js" */

const MOST_LETTERS = 120; // of a file's name

/**
 * The title of a view; empty if it has none.
 *
 * @param {State} state
 * @param {string} view
 */
export function titleOf(state, view) {
  return new URLSearchParams(state.titles).get(view) ?? "";
}

/**
 * The titles of all views, of which `view` has another.
 *
 * @param {State} state
 * @param {string} view
 * @param {string} title none if empty
 */
export function titled(state, view, title) {
  const all = new URLSearchParams(state.titles);
  if (title) all.set(view, title);
  else all.delete(view);
  return String(all);
}

/**
 * A name for a file, of parts that may have any characters.
 *
 * @param {string[]} parts of which empty ones are left out
 */
export function fileName(parts) {
  const name = parts
    .map((part) => part.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-").replace(/^-|-$/g, ""))
    .filter(Boolean)
    .join("_");
  return Array.from(name).slice(0, MOST_LETTERS).join("");
}
