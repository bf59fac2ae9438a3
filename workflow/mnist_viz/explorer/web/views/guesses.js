/** What A guesses against what B guesses: as a matrix whose cells filter, of many classes as ranked pairs. */
import { SIDES } from "../data/joined.js";
import { CLASSES } from "../data/meaning.js";
import { confusedPairs, confusion } from "../data/statistics.js";
import { counted, h, table, whole } from "../parts/dom.js";
import { choice, matrix } from "../parts/matrix.js";
import { digitButton } from "../parts/pictures.js";
import { roving } from "../parts/roving.js";
import { conditions, equals, isOneOf, isOnlyAbout, replace, sameConditions } from "../query/edit.js";
import { and } from "../query/tree.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Node } from "../query/tree.js" */

const MOST_CLASSES = 25; // of a matrix
const MOST_PAIRS = 50;
const SAMPLES = 14;

export class GuessMatrix {
  /** @param {App} app */
  constructor(app) {
    const { data } = app;
    this.app = app;
    const every = Array.from({ length: CLASSES }, (_, index) => data.literalOf(index));
    const { kind } = data.column("guess");
    /** By side, the condition that chooses each class. */
    this.own = SIDES.map((side) => every.map((value) => equals({ name: `${side}.guess`, kind }, value)));
    this.isOfCells = isOneOf(this.own.flat());
    /** @type {Walk} */
    this.walk = { title: "", images: [] }; // the images of the chosen cell
  }

  /**
   * What of the query chooses a cell; null if it chooses none.
   *
   * @returns {Node | null}
   */
  get chosen() {
    const own = conditions(this.app.filter.tree).filter(this.isOfCells);
    const chooses = SIDES.every((side) => own.filter(isOnlyAbout(`${side}.guess`)).length === 1);
    return chooses ? and(own) : null;
  }

  /** The matrix of what the query leaves without the choice of a cell, and the chosen cell's images below. */
  element() {
    const { app, chosen } = this;
    const { data, filter } = app;
    const wider = filter.joinedImages(filter.without((condition) => chosen !== null && this.isOfCells(condition)));
    const [a, b] = SIDES.map((side) => data.joined.column(`${side}.guess`).array);
    return h(
      "section",
      { class: "guesses", "aria-label": "A’s guess and B’s guess" },
      h("h3", {}, "A’s guess × B’s guess ", h("small", {}, "a cell filters")),
      CLASSES > MOST_CLASSES
        ? this.pairs(confusedPairs(b, a, wider, data.weights), chosen)
        : this.matrix(confusion(b, a, wider, data.weights), chosen),
      chosen ? this.images(chosen) : "",
    );
  }

  /**
   * What a cell's button does and says.
   *
   * @param {number} cell
   * @param {Node | null} chosen
   * @param {number} count
   */
  button(cell, chosen, count) {
    const { app, own } = this;
    const { classes } = app.data;
    const [first, second] = [Math.floor(cell / CLASSES), cell % CLASSES];
    const conditions = and([own[0][first], own[1][second]]);
    const pressed = sameConditions(chosen, conditions);
    return {
      class: "plain",
      type: "button",
      id: `guesses-${first}-${second}`,
      "aria-pressed": String(pressed),
      "aria-label": `A guesses ${classes[first]}, B guesses ${classes[second]}: ${counted(count, "image")}`,
      click: () => app.ask(replace(app.filter.tree, this.isOfCells, pressed ? null : conditions)),
    };
  }

  /**
   * @param {Float64Array} counts of images, by A's guess * CLASSES + B's
   * @param {Node | null} chosen
   */
  matrix(counts, chosen) {
    const { classes } = this.app.data;
    const worst = counts.reduce((most, count, cell) => (cell % (CLASSES + 1) ? Math.max(most, count) : most), 1);
    const cell = (/** @type {number} */ first, /** @type {number} */ second) => {
      const place = first * CLASSES + second;
      const count = counts[place];
      return choice(count, Math.sqrt(count / worst), first === second, this.button(place, chosen, count));
    };
    return matrix({
      title: "A’s guess against B’s guess",
      caption: [
        h("span", { class: "side-a" }, "A’s guess"),
        " down, ",
        h("span", { class: "side-b" }, "B’s"),
        " across",
      ],
      classes,
      cell,
    });
  }

  /**
   * The most frequent pairs of different guesses.
   *
   * @param {Map<number, number>} counts of images, by A's guess * CLASSES + B's
   * @param {Node | null} chosen
   */
  pairs(counts, chosen) {
    const { classes } = this.app.data;
    const apart = [...counts].sort((x, y) => y[1] - x[1] || x[0] - y[0]);
    if (apart.length === 0) return h("p", { class: "empty", role: "status" }, "A and B guess the same of each image.");
    const rows = apart.slice(0, MOST_PAIRS).map(([cell, weight]) => {
      const count = Math.round(weight);
      const name = `A ${classes[Math.floor(cell / CLASSES)]}, B ${classes[cell % CLASSES]}`;
      return [h("button", this.button(cell, chosen, count), name), whole(count)];
    });
    const more = apart.length - rows.length;
    return [
      table("Different guesses, the most frequent first", ["guesses", "images"], rows, { class: "numbers pairs-list" }),
      more > 0 ? h("p", { class: "source" }, `${counted(more, "pair")} more, each as frequent or less.`) : "",
    ];
  }

  /**
   * The first images of the chosen cell, and a button that opens all of them.
   *
   * @param {Node} chosen
   */
  images(chosen) {
    const { app } = this;
    const { data, filter } = app;
    const images = filter.joinedImages();
    const [first, second] = this.own.map((own) => own.findIndex((each) => conditions(chosen).some(isOneOf([each]))));
    const title = `A guesses ${data.classes[first]}, B guesses ${data.classes[second]}`;
    this.walk = { title: `Two models, ${title}`, images };
    const pictures = Array.from(images.subarray(0, SAMPLES), (image) =>
      digitButton(app, image, { size: 32, list: "guesses" }),
    );
    const note = `open ${counted(images.length, "image")} in the table`;
    const open = () => app.openTable(filter.tree, { rows: "joined" });
    const more = images.length > SAMPLES ? `+${whole(images.length - SAMPLES)}` : "open in the table";
    const button = h("button", { type: "button", title: note, "aria-label": note, click: open }, more);
    return h(
      "section",
      { class: "chosen" },
      h("h3", {}, `${counted(images.length, "image")}: ${title}`),
      roving(h("div", { class: "gallery" }, pictures, images.length ? button : ""), ".digit"),
    );
  }
}
