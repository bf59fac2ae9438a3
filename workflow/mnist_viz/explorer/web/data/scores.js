/** Scores as the page has them (explorer/scores.py says how), back to float32. */

const FINEST = 16;
const FEWEST = 3;
const FIRST = 110;
const GUESSED = 126;
const MOST_MORE = FINEST - FEWEST; // digits that a score may have besides the FEWEST

/** Below it a score is kept to a 16th of itself. */
export const SMALL = 2 ** (FEWEST - FINEST);
/** The smallest score that is not 0. */
export const SMALLEST = 2 ** -126;

/** By exponent, how many digits a score has besides the FEWEST. */
const MORE = Uint8Array.from({ length: 256 }, (_, exponent) =>
  Math.max(0, Math.min(MOST_MORE, exponent - 127 + MOST_MORE)),
);

/**
 * The scores of one class, one a row, from its column's bytes. Where the row's guess is `left`, they are left 0.
 *
 * @param {Uint8Array} bytes
 * @param {Uint8Array | Uint16Array} guess
 * @param {number} images
 * @param {number} left -1 for none
 */
export function unpackedScores(bytes, guess, images, left) {
  const { length } = guess;
  const exponents = new Uint8Array(length);
  const found = new Uint32Array(256); // how many scores have each exponent
  let place = 0;
  for (let row = 0; row < length; row += 1) {
    if (guess[row] === left) exponents[row] = GUESSED;
    else {
      const exponent = (bytes[place++] + (row < images ? FIRST : exponents[row - images])) & 255;
      exponents[row] = exponent;
      found[exponent] += 1;
    }
  }
  const counts = new Uint32Array(MOST_MORE + 1);
  for (let exponent = 1; exponent < 256; exponent += 1) counts[MORE[exponent]] += found[exponent];
  const starts = new Uint32Array(MOST_MORE + 1); // of the low bytes
  for (let more = 1, next = 2 * place - found[0]; more <= MOST_MORE; more += 1) {
    starts[more] = more > 8 ? next + counts[more] : next;
    next = starts[more] + counts[more];
  }
  const scores = new Float32Array(length);
  const bits = new Uint32Array(scores.buffer);
  for (let row = 0; row < length; row += 1) {
    const exponent = exponents[row];
    if (exponent === 0 || guess[row] === left) continue;
    let value = (exponent << 23) | (bytes[place++] << (23 - FEWEST));
    const more = MORE[exponent];
    if (more) {
      const low = starts[more]++;
      value |= bytes[low] << (23 - FEWEST - more);
      if (more > 8) value |= bytes[low - counts[more]] << (31 - FEWEST - more);
    }
    bits[row] = value;
  }
  return scores;
}

/**
 * The scores of all classes. If `complete`, a row's guess has what the others leave of 1.
 *
 * @param {Uint8Array[]} columns
 * @param {Uint8Array | Uint16Array} guess
 * @param {number} images
 * @param {boolean} complete
 */
export function allScores(columns, guess, images, complete) {
  const scores = columns.map((bytes, index) => unpackedScores(bytes, guess, images, complete ? index : -1));
  if (!complete) return scores;
  const rest = new Float64Array(guess.length).fill(1);
  for (const score of scores) for (let row = 0; row < rest.length; row += 1) rest[row] -= score[row];
  for (let row = 0; row < rest.length; row += 1) scores[guess[row]][row] = rest[row];
  return scores;
}
