/** All predictions as columns: typed arrays over all rows, derived ones computed when first asked for. */
import { Column, repeat } from "./column.js";
import { corrects, entropies, losses, margins, scoresOf } from "./derived.js";
import { modelsWrong } from "./hard.js";
import { Joined } from "./joined.js";
import { givenColumn, markedColumn } from "./marked.js";
import { unkept } from "./marks.js";
import { CLASSES, isJoined, MEANING, OF_MARKS, OF_THE_TRUTH, SCORES, UNKNOWN } from "./meaning.js";
import { weighed } from "./weights.js";

/** @import { Cells } from "./column.js" */
/** @import { Marks } from "./marks.js" */
/** @import { Scores } from "./scores.js" */
/** @typedef {[variant: number, epoch: number]} Table The index of a variant, and the epoch after which it predicts. */

/**
 * `tables` lists T pairs of variant index and epoch; table t's prediction for image k is row t * images + k. `truth`
 * and `ids` have one value an image, `guess` and each of the ten `scores` one a row, from 0 to 1.
 *
 * After `join(a, b)` the columns `a.guess`, `b.score_3` … give, in every row, what those two tables say about the
 * row's image, and `distance` how far apart they are.
 *
 * A truth that is CLASSES is not known: such an image is shown and never counted. As a number it is -1.
 *
 * `classes` are the classes' names. Where each is its class's number, `guess` and `truth` are numbers; otherwise they
 * are texts, and `labels` are the names.
 *
 * `omitted` counts, by label, the images that are not here because every table gets them right.
 */
export class Predictions {
  /**
   * @param {object} given
   * @param {string[]} given.variants
   * @param {Table[]} given.tables
   * @param {Int32Array} given.ids
   * @param {Uint8Array | Uint16Array} given.truth
   * @param {Uint8Array | Uint16Array} given.guess
   * @param {Scores} given.scores
   * @param {number[]} [given.omitted]
   * @param {string[]} [given.classes]
   * @param {Uint8Array | Uint16Array | null} [given.given] as `truth`, before corrections; null where there are none
   * @param {Marks} [given.marks]
   */
  constructor({
    variants,
    tables,
    ids,
    truth,
    guess,
    scores,
    omitted = [],
    classes = SCORES.map((_, index) => String(index)),
    given = null,
    marks = unkept(classes),
  }) {
    this.variants = variants;
    this.tables = tables;
    this.ids = ids;
    this.truth = truth;
    this.guess = guess;
    this.scores = scores;
    this.omitted = omitted;
    this.classes = classes;
    this.given = given;
    this.marks = marks;
    /** By image, 1 where the truth is known; null if all are. */
    this.known = truth.includes(CLASSES) ? Uint8Array.from(truth, (each) => Number(each !== CLASSES)) : null;
    const own = this.known ? [...classes, UNKNOWN] : classes;
    this.labels = classes.every((each, index) => each === String(index)) ? null : own;
    this.images = ids.length;
    this.length = guess.length;
    this.names = Object.keys(MEANING).filter((name) => name !== "given" || given);
    /** @type {Float64Array | null} */
    this.weighed = null;
    /** @type {Uint8Array | Uint16Array | null} */
    this.repeated = null;
    /** @type {Map<string, Column>} */
    this.cache = new Map();
    this.trained = { variants: variants.length, tables: tables.length }; // without ensembles
    this.version = 0; // how often the tables have changed
    this.a = 0;
    this.b = tables.length - 1;
    this.joined = new Joined(this, this.a, this.b);
  }

  /**
   * Take the tables `a` and `b` as A and B.
   *
   * @param {number} a
   * @param {number} b
   */
  join(a, b) {
    this.a = a;
    this.b = b;
    for (const name of [...this.cache.keys()]) if (isJoined(name)) this.cache.delete(name);
    this.joined = new Joined(this, a, b);
  }

  /**
   * Take these tables in the place of all: the trained ones and ensembles of them behind.
   *
   * @param {Pick<Predictions, "variants" | "tables" | "guess" | "scores">} all
   */
  extend({ variants, tables, guess, scores }) {
    this.weighed = this.weights; // of the trained ones
    Object.assign(this, { variants, tables, guess, scores, length: guess.length, repeated: null });
    this.version += 1;
    this.cache.clear();
    this.join(0, this.trained.tables - 1);
  }

  /**
   * How many images each image stands for, or null if all are here: 1 if any table gets it wrong, and for the others
   * their label's share of the omitted ones.
   */
  get weights() {
    if (!this.omitted.some((count) => count > 0)) return null;
    this.weighed ??= weighed(this);
    return this.weighed;
  }

  /**
   * The name of a table, as in `baseline:5`.
   *
   * @param {number} table
   */
  label(table) {
    return `${this.variants[this.tables[table][0]]}:${this.tables[table][1]}`;
  }

  /**
   * The table of that name, or -1.
   *
   * @param {string} label
   */
  find(label) {
    return this.tables.findIndex((_, table) => this.label(table) === label);
  }

  /**
   * The name of the class that an image is labelled with.
   *
   * @param {number} image
   */
  truthOf(image) {
    return this.classes[this.truth[image]] ?? UNKNOWN;
  }

  /**
   * The name of the class that a row guesses.
   *
   * @param {number} row
   */
  guessOf(row) {
    return this.classes[this.guess[row]];
  }

  /**
   * What a query says for a class: its number, or its name as a text.
   *
   * @param {number} index
   */
  literalOf(index) {
    return this.labels ? this.labels[index] : index;
  }

  /**
   * The image that a row is about.
   *
   * @param {number} row
   */
  image(row) {
    return row % this.images;
  }

  /** @param {string} name */
  has(name) {
    return this.names.includes(name) || this.joined.has(name);
  }

  /** @param {string} name */
  column(name) {
    const known = this.cache.get(name);
    if (known) return known;
    const column = this.derive(name);
    this.cache.set(name, column);
    return column;
  }

  /**
   * The cells of a column, of which those of one table's rows are to be relied on.
   *
   * @param {string} name
   * @param {number} table
   */
  ofTable(name, table) {
    return this.column(name).between(table * this.images, (table + 1) * this.images);
  }

  /**
   * @param {string} name
   * @returns {Column}
   */
  derive(name) {
    const { length, guess, scores } = this;
    if (isJoined(name)) {
      const { array, labels, meaning, absent } = this.joined.column(name);
      const own = absent && ((/** @type {number} */ row) => absent(this.image(row)));
      return new Column(name, repeat(array, this.tables.length), { labels, meaning, absent: own });
    }
    const score = /^score_(\d+)$/.exec(name);
    if (score) {
      const index = Number(score[1]);
      const meaning = `softmax probability of class ${this.classes[index]}`;
      const cells = scores.between(0, 0)[index];
      return new Column(name, cells, { meaning, fill: (_, from, to) => scores.between(from, to) });
    }
    const shares = () => new Float32Array(length);
    const absent = OF_THE_TRUTH.has(name) ? this.absent : null;
    switch (name) {
      case "variant":
        return new Column(
          name,
          this.perTable(([variant]) => variant),
          { labels: this.variants },
        );
      case "epoch":
        return new Column(
          name,
          this.perTable(([, epoch]) => epoch),
        );
      case "id":
        return new Column(name, repeat(this.ids, this.tables.length));
      case "truth":
        return this.truthColumn(name);
      case "given":
        return givenColumn(this);
      case "guess":
        return new Column(name, guess, { labels: this.labels });
      case "correct":
        return new Column(name, new Uint8Array(length), { fill: corrects(guess, this.truths), absent });
      case "models_wrong":
        return new Column(name, repeat(modelsWrong(this), this.tables.length), { absent });
      case "confidence":
        return new Column(name, shares(), { fill: scoresOf(scores, guess) });
      case "true_score":
        return new Column(name, shares(), { fill: scoresOf(scores, this.truths), absent });
      case "margin":
        return new Column(name, shares(), { fill: margins(scores, guess) });
      case "loss":
        return new Column(name, new Float32Array(length), { fill: losses(scores, this.truths), absent });
      case "entropy":
        return new Column(name, new Float32Array(length), { fill: entropies(scores) });
      default:
        if (!Object.hasOwn(OF_MARKS, name)) throw new RangeError(`no column ${name}`);
        return markedColumn(name, this);
    }
  }

  /** The class of every row's image, by its number, CLASSES where it is not known. */
  get truths() {
    this.repeated ??= repeat(this.truth, this.tables.length);
    return this.repeated;
  }

  /** Whether a row's truth is not known; null if all are known. */
  get absent() {
    const { known } = this;
    return known && ((/** @type {number} */ row) => !known[this.image(row)]);
  }

  /** @param {string} name */
  truthColumn(name) {
    const { labels, absent, truths } = this;
    const numbers = labels || !absent ? truths : Int32Array.from(truths, (each) => (each === CLASSES ? -1 : each));
    return new Column(name, numbers, { labels, absent });
  }

  /**
   * Whether a row is right or wrong; empty where the truth is not known.
   *
   * @param {number} row
   */
  verdict(row) {
    const truth = this.truth[this.image(row)];
    if (truth === CLASSES) return "";
    return this.guess[row] === truth ? "right" : "wrong";
  }

  /** @param {(table: Table) => number} value */
  perTable(value) {
    const array = new Uint16Array(this.length);
    const { images } = this;
    for (const [index, table] of this.tables.entries()) {
      array.fill(value(table), index * images, (index + 1) * images);
    }
    return array;
  }
}
