/** Variants that differ by their seed alone as one line: the mean of their errors, and how far they spread. */
import { lastTables } from "../data/hard.js";
import { errorsOf } from "../data/rates.js";
import { meanAndSpread, seedGroups } from "../data/replicates.js";
import { caveat, h, percent, table, whole } from "../parts/dom.js";
import { holds, isOnlyAboutOneOf, oneOf, replace } from "../query/edit.js";
import { outcomesIn } from "../query/outcome.js";
import { and } from "../query/tree.js";

/** @import { App } from "../app.js" */

const WRONG = holds({ name: "correct", kind: "flag" }, false);

/**
 * A table of the groups of seeds after their last epochs; null if no two variants differ by the seed alone. A variant
 * that diverged is in none of the numbers.
 *
 * @param {App} app
 */
export function replicates(app) {
  const { data, description, filter } = app;
  const groups = seedGroups(description.variants).filter(({ variants }) => variants.length > 1);
  if (groups.length === 0) return null;
  const last = new Map(lastTables(data).map((index) => [data.tables[index][0], index]));
  const note = caveat(outcomesIn(filter.tree));
  const rows = groups.map(({ name, variants }) => {
    const kept = variants.filter((variant) => last.has(variant) && !description.variants[variant].predict.diverged);
    const tables = kept.map((variant) => /** @type {number} */ (last.get(variant)));
    const counts = tables.map((index) => errorsOf(data, filter, index)).filter(({ images }) => images > 0);
    const lost = variants.length - kept.length;
    const seeds = `${kept.map((variant) => description.variants[variant].config.seed).join(", ")}${lost ? `; ${lost} diverged` : ""}`;
    if (counts.length === 0) return [name, seeds, "–", "–", ""];
    const errors = meanAndSpread(counts.map((count) => count.errors));
    const rate = meanAndSpread(counts.map((count) => count.errors / count.images));
    const names = kept.map((variant) => data.variants[variant]);
    const epochs = [...new Set(tables.map((index) => data.tables[index][1]))];
    const own = [oneOf(data.column("variant"), names), oneOf(data.column("epoch"), epochs), WRONG];
    const open = () =>
      app.openTable(replace(filter.tree, isOnlyAboutOneOf(["variant", "epoch", "correct"]), and(own)), { rows: "all" });
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
    "Wrong guesses after the last epoch: mean and standard deviation (n − 1) over the seeds",
    ["without the seed", "seeds", "errors", "error rate", ""],
    rows,
    { class: "numbers", id: "replicates" },
  );
}
