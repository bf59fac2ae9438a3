import assert from "node:assert/strict";
import { test } from "node:test";
import { joinBytes } from "../../workflow/mnist_viz/explorer/web/data/bytes.js";
import { bitsOf, logarithm } from "../../workflow/mnist_viz/explorer/web/data/logarithm.js";
import { sorted } from "../../workflow/mnist_viz/explorer/web/data/order.js";
import { leastText, shareText } from "../../workflow/mnist_viz/explorer/web/data/share.js";
import { all, predictions, randomFrom } from "./known.mjs";

const data = predictions(200, 3);
const everyRow = Uint32Array.from({ length: data.length }, (_, row) => row);
/** @type {(x: number, y: number, what: string) => void} */
const close = (x, y, what) => assert.ok(Math.abs(x - y) < 1e-5 * Math.max(1, Math.abs(y)), `${what}: ${x} is not ${y}`);

test("derived columns are what their meanings say", () => {
  for (const row of everyRow) {
    const scores = all(data).map((score) => score[row]);
    const guess = data.guess[row];
    const truth = data.truth[row % data.images];
    const others = scores.filter((_, digit) => digit !== guess);
    const expected = {
      confidence: scores[guess],
      margin: scores[guess] - Math.max(...others),
      true_score: scores[truth],
      loss: -Math.log(Math.max(scores[truth], 2 ** -126)),
      entropy: scores.reduce((sum, score) => sum - (score ? score * Math.log(score) : 0), 0),
      correct: Number(guess === truth),
      truth,
      guess,
      epoch: data.tables[Math.floor(row / data.images)][1],
      id: 3 * (row % data.images),
    };
    for (const [name, value] of Object.entries(expected))
      close(data.column(name).number(row), value, `${name} of row ${row}`);
  }
});

test("the distance of two tables is half the sum of the differences, and a table is not apart from itself", () => {
  data.join(1, 3);
  for (let image = 0; image < data.images; image += 1) {
    const sum = all(data).reduce(
      (total, score) => total + Math.abs(score[data.images + image] - score[3 * data.images + image]),
      0,
    );
    assert.ok(Math.abs(data.joined.column("distance").number(image) - sum / 2) <= 1e-6);
  }
  data.join(2, 2);
  assert.ok(data.joined.column("distance").array.every((value) => value === 0));
});

test("a logarithm is that of the number, and as great as it is among others", () => {
  const random = randomFrom(8);
  const shares = Float32Array.from({ length: 20_000 }, () => random() * 2 ** (-126 * random()));
  const next = (/** @type {Float32Array} */ from) => new Float32Array(bitsOf(from).map((bits) => bits - 1).buffer);
  const edges = Float32Array.of(1, 0.5, 2 ** -126, 1 - 2 ** -24, 1 - 2 ** -10, 0.75);
  for (const numbers of [shares.filter((share) => share > 2 ** -125), edges]) {
    const found = Float64Array.from(bitsOf(numbers), logarithm);
    for (const [index, number] of numbers.entries())
      assert.ok(Math.abs(found[index] - Math.log(number)) < 3e-13, String(number));
    const lower = Float64Array.from(bitsOf(next(numbers)), logarithm);
    assert.ok(lower.every((each, index) => each < found[index]));
  }
});

test("sorting by any columns gives the order of a stable comparison sort", () => {
  /** @type {[string, boolean][][]} */
  const cases = [
    [["loss", false]],
    [["entropy", true]],
    [
      ["variant", true],
      ["guess", false],
    ],
    [["id", true]],
    [
      ["correct", false],
      ["confidence", true],
      ["epoch", false],
    ],
  ];
  for (const keys of cases) {
    const expected = [...everyRow].sort((x, y) => {
      for (const [name, descending] of keys) {
        const [left, right] = [data.column(name).value(x), data.column(name).value(y)];
        if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1);
      }
      return x - y;
    });
    const found = sorted(
      everyRow,
      keys.map(([name, descending]) => ({ column: data.column(name), descending })),
    );
    assert.deepEqual([...found], expected, JSON.stringify(keys));
  }
});

test("numbers come back from their high and low bytes", () => {
  assert.deepEqual([...joinBytes(Uint8Array.from([0, 1, 255, 7, 0, 255]))], [7, 256, 65535]);
});

test("values are written as the table shows them", () => {
  assert.equal(data.column("variant").format(0), "narrow");
  assert.match(data.column("score_1").format(0), /^([01]\.\d{4}|\d\.\de-\d+)$/);
  const shares = [0, 1, 0.001, 0.00099, 1.24e-7, 0.98765, 3.7e-26].map(shareText);
  assert.deepEqual(shares, ["0.0000", "1.0000", "0.0010", "9.9e-4", "1.2e-7", "0.9877", "3.7e-26"]);
  assert.deepEqual([1, 0.99961, 0.9995, 0.5, 0.00099, 0].map(leastText), [
    "1.000",
    "0.999",
    "0.999",
    "0.500",
    "0.000",
    "0.000",
  ]);
  assert.match(data.column("correct").format(0), /^(yes|no)$/);
});
