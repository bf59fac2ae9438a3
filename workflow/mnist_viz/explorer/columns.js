/** Predictions as columns: typed arrays over all rows, derived ones computed when first asked for. */

export const CLASSES = 10;
export const SCORES = Array.from({ length: CLASSES }, (_, digit) => `score_${digit}`);

/** What each column of a prediction is. `kind` says how it is written; a share is a number from 0 to 1. */
export const MEANING = {
  variant: { kind: "text", meaning: "the model variant" },
  epoch: { kind: "integer", meaning: "training epochs completed" },
  id: { kind: "integer", meaning: "the image's index in the test set" },
  image: { kind: "image", meaning: "the image" },
  guess: { kind: "integer", meaning: "the class with the highest score" },
  truth: { kind: "integer", meaning: "the label" },
  correct: { kind: "flag", meaning: "guess == truth" },
  confidence: { kind: "share", meaning: "the score of the guess" },
  margin: { kind: "share", meaning: "the score of the guess minus the next highest score" },
  true_score: { kind: "share", meaning: "the score of the truth" },
  loss: {
    kind: "real",
    meaning: "negative log likelihood of the truth, in nats; at most 11.78, as scores are rounded",
  },
  entropy: { kind: "real", meaning: "entropy of the scores, in nats" },
};
for (const name of SCORES) MEANING[name] = { kind: "share", meaning: `softmax probability of class ${name.at(-1)}` };

export const DISTANCE = {
  kind: "share",
  meaning: "how far apart the scores of A and B are: half the sum of the absolute differences (total variation)",
};
const OF_THE_IMAGE = new Set(["id", "image", "truth"]);

/**
 * One column: the value of a row is `array[row] / divisor`, or for a text column `labels[array[row]]`.
 *
 * A derived column is given `fill(array, from, to)`, which computes these rows. It is called for a single row where only
 * that is shown, and for all of them when somebody asks for `array`.
 */
export class Column {
  constructor(name, array, { divisor = 1, labels = null, fill = null } = {}) {
    const base = name.replace(/^[ab]\./, "");
    Object.assign(this, { name, divisor, labels, fill, ...(base === "distance" ? DISTANCE : MEANING[base]) });
    this.cells = array;
    this.known = fill ? 0 : array.length;
  }

  get array() {
    this.know(this.cells.length);
    return this.cells;
  }

  /** Compute the first `rows` rows. */
  know(rows) {
    const end = Math.min(rows, this.cells.length);
    if (end <= this.known) return;
    this.fill(this.cells, this.known, end);
    this.known = end;
  }

  value(row) {
    if (row >= this.known) this.fill(this.cells, row, row + 1);
    return this.labels ? this.labels[this.cells[row]] : this.cells[row] / this.divisor;
  }
}

/**
 * All predictions. `tables` lists T pairs of variant index and epoch; table t's prediction for image k is row
 * t * images + k. `truth` and `ids` have one value an image, `guess` and each of the ten `scores` one a row.
 *
 * After `join(a, b)` the columns `a.guess`, `b.score_3` … give, in every row, what those two tables say about the
 * row's image, and `distance` how far apart they are.
 *
 * `omitted` counts, by label, the images that are not here because every table gets them right.
 */
export class Predictions {
  constructor({ variants, tables, ids, truth, guess, scores, levels = 65535, omitted = [] }) {
    Object.assign(this, { variants, tables, ids, truth, guess, scores, levels, omitted });
    this.images = ids.length;
    this.length = guess.length;
    this.names = Object.keys(MEANING);
    this.cache = new Map();
    this.join(0, tables.length - 1);
  }

  join(a, b) {
    this.a = a;
    this.b = b;
    for (const name of [...this.cache.keys()]) if (isJoined(name)) this.cache.delete(name);
    this.joined = new Joined(this, a, b);
  }

  /**
   * How many images each image stands for, or null if all are here: 1 if any table gets it wrong, and for the others
   * their label's share of the omitted ones.
   */
  get weights() {
    if (!this.omitted.some((count) => count > 0)) return null;
    if (!this.weighed) {
      const { images, truth } = this;
      const correct = this.column("correct").array;
      const contested = new Uint8Array(images);
      for (let start = 0; start < this.length; start += images)
        for (let image = 0; image < images; image += 1) contested[image] |= 1 - correct[start + image];
      const here = new Array(CLASSES).fill(0);
      for (let image = 0; image < images; image += 1) here[truth[image]] += 1 - contested[image];
      this.weighed = Float64Array.from({ length: images }, (_, image) =>
        contested[image] ? 1 : 1 + this.omitted[truth[image]] / here[truth[image]],
      );
    }
    return this.weighed;
  }

  /** The name of a table, as in `baseline:5`. */
  label(table) {
    return `${this.variants[this.tables[table][0]]}:${this.tables[table][1]}`;
  }

  /** The table of that name, or -1. */
  find(label) {
    return this.tables.findIndex((_, table) => this.label(table) === label);
  }

  table(row) {
    return Math.floor(row / this.images);
  }

  image(row) {
    return row % this.images;
  }

  has(name) {
    return this.names.includes(name) || this.joined.has(name);
  }

  column(name) {
    if (!this.cache.has(name)) this.cache.set(name, this.derive(name));
    return this.cache.get(name);
  }

  derive(name) {
    const { images, length, levels, guess, scores } = this;
    const perTable = (Kind, value) => {
      const array = new Kind(length);
      this.tables.forEach((table, index) => array.fill(value(table), index * images, (index + 1) * images));
      return array;
    };
    if (isJoined(name)) {
      const { array, divisor, labels } = this.joined.column(name);
      return new Column(name, repeat(array, this.tables.length), { divisor, labels });
    }
    const score = /^score_(\d)$/.exec(name);
    if (score) return new Column(name, scores[score[1]], { divisor: levels });
    const truth = name === "truth" ? null : this.column("truth").cells;
    switch (name) {
      case "variant":
        return new Column(
          name,
          perTable(Uint16Array, ([variant]) => variant),
          { labels: this.variants },
        );
      case "epoch":
        return new Column(
          name,
          perTable(Uint16Array, ([, epoch]) => epoch),
        );
      case "id":
        return new Column(name, repeat(this.ids, this.tables.length));
      case "truth":
        return new Column(name, repeat(this.truth, this.tables.length));
      case "guess":
        return new Column(name, guess);
      case "correct": {
        const fill = (array, from, to) => {
          for (let row = from; row < to; row += 1) array[row] = guess[row] === truth[row] ? 1 : 0;
        };
        return new Column(name, new Uint8Array(length), { fill });
      }
      case "confidence":
        return new Column(name, new Uint16Array(length), { divisor: levels, fill: scoresOf(scores, guess) });
      case "true_score":
        return new Column(name, new Uint16Array(length), { divisor: levels, fill: scoresOf(scores, truth) });
      case "margin":
        return new Column(name, new Uint16Array(length), { divisor: levels, fill: margins(scores, guess) });
      case "loss":
        return new Column(name, new Float32Array(length), { fill: losses(scores, truth, levels) });
      case "entropy":
        return new Column(name, new Float32Array(length), { fill: entropies(scores, levels) });
      default:
        throw new RangeError(`no column ${name}`);
    }
  }
}

/** Fills a column with each row's score of the class that `classes` names. */
function scoresOf(scores, classes) {
  return (array, from, to) => {
    for (let digit = 0; digit < CLASSES; digit += 1) {
      const score = scores[digit];
      for (let row = from; row < to; row += 1) if (classes[row] === digit) array[row] = score[row];
    }
  };
}

/** Fills a column with the guess's score minus the next highest one, or 0 if rounding made that the higher. */
function margins(scores, guess) {
  return (array, from, to) => {
    array.fill(0, from, to);
    for (let digit = 0; digit < CLASSES; digit += 1) {
      const score = scores[digit];
      for (let row = from; row < to; row += 1) {
        if (guess[row] !== digit && score[row] > array[row]) array[row] = score[row];
      }
    }
    for (let row = from; row < to; row += 1) array[row] = Math.max(0, scores[guess[row]][row] - array[row]);
  };
}

function losses(scores, truth, levels) {
  const loss = remembered(levels, (level) => -Math.log(Math.max(level, 0.5) / levels));
  return (array, from, to) => {
    for (let row = from; row < to; row += 1) array[row] = loss(scores[truth[row]][row]);
  };
}

function entropies(scores, levels) {
  const term = remembered(levels, (level) => (-level / levels) * Math.log(level / levels));
  return (array, from, to) => {
    array.fill(0, from, to);
    for (const score of scores)
      for (let row = from; row < to; row += 1) if (score[row] !== 0) array[row] += term(score[row]);
  };
}

/** Fills a column with half the sum of the differences between the scores from row `a` on and those from row `b` on. */
function distances(scores, a, b, levels) {
  return (array, from, to) => {
    const sums = new Uint32Array(to - from);
    for (const score of scores)
      for (let row = from; row < to; row += 1) sums[row - from] += Math.abs(score[a + row] - score[b + row]);
    for (let row = from; row < to; row += 1) array[row] = Math.min(levels, Math.round(sums[row - from] / 2));
  };
}

/** `value` of a level, rounded to 32 bits and computed once. */
function remembered(levels, value) {
  const known = new Float32Array(levels + 1).fill(NaN);
  return (level) => {
    if (Number.isNaN(known[level])) known[level] = value(level);
    return known[level];
  };
}

/** Two tables joined on the image: one row an image, with the columns of both side by side. */
class Joined {
  constructor(predictions, a, b) {
    Object.assign(this, { predictions, a, b });
    this.length = predictions.images;
    const own = predictions.names.filter((name) => !OF_THE_IMAGE.has(name));
    this.names = ["id", "image", "truth", "distance", ...own.flatMap((name) => [`a.${name}`, `b.${name}`])];
    this.cache = new Map();
  }

  has(name) {
    return this.names.includes(name);
  }

  /** The row of all predictions that holds A's (or B's) prediction for image k. */
  row(side, k) {
    return this[side] * this.length + k;
  }

  column(name) {
    if (!this.cache.has(name)) this.cache.set(name, this.derive(name));
    return this.cache.get(name);
  }

  derive(name) {
    if (name === "distance") {
      const { scores, levels } = this.predictions;
      const fill = distances(scores, this.row("a", 0), this.row("b", 0), levels);
      return new Column(name, new Uint16Array(this.length), { divisor: levels, fill });
    }
    const [, side, base] = /^([ab])\.(.+)$/.exec(name) ?? [null, "a", name];
    const { cells, divisor, labels, fill } = this.predictions.column(base);
    const start = this[side] * this.length;
    const own = fill && ((_, from, to) => fill(cells, start + from, start + to));
    return new Column(name, cells.subarray(start, start + this.length), { divisor, labels, fill: own });
  }
}

/** Whether the column belongs to the two joined tables rather than to a single prediction. */
export function isJoined(name) {
  return name === "distance" || /^[ab]\./.test(name);
}

/** `array` many times over, as one array. */
function repeat(array, times) {
  const whole = new array.constructor(array.length * times);
  for (let time = 0; time < times; time += 1) whole.set(array, time * array.length);
  return whole;
}

/** The text of a value as the table shows it. */
export function format(column, row) {
  const value = column.value(row);
  if (column.kind === "share") return value.toFixed(4);
  if (column.kind === "real") return value.toFixed(3);
  if (column.kind === "flag") return value ? "yes" : "no";
  return String(value);
}
