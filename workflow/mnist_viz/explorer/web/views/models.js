/** The models: errors with their uncertainty, training curves, configurations and what differs, provenance. */
import { lastTables } from "../data/hard.js";
import { errorsOf } from "../data/rates.js";
import { wilson } from "../data/statistics.js";
import { coloured, lineChart } from "../parts/charts.js";
import { caveat, h, percent, table, whole } from "../parts/dom.js";
import { outcomesIn } from "../query/outcome.js";

/** @import { App } from "../app.js" */
/** @import { Metrics, Variant } from "../data/bytes.js" */
/** @import { Point, Series } from "../parts/charts.js" */

const MOST_ROWS = 500;
const MOST_COLUMNS = 6;
const CHART_WIDTH = 420;

export class ModelsView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.element = h("section", { class: "view models", "aria-label": "Models" });
  }

  refresh() {
    const { app } = this;
    const { variants } = app.description;
    const pair = [app.data.a, app.data.b].map((index) => app.data.tables[index][0]);
    /** @type {(points: (variant: Variant) => Point[], marks: boolean) => Series[]} */
    const lines = (points, marks) => coloured(app.data.variants, pair, (index) => points(variants[index]), marks);
    /** @type {(variant: Variant, key: keyof Metrics) => Point[]} */
    const measured = ({ metrics }, key) =>
      metrics.flatMap((row) => (row[key] === null ? [] : [/** @type {Point} */ ([row.epoch, row[key]])]));
    /** @type {(title: string, y: string, key: keyof Metrics) => HTMLElement} */
    const curve = (title, y, key) =>
      lineChart({
        title,
        x: "epoch",
        y,
        integerX: true,
        width: CHART_WIDTH,
        series: lines((variant) => measured(variant, key), true),
      });
    this.element.replaceChildren(
      h("div", { class: "toolbar" }, app.pairChoices()),
      this.errors(),
      h("h2", {}, "Training curves"),
      h(
        "div",
        { class: "columns" },
        variants.some(({ history }) => history.step.length)
          ? lineChart({
              title: "Training loss, means of equal stretches of steps",
              x: "step",
              y: "nats",
              log: true,
              width: CHART_WIDTH,
              series: lines(({ history }) => history.step.map((step, index) => [step, history.loss[index]]), false),
            })
          : "",
        curve("Test loss", "nats", "loss"),
        curve("Expected calibration error", "share", "calibration_error"),
      ),
      this.configurations(),
      this.provenance(),
    );
  }

  /** Wrong guesses of each table among the rows that the filter leaves, with 95 % intervals. */
  errors() {
    const { data, filter } = this.app;
    const all = data.tables.map((_, index) => index);
    const shown = all.length > MOST_ROWS ? [...new Set([data.a, data.b, ...this.best(lastTables(data))])] : all;
    const note = caveat(outcomesIn(filter));
    const rows = shown.map((index) => {
      const { images, errors } = errorsOf(data, filter, index);
      const [low, high] = wilson(errors, images);
      const metrics = this.metrics(index);
      const measured = images
        ? [whole(errors), [percent(errors / images), note && [" ", note.cloneNode(true)]], interval(low, high)]
        : ["–", "–", "–"];
      return [
        data.label(index),
        whole(images),
        ...measured,
        metrics.loss?.toFixed(4) ?? "–",
        metrics.calibration_error?.toFixed(4) ?? "–",
      ];
    });
    return h(
      "section",
      { id: "errors" },
      h(
        "h2",
        {},
        "Errors ",
        h(
          "small",
          {},
          shown.length < all.length
            ? `after the last epochs; A, B and the ${whole(MOST_ROWS)} best of ${whole(data.variants.length)} variants`
            : "of what the query leaves; loss and calibration error are of the whole test set",
        ),
      ),
      table(
        "Wrong guesses, with Wilson’s 95 % interval",
        ["variant:epoch", "images", "errors", "error rate", "95 % interval", "test loss", "calibration error"],
        rows,
        { class: "numbers" },
      ),
      h(
        "p",
        { class: "source" },
        "Interval: ",
        h("a", { href: "https://doi.org/10.1080/01621459.1927.10502953" }, "Wilson 1927"),
        ".",
      ),
    );
  }

  /**
   * The MOST_ROWS of `indices` with the fewest errors among all images, the best first.
   *
   * @param {number[]} indices
   */
  best(indices) {
    const errors = (/** @type {number} */ index) => this.metrics(index).errors;
    return indices.sort((x, y) => errors(x) - errors(y)).slice(0, MOST_ROWS);
  }

  /**
   * What was measured of a table on the whole test set.
   *
   * @param {number} index
   */
  metrics(index) {
    const { data, description } = this.app;
    const [variant, epoch] = data.tables[index];
    return /** @type {Metrics} */ (description.variants[variant].metrics.find((row) => row.epoch === epoch));
  }

  /** The variants side by side: those of A and B first, and as many of the others as fit. */
  get columns() {
    const { data } = this.app;
    const pair = [data.tables[data.a][0], data.tables[data.b][0]];
    return [...new Set([...pair, ...data.variants.keys()])].slice(0, MOST_COLUMNS);
  }

  configurations() {
    const { data, description } = this.app;
    const [a, b] = [data.a, data.b].map((index) => description.variants[data.tables[index][0]]);
    const differing = keysOf([a.config, b.config]).filter((key) => shown(a.config[key]) !== shown(b.config[key]));
    const { columns } = this;
    const variants = columns.map((index) => description.variants[index]);
    const keys = keysOf(variants.map((variant) => variant.config));
    const summary =
      a === b
        ? `A and B are the same variant, ${a.name}.`
        : differing.length
          ? `${differing.length} of ${keys.length} settings differ between A and B.`
          : "A and B have the same configuration.";
    const element = table(
      `Configuration. ${summary}`,
      ["setting", ...variants.map((variant) => variant.name)],
      [...keys]
        .sort((x, y) => Number(differing.includes(y)) - Number(differing.includes(x)) || (x < y ? -1 : 1))
        .map((key) => [key, ...variants.map((variant) => shown(variant.config[key]))]),
      { class: "settings", id: "configuration" },
    );
    for (const heading of element.querySelectorAll("tbody th"))
      heading.parentElement?.classList.toggle("differs", differing.includes(heading.textContent ?? ""));
    return h("section", {}, h("h2", {}, "Configurations"), element, this.note());
  }

  note() {
    const { data } = this.app;
    return data.variants.length > MOST_COLUMNS
      ? h(
          "p",
          { class: "source" },
          `${MOST_COLUMNS} of ${whole(data.variants.length)} variants; choose others as A and B.`,
        )
      : "";
  }

  provenance() {
    const variants = this.columns.map((index) => this.app.description.variants[index]);
    const records = variants.map(({ train, predict }) =>
      Object.fromEntries([...flat(train), ...flat(predict, "predict")]),
    );
    const { data } = this.app.description;
    return h(
      "section",
      {},
      h("h2", {}, "Provenance"),
      table(
        "What each training and each prediction recorded",
        ["record", ...variants.map((variant) => variant.name)],
        keysOf(records).map((key) => [key, ...records.map((record) => shown(record[key]))]),
        { class: "settings", id: "provenance" },
      ),
      this.note(),
      table(
        "What the data recorded",
        ["record", "value"],
        flat(data).map(([key, value]) => [key, shown(value)]),
        {
          class: "settings",
          id: "data-record",
        },
      ),
    );
  }
}

/**
 * @param {number} low
 * @param {number} high
 */
function interval(low, high) {
  return `${percent(low)} – ${percent(high)}`;
}

/** @param {object[]} objects */
function keysOf(objects) {
  return [...new Set(objects.flatMap((each) => Object.keys(each)))];
}

/** @param {unknown} value */
function shown(value) {
  return value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Nested records as `[path, value]` pairs.
 *
 * @param {unknown} value
 * @param {string} [path]
 * @returns {[path: string, value: unknown][]}
 */
function flat(value, path = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, path ? `${path} / ${key}` : key));
}
