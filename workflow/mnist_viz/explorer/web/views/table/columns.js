/** Which columns the table has: those at first, those that stay at the left, those of a file. */
import { SIDES, translated } from "../../data/joined.js";
import { CLASSES, OF_MARKS, SCORES } from "../../data/meaning.js";
import { MOST_BARS } from "../../parts/pictures.js";
import { SCORES_COLUMN, writtenScores } from "./scores.js";

/** @import { TableView } from "./table.js" */

/** The columns that stay at the left when they come first. */
const FROZEN = ["id", "image", "truth"];

/**
 * The names of the columns that nobody has chosen.
 *
 * @param {TableView} view
 */
export function usualColumns({ app, joined }) {
  const shares = CLASSES > MOST_BARS ? [] : SCORES;
  const hidden = ["models_wrong", ...Object.keys(OF_MARKS), ...SCORES.filter((name) => !shares.includes(name))];
  if (!joined) return app.data.names.filter((name) => !hidden.includes(name));
  const sides = (/** @type {string[]} */ ...names) => names.flatMap((name) => SIDES.map((side) => `${side}.${name}`));
  const own = sides("correct", "confidence", "true_score", "loss");
  return [...FROZEN, ...(app.data.given ? ["given"] : []), ...sides("guess"), SCORES_COLUMN.name, "distance", ...own];
}

/**
 * How many columns stay at the left when the others scroll.
 *
 * @param {string[]} columns
 */
export function frozen(columns) {
  const first = columns.findIndex((name) => !FROZEN.includes(name));
  return first < 0 ? columns.length : first;
}

/**
 * The names of the columns that a file of the rows has: those that are shown, of a join also those that say what A and
 * B are, and where every class has a bar the single scores.
 *
 * @param {TableView} view
 */
export function writtenColumns(view) {
  const more = view.joined ? SIDES.flatMap((side) => [`${side}.variant`, `${side}.epoch`]) : [];
  const shown = view.columns.flatMap((name) => (name === SCORES_COLUMN.name ? writtenScores(view) : [name]));
  return [...new Set([...shown, ...more])];
}

/**
 * The keys of a list; of a join, with both sides' columns for those that it has not.
 *
 * @param {TableView} view
 * @param {string} list names between commas, with a minus before one that sorts downwards
 */
export function keysIn({ joined, source }, list) {
  return (joined ? translated(list, source) : list).split(",").filter(Boolean);
}
