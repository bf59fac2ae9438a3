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
    this.unreadable = 0; // marks that it kept and that mean nothing here; all of them where it kept something else
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
    const { found, lost } = readKept(text, this.classes);
    this.unreadable = lost;
    this.byId = found;
    this.steps = [];
    this.version += 1;
  }

  /** Keep them; what could not be read stays, too, under another key. */
  save() {
    try {
      const storage = this.storage();
      const before = this.unreadable ? storage.getItem(this.key) : null;
      if (before !== null) storage.setItem(`${this.key} unreadable`, before);
      this.unreadable = 0;
      storage.setItem(this.key, JSON.stringify(Object.fromEntries(this.byId)));
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
    this.save();
  }
}

/**
 * Marks as the browser kept them, and how many of what it kept are none, such as those of a class that has another name
 * now.
 *
 * @param {string | null} text
 * @param {Set<string>} classes
 * @returns {{ found: Map<number, Mark>, lost: number }}
 */
function readKept(text, classes) {
  /** @type {Map<number, Mark>} */
  const found = new Map();
  if (text === null) return { found, lost: 0 };
  /** @type {unknown} */
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    return { found, lost: 1 };
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return { found, lost: 1 };
  const entries = Object.entries(content);
  for (const [id, mark] of entries) {
    const { label, excluded, note } = mark ?? {};
    const right = typeof label === "string" && typeof excluded === "boolean" && typeof note === "string";
    if (/^\d{1,9}$/.test(id) && right && (!label || classes.has(label)))
      found.set(Number(id), { label, excluded, note });
  }
  return { found, lost: entries.length - found.size };
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
 * The marks that make the labels of a page what they are by its corrections, of images that have none.
 *
 * @param {Predictions} data
 * @returns {[id: number, mark: Mark][]}
 */
export function unmarkedCorrections({ given, truth, ids, classes, marks }) {
  if (!given) return [];
  const images = [...truth.keys()].filter((image) => truth[image] !== given[image] && !marks.byId.has(ids[image]));
  return images.map((image) => {
    const label = classes[truth[image]] ?? "";
    return [ids[image], { label, excluded: label === "", note: "" }];
  });
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
