/** What a person says of images: another label, that they are not to be counted, a note. Kept by the browser. */

/** @import { Predictions } from "./predictions.js" */
/** @typedef {{ label: string, excluded: boolean, note: string }} Mark The label is a class's name; empty for none. */
/** @typedef {{ getItem: (key: string) => string | null, setItem: (key: string, text: string) => void }} Storage */
/** @typedef {[id: number, before: Mark | null]} Step */

/** @type {Mark} */
export const NOTHING = { label: "", excluded: false, note: "" };
const KEY = "mnist-viz marks ";

/**
 * A mark in words; empty if it says nothing.
 *
 * @param {Mark} mark
 */
export function inWords({ label, excluded, note }) {
  return [label && `proposed ${label}`, excluded && "excluded", note && `note: ${note}`].filter(Boolean).join(", ");
}

/** The marks of one test set, by the images' ids; those of images that are not in this page stay. */
export class Marks {
  /**
   * @param {string} testSet the digest of the test set
   * @param {() => Storage} storage what the browser keeps; fails where it keeps nothing
   * @param {string[]} classes their names
   */
  constructor(testSet, storage, classes) {
    this.testSet = testSet;
    this.storage = storage;
    this.classes = new Set(classes);
    /** @type {Map<number, Mark>} */
    this.byId = new Map();
    /** @type {Step[][]} */
    this.steps = []; // that can be undone, the last one last
    this.version = 0; // another one after every change
    this.refused = false; // whether the browser keeps nothing
    this.unreadable = false; // whether what it kept could not be read
    this.load();
  }

  /** The key under which the browser keeps them. */
  get key() {
    return KEY + this.testSet;
  }

  get size() {
    return this.byId.size;
  }

  /**
   * The mark of an image.
   *
   * @param {number} id
   */
  of(id) {
    return this.byId.get(id) ?? NOTHING;
  }

  /** Take what the browser has kept, here or in another window. */
  load() {
    /** @type {string | null} */
    let text;
    try {
      text = this.storage().getItem(this.key);
    } catch {
      this.refused = true;
      return;
    }
    const found = readKept(text, this.classes);
    this.unreadable = found === null;
    this.byId = found ?? new Map();
    this.steps = [];
    this.version += 1;
  }

  save() {
    try {
      this.storage().setItem(this.key, JSON.stringify(Object.fromEntries(this.byId)));
      this.refused = false;
    } catch {
      this.refused = true;
    }
  }

  /**
   * Give images other marks, as one step; those of nothing have none.
   *
   * @param {[id: number, mark: Mark][]} marks
   */
  set(marks) {
    this.steps.push(marks.map(([id]) => [id, this.byId.get(id) ?? null]));
    this.put(marks);
  }

  /** Take the last step back; gives its images' ids. */
  undo() {
    const step = this.steps.pop() ?? [];
    this.put(step);
    return step.map(([id]) => id);
  }

  /** @param {[id: number, mark: Mark | null][]} marks */
  put(marks) {
    for (const [id, mark] of marks)
      if (mark && (mark.label || mark.excluded || mark.note)) this.byId.set(id, mark);
      else this.byId.delete(id);
    this.version += 1;
    this.unreadable = false;
    this.save();
  }
}

/**
 * Marks as the browser kept them, null where the text is none of them.
 *
 * @param {string | null} text
 * @param {Set<string>} classes
 * @returns {Map<number, Mark> | null}
 */
function readKept(text, classes) {
  if (text === null) return new Map();
  /** @type {unknown} */
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return null;
  const found = new Map();
  for (const [id, mark] of Object.entries(content)) {
    const { label, excluded, note } = mark ?? {};
    const right = typeof label === "string" && typeof excluded === "boolean" && typeof note === "string";
    if (!/^\d{1,9}$/.test(id) || !right || (label && !classes.has(label))) return null;
    found.set(Number(id), { label, excluded, note });
  }
  return found;
}

/**
 * The label that an image was given, before any correction: a class's name, or nothing.
 *
 * @param {Predictions} data
 * @param {number} image
 */
export function givenOf(data, image) {
  return data.classes[(data.given ?? data.truth)[image]] ?? "";
}

/**
 * Marks that nothing keeps.
 *
 * @param {string[]} classes
 */
export function unkept(classes) {
  const nowhere = () => {
    throw new TypeError("nothing is kept");
  };
  return new Marks("", nowhere, classes);
}
