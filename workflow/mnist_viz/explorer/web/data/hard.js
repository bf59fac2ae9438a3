/** The images that most tables get wrong, and those whose label all models agree against. */

/** @import { Predictions } from "./predictions.js" */
/** @typedef {{ image: number, wrong: number, tables: number, loss: number }} HardImage */
/** @typedef {{ image: number, guess: number, confidence: number }} LabelError */

/**
 * How hard each image is: in how many of its tables it is wrong and its mean loss (in nats) there, among the rows of
 * `mask`; the images wrong anywhere, the most often wrong first.
 *
 * @param {Predictions} data
 * @param {Uint8Array} mask
 * @returns {HardImage[]}
 */
export function hardest(data, mask) {
  const correct = data.column("correct").array;
  const loss = data.column("loss").array;
  const found = [];
  for (let image = 0; image < data.images; image += 1) {
    let wrong = 0;
    let tables = 0;
    let sum = 0;
    for (let row = image; row < data.length; row += data.images) {
      if (!mask[row]) continue;
      tables += 1;
      wrong += 1 - correct[row];
      sum += loss[row];
    }
    if (wrong) found.push({ image, wrong, tables, loss: sum / tables });
  }
  return found.sort((x, y) => y.wrong - x.wrong || y.loss - x.loss);
}

/**
 * The tables of every variant's last epoch.
 *
 * @param {Predictions} data
 */
export function lastTables(data) {
  return data.tables.flatMap(([variant], index) => (data.tables[index + 1]?.[0] === variant ? [] : [index]));
}

/**
 * The same without ensembles.
 *
 * @param {Predictions} data
 */
export function trainedTables(data) {
  return lastTables(data).filter((index) => index < data.trained.tables);
}

/**
 * What there is to say where models agree against no label.
 *
 * @param {Predictions} data
 */
export function noneAgainst({ known }) {
  if (known && !known.includes(1)) return "No label is known.";
  return "On no image do all models agree against the label.";
}

/**
 * How many models guess each image wrong after their last epochs; 0 where the truth is not known.
 *
 * @param {Predictions} data
 */
export function modelsWrong(data) {
  const correct = data.column("correct").array;
  const tables = trainedTables(data);
  const count = (/** @type {number} */ image) =>
    tables.reduce((sum, table) => sum + 1 - correct[table * data.images + image], 0);
  return Uint16Array.from({ length: data.images }, (_, image) => count(image));
}

/**
 * The class that all rows of an image in some tables guess that `mask` has; -1 if there are none or they differ.
 *
 * @param {Predictions} data
 * @param {Uint8Array} mask
 * @param {number[]} tables
 * @param {number} image
 */
function agreed(data, mask, tables, image) {
  let found = -1;
  for (let index = 0; index < tables.length; index += 1) {
    const row = tables[index] * data.images + image;
    if (!mask[row]) continue;
    const guess = data.guess[row];
    if (found >= 0 && guess !== found) return -1;
    found = guess;
  }
  return found;
}

/**
 * Images on which all models, after their last epochs, agree on a digit that is not the label, with the lowest
 * confidence among the models, the highest first. Only rows of `mask` count.
 *
 * @param {Predictions} data
 * @param {Uint8Array} mask
 * @returns {LabelError[]}
 */
export function labelErrors(data, mask) {
  const confidence = data.column("confidence");
  const tables = trainedTables(data);
  const found = [];
  for (let image = 0; image < data.images; image += 1) {
    const guess = agreed(data, mask, tables, image);
    if (guess < 0 || guess === data.truth[image] || (data.known && !data.known[image])) continue;
    const rows = tables.map((index) => index * data.images + image).filter((row) => mask[row]);
    found.push({ image, guess, confidence: Math.min(...rows.map((row) => confidence.number(row))) });
  }
  return found.sort((x, y) => y.confidence - x.confidence);
}
