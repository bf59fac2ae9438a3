/** The columns that the table has at first, in their order. */
import { SIDES } from "../../data/joined.js";
import { CLASSES, OF_MARKS, SCORES } from "../../data/meaning.js";
import { MOST_BARS } from "../../parts/pictures.js";

/** @import { Predictions } from "../../data/predictions.js" */

/** Columns of scores; of many classes only those are shown that are asked for. */
const SHARES = CLASSES > MOST_BARS ? [] : SCORES;
const OF_SIDES = ["guess", "correct", "confidence", "true_score", "loss"];

/**
 * Those of all predictions.
 *
 * @param {Predictions} data
 */
export function ofEvery({ names }) {
  const hidden = (/** @type {string} */ name) =>
    name === "models_wrong" || Object.hasOwn(OF_MARKS, name) || (SCORES.includes(name) && !SHARES.includes(name));
  return names.filter((name) => !hidden(name));
}

/**
 * Those of A joined with B.
 *
 * @param {Predictions} data
 */
export function ofJoined({ given }) {
  const sides = (/** @type {string} */ name) => SIDES.map((side) => `${side}.${name}`);
  const labels = given ? ["truth", "given"] : ["truth"];
  return ["id", "image", ...labels, ...OF_SIDES.flatMap(sides), "distance", ...SHARES.flatMap(sides)];
}
