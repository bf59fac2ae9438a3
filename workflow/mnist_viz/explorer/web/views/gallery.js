/** Whatever the query leaves as large pictures, each with its truth and with what every model guessed. */
import { inWords } from "../data/marks.js";
import { imagesOf, sorted } from "../data/order.js";
import { choice, counted, h, whole } from "../parts/dom.js";
import { digit, showDigit } from "../parts/pictures.js";
import { Shelf } from "../parts/shelf.js";
import { sliding } from "../parts/slide.js";
import { cellWidth, emptyLine, layout, MOST_LETTERS, showLine } from "../parts/strip.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Layout } from "../parts/strip.js" */

const SIZE = innerWidth < 480 ? 96 : 112; // pixels of a picture, at first; on a telephone three are side by side
const [SMALLEST, LARGEST] = [48, 224];
const MOST = { variants: 4, epochs: 10 }; // of a strip
const LINE = 17; // pixels of a line of text or of a strip
const PADDING = 8;
const GAP = 8;
/** In which order the pictures can be, by the sorting of the table. */
const ORDERS = [
  { value: "", label: "id" },
  { value: "-models_wrong,-loss", label: "wrong in most models" },
  { value: "-loss", label: "highest loss" },
  { value: "confidence", label: "lowest confidence" },
  { value: "-distance", label: "A and B furthest apart" },
];

/**
 * Whether a text is a size that pictures can have.
 *
 * @param {string} text
 */
export function isSize(text) {
  return /^\d+$/.test(text) && Number(text) >= SMALLEST && Number(text) <= LARGEST;
}

export class GalleryView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Uint32Array} */
    this.images = new Uint32Array(); // in their order
    this.found = ""; // what they were found for
    this.drawn = ""; // what the boxes look like
    this.size = SIZE;
    /** @type {Layout} */
    this.strips = layout(app, MOST);
    this.shelf = new Shelf({
      label: "pictures",
      draw: (element, index) => this.draw(element, this.images[index]),
      activate: (index) => this.open(index, false),
      moved: (index, clicked) => this.app.state.id !== "" && this.open(index, !clicked),
    });
    const slide = sliding((size, inPlace) => app.set({ size: String(size) }, inPlace));
    const range = { type: "range", id: "size", min: SMALLEST, max: LARGEST, step: 16 };
    this.slider = h("input", { ...range, ...slide });
    // The slider stays where it is: moved in the page, it would lose the hand that drags it.
    this.before = h("span", { class: "contents" });
    this.after = h("span", { class: "contents" });
    const sizes = h("label", { class: "choice" }, h("span", {}, "size"), this.slider);
    this.toolbar = h("div", { class: "toolbar" }, this.before, sizes, this.after);
    this.note = h("p", { class: "source" });
    this.empty = h("p", { class: "empty", role: "status" });
    this.paper = h("p", { class: "paper source" });
    addEventListener("beforeprint", () => this.tellPaper());
    const parts = [this.toolbar, this.note, this.empty, this.paper, this.shelf.element];
    this.element = h("section", { class: "view gallery-view", "aria-label": "Gallery" }, parts);
  }

  refresh() {
    const { app } = this;
    const { data, filter, state } = app;
    const found = JSON.stringify([filter.version, state.sort, app.markedVersion]);
    const rewind = found !== this.found;
    if (rewind) this.images = this.find();
    this.found = found;
    this.size = isSize(state.size) ? Number(state.size) : SIZE;
    this.strips = layout(app, MOST);
    const { lines, epochs } = this.strips;
    this.drawn = JSON.stringify([lines.length, epochs.length, this.size]);
    this.head();
    const width = Math.max(this.size, epochs.length * cellWidth(this.strips), 88) + 2 * PADDING + GAP;
    const tall = this.size * (app.description.height / app.description.width);
    this.empty.textContent = this.images.length ? "" : "No image matches the query.";
    this.shelf.element.hidden = this.images.length === 0;
    this.shelf.element.setAttribute("aria-label", `${counted(this.images.length, "picture")} that the query leaves`);
    const height = Math.ceil(tall) + LINE * (1 + lines.length) + 2 * PADDING + GAP + 4;
    this.shelf.show(this.images.length, width, height, rewind);
    const open = state.id === "" ? -1 : this.images.indexOf(data.ids.indexOf(Number(state.id)));
    if (rewind && open >= 0) this.shelf.go(open);
  }

  /** The images that the query leaves, each where its first row comes in the order of the rows. */
  find() {
    const { data, filter, state } = this.app;
    const keys = state.sort
      .split(",")
      .map((key) => ({ name: key.replace(/^-/, ""), descending: key.startsWith("-") }))
      .filter(({ name }) => data.has(name) && name !== "image")
      .map(({ name, descending }) => ({ column: data.column(name), descending }));
    if (!keys.length) return filter.images;
    return imagesOf([sorted(filter.rows, keys)], data.images);
  }

  /** What stands above the pictures: A and B, whose lines come first, the order, the size, and what the lines are. */
  head() {
    const { app } = this;
    const { data, state } = app;
    const own = ORDERS.some(({ value }) => value === state.sort) ? [] : [{ value: state.sort, label: state.sort }];
    const open = () => app.openTable(app.filter.tree, { rows: "all" });
    if (document.activeElement !== this.slider) this.slider.value = String(this.size);
    this.before.replaceChildren(
      ...app.pairChoices(),
      choice("order", [...ORDERS, ...own], state.sort, (sort) => app.set({ sort }), { id: "order" }),
    );
    this.after.replaceChildren(
      h("button", { type: "button", click: open }, "open in the table"),
      h("output", { class: "count", id: "count" }, counted(this.images.length, "image")),
    );
    const { lines, epochs, moreVariants, moreEpochs } = this.strips;
    const names = lines.map(({ variant, group }) => data.variants[variant] + (group ? ` (a seed of ${group})` : ""));
    const left = [
      ...(moreVariants ? [counted(moreVariants, "other variant")] : []),
      ...(moreEpochs ? [counted(moreEpochs, "earlier epoch")] : []),
    ];
    const span = epochs.length > 1 ? `epochs ${epochs[0]} to ${epochs[epochs.length - 1]}` : `epoch ${epochs[0]}`;
    const cut = data.classes.some((each) => Array.from(each).length > MOST_LETTERS);
    this.note.textContent =
      `Below each picture its label and the guesses, a line a variant (${names.join(", ")}), ${span} across; ` +
      `wrong ones underlined, with ✗.${cut ? ` Guesses are cut to ${MOST_LETTERS} letters; the pointer shows them whole.` : ""}${left.length ? ` Not shown: ${left.join(" and ")}; the details of a picture have all.` : ""}`;
  }

  /**
   * Fill a box with an image; what it has already stays.
   *
   * @param {HTMLElement} element
   * @param {number} image
   */
  draw(element, image) {
    const { app, strips } = this;
    const { data } = app;
    if (element.dataset.drawn !== this.drawn) {
      element.dataset.drawn = this.drawn;
      const caption = h("span", { class: "caption" }, h("strong", {}, new Text()), h("small", {}, new Text()));
      element.replaceChildren(digit(app, image, this.size), caption, ...strips.lines.map(() => emptyLine(strips)));
    }
    const [picture, caption, ...lines] = /** @type {HTMLElement[]} */ ([...element.children]);
    showDigit(app, picture, image, this.size);
    const [label, id] = [...caption.children].map((each) => /** @type {Text} */ (each.firstChild));
    label.data = data.truthOf(image);
    caption.title = label.data;
    id.data = `id ${data.ids[image]}`;
    for (const [index, line] of strips.lines.entries()) showLine(data, lines[index], line, image);
    const wrong = data.tables.filter((_, table) => data.verdict(table * data.images + image) === "wrong").length;
    const known = !data.known || data.known[image];
    const verdict = known ? `; wrong in ${wrong} of ${counted(data.tables.length, "table")}` : "";
    const mark = inWords(data.marks.of(data.ids[image]));
    const words = `image ${data.ids[image]}, labelled ${data.truthOf(image)}${verdict}${mark && `; ${mark}`}`;
    element.setAttribute("aria-label", words);
    element.dataset.id = String(data.ids[image]);
  }

  /**
   * @param {number} index
   * @param {boolean} inPlace
   */
  open(index, inPlace) {
    this.app.set({ id: String(this.app.data.ids[this.images[index]]), list: "" }, inPlace);
  }

  /** The images that a mark is for: the current one. */
  selected() {
    return this.images.length ? [this.images[this.shelf.current]] : [];
  }

  /** Show that images have other marks. */
  remarked() {
    this.shelf.paint(true);
  }

  /** @returns {Walk} */
  walk() {
    return { title: "Gallery", images: this.images };
  }

  /** @param {number} image */
  reveal(image) {
    const index = this.images.indexOf(image);
    if (index >= 0 && index !== this.shelf.current) this.shelf.go(index);
  }

  /** Say on paper which pictures it has. */
  tellPaper() {
    const [first, end] = this.shelf.printed;
    const part = `Pictures ${whole(first + 1)} to ${whole(end)} of ${whole(this.images.length)}`;
    this.paper.textContent = end - first < this.images.length ? `${part}; scroll to print others.` : "";
  }
}
