/** What McNemar's test says of two models, in words. */
import { SIDES } from "../data/joined.js";
import { mcnemar } from "../data/statistics.js";
import { counted, percent, whole } from "../parts/dom.js";
import { alike } from "../parts/handover.js";

/** @import { App } from "../app.js" */

const LEVEL = 0.05;

/**
 * That a query leaves no prediction of A or of B, between which there is then no verdict; empty if it leaves some.
 *
 * @param {App} app
 * @param {Uint8Array} [mask] of the rows that are left
 */
export function lacking({ data, filter }, mask = filter.mask) {
  const lost = SIDES.filter((side) => filter.countOf(data[side], mask) === 0);
  if (lost.length === 0) return "";
  const names = lost.map((side) => `${side.toUpperCase()} (${data.label(data[side])})`);
  const instead = lost.length < SIDES.length ? "; conditions such as b.correct are about both" : "";
  return `The query leaves no prediction of ${names.join(" or ")}${instead}.`;
}

/**
 * Which images the four cells count, where the query leaves others in A than in B.
 *
 * @param {App} app
 */
export function eitherNote(app) {
  return alike(app) ? "" : " left in A or in B";
}

/**
 * The test's p as it is written; a dash where there is nothing to test.
 *
 * @param {number} onlyA images that only A gets right
 * @param {number} onlyB
 */
export function writtenP(onlyA, onlyB) {
  if (onlyA + onlyB === 0) return "–";
  const p = mcnemar(onlyA, onlyB);
  return p < 0.0001 ? p.toExponential(2) : p.toFixed(4);
}

/**
 * What the test says, in a few words.
 *
 * @param {number} onlyA
 * @param {number} onlyB
 */
export function outcome(onlyA, onlyB) {
  if (onlyA + onlyB === 0) return "nothing to test: no image that only one of them gets right";
  return mcnemar(onlyA, onlyB) < LEVEL ? `${onlyA > onlyB ? "A" : "B"} is better` : "could be chance";
}

/**
 * The verdict as a sentence, and the figures that it rests on; empty where there are none.
 *
 * @param {number[][]} cells
 * @param {boolean} same whether A and B are the same table
 * @param {string} [known] what `ofKnown` says
 * @param {string} [scope] what `eitherNote` says
 * @returns {{ words: string, figures: string }}
 */
export function verdict([[both, onlyA], [onlyB, neither]], same, known = "", scope = "") {
  const total = both + onlyA + onlyB + neither;
  const [a, b] = [onlyB + neither, onlyA + neither];
  if (total === 0) return { words: `The query leaves no prediction of A or B${known}.`, figures: "" };
  const rates = `A gets ${whole(a)} (${percent(a / total)}) and B ${whole(b)} (${percent(b / total)}) of ${counted(
    total,
    "image",
  )}${scope} wrong`;
  if (same) return { words: "A and B are the same table; choose another.", figures: `${rates}.` };
  if (onlyA + onlyB === 0) return { words: "A and B get the same images right.", figures: `${rates}.` };
  const p = writtenP(onlyA, onlyB);
  const chance = mcnemar(onlyA, onlyB) >= LEVEL;
  const words = chance ? "The difference between A and B could be chance." : `${outcome(onlyA, onlyB)}.`;
  const split = `only A is right on ${whole(onlyA)}, only B on ${whole(onlyB)}`;
  return { words, figures: `${rates}; ${split}; McNemar’s exact p = ${p}.` };
}
