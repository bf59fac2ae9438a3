/** Numbers as text. */

const SMALL = 0.001;

/**
 * A number from 0 on: with three decimals, a small one by its first two digits.
 *
 * @param {number} real
 */
export function realText(real) {
  return real > 0 && real < SMALL ? real.toExponential(1) : real.toFixed(3);
}

/**
 * A number from 0 to 1: with four decimals, a small one by its first two digits, as in 1.2e-7.
 *
 * @param {number} share
 */
export function shareText(share) {
  return share > 0 && share < SMALL ? share.toExponential(1) : share.toFixed(4);
}

/**
 * What a number from 0 to 1 is at least, with three decimals: never rounded up.
 *
 * @param {number} share
 */
export function leastText(share) {
  return (Math.floor(1000 * share) / 1000).toFixed(3);
}
