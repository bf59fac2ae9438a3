/** Natural logarithms of float32, where there are millions of them: within 3e-13, in a third of Math.log's time. */

const DIGITS = 10; // of the 23 binary digits of a float32, those whose logarithms are looked up
const PARTS = 2 ** DIGITS;
const REST = 23 - DIGITS;

const LOGARITHMS = Float64Array.from({ length: PARTS }, (_, part) => Math.log1p(part / PARTS) - 127 * Math.LN2);
const INVERSES = Float64Array.from({ length: PARTS }, (_, part) => 1 / (2 ** 23 + part * 2 ** REST));

/**
 * The logarithm of a positive, normal float32 (2^-126 or more), which is told by its bits. That of its exponent and its
 * first digits is known; what the other digits add to these is less than 2^-10, of whose series three terms do.
 *
 * @param {number} bits
 */
export function logarithm(bits) {
  const part = (bits >> REST) & (PARTS - 1);
  const rest = (bits & (2 ** REST - 1)) * INVERSES[part];
  return (bits >> 23) * Math.LN2 + LOGARITHMS[part] + rest * (1 - rest * (0.5 - rest / 3));
}

/**
 * The bits of float32 numbers.
 *
 * @param {Float32Array} numbers
 */
export function bitsOf(numbers) {
  return new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
}
