/** Random predictions and a seeded source of random numbers, for the tests of the modules that need no browser. */
import { Predictions } from "../../workflow/mnist_viz/explorer/columns.js";

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Predictions of two variants, of two and three epochs, for `images` images. */
export function predictions(images = 50, seed = 1) {
  const random = randomFrom(seed);
  const tables = [
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
    [1, 3],
  ];
  const rows = tables.length * images;
  const scores = Array.from({ length: 10 }, () => new Uint16Array(rows));
  const guess = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const weights = scores.map(() => random() ** 6);
    const sum = weights.reduce((x, y) => x + y);
    for (const [digit, weight] of weights.entries()) scores[digit][row] = Math.round((weight / sum) * 65535);
    guess[row] = weights.indexOf(Math.max(...weights));
  }
  const truth = Uint8Array.from({ length: images }, (_, image) =>
    random() < 0.7 ? guess[image] : Math.floor(random() * 10),
  );
  const ids = Int32Array.from({ length: images }, (_, image) => 3 * image);
  return new Predictions({ variants: ["narrow", "<b>wide"], tables, ids, truth, guess, scores });
}
