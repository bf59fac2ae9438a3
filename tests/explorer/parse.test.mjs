import assert from "node:assert/strict";
import { test } from "node:test";
import { QueryError } from "../../workflow/mnist_viz/explorer/web/query/error.js";
import { evaluate } from "../../workflow/mnist_viz/explorer/web/query/evaluate.js";
import { nearest } from "../../workflow/mnist_viz/explorer/web/query/nearest.js";
import { parse } from "../../workflow/mnist_viz/explorer/web/query/parse.js";
import * as tree from "../../workflow/mnist_viz/explorer/web/query/tree.js";
import { any, predictions, randomFrom } from "./known.mjs";

/** @import { Node } from "../../workflow/mnist_viz/explorer/web/query/tree.js" */

const data = predictions();

/** @param {string} text */
function problem(text) {
  try {
    parse(text, data);
  } catch (error) {
    assert.ok(error instanceof QueryError);
    return error;
  }
  assert.fail(`${text} is no error`);
}

/** @param {string} text */
function read(text) {
  return /** @type {Node} */ (parse(text, data));
}

test("an empty query is none", () => assert.equal(parse("   ", data), null));

test("and binds before or, and not before and", () => {
  const [guess, epoch] = [data.column("guess"), data.column("epoch")].map((column) =>
    tree.compare([tree.name(column), tree.literal(1)], ["=="]),
  );
  const correct = tree.name(data.column("correct"));
  const found = read("not correct and guess == 1 or epoch == 1");
  assert.ok(tree.same(found, tree.or([tree.and([tree.not(correct), guess]), epoch])));
  assert.ok(!tree.same(found, read("not correct and (guess == 1 or epoch == 1)")));
});

test("parentheses that change nothing leave no trace in the tree", () => {
  const plain = read("guess == 1 and epoch == 2 and correct");
  for (const text of [
    "(guess == 1) and epoch == 2 and correct",
    "(guess == 1 and epoch == 2) and correct",
    "guess == 1 and (epoch == 2 and correct)",
    "((guess) == (1)) and ((epoch == 2) and (correct))",
  ]) {
    assert.ok(tree.same(read(text), plain), text);
  }
});

test("every node knows its place, parentheses around it included", () => {
  const text = "not correct and (guess == 3 or 0.1 <= -score_1 < .5)";
  const root = read(text);
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {Node} */ node) => {
    assert.ok(node.place);
    found.push(text.slice(node.place.start, node.place.end));
    if (node.kind === "and" || node.kind === "or") node.parts.forEach(visit);
    else if (node.kind === "not" || node.kind === "minus") visit(node.part);
    else if (node.kind === "compare") node.operands.forEach(visit);
  };
  visit(root);
  const chain = ["0.1 <= -score_1 < .5", "0.1", "-score_1", "score_1", ".5"];
  const equality = ["guess == 3", "guess", "3"];
  const expected = [text, "not correct", "correct", "(guess == 3 or 0.1 <= -score_1 < .5)", ...equality, ...chain];
  assert.deepEqual(found, expected);
});

test("errors say what is wrong and point at the place", () => {
  /** @type {[string, number, number, RegExp][]} */
  const cases = [
    ["gues == 3", 0, 4, /^no column is called gues; did you mean guess\?$/],
    ["guess = 3", 6, 7, /^for equality write ==$/],
    ["guess == 3 &&", 11, 13, /^write and instead$/],
    ["guess <> 3", 6, 8, /^write != instead$/],
    ["guess ≥ 3", 6, 7, /^write >= instead$/],
    ["!correct", 0, 1, /^write not instead$/],
    ["variant == “narrow”", 11, 12, /^write the quotes "…" instead$/],
    ["guess == 3 AND epoch == 1", 11, 14, /^expected and, or, or the end; write and instead of AND$/],
    ["NOT correct", 0, 3, /^no column is called NOT; write not instead of NOT$/],
    ["correct == True", 11, 15, /^no column is called True; write true instead of True$/],
    ["variant == narrow", 11, 17, /^no column is called narrow; write a text in quotes: "narrow"$/],
    ["guess ==", 8, 9, /^expected a column, a number or a text here$/],
    ["guess == 3 3", 11, 12, /^expected and, or, or the end$/],
    ["guess", 0, 5, /^guess \(a number\) is neither true nor false; compare it, for example guess == 3$/],
    ["variant", 0, 7, /^variant \(a text\) is neither .*; compare it, for example variant == "…"$/],
    ["3", 0, 1, /^a number is neither true nor false; compare it$/],
    ["(guess) and correct", 0, 7, /^guess \(a number\) is neither/],
    ['guess == "3"', 0, 12, /^guess \(a number\) cannot be compared with a text$/],
    ["0 < guess < correct", 4, 19, /^guess \(a number\) cannot be compared with correct \(a condition\)$/],
    ['variant == "narow"', 11, 18, /^no variant is called "narow"; did you mean "narrow"\?$/],
    ['variant == "zebra"', 11, 18, /^no variant is called "zebra"; there are narrow, <b>wide$/],
    ['variant < "narrow"', 8, 9, /^texts are compared with ==, != or in$/],
    ['variant == "narrow', 11, 18, /^this text has no closing quote$/],
    ["(guess == 3", 11, 12, /^expected \) here$/],
    ["guess not 3", 10, 11, /^expected in$/],
    ["guess in (1, truth)", 13, 18, /^expected a number or a text$/],
    ['guess in (1, "2")', 13, 16, /^guess \(a number\) cannot be a text$/],
    ['variant in ("narow")', 12, 19, /did you mean "narrow"/],
    ["-variant == 3", 1, 8, /^variant \(a text\) is no number$/],
    ["correct + 1 == 2", 0, 7, /^correct \(a condition\) is no number$/],
    ["1 + correct == 2", 4, 11, /^correct \(a condition\) is no number$/],
    ["image == 3", 0, 5, /^no column is called image/],
    ["constructor == 3", 0, 11, /^no column is called constructor$/],
    ["guess == 3; alert(1)", 10, 11, /^“;” has no meaning here$/],
  ];
  for (const [text, start, end, message] of cases) {
    const error = problem(text);
    assert.match(error.message, message);
    assert.deepEqual([error.start, error.end], [start, end], text);
  }
});

test("what is too long, too deep or too much is told so at once", () => {
  const many = (/** @type {number} */ count, /** @type {string} */ text) => text.repeat(count);
  const levels = /^nested more than 100 levels deep$/;
  const operations = /^a query has at most 200 operations; for many values of a column write in \(…\)$/;
  /** @type {[string, RegExp][]} */
  const cases = [
    [`${many(5000, "(")}correct${many(5000, ")")}`, levels],
    [`${many(101, "(")}correct${many(101, ")")}`, levels],
    [`${many(101, "not ")}correct`, levels],
    [`${many(20_000, "not ")}correct`, levels],
    [`${many(20_000, "-")}1 == 1`, levels],
    [`1${many(20_000, " + 1")} == 1`, operations],
    [`correct${many(9000, " or correct")}`, operations],
    [`${many(101, "guess == 1 and ")}correct`, operations],
    [`${many(99_000, "a")} == 1`, /^no column is called a{40}…$/],
    [`variant == "${many(90_000, "n")}"`, /^no variant is called "n{40}…"; there are narrow, <b>wide$/],
    [many(200_000, "a"), /^a query has at most 100000 characters; this one has 200000$/],
  ];
  for (const [text, message] of cases) assert.match(problem(text).message, message);
  assert.ok(parse(`${many(100, "(")}correct${many(100, ")")}`, data));
  assert.ok(parse(`${many(100, "not ")}correct`, data));
  assert.ok(parse(`guess in (${many(5000, "3, ")}4)`, data));
});

test("no text makes the parser fail in another way than with a QueryError in the text", () => {
  const random = randomFrom(11);
  const pieces = 'guess|a.guess|variant|==|<|and|or|not|in|(|)|,|3|"x"|-|\'|é| |\\|"'.split("|");
  for (let round = 0; round < 3000; round += 1) {
    const words = Array.from({ length: 1 + random() * 8 }, () => any(random, pieces));
    const text = words.join(random() < 0.5 ? " " : "");
    try {
      const node = parse(text, data);
      if (node) evaluate(node, data);
    } catch (error) {
      assert.ok(error instanceof QueryError, text);
      assert.ok(error.start >= 0 && error.start <= text.length && error.end > error.start, text);
    }
  }
});

test("of many texts a message lists a few, and says how many more there are", () => {
  const names = Array.from({ length: 9 }, (_, index) => `model_${index}`);
  const many = predictions(5, 1, names);
  const listed = 'no variant is called "zebra"; there are model_0, model_1, model_2, model_3, model_4 and 4 more';
  assert.throws(() => parse('variant == "zebra"', many), { message: listed });
});

test("the nearest word is offered only if it is near", () => {
  assert.equal(nearest("confidenc", ["confidence", "correct"]), "confidence");
  assert.equal(nearest("zebra", ["confidence", "correct"]), null);
});
