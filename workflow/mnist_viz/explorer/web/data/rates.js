/** How many images of a table are left, and how many of them are guessed wrong. */

/** @import { Filter } from "../query/filter.js" */
/** @import { Predictions } from "./predictions.js" */
/** @typedef {{ variant: number, index: number, images: number, errors: number, curve: number[] }} Latest */

/**
 * Images and errors among the rows of a table that the filter leaves. Of a sample, whose images have weights, the
 * number of images is an estimate for all; that of errors is exact.
 *
 * @param {Predictions} data
 * @param {Filter} filter
 * @param {number} table
 */
export function errorsOf(data, filter, table) {
  const { weights, known, images: length } = data;
  const correct = data.column("correct").array;
  const { mask } = filter;
  let images = 0;
  let errors = 0;
  for (let image = 0, row = table * length; image < length; image += 1, row += 1) {
    if (!mask[row] || (known && !known[image])) continue;
    errors += 1 - correct[row];
    images += weights ? weights[image] : 1;
  }
  return { images: Math.round(images), errors };
}

/**
 * Of each variant, in the order of `lasts`, the images and errors of the last table of which the filter leaves something
 * (of its last one, if it leaves nothing), and the errors of all such tables.
 *
 * @param {Predictions} data
 * @param {Filter} filter
 * @param {number[]} lasts the tables of the variants' last epochs
 * @returns {Latest[]}
 */
export function latestErrors(data, filter, lasts) {
  const measured = data.tables.map((_, index) => ({ index, ...errorsOf(data, filter, index) }));
  return lasts.map((last) => {
    const [variant] = data.tables[last];
    const left = measured.filter(({ index, images }) => data.tables[index][0] === variant && images > 0);
    return { variant, ...(left.at(-1) ?? measured[last]), curve: left.map(({ errors }) => errors) };
  });
}

/**
 * What is said after predictions that are counted: only images whose truth is known can be right or wrong.
 *
 * @param {Predictions} data
 */
export function ofKnown({ known }) {
  return known ? " whose truth is known" : "";
}
