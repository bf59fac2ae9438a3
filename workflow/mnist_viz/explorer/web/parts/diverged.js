/** What the page says of variants that have fewer epochs than they were to have. */
import { counted, h } from "./dom.js";

/** @import { Description } from "../data/bytes.js" */

/**
 * Which variants diverged, how many epochs they have, and why.
 *
 * @param {Description} description
 */
export function divergedNote(description) {
  const diverged = description.variants.flatMap(({ name, predict }) =>
    predict.diverged ? [{ name, ...predict.diverged }] : [],
  );
  if (!diverged.length) return "";
  return h(
    "details",
    { class: "sample", id: "diverged", role: "note" },
    h("summary", {}, `${counted(diverged.length, "variant")} diverged`),
    h(
      "ul",
      {},
      diverged.map(({ name, reason, epochs, of }) =>
        h("li", {}, h("strong", {}, name), `: ${epochs} of ${counted(of, "epoch")}; ${reason}`),
      ),
    ),
  );
}
