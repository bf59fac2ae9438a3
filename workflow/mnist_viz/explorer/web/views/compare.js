/** Two models on the same images: the four cells, McNemar's test, and each image on which they disagree. */
import { SIDES } from "../data/joined.js";
import { ofKnown } from "../data/rates.js";
import { fourCells } from "../data/statistics.js";
import { afterwards, caveat, counted, figure, h, percent, whole } from "../parts/dom.js";
import { bars, digitButton, MARKS, scoresOf, spoken } from "../parts/pictures.js";
import { roving, settle } from "../parts/roving.js";
import { isOneOf, replace } from "../query/edit.js";
import { outcomesIn } from "../query/outcome.js";
import { and, compare, name } from "../query/tree.js";
import { chosenCell, DISAGREEMENTS, isOfCells, narrowed, RIGHT, WRONG } from "./cells.js";
import { GuessMatrix } from "./guesses.js";
import { eitherNote, lacking, outcome, writtenP } from "./verdict.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Side } from "../data/joined.js" */
/** @import { Test } from "../query/edit.js" */
/** @import { Node } from "../query/tree.js" */

const FIRST = 6; // cards that come in the first frame; the others follow in the next ones
const PAGE = 60;

const DIFFER = compare(
  [name({ name: "a.guess", kind: "integer" }), name({ name: "b.guess", kind: "integer" })],
  ["!="],
);

export class CompareView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.images = new Uint32Array(); // whose cards are shown, in their order
    this.drawn = 0;
    this.guesses = new GuessMatrix(app);
    this.cards = h("div", { class: "cards" });
    this.end = h("p", { class: "end" });
    this.element = h("section", { class: "view compare", "aria-label": "Same images, two models" });
    this.more = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.extend());
  }

  refresh() {
    const { app } = this;
    const { data, filter } = app;
    const { joined } = data;
    const chosen = chosenCell(filter.tree);
    const ofChoice = (/** @type {Node} */ condition) => chosen !== null && isOfCells(condition);
    const mask = filter.without(ofChoice);
    const within = filter.joinedImages(mask);
    const cells = fourCells(joined, within, data.weights);
    const a = joined.column("a.guess").array;
    const b = joined.column("b.guess").array;
    const differ = (/** @type {number} */ image) => a[image] !== b[image];
    const differing = within.filter(differ);
    const distance = joined.column("distance");
    const left = filter.joinedImages();
    const apart = left === within ? differing : left.filter(differ);
    const far = new Float64Array(data.images);
    for (const image of apart) far[image] = distance.number(image);
    this.images = apart.slice().sort((x, y) => far[y] - far[x]);
    this.drawn = 0;
    this.cards = roving(h("div", { class: "cards" }), ".digit");
    this.end = h("p", { class: "end" });
    this.more.disconnect();
    const lost = lacking(app, mask);
    if (lost) {
      this.element.replaceChildren(
        h("div", { class: "toolbar" }, app.pairChoices()),
        h("p", { class: "empty", role: "status" }, lost),
      );
      return;
    }
    this.element.replaceChildren(
      h("div", { class: "toolbar" }, app.pairChoices()),
      this.summary(cells, ofChoice),
      this.guesses.element(),
      h(
        "div",
        { class: "toolbar", role: "group", "aria-label": "which disagreements" },
        this.filters(differing.length, fourCells(joined, differing), ofChoice),
      ),
      h(
        "h2",
        {},
        `${counted(this.images.length, "image")} with different guesses `,
        h("small", {}, this.images.length ? this.order() : this.why()),
        this.images.length ? this.opener() : "",
      ),
      this.cards,
      this.end,
    );
    const { cards } = this;
    this.extend(FIRST);
    afterwards(() => {
      if (this.cards !== cards) return;
      this.extend(PAGE - FIRST);
      this.more.observe(this.end);
    });
  }

  /**
   * The four cells, the error rates, and the test.
   *
   * @param {number[][]} cells of some images
   * @param {Test} ofChoice of the conditions that do not count there
   */
  summary([[both, onlyA], [onlyB, neither]], ofChoice) {
    const total = both + onlyA + onlyB + neither;
    const { app } = this;
    const { data } = app;
    if (total === 0)
      return h("p", { class: "empty", role: "status" }, `The query leaves no prediction of A or B${ofKnown(data)}.`);
    const [nameA, nameB] = [data.label(data.a), data.label(data.b)];
    const outcomes = outcomesIn(app.filter, ofChoice);
    const rate = (/** @type {number} */ errors) => [percent(errors / total), " ", caveat(outcomes)];
    const cell = (/** @type {number} */ count, /** @type {string} */ kind, /** @type {Node[]} */ chosen) => {
      const open = () => app.openTable(narrowed(app.filter.tree, ofChoice, and(chosen)), { rows: "joined" });
      const attributes = { class: "plain", type: "button", title: "open in the table", click: open };
      return h("td", { class: kind }, count ? h("button", attributes, whole(count)) : "0");
    };
    return h(
      "div",
      { class: "summary" },
      h(
        "table",
        { class: "four" },
        h("caption", {}, `Images${eitherNote(app)} by who is right`),
        h(
          "thead",
          {},
          h("tr", {}, h("td"), h("th", { scope: "col" }, "B right"), h("th", { scope: "col" }, "B wrong")),
        ),
        h(
          "tbody",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "row" }, "A right"),
            cell(both, "both", [RIGHT.a, RIGHT.b]),
            cell(onlyA, "only-a", [RIGHT.a, WRONG.b]),
          ),
          h(
            "tr",
            {},
            h("th", { scope: "row" }, "A wrong"),
            cell(onlyB, "only-b", [WRONG.a, RIGHT.b]),
            cell(neither, "neither", [WRONG.a, WRONG.b]),
          ),
        ),
      ),
      h(
        "dl",
        { class: "figures" },
        figure(`A, ${nameA}`, `${whole(onlyB + neither)} wrong`, rate(onlyB + neither), { side: "a" }),
        figure(`B, ${nameB}`, `${whole(onlyA + neither)} wrong`, rate(onlyA + neither), { side: "b" }),
        figure("McNemar’s exact p", writtenP(onlyA, onlyB), [outcome(onlyA, onlyB), " ", caveat(outcomes)], {
          id: "p-value",
        }),
      ),
      h(
        "p",
        { class: "source" },
        `Two-sided exact binomial test on the ${counted(onlyA + onlyB, "image")} that only one of them gets right: `,
        h("a", { href: "https://doi.org/10.1007/BF02295996" }, "McNemar 1947"),
        ", exact form in ",
        h("a", { href: "https://doi.org/10.1186/1471-2288-13-91" }, "Fagerland et al. 2013"),
        ".",
      ),
    );
  }

  /** A button that opens the images whose cards are shown in the table, in the same order. */
  opener() {
    const { app } = this;
    const open = () =>
      app.openTable(replace(app.filter.tree, isOneOf([DIFFER]), DIFFER), { rows: "joined", sort: "-distance" });
    return h("button", { type: "button", click: open }, "open in the table");
  }

  /** In which order the cards are. */
  order() {
    const { top } = this.app.description;
    return `the furthest apart first${top ? `; approximately, by the ${top} highest scores of each` : ""}`;
  }

  /** Why there is no image to show. */
  why() {
    const { data, filter } = this.app;
    if (data.a === data.b) return "A and B are the same table; choose another";
    return filter.parts.length ? "of those that the query leaves" : "A and B agree on every image";
  }

  /**
   * A button for all disagreements and for each kind, with its count.
   *
   * @param {number} all those of images without a known truth, too, of which nobody is right or wrong
   * @param {number[][]} cells
   * @param {Test} ofChoice of the conditions that do not count there
   */
  filters(all, [[, onlyA], [onlyB, neither]], ofChoice) {
    const { app } = this;
    const counts = [all, onlyA, onlyB, neither];
    const { tree } = app.filter;
    const chosen = chosenCell(tree);
    return DISAGREEMENTS.map(([title, cell], index) => {
      const choose = () => app.ask(narrowed(tree, ofChoice, cell));
      const count = h("small", {}, whole(counts[index]));
      return h("button", { type: "button", "aria-pressed": String(chosen === cell), click: choose }, title, " ", count);
    });
  }

  /**
   * @param {string} list
   * @returns {Walk}
   */
  walk(list) {
    if (list === "guesses") return this.guesses.walk;
    const chosen = chosenCell(this.app.filter.tree);
    const [title] = DISAGREEMENTS.find(([, cell]) => cell === chosen) ?? DISAGREEMENTS[0];
    return { title: `Two models, ${title}`, images: this.images };
  }

  extend(count = PAGE) {
    const next = this.images.subarray(this.drawn, this.drawn + count);
    this.cards.append(...Array.from(next, (image) => this.card(image)));
    settle(this.cards);
    this.drawn += next.length;
    this.end.textContent = this.drawn < this.images.length ? `${whole(this.images.length - this.drawn)} more` : "";
  }

  /** @param {number} image */
  card(image) {
    const { data, description } = this.app;
    const { joined } = data;
    const [a, b] = SIDES.map((side) => scoresOf(data, joined.row(side, image)));
    const guess = (/** @type {Side} */ side) => data.guess[joined.row(side, image)];
    const truth = data.truth[image];
    const verdictOf = (/** @type {Side} */ side) => {
      const verdict = data.verdict(joined.row(side, image));
      return h(
        "span",
        {},
        h("strong", { class: `side-${side}` }, `${side.toUpperCase()} `),
        h("strong", { class: verdict }, `${data.classes[guess(side)]} ${MARKS.get(verdict)}`),
      );
    };
    const label = `scores by class; A ${spoken(data, a)}; B ${spoken(data, b)}`;
    return h(
      "article",
      { class: "card", "data-id": data.ids[image] },
      digitButton(this.app, image, { size: 56 }),
      h(
        "div",
        { class: "card-text" },
        h("span", { class: "id" }, `id ${data.ids[image]}`),
        h("span", {}, `truth ${data.truthOf(image)}`),
        verdictOf("a"),
        verdictOf("b"),
      ),
      h(
        "div",
        { class: "card-bars" },
        bars(data, [a, b], truth, label),
        h(
          "span",
          { class: "distance" },
          `apart ${description.top ? "≈ " : ""}${joined.column("distance").number(image).toFixed(3)}`,
        ),
      ),
    );
  }
}
