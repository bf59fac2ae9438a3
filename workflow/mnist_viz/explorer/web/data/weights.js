/** What an image counts in a sample of all. */
import { CLASSES } from "./meaning.js";

/** @import { Predictions } from "./predictions.js" */

/**
 * How many images each image stands for: 1 if any table gets it wrong, and for the others their label's share of the
 * omitted ones.
 *
 * @param {Predictions} data
 */
export function weighed(data) {
  const { images, length, truth, omitted } = data;
  const correct = data.column("correct").array;
  const contested = Uint8Array.from(truth, (each) => Number(each === CLASSES));
  for (let start = 0; start < length; start += images)
    for (let image = 0; image < images; image += 1) contested[image] |= 1 - correct[start + image];
  const here = new Array(CLASSES).fill(0);
  for (let image = 0; image < images; image += 1) here[truth[image]] += 1 - contested[image];
  const weight = (/** @type {number} */ image) =>
    contested[image] ? 1 : 1 + omitted[truth[image]] / here[truth[image]];
  return Float64Array.from({ length: images }, (_, image) => weight(image));
}
