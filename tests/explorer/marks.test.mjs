import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

const { classes, labels, right, wrong } = JSON.parse(readFileSync(new URL("marks.json", import.meta.url), "utf-8"));
// The page says at its beginning how many classes there are.
globalThis.document = /** @type {any} */ ({ documentElement: { dataset: { classes: String(classes.length) } } });
const web = "../../workflow/mnist_viz/explorer/web/";
const { MarksError, readMarks, writeMarks } = await import(`${web}data/markfile.js`);
const { forgetMarks } = await import(`${web}data/marked.js`);
const { Marks, unmarkedCorrections } = await import(`${web}data/marks.js`);
const { Predictions } = await import(`${web}data/predictions.js`);
const { evaluate } = await import(`${web}query/evaluate.js`);
const { parse } = await import(`${web}query/parse.js`);
const { classNamed } = await import(`${web}parts/marker.js`);

const TEST = `sha256:${"5".repeat(64)}`;

/**
 * @param {any} [storage]
 * @param {(string | null)[]} [own] labels
 */
function page(storage, own = labels) {
  const truth = Uint8Array.from(own, (label) => (label === null ? classes.length : classes.indexOf(label)));
  const kept = storage ?? new Map();
  const marks = new Marks(
    TEST,
    () => ({ getItem: (/** @type {string} */ key) => kept.get(key) ?? null, setItem: kept.set.bind(kept) }),
    classes,
  );
  return new Predictions({
    variants: ["one", "two"],
    tables: [
      [0, 1],
      [1, 1],
    ],
    ids: Int32Array.from(labels.keys()),
    truth,
    guess: new Uint8Array(2 * labels.length),
    scores: classes.map(() => new Uint16Array(2 * labels.length)),
    classes,
    marks,
  });
}

/** @param {string} text */
const read = (text) => readMarks(text.replaceAll("TEST", TEST), page(), TEST, labels.length);

for (const [name, { text, message }] of Object.entries(wrong)) {
  test(`refused as the pipeline refuses it: ${name}`, () => {
    assert.throws(
      () => read(text),
      (/** @type {any} */ error) => error instanceof MarksError && error.message === message.replaceAll("TEST", TEST),
    );
  });
}

for (const [name, { text, marks }] of Object.entries(right)) {
  test(`read as the pipeline reads it: ${name}`, () => {
    const found = read(text).sort((/** @type {[number]} */ [x], /** @type {[number]} */ [y]) => x - y);
    assert.deepEqual(
      found,
      marks.map((/** @type {any[]} */ [id, label, excluded, note]) => [id, { label, excluded, note }]),
    );
  });
}

test("what is written is read again, in the order of the ids", () => {
  const data = page();
  /** @type {[number, any][]} */
  const marks = [
    [4, { label: "a, b", excluded: false, note: 'said "a", twice\nover' }],
    [1, { label: "", excluded: true, note: "" }],
    [3, { label: "", excluded: false, note: "=1+1" }],
  ];
  data.marks.set(marks);
  const text = writeMarks(data.marks, data);
  assert.equal(text.split("\n")[1], `1,dog,,yes,,${TEST}`);
  assert.deepEqual(
    readMarks(text, data, TEST, labels.length),
    marks.sort(([x], [y]) => x - y),
  );
});

test("marks are kept under the digest of the test set, and a step is undone", () => {
  const kept = new Map();
  const data = page(kept);
  data.marks.set([[0, { label: "dog", excluded: false, note: "" }]]);
  data.marks.set([
    [0, { label: "", excluded: true, note: "" }],
    [1, { label: "", excluded: true, note: "" }],
  ]);
  assert.deepEqual([...kept.keys()], [`mnist-viz marks ${TEST}`]);
  assert.deepEqual([...page(kept).marks.byId], [...data.marks.byId]);
  assert.deepEqual(data.marks.undo(), [0, 1]);
  assert.deepEqual([...page(kept).marks.byId], [[0, { label: "dog", excluded: false, note: "" }]]);
  data.marks.undo();
  assert.equal(page(kept).marks.size, 0);
});

for (const text of [
  "no JSON",
  "[]",
  "null",
  '{"0":{"label":"cow","excluded":false,"note":""}}',
  '{"x":{}}',
  '{"0":null}',
]) {
  test(`what is kept and cannot be read is none: ${text}`, () => {
    const kept = new Map([[`mnist-viz marks ${TEST}`, text]]);
    const { marks } = page(kept);
    assert.equal(marks.size, 0);
    assert.ok(marks.unreadable && !marks.refused);
    assert.equal(kept.get(marks.key), text);
  });
}

test("of kept marks those that can be read stay, and the others are not lost with the next one", () => {
  const text = '{"0":{"label":"cow","excluded":false,"note":""},"4":{"label":"dog","excluded":false,"note":"n"}}';
  const kept = new Map([[`mnist-viz marks ${TEST}`, text]]);
  const { marks } = page(kept);
  assert.equal(marks.unreadable, 1);
  assert.deepEqual([...marks.byId], [[4, { label: "dog", excluded: false, note: "n" }]]);
  marks.set([[1, { label: "", excluded: true, note: "" }]]);
  assert.equal(kept.get(`${marks.key} unreadable`), text);
  assert.equal(page(kept).marks.size, 2);
  assert.equal(page(kept).marks.unreadable, 0);
});

test("corrections of the page that are no marks can become some", () => {
  const data = page();
  assert.deepEqual(unmarkedCorrections(data), []);
  data.given = data.truth.slice();
  data.truth.set([1, classes.length], 0);
  data.truth[4] = 2;
  data.marks.set([[4, { label: "dog", excluded: false, note: "" }]]);
  assert.deepEqual(unmarkedCorrections(data), [
    [0, { label: "dog", excluded: false, note: "" }],
    [1, { label: "", excluded: true, note: "" }],
  ]);
});

for (const [name, own] of [
  ["some labels are not known", labels],
  ["all are", ["cat", "dog", "a, b", "cat", "cat"]],
])
  test(`columns of classes are compared with each other, those of other texts are not, where ${name}`, () => {
    const data = page(undefined, own);
    data.marks.set([
      [0, { label: "dog", excluded: false, note: "" }],
      [1, { label: "dog", excluded: false, note: "" }],
    ]);
    forgetMarks(data);
    const rows = (/** @type {string} */ text) => {
      const mask = evaluate(parse(text, data), data);
      return [...mask.keys()].filter((row) => mask[row] && row < labels.length);
    };
    assert.deepEqual(rows("marked and proposed != truth"), [0]);
    assert.deepEqual(rows("marked and proposed == truth"), [1]);
    assert.deepEqual(rows('guess == proposed == "none"'), []);
    assert.deepEqual(rows('proposed == proposed == "none"'), [2, 3, 4]);
    assert.deepEqual(rows('proposed == truth == "dog"'), [1]);
    assert.throws(() => parse("note == variant", data), /no text in common/);
    assert.throws(() => parse("note == truth", data), /no text in common/);
    assert.throws(() => parse("variant == truth", data), /no text in common/);
  });

test("where nothing can be kept, marks last for the visit", () => {
  const full = { get: () => null, set: () => assert.fail("full") };
  const { marks } = page(full);
  assert.ok(!marks.refused);
  marks.set([[0, { label: "dog", excluded: false, note: "" }]]);
  assert.ok(marks.refused && marks.size === 1);
});

test("the columns of marks have a value in every row of an image", () => {
  const data = page();
  data.marks.set([
    [0, { label: "dog", excluded: false, note: "why" }],
    [3, { label: "", excluded: true, note: "" }],
  ]);
  forgetMarks(data);
  const values = (/** @type {string} */ name) =>
    Array.from({ length: data.length }, (_, row) => data.column(name).format(row));
  const twice = (/** @type {string[]} */ ...each) => [...each, ...each];
  assert.deepEqual(values("marked"), twice("yes", "no", "no", "yes", "no"));
  assert.deepEqual(values("proposed"), twice("dog", "none", "none", "none", "none"));
  assert.deepEqual(values("excluded"), twice("no", "no", "no", "yes", "no"));
  assert.deepEqual(values("note"), twice("why", "", "", "", ""));
  assert.equal(data.joined.column("proposed").value(0), "dog");
});

test("a typed class is one of that name or the only one that begins so", () => {
  assert.deepEqual(classNamed("cat", ["cat", "category"]), { name: "cat" });
  assert.deepEqual(classNamed(" DO", ["cat", "dog"]), { name: "dog" });
  assert.match(String(classNamed("ca", ["cat", "car"])), /2 classes begin so: cat, car/);
  assert.match(String(classNamed("dok", ["cat", "dog"])), /did you mean dog/);
  assert.equal(classNamed("", ["cat"]), "no class begins so");
});
