/** Which points lie inside a line drawn around them. */

/** @typedef {[x: number, y: number]} Spot */

/**
 * Whether a spot is inside a closed line, by the number of its sides to the right of it.
 *
 * @param {Spot[]} line
 * @param {number} x
 * @param {number} y
 */
export function inside(line, x, y) {
  let within = false;
  for (let index = 0, before = line.length - 1; index < line.length; before = index, index += 1) {
    const [x1, y1] = line[index];
    const [x2, y2] = line[before];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) within = !within;
  }
  return within;
}
