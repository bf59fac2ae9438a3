import assert from "node:assert/strict";
import { test } from "node:test";
import { bins, countIn } from "../../workflow/mnist_viz/explorer/web/data/bins.js";
import { Predictions } from "../../workflow/mnist_viz/explorer/web/data/predictions.js";
import { plainScores } from "../../workflow/mnist_viz/explorer/web/data/scores.js";
import { evaluate } from "../../workflow/mnist_viz/explorer/web/query/evaluate.js";
import { all, predictions, randomFrom } from "./known.mjs";

const random = randomFrom(4);
const source = predictions(400, 2);
// Scores in fortieths and truths that lie on the edges of the parts, where a quotient is rounded to either side.
const data = new Predictions({
  variants: source.variants,
  tables: source.tables,
  ids: source.ids,
  truth: source.truth,
  guess: source.guess,
  scores: plainScores(all(source).map((score) => score.map(() => Math.floor(random() * 41) / 40))),
});
const rows = Uint32Array.from({ length: data.length }, (_, row) => row);

for (const name of [
  "score_1",
  "confidence",
  "loss",
  "entropy",
  "id",
  "guess",
  "truth",
  "epoch",
  "correct",
  "variant",
]) {
  test(`each part of ${name} has exactly the rows of its condition, and each row lies in one`, () => {
    const column = data.column(name);
    const parts = bins(column, rows);
    const { counts, outside } = countIn(rows, parts, null);
    assert.equal(outside, 0);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      data.length,
    );
    for (let part = 0; part < parts.count; part += 1) {
      const mask = evaluate(parts.chosen(part, part), data);
      const found = [...rows].filter((row) => mask[row] && parts.of[row] === part);
      assert.equal(counts[part], found.length);
      assert.equal(
        counts[part],
        mask.reduce((sum, one) => sum + one, 0),
      );
    }
    assert.deepEqual(evaluate(parts.chosen(0, parts.count - 1), data), new Uint8Array(data.length).fill(1));
  });
}

test("two columns are counted in pairs of parts", () => {
  const [x, y] = ["truth", "guess"].map((name) => bins(data.column(name), rows));
  const { counts } = countIn(rows, x, y);
  const truth = data.column("truth").array;
  for (let cell = 0; cell < counts.length; cell += 1) {
    const [across, upwards] = [cell % x.count, Math.floor(cell / x.count)];
    assert.equal(counts[cell], rows.filter((row) => truth[row] === across && data.guess[row] === upwards).length);
  }
});
