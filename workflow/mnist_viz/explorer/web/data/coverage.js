/** What is left of the images, and how many errors are among them, if only guesses with a high score are kept. */

/** @typedef {{ threshold: number, kept: number, errors: number }} Kept Images whose guess has that score at least. */

/**
 * For each score that a guess has, from the highest to the lowest, what is kept with it as the threshold: the points of
 * the risk-coverage curve, risk being the share of errors among the images that are kept.
 * El-Yaniv and Wiener (2010), https://www.jmlr.org/papers/v11/el-yaniv10a.html.
 *
 * @param {ArrayLike<number>} confidence
 * @param {ArrayLike<number>} correct
 * @param {Iterable<number>} rows
 * @param {(row: number) => number} [weight] how many images a right guess stands for; errors count as they are
 * @returns {Kept[]}
 */
export function coverage(confidence, correct, rows, weight = () => 1) {
  const order = Uint32Array.from(rows).sort((x, y) => confidence[y] - confidence[x]);
  const found = [];
  let [kept, errors] = [0, 0];
  for (const [place, row] of order.entries()) {
    kept += weight(row);
    errors += 1 - correct[row];
    if (confidence[row] !== confidence[order[place + 1]]) found.push({ threshold: confidence[row], kept, errors });
  }
  return found;
}

/**
 * What is kept with a threshold.
 *
 * @param {Kept[]} points of `coverage`
 * @param {number} threshold
 * @returns {Kept}
 */
export function keptAt(points, threshold) {
  const last = points.findLast((point) => point.threshold >= threshold);
  return { threshold, kept: last?.kept ?? 0, errors: last?.errors ?? 0 };
}

/**
 * At most about `count` of the points, spread over the coverage; the last one among them.
 *
 * @param {Kept[]} points
 * @param {number} count
 */
export function thinned(points, count) {
  const all = points.at(-1)?.kept ?? 0;
  let next = 0;
  return points.filter((point, index) => {
    if (point.kept < next && index < points.length - 1) return false;
    next = point.kept + all / count;
    return true;
  });
}
