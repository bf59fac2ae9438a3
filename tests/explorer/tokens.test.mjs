import assert from "node:assert/strict";
import { test } from "node:test";
import { QueryError } from "../../workflow/mnist_viz/explorer/web/query/error.js";
import { quoted, scan, tokenize, unquoted } from "../../workflow/mnist_viz/explorer/web/query/tokens.js";
import { any, randomFrom } from "./known.mjs";

test("every kind of token is found, at its place", () => {
  const text = ` a.guess<=.5e-3 and not variant in ("x y", 'it''s') - 12.`;
  const found = tokenize(text);
  assert.deepEqual(
    found.map(({ kind, content }) => [kind, content]),
    [
      ["name", "a.guess"],
      ["symbol", "<="],
      ["number", ".5e-3"],
      ["word", "and"],
      ["word", "not"],
      ["name", "variant"],
      ["word", "in"],
      ["symbol", "("],
      ["text", '"x y"'],
      ["symbol", ","],
      ["text", "'it'"],
      ["text", "'s'"],
      ["symbol", ")"],
      ["symbol", "-"],
      ["number", "12."],
      ["end", ""],
    ],
  );
  for (const { content, start, end } of found) assert.equal(text.slice(start, end), content);
});

test("an empty text has no token but the end", () => {
  assert.deepEqual(tokenize(" \t"), [{ kind: "end", content: "", start: 2, end: 2 }]);
});

test("the first token without a meaning is pointed at", () => {
  /** @type {[string, number, number, RegExp][]} */
  const cases = [
    ["guess = 3", 6, 7, /^for equality write ==$/],
    ["a & b | c", 2, 3, /^write and instead$/],
    ["a | b", 2, 3, /^write or instead$/],
    ["a ; b", 2, 3, /^“;” has no meaning here$/],
    ["a == 'b", 5, 7, /^this text has no closing quote$/],
    ['a == "b\\"', 5, 9, /^this text has no closing quote$/],
  ];
  for (const [text, start, end, message] of cases) {
    assert.throws(
      () => tokenize(text),
      (error) => {
        assert.ok(error instanceof QueryError);
        assert.match(error.message, message);
        assert.deepEqual([error.start, error.end], [start, end], text);
        return true;
      },
    );
  }
});

test("what is being typed is scanned whether it has a meaning or not", () => {
  assert.deepEqual(
    scan("a = 'b c").map(({ kind, content }) => [kind, content]),
    [
      ["name", "a"],
      ["unreadable", "="],
      ["open", "'b c"],
    ],
  );
});

test("any text comes back from its quotes, which are one token", () => {
  const random = randomFrom(3);
  const letters = ["a", " ", '"', "'", "\\", "n", "\n", "é", "\u{1f5bc}", "(", "\t"];
  for (let round = 0; round < 2000; round += 1) {
    const value = Array.from({ length: random() * 8 }, () => any(random, letters)).join("");
    const content = quoted(value);
    assert.equal(unquoted(content), value);
    assert.equal(content.includes("\n"), false);
    assert.deepEqual(tokenize(content)[0], { kind: "text", content, start: 0, end: content.length });
  }
});

test("a backslash before any other character stands for itself", () => {
  assert.equal(unquoted(String.raw`"C:\dir"`), String.raw`C:\dir`);
  assert.equal(unquoted(String.raw`'it\'s \\ "so"'`), String.raw`it's \ "so"`);
});
