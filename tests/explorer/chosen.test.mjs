import assert from "node:assert/strict";
import { test } from "node:test";
import { readChosen, written } from "../../workflow/mnist_viz/explorer/web/data/chosen.js";
import { randomFrom } from "./known.mjs";

test("a choice of images comes back from its text, ascending", () => {
  const random = randomFrom(3);
  const ids = [...new Set(Array.from({ length: 500 }, () => Math.floor(random() * 100_000)))];
  const title = "Never learned ~ (“wide”, 5 epochs)";
  const text = written({ title, ids });
  assert.deepEqual(readChosen(text), { title, ids: [...ids].sort((x, y) => x - y) });
  assert.ok(text.length < 3 * ids.length + title.length + 10);
  assert.deepEqual(readChosen(written({ title: "", ids: [0] })), { title: "", ids: [0] });
});

test("no text is no choice, and a text that is none has no images", () => {
  assert.equal(readChosen(""), null);
  assert.deepEqual(readChosen("<b>~-1.é.9999999999"), { title: "<b>", ids: [] });
  assert.deepEqual(readChosen("nothing"), { title: "", ids: [] });
});
