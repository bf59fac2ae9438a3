/** Scores as the page has them (explorer/scores.py says how), back to float32. */

const FINEST = 16;
const FEWEST = 3;
const FIRST = 110;
const GUESSED = 126;
const MOST_MORE = FINEST - FEWEST; // digits that a score may have besides the FEWEST
const PLANES = 2 + MOST_MORE;
const NONE_MORE = 127 - MOST_MORE; // the highest exponent of a score that has only the FEWEST

/** Below it a score is kept to a 16th of itself. */
export const SMALL = 2 ** (FEWEST - FINEST);
/** The smallest score that is not 0. */
export const SMALLEST = 2 ** -126;

const LOW = 10; // the first plane of digits that take two bytes

/** @typedef {Uint8Array | Uint16Array} Guess */
/**
 * @typedef {object} Packed
 * @property {Uint8Array[]} columns one a class
 * @property {Guess} guess
 * @property {number} images
 * @property {number[]} order the tables as they come in the columns
 * @property {boolean} complete whether a row's guess has what the other classes leave of 1
 */
/**
 * @typedef {object} Scores By class, every row's score.
 * @property {(from: number, to: number) => Float32Array[]} between gives all rows, of which those from `from` up to `to`
 *   are to be relied on
 * @property {boolean} whole whether all are
 */

/**
 * Scores that are there as they are.
 *
 * @param {Float32Array[]} scores
 * @returns {Scores}
 */
export function plainScores(scores) {
  return { between: () => scores, whole: true };
}

/** Scores that are read, table after table, when they are asked for: where a page begins, it shows few of many. */
export class PackedScores {
  /** @param {Packed} packed */
  constructor({ columns, guess, images, order, complete }) {
    this.scores = columns.map(() => new Float32Array(guess.length));
    this.guess = guess;
    this.images = images;
    this.order = order;
    this.complete = complete;
    this.columns = columns.map(
      (bytes, index) => new PackedColumn(bytes, this.scores[index], images, complete ? index : -1),
    );
    this.rest = new Float64Array(images);
    this.read = 0; // tables
    /** By table, how many have been read when it has been. */
    this.needed = new Uint32Array(order.length);
    for (const [place, table] of order.entries()) this.needed[table] = place + 1;
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  between(from, to) {
    const { images, needed } = this;
    for (let table = Math.floor(from / images); table * images < to && !this.whole; table += 1)
      while (this.read < needed[table]) this.next();
    return this.scores;
  }

  get whole() {
    return this.read === this.order.length;
  }

  /**
   * Read on for so many milliseconds.
   *
   * @param {number} time
   */
  readFor(time) {
    const end = performance.now() + time;
    while (!this.whole && performance.now() < end) this.next();
  }

  /** Read the next table. */
  next() {
    const { scores, guess, images, rest } = this;
    const start = this.order[this.read] * images;
    rest.fill(1);
    for (const [index, column] of this.columns.entries()) {
      column.next(guess, start);
      if (this.complete) subtract(rest, scores[index], start);
    }
    if (this.complete)
      for (let image = 0; image < images; image += 1) scores[guess[start + image]][start + image] = rest[image];
    this.read += 1;
    if (this.whole) this.columns = [];
  }
}

/**
 * Take from the rest of each image its score, the first of which is in row `start`.
 *
 * @param {Float64Array} rest
 * @param {Float32Array} score
 * @param {number} start
 */
function subtract(rest, score, start) {
  for (let image = 0; image < rest.length; image += 1) rest[image] -= score[start + image];
}

/** The scores of one class, which are read table after table. */
class PackedColumn {
  /**
   * @param {Uint8Array} bytes
   * @param {Float32Array} scores of all rows
   * @param {number} images
   * @param {number} left the class of whose guesses there are no scores, -1 for none
   */
  constructor(bytes, scores, images, left) {
    const lengths = new Uint32Array(bytes.buffer, bytes.byteOffset, PLANES);
    this.bytes = bytes;
    this.bits = new Int32Array(scores.buffer);
    this.left = left;
    this.exponents = new Uint8Array(images).fill(FIRST); // of each image's score in the table before
    /** By plane, how far before the low byte of a score's digits, whose place is given, the high one is. */
    this.apart = lengths.map((length, plane) => (plane >= LOW ? length / 2 : 0));
    /** By plane, where its next byte is. */
    this.places = new Uint32Array(PLANES);
    let next = lengths.byteLength;
    for (let plane = 0; plane < PLANES; plane += 1) {
      this.places[plane] = next + this.apart[plane];
      next += lengths[plane];
    }
  }

  /**
   * Read the scores of the next table, whose first row is `start`. Those of the class that is left out are left 0.
   * Everything of a score is read at once: a second pass would take half as long again.
   *
   * @param {Guess} guess
   * @param {number} start
   */
  next(guess, start) {
    const { bytes, bits, left, exponents, places, apart } = this;
    let [place, next] = places;
    for (let image = 0; image < exponents.length; image += 1) {
      if (guess[start + image] === left) {
        exponents[image] = GUESSED;
        continue;
      }
      const exponent = (bytes[place++] + exponents[image]) & 255;
      exponents[image] = exponent;
      if (exponent === 0) continue;
      let digits = bytes[next++] << (23 - FEWEST);
      const more = exponent - NONE_MORE;
      if (more > 0) {
        const low = places[1 + more]++;
        digits |= bytes[low] << (23 - FEWEST - more);
        if (more > 8) digits |= bytes[low - apart[1 + more]] << (31 - FEWEST - more);
      }
      bits[start + image] = (exponent << 23) | digits;
    }
    places[0] = place;
    places[1] = next;
  }
}
