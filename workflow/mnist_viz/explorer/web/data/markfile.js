/** Marks as a CSV file: the one that the pipeline reads, and refuses, by the same rules and with the same words. */
import { givenOf } from "./marks.js";

/** @import { Mark, Marks } from "./marks.js" */
/** @import { Predictions } from "./predictions.js" */
/** @typedef {{ line: number, values: string[] }} Line */

const COLUMNS = ["id", "given", "label", "exclude", "note", "test_set"];
const NEEDED = ["id", "label", "exclude", "test_set"];
const SHOWN = 10; // classes in a message

/** What is wrong in a file, and in which line. */
export class MarksError extends Error {
  /**
   * @param {number} line
   * @param {string} message
   */
  constructor(line, message) {
    super(`line ${line}: ${message}`);
  }
}

/**
 * All marks as a file, by id.
 *
 * @param {Marks} marks
 * @param {Predictions} data
 */
export function writeMarks(marks, data) {
  const images = new Map(Array.from(data.ids, (id, image) => [id, image]));
  const rows = [...marks.byId]
    .sort(([x], [y]) => x - y)
    .map(([id, { label, excluded, note }]) => {
      const image = images.get(id);
      const given = image === undefined ? "" : givenOf(data, image);
      return [String(id), given, label, excluded ? "yes" : "", note, marks.testSet];
    });
  return `${[COLUMNS, ...rows].map((row) => row.map(quoted).join(",")).join("\n")}\n`;
}

/** @param {string} text */
function quoted(text) {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The marks of a file. A MarksError names the line that is wrong.
 *
 * @param {string} text
 * @param {Predictions} data
 * @param {string} testSet the digest of the test set
 * @param {number} images of the whole test set, of which the page may hold a part
 * @returns {[id: number, mark: Mark][]}
 */
export function readMarks(text, data, testSet, images) {
  const [heading, ...lines] = rowsOf(text.replace(/^\ufeff/, ""));
  checkHeading(heading?.values ?? [], heading?.line ?? 1);
  const seen = new Map();
  const rows = lines.map(({ line, values }) => {
    if (values.length !== heading.values.length)
      throw new MarksError(line, `${values.length} values where the heading has ${heading.values.length} columns`);
    const row = Object.fromEntries(heading.values.map((name, place) => [name, values[place]]));
    const id = checkRow(row, line);
    if (seen.has(id)) throw new MarksError(line, `image ${id} is there already, in line ${seen.get(id)}`);
    seen.set(id, line);
    return { line, id, row };
  });
  const places = new Map(Array.from(data.ids, (id, image) => [id, image]));
  return rows.map(({ line, id, row }) => {
    checkAgainst(row, line, id, { data, testSet, images, place: places.get(id) });
    return [id, { label: row.label, excluded: row.exclude === "yes", note: row.note ?? "" }];
  });
}

/**
 * The rows that are not empty.
 *
 * @param {string} text
 * @returns {Line[]}
 */
function rowsOf(text) {
  const wrong = (/** @type {number} */ line) =>
    new MarksError(line, "a quote is not closed, or stands within a value that does not begin with one");
  /** @type {Line[]} */
  const rows = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const [begins, start] = [line, at];
    const values = [];
    for (;;) {
      let value = "";
      if (text[at] === '"') {
        for (;;) {
          const end = text.indexOf('"', at + 1);
          if (end < 0) throw wrong(begins);
          value += text.slice(at + 1, end);
          at = end + 1;
          if (text[at] !== '"') break;
          value += '"';
        }
        if (at < text.length && !/[,\r\n]/.test(text[at])) throw wrong(begins);
      } else {
        const end = text.slice(at).search(/[,\r\n]/);
        value = end < 0 ? text.slice(at) : text.slice(at, at + end);
        at += value.length;
      }
      values.push(value);
      line += value.split(/\r\n|\r|\n/).length - 1;
      if (text[at] !== ",") break;
      at += 1;
    }
    const isEmpty = at === start;
    at += text.startsWith("\r\n", at) ? 2 : 1;
    line += 1;
    if (!isEmpty) rows.push({ line: begins, values });
  }
  return rows;
}

/**
 * @param {string[]} heading
 * @param {number} line
 */
function checkHeading(heading, line) {
  for (const name of NEEDED)
    if (!heading.includes(name)) {
      const found = heading.join(", ") || "nothing";
      throw new MarksError(line, `there is no column ${name}; needed are ${NEEDED.join(", ")}, there is ${found}`);
    }
  for (const [place, name] of heading.entries()) {
    if (!COLUMNS.includes(name))
      throw new MarksError(line, `a column “${name}” is unknown; there can be ${COLUMNS.join(", ")}`);
    if (heading.indexOf(name) < place) throw new MarksError(line, `the column ${name} is there twice`);
  }
}

/**
 * The id of a row that can be right, whatever the test set.
 *
 * @param {Record<string, string>} row
 * @param {number} line
 */
function checkRow({ id: text, label, exclude, note = "" }, line) {
  if (!/^[0-9]{1,9}$/.test(text)) throw new MarksError(line, `id “${text}” is no number of an image`);
  if (exclude !== "" && exclude !== "yes")
    throw new MarksError(line, `exclude is “${exclude}”; it can be yes or nothing`);
  const id = Number(text);
  if (label && exclude) throw new MarksError(line, `image ${id} has a label and is excluded; keep one of the two`);
  if (!label && !exclude && !note)
    throw new MarksError(line, `nothing is said of image ${id}: no label, no exclusion, no note`);
  return id;
}

/**
 * Whether a row can be of the test set.
 *
 * @param {Record<string, string>} row
 * @param {number} line
 * @param {number} id
 * @param {{ data: Predictions, testSet: string, images: number, place: number | undefined }} here
 */
function checkAgainst(row, line, id, { data, testSet, images, place }) {
  if (row.test_set !== testSet)
    throw new MarksError(line, `these marks are of another test set, “${row.test_set}”; this one is ${testSet}`);
  if (place === undefined && (data.images === images || id >= images))
    throw new MarksError(
      line,
      `the test set has no image ${id}; its ids are ${data.ids.at(0)} to ${lastId(data, images)}`,
    );
  const given = place === undefined ? row.given : givenOf(data, place);
  if (row.given && row.given !== given) {
    const known = given ? `has the label ${given}` : "has no label";
    throw new MarksError(line, `image ${id} ${known} in this test set, not “${row.given}”`);
  }
  if (row.label && !data.classes.includes(row.label)) {
    const more = data.classes.length > SHOWN ? `, … (${data.classes.length.toLocaleString("en")} in all)` : "";
    const listed = data.classes.slice(0, SHOWN).join(", ") + more;
    throw new MarksError(line, `label “${row.label}” is no class; there are ${listed}`);
  }
}

/**
 * @param {Predictions} data
 * @param {number} images
 */
function lastId(data, images) {
  return data.images === images ? data.ids.at(-1) : images - 1;
}
