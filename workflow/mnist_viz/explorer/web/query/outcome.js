/** Whether images are selected by what a model made of them: rates among what is left are then none of the model's. */
import { OF_MARKS } from "../data/meaning.js";
import { conditions } from "./edit.js";
import { quotable } from "./limits.js";
import { columnsOf } from "./tree.js";

/** @import { Test } from "./edit.js" */
/** @import { Filter } from "./filter.js" */
/** @import { Node } from "./tree.js" */

/** The columns that depend on what was guessed, or on how likely the truth was found; and those of marks, which people
 * make where models err. */
const OF_GUESSES = ["guess", "correct", "true_score", "loss", "models_wrong", "distance"];
const OUTCOMES = new Set([...OF_GUESSES, ...Object.keys(OF_MARKS)]);

/**
 * The columns of the outcome that a filter's query selects by, in the order of its text, and its choice of images: these
 * were chosen one by one, mostly for what a model made of them.
 *
 * @param {Filter} filter
 * @param {Test} [drop] of the conditions that do not count
 */
export function outcomesIn({ tree, choice }, drop = () => false) {
  const names = conditions(tree)
    .filter((condition) => !drop(condition))
    .flatMap((condition) => [...columnsOf(condition)]);
  const columns = [...new Set(names)].filter((name) => OUTCOMES.has(name.replace(/^[ab]\./, "")));
  return choice ? [...columns, `“${quotable(choice.title)}”`] : columns;
}
