/** Variants that differ by their seed alone as one line: the mean of their errors, and how far they spread. */
import { meanAndSpread, seedGroups } from "../data/replicates.js";
import { caveat, h, percent, table, whole } from "../parts/dom.js";
import { holds, isOneOf, isOnlyAboutOneOf, oneOf, replace } from "../query/edit.js";
import { outcomesIn } from "../query/outcome.js";
import { and, or } from "../query/tree.js";

/** @import { App } from "../app.js" */
/** @import { Predictions } from "../data/predictions.js" */
/** @import { Latest } from "../data/rates.js" */
/** @import { Node } from "../query/tree.js" */

const WRONG = holds({ name: "correct", kind: "flag" }, false);

/**
 * A table of the groups of seeds; null if no two variants differ by the seed alone. A variant that diverged is in none of
 * the numbers.
 *
 * @param {App} app
 * @param {Latest[]} latest errors of each variant
 * @param {string} after which epoch
 */
export function replicates(app, latest, after) {
  const { data, description, filter } = app;
  const groups = seedGroups(description.variants).filter(({ variants }) => variants.length > 1);
  if (groups.length === 0) return null;
  const last = new Map(latest.map((each) => [each.variant, each]));
  const note = caveat(outcomesIn(filter));
  const rows = groups.map(({ name, variants }) => {
    const diverged = (/** @type {number} */ variant) => description.variants[variant].predict.diverged;
    const kept = variants.flatMap((variant) => (diverged(variant) ? [] : (last.get(variant) ?? [])));
    const lost = variants.length - kept.length;
    const own = kept.map(({ variant }) => description.variants[variant].config.seed).join(", ");
    const seeds = `${own}${lost ? `; ${lost} diverged` : ""}`;
    const counts = kept.filter(({ images }) => images > 0);
    if (counts.length === 0) return [name, seeds, "–", "–", ""];
    const errors = meanAndSpread(counts.map((count) => count.errors));
    const rate = meanAndSpread(counts.map((count) => count.errors / count.images));
    const chosen = [tablesOf(data, counts), WRONG];
    const isChosen = isOneOf(chosen);
    const isOfTables = isOnlyAboutOneOf(["variant", "epoch", "correct"]);
    const dropped = (/** @type {Node} */ condition) => isOfTables(condition) || isChosen(condition);
    const open = () => app.openTable(replace(filter.tree, dropped, and(chosen)), { rows: "all" });
    const total = counts.reduce((sum, count) => sum + count.errors, 0);
    const button = h("button", { type: "button", click: open }, `${whole(total)} in the table`);
    return [
      name,
      seeds,
      `${errors.mean.toFixed(1)} ± ${errors.spread.toFixed(1)}`,
      [`${percent(rate.mean)} ± ${percent(rate.spread)}`, note && [" ", note.cloneNode(true)]],
      total ? button : "",
    ];
  });
  return table(
    `Wrong guesses after ${after}: mean and standard deviation (n − 1) over the seeds`,
    ["without the seed", "seeds", "errors", "error rate", ""],
    rows,
    { class: "numbers", id: "replicates" },
  );
}

/**
 * What chooses these tables: their variants after an epoch, epoch by epoch.
 *
 * @param {Predictions} data
 * @param {Latest[]} tables
 */
function tablesOf(data, tables) {
  const epochs = [...new Set(tables.map(({ index }) => data.tables[index][1]))];
  const parts = epochs.map((epoch) => {
    const own = tables.filter(({ index }) => data.tables[index][1] === epoch);
    const names = own.map(({ variant }) => data.variants[variant]);
    return and([oneOf(data.column("variant"), names), oneOf(data.column("epoch"), [epoch])]);
  });
  return parts.length > 1 ? or(parts) : parts[0];
}
