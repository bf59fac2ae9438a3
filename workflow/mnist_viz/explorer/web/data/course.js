/** The images that a variant learns, never learns, and forgets again. */
import { selected } from "./order.js";

/** @import { Predictions } from "./predictions.js" */
/** @typedef {{ learned: Uint32Array, never: Uint32Array, forgotten: Uint32Array }} Course Images, ascending. */

/**
 * Of the images of which `mask` has a row: those that are wrong in the table `from` and right in `to`, those that are
 * wrong in all tables, and those that are right in one and wrong in a later one.
 *
 * @param {Predictions} data
 * @param {Uint8Array} mask
 * @param {number[]} own the tables of the variant, by epoch
 * @param {number} from one of them
 * @param {number} to
 * @returns {Course}
 */
export function course(data, mask, own, from, to) {
  const correct = data.column("correct").array;
  const [learned, never, forgotten] = Array.from({ length: 3 }, () => new Uint8Array(data.images));
  for (let image = 0; image < data.images; image += 1) {
    let within = 0;
    let everRight = 0;
    let lost = 0;
    for (const index of own) {
      const row = index * data.images + image;
      within |= mask[row];
      lost |= everRight & (1 - correct[row]);
      everRight |= correct[row];
    }
    learned[image] = within & (1 - correct[from * data.images + image]) & correct[to * data.images + image];
    never[image] = within & (1 - everRight);
    forgotten[image] = within & lost;
  }
  return { learned: selected(learned), never: selected(never), forgotten: selected(forgotten) };
}
