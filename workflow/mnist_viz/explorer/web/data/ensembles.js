/** Ensembles: the mean of several variants' scores after an epoch, as a further model beside those that were trained. */
import { seedGroups } from "./replicates.js";
import { plainScores } from "./scores.js";
import { calibration } from "./statistics.js";

/** @import { Description, Metrics, Variant } from "./bytes.js" */
/** @import { Predictions, Table } from "./predictions.js" */
/** @typedef {{ epoch: number, members: string[] }} Ensemble `members` are names of variants. */

const MOST_NAMED = 3; // members that a name lists

/**
 * The ensembles that a part of an address names; a character that separates them is written as in `%2c`.
 *
 * @param {string} text
 * @returns {Ensemble[]}
 */
export function readEnsembles(text) {
  const plain = (/** @type {string} */ name) =>
    name.replace(/%(2[5c]|3b)/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return text
    .split(";")
    .filter(Boolean)
    .map((part) => {
      const [epoch, ...names] = part.split(",");
      return { epoch: Number(epoch), members: names.map(plain) };
    });
}

/** @param {Ensemble[]} ensembles */
export function writtenEnsembles(ensembles) {
  const safe = (/** @type {string} */ name) => name.replace(/[%,;]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  return ensembles.map(({ epoch, members }) => [epoch, ...members.map(safe)].join(",")).join(";");
}

/** The ensembles of a page, which come behind the tables that it holds. */
export class Ensembles {
  /**
   * @param {Description} about
   * @param {Predictions} data
   */
  constructor(about, data) {
    this.about = about;
    this.data = data;
    this.text = ""; // of those that there are
    /** @type {Ensemble[]} */
    this.list = [];
    this.variants = about.variants; // those that were trained
    const { variants, tables, guess, scores } = data;
    this.trained = { variants, tables, guess, scores };
  }

  /**
   * The epochs after which each of these variants has predictions.
   *
   * @param {string[]} members
   */
  epochsOf(members) {
    const { variants, tables } = this.trained;
    const own = members.map((name) =>
      tables.filter(([variant]) => variants[variant] === name).map(([, epoch]) => epoch),
    );
    return (own[0] ?? []).filter((epoch) => own.every((each) => each.includes(epoch)));
  }

  /**
   * Whether the page has the tables that an ensemble is the mean of.
   *
   * @param {Ensemble} ensemble
   */
  has({ epoch, members }) {
    return new Set(members).size > 1 && this.epochsOf(members).includes(epoch);
  }

  /**
   * The name of an ensemble as a variant, unlike that of every other one.
   *
   * @param {string[]} members
   */
  nameOf(members) {
    const same = seedGroups(this.variants).find(
      ({ variants }) =>
        variants.length === members.length && variants.every((index) => members.includes(this.variants[index].name)),
    );
    if (same) return `mean(${members.length} seeds of ${same.name})`;
    if (members.length <= MOST_NAMED) return `mean(${members.join(", ")})`;
    return `mean(${members[0]} … ${members[members.length - 1]}, ${members.length} variants, ${checksum(members)})`;
  }

  /**
   * Have the ensembles that a part of an address names, as far as their tables are here; whether there was a change.
   *
   * @param {string} text
   */
  take(text) {
    if (text === this.text) return false;
    this.text = text;
    const { variants } = this.trained;
    const order = (/** @type {Ensemble} */ { epoch, members }) => ({
      epoch,
      members: variants.filter((name) => members.includes(name)),
    });
    const found = readEnsembles(text)
      .filter((each) => this.has(each))
      .map(order)
      .map((each) => ({ ...each, name: this.nameOf(each.members) }));
    const unlike = new Map(found.map((each) => [JSON.stringify([each.name, each.epoch]), each]));
    const list = [...unlike.values()].sort(
      (x, y) => (x.name < y.name ? -1 : Number(x.name > y.name)) || x.epoch - y.epoch,
    );
    const names = [...new Set(list.map(({ name }) => name))];
    const tables = list.map(({ name, epoch }) => /** @type {Table} */ ([variants.length + names.indexOf(name), epoch]));
    this.list = list;
    const { guess, scores } = this.trained;
    const { length } = guess;
    const all = means(
      { guess, scores: scores.between(0, length) },
      list.map(({ members, epoch }) => this.tablesOf(members, epoch)),
      this.data.images,
    );
    // The trained ones' scores are from now on a part of these: of many classes, twice as many fill the memory.
    this.trained.scores = plainScores(all.scores.map((score) => score.subarray(0, length)));
    this.data.extend({
      variants: [...variants, ...names],
      tables: [...this.trained.tables, ...tables],
      guess: all.guess,
      scores: plainScores(all.scores),
    });
    const added = names.map((name) =>
      this.described(
        name,
        list.filter((each) => each.name === name),
      ),
    );
    this.about.variants = [...this.variants, ...added];
    return true;
  }

  /**
   * @param {string[]} members
   * @param {number} epoch
   */
  tablesOf(members, epoch) {
    const { variants, tables } = this.trained;
    return [...tables.keys()].filter((index) => {
      const [variant, own] = tables[index];
      return own === epoch && members.includes(variants[variant]);
    });
  }

  /**
   * What the page says of an ensemble where it says what a variant was trained with.
   *
   * @param {string} name
   * @param {Ensemble[]} own
   * @returns {Variant}
   */
  described(name, own) {
    const { data } = this;
    const measure = (/** @type {number} */ epoch) => measured(data, data.find(`${name}:${epoch}`), epoch);
    return {
      name,
      config: { "mean of": own[0].members.join(", ") },
      train: {},
      predict: {},
      get metrics() {
        return own.map(({ epoch }) => measure(epoch));
      },
      history: { step: [], loss: [] },
    };
  }
}

/**
 * Guesses and scores with those of the ensembles behind them. A score is the mean of the members' scores; the
 * guess is the class with the highest sum, which is exact, of equal ones the lowest.
 *
 * @param {{ guess: Uint8Array | Uint16Array, scores: Float32Array[] }} trained
 * @param {number[][]} ensembles the tables of each
 * @param {number} images
 */
export function means({ guess, scores }, ensembles, images) {
  const end = guess.length;
  const length = end + ensembles.length * images;
  const Kind = /** @type {new (length: number) => Uint8Array | Uint16Array} */ (guess.constructor);
  const guesses = new Kind(length);
  guesses.set(guess);
  const best = ensembles.map(() => new Float64Array(images));
  const sum = new Float64Array(images);
  const all = scores.map((score, index) => {
    const whole = new Float32Array(length);
    whole.set(score);
    for (const [place, tables] of ensembles.entries()) {
      sum.fill(0);
      for (const table of tables)
        for (let image = 0, row = table * images; image < images; image += 1, row += 1) sum[image] += score[row];
      const highest = best[place];
      const start = end + place * images;
      const count = tables.length;
      for (let image = 0; image < images; image += 1) {
        whole[start + image] = sum[image] / count;
        if (sum[image] <= highest[image]) continue;
        highest[image] = sum[image];
        guesses[start + image] = index;
      }
    }
    return whole;
  });
  return { guess: guesses, scores: all };
}

/**
 * What evaluation measures of a trained model, here from the page's scores.
 *
 * @param {Predictions} data
 * @param {number} table
 * @param {number} epoch
 * @returns {Metrics}
 */
function measured(data, table, epoch) {
  const { images, known, weights } = data;
  const [loss, correct, confidence] = ["loss", "correct", "confidence"].map((name) => data.ofTable(name, table));
  const weight = (/** @type {number} */ row) => weights?.[row % images] ?? 1;
  const rows = Array.from({ length: images }, (_, image) => table * images + image).filter(
    (row) => !known || known[row % images],
  );
  const total = rows.reduce((sum, row) => sum + weight(row), 0);
  return {
    epoch,
    errors: rows.filter((row) => !correct[row]).length,
    loss: rows.reduce((sum, row) => sum + weight(row) * loss[row], 0) / total,
    calibration_error: calibration(confidence, correct, rows, weight).error,
  };
}

/**
 * Four characters that tell lists of names apart.
 *
 * @param {string[]} names
 */
function checksum(names) {
  let hash = 0;
  for (const each of JSON.stringify(names)) hash = (Math.imul(hash, 31) + (each.codePointAt(0) ?? 0)) >>> 0;
  return (hash % 36 ** 4).toString(36).padStart(4, "0");
}
