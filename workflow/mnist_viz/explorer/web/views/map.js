/** The map: every image where the network sees it, coloured by truth, guess or who is right; a line chooses images. */
import { written } from "../data/chosen.js";
import { SIDES } from "../data/joined.js";
import { LARGEST, SCORES } from "../data/maps.js";
import { choice, counted, h, whole } from "../parts/dom.js";
import { digit, MARKS } from "../parts/pictures.js";
import { pointsChart } from "../parts/points.js";
import { roving } from "../parts/roving.js";
import { Scatter } from "../parts/scatter.js";
import { DRAWN_FOR_FILES, takeButtons } from "../parts/take.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Side } from "../data/joined.js" */
/** @typedef {{ title: string, colour: string, images: number[] }} Kind Images of one colour. */

const MOST_KINDS = 25; // that the legend lists
/** What the points are coloured by, and how that is called. */
const BY = new Map([
  ["truth", "truth"],
  ["a", "guess of A"],
  ["b", "guess of B"],
  ["verdict", "who is right"],
]);
/** Who is right, in the order in which they are drawn: what is rare on top. */
const VERDICTS = new Map([
  ["right right", ["both right", "var(--histogram)"]],
  ["right wrong", ["A right, B wrong", "var(--a)"]],
  ["wrong right", ["A wrong, B right", "var(--b)"]],
  ["wrong wrong", ["both wrong", "var(--wrong)"]],
]);
const NEITHER = ["truth not known", "var(--soft)"];
const HELP =
  "Draw around images to choose them, shift and drag to move, roll to zoom. By keyboard: arrows move the circle, + − 0 " +
  "zoom, Space chooses what is in the circle, Enter opens the image nearest to its middle.";

export class MapView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Uint32Array} */
    this.images = new Uint32Array(0);
    this.toolbar = h("div", { class: "toolbar" });
    this.heading = h("h2", {});
    this.legend = h("div", { class: "kinds" });
    this.source = h("p", { class: "source" });
    this.scatter = new Scatter({
      label: "map of the images",
      description: "map-help",
      describe: (image) => this.describe(image),
      open: (image) => app.set({ id: String(app.data.ids[image]), list: "" }),
      choose: (images) => this.choose(images),
    });
    this.take = h("div", {});
    this.plane = h("figure", { class: "plane" }, this.scatter.element, this.legend, this.take);
    DRAWN_FOR_FILES.set(this.plane, () => pointsChart(this.scatter));
    this.element = h(
      "section",
      { class: "view map", "aria-label": "Map" },
      this.toolbar,
      this.heading,
      this.plane,
      h("p", { class: "source", id: "map-help" }, HELP),
      this.source,
    );
  }

  /** The map that is shown: that of the state, or the first. */
  get map() {
    const { maps, state } = this.app;
    return maps.find(({ about }) => about.variant === state.map) ?? maps[0];
  }

  /** What the points are coloured by. */
  get by() {
    const { colour } = this.app.state;
    return BY.has(colour) ? colour : "truth";
  }

  refresh() {
    const { app, map, scatter } = this;
    const { data, filter } = app;
    this.images = filter.joinedImages();
    const kept = new Uint8Array(data.images);
    for (const image of this.images) kept[image] = 1;
    const others = Uint32Array.from({ length: data.images }, (_, image) => image).filter((image) => !kept[image]);
    const kinds = this.kinds();
    scatter.show({ x: map.x, y: map.y, largest: LARGEST }, kinds, others);
    this.toolbar.replaceChildren(...this.controls());
    const left = this.images.length;
    this.heading.replaceChildren(
      counted(left, "image"),
      others.length ? h("small", {}, `in colour; ${whole(others.length)} that are left out are grey`) : "",
    );
    this.legend.replaceChildren(
      ...(left
        ? this.list(kinds)
        : [h("p", { class: "empty", role: "status" }, "The query leaves no image of A or B.")]),
    );
    this.source.replaceChildren(...this.words());
    const title = `Map as seen by ${map.about.variant}, by ${BY.get(this.by)}`;
    this.plane.dataset.title = title;
    this.take.replaceChildren(left ? takeButtons(title) : "");
  }

  controls() {
    const { app, map, scatter } = this;
    const colours = [...BY].map(([value, label]) => ({ value, label }));
    const variants = app.maps.map(({ about }) => about.variant);
    const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ click) =>
      h("button", { type: "button", title: label, "aria-label": label, click }, text);
    const open = () => app.openTable(app.filter.tree, { rows: "joined" }, { title: "on the map", images: this.images });
    return [
      choice("colour", colours, this.by, (colour) => app.set({ colour }), { id: "colour" }),
      ...(variants.length > 1
        ? [choice("as seen by", variants, map.about.variant, (variant) => app.set({ map: variant }), { id: "map-of" })]
        : []),
      ...app.pairChoices(),
      button("+", "nearer", () => scatter.scale(1.5)),
      button("−", "farther", () => scatter.scale(1 / 1.5)),
      button("⤢", "the whole map", () => scatter.scale(0)),
      this.images.length ? h("button", { type: "button", click: open }, "open in the table") : "",
    ].filter((each) => each !== "");
  }

  /** The images that the query leaves, by what they are coloured by. */
  kinds() {
    const { by } = this;
    /** @type {Map<string, Kind>} */
    const found = new Map(
      by === "verdict" ? [...VERDICTS].map(([key, [title, colour]]) => [key, { title, colour, images: [] }]) : [],
    );
    for (const image of this.images) {
      const key = by === "verdict" ? this.verdict(image) : String(this.classOf(image));
      const kind = found.get(key) ?? this.kind(by, image);
      kind.images.push(image);
      found.set(key, kind);
    }
    const kinds = [...found].filter(([, { images }]) => images.length);
    if (by !== "verdict") kinds.sort(([one], [other]) => Number(one) - Number(other));
    return kinds.map(([, kind]) => kind);
  }

  /**
   * Who is right about an image.
   *
   * @param {number} image
   */
  verdict(image) {
    const { data } = this.app;
    return SIDES.map((side) => data.verdict(data.joined.row(side, image))).join(" ");
  }

  /**
   * The class that an image is coloured by.
   *
   * @param {number} image
   */
  classOf(image) {
    const { data } = this.app;
    return this.by === "truth" ? data.truth[image] : data.guess[data.joined.row(/** @type {Side} */ (this.by), image)];
  }

  /**
   * A colour's kind, without images, of which this one is the first.
   *
   * @param {string} by
   * @param {number} image
   * @returns {Kind}
   */
  kind(by, image) {
    const { classes } = this.app.data;
    const own = this.classOf(image);
    if (by === "verdict" || own >= classes.length) return { title: NEITHER[0], colour: NEITHER[1], images: [] };
    const prefix = by === "truth" ? "truth" : "guess";
    return { title: `${prefix} ${classes[own]}`, colour: classColour(own, classes.length), images: [] };
  }

  /**
   * The legend: what each colour is, of how many images; each opens these in the table.
   *
   * @param {Kind[]} kinds
   */
  list(kinds) {
    const { app } = this;
    const shown = [...kinds].sort((one, other) => other.images.length - one.images.length).slice(0, MOST_KINDS);
    const items = kinds
      .filter((kind) => shown.includes(kind))
      .map(({ title, colour, images }) => {
        const text = `${title}: ${counted(images.length, "image")}; open in the table`;
        const open = () =>
          app.openTable(app.filter.tree, { rows: "joined" }, { title: `${title} (${BY.get(this.by)})`, images });
        const mark = h("span", {
          class: "mark",
          style: { background: colour },
        });
        return h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "plain", title: text, "aria-label": text, click: open },
            mark,
            title,
            " ",
            h("small", {}, whole(images.length)),
          ),
        );
      });
    const left = kinds.length - shown.length;
    return [
      roving(h("ul", {}, items), "button"),
      left > 0 ? h("p", { class: "source" }, `${counted(left, "class")} more, each with as many images or fewer.`) : "",
    ].filter((each) => each !== "");
  }

  /** Whose features these are, and how to read the plane. */
  words() {
    const { variant, epoch, layer, features } = this.map.about;
    const whose = `${variant} after epoch ${epoch}`;
    const what =
      layer === SCORES
        ? `The ${counted(features, "score")} of ${whose}, as it has no layer with parameters whose input could be taken`
        : `The ${counted(features, "feature")} that the last layer of ${whose}, ${layer}, is given`;
    return [
      `${what}, by t-SNE on a plane: images that are near each other look alike to it; how far groups lie apart, and how `,
      "large they are, says little.",
    ];
  }

  /**
   * What is shown of an image that is pointed at.
   *
   * @param {number} image
   */
  describe(image) {
    const { app } = this;
    const { data } = app;
    const guess = (/** @type {Side} */ side) => {
      const row = data.joined.row(side, image);
      const verdict = data.verdict(row);
      return h(
        "span",
        { class: verdict },
        h("strong", { class: `side-${side}` }, `${side.toUpperCase()} `),
        `${data.guessOf(row)} ${MARKS.get(verdict)}`,
      );
    };
    return [
      digit(app, image, 84),
      h("span", {}, `id ${data.ids[image]}`),
      h("span", {}, `truth ${data.truthOf(image)}`),
      ...SIDES.map(guess),
    ];
  }

  /**
   * Keep no others than these images: a chip, here and in all views. None are no choice.
   *
   * @param {number[]} images
   */
  choose(images) {
    const { app } = this;
    if (images.length === 0) {
      app.say("No image lies there: nothing is chosen.");
      return;
    }
    app.set({ only: written({ title: "chosen on the map", ids: images.map((image) => app.data.ids[image]) }) });
    app.say(`${counted(images.length, "image")} chosen`);
  }

  /** @returns {Walk} */
  walk() {
    return { title: "Map", images: this.images };
  }
}

/**
 * The colour of a class: of a few, hues as far apart as can be; of many, neighbours differ in lightness too.
 *
 * @param {number} index
 * @param {number} count
 */
function classColour(index, count) {
  const hue = Math.round((360 * index) / Math.min(count, 24)) % 360;
  const light = [46, 34, 58][index % 3];
  return `light-dark(hsl(${hue} 75% ${light}%), hsl(${hue} 70% ${light + 20}%))`;
}
