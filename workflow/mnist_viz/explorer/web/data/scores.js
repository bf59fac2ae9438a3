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
/** By how many digits a score has besides the FEWEST, what the low and the high byte of these are multiplied by. */
const LOW = Int32Array.from({ length: MOST_MORE + 1 }, (_, more) => (more ? 1 << (23 - FEWEST - more) : 0));
const HIGH = LOW.map((low, more) => (more > 8 ? low << 8 : 0));

/** @typedef {Uint8Array | Uint16Array} Guess */

// Each loop is a function of its own: as all of them run once for each class, they are compiled after the first one.

/**
 * The exponents of one class's scores, one a row, from the first bytes of its column; how often each is there is added
 * to `found`. Returns how many bytes they took.
 *
 * @param {Uint8Array} bytes
 * @param {Guess} guess
 * @param {number} images
 * @param {number} left
 * @param {Uint8Array} exponents
 * @param {Uint32Array} found
 */
function readExponents(bytes, guess, images, left, exponents, found) {
  let place = 0;
  for (let row = 0; row < guess.length; row += 1) {
    if (guess[row] === left) exponents[row] = GUESSED;
    else {
      const exponent = (bytes[place++] + (row < images ? FIRST : exponents[row - images])) & 255;
      exponents[row] = exponent;
      found[exponent] += 1;
    }
  }
  return place;
}

/**
 * The scores of one class, as the bits of float32, from its column's bytes from `place` on.
 *
 * @param {Uint8Array} bytes
 * @param {Guess} guess
 * @param {number} left
 * @param {Uint8Array} exponents
 * @param {Int32Array} starts by how many digits a score has besides the FEWEST, where the next low byte of these is
 * @param {Int32Array} apart how far before it the high byte is
 * @param {number} place
 * @param {Int32Array} bits
 */
function readDigits(bytes, guess, left, exponents, starts, apart, place, bits) {
  for (let row = 0, next = place; row < bits.length; row += 1) {
    const exponent = exponents[row];
    if (exponent === 0 || guess[row] === left) continue;
    const more = MORE[exponent];
    const low = starts[more];
    if (more) starts[more] = low + 1;
    const digits = (bytes[low] * LOW[more]) | (bytes[low - apart[more]] * HIGH[more]);
    bits[row] = (exponent << 23) | (bytes[next++] << (23 - FEWEST)) | digits;
  }
}

/**
 * The scores of one class, one a row, from its column's bytes. Where the row's guess is `left`, they are left 0.
 *
 * @param {Uint8Array} bytes
 * @param {Guess} guess
 * @param {number} images
 * @param {number} left -1 for none
 */
export function unpackedScores(bytes, guess, images, left) {
  const exponents = new Uint8Array(guess.length);
  const found = new Uint32Array(256);
  const place = readExponents(bytes, guess, images, left, exponents, found);
  const counts = new Int32Array(MOST_MORE + 1);
  for (let exponent = 1; exponent < 256; exponent += 1) counts[MORE[exponent]] += found[exponent];
  const starts = new Int32Array(MOST_MORE + 1);
  const apart = counts.map((count, more) => (more > 8 ? count : 0));
  for (let more = 1, next = 2 * place - found[0]; more <= MOST_MORE; more += 1) {
    starts[more] = next + apart[more];
    next = starts[more] + counts[more];
  }
  const scores = new Float32Array(guess.length);
  readDigits(bytes, guess, left, exponents, starts, apart, place, new Int32Array(scores.buffer));
  return scores;
}

/**
 * @param {Float64Array} rest
 * @param {Float32Array} score
 */
function subtract(rest, score) {
  for (let row = 0; row < rest.length; row += 1) rest[row] -= score[row];
}

/**
 * The scores of all classes, each read as soon as its bytes are there, while others are still inflated. If `complete`, a
 * row's guess has what the others leave of 1.
 *
 * @param {Promise<Uint8Array>[]} columns
 * @param {Guess} guess
 * @param {number} images
 * @param {boolean} complete
 */
export async function allScores(columns, guess, images, complete) {
  const scores = await Promise.all(
    columns.map(async (bytes, index) => unpackedScores(await bytes, guess, images, complete ? index : -1)),
  );
  if (!complete) return scores;
  const rest = new Float64Array(guess.length).fill(1);
  for (const score of scores) subtract(rest, score);
  for (let row = 0; row < rest.length; row += 1) scores[guess[row]][row] = rest[row];
  return scores;
}
