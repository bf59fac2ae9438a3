/** Two models on the same images: the four cells, McNemar's test, and each image on which they disagree. */
import { afterwards, counted, figure, h, percent, whole } from "./dom.js";
import { bars, digitButton, scoresOf, spoken } from "./pictures.js";
import { rewrite } from "./query.js";
import { mcnemar } from "./statistics.js";

const FIRST = 18; // as many cards as a screen shows come in the first frame
const PAGE = 60;
const CELLS = [
  ["all disagreements", ""],
  ["A right, B wrong", "a.correct and not b.correct"],
  ["A wrong, B right", "not a.correct and b.correct"],
  ["both wrong", "not a.correct and not b.correct"],
];

function isCell(part) {
  return ["a.correct", "not a.correct", "b.correct", "not b.correct"].includes(part.text);
}

/** The conditions of `parts` by which one of CELLS is chosen, as its query; empty if they are not one of them. */
function chosenCell(parts) {
  const query = parts
    .filter(isCell)
    .map((part) => part.text)
    .join(" and ");
  return CELLS.some(([, cell]) => cell === query) ? query : "";
}

/**
 * How many of `images` A and B get right and wrong: `[[both right, only A], [only B, both wrong]]`; of a sample, whose
 * images have `weights`, an estimate of the first.
 */
export function fourCells(joined, images, weights) {
  const a = joined.column("a.correct").array;
  const b = joined.column("b.correct").array;
  const cells = [
    [0, 0],
    [0, 0],
  ];
  for (let index = 0; index < images.length; index += 1) {
    const image = images[index];
    cells[1 - a[image]][1 - b[image]] += weights ? weights[image] : 1;
  }
  return cells.map((row) => row.map(Math.round));
}

export class CompareView {
  constructor(app) {
    this.app = app;
    this.element = h("section", { class: "view compare", "aria-label": "Same images, two models" });
    this.more = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.extend());
  }

  refresh() {
    const { app } = this;
    const { data, filter } = app;
    const { joined } = data;
    const chosen = chosenCell(filter.parts);
    const within = filter.joinedImages(filter.without((part) => chosen !== "" && isCell(part)));
    const cells = fourCells(joined, within, data.weights);
    const a = joined.column("a.guess").array;
    const b = joined.column("b.guess").array;
    const differing = within.filter((image) => a[image] !== b[image]);
    const distance = joined.column("distance");
    const apart = filter.joinedImages().filter((image) => a[image] !== b[image]);
    const far = new Map(Array.from(apart, (image) => [image, distance.value(image)]));
    this.images = apart.sort((x, y) => far.get(y) - far.get(x));
    this.drawn = 0;
    this.cards = h("div", { class: "cards" });
    this.end = h("p", { class: "end" });
    this.more.disconnect();
    this.element.replaceChildren(
      h("div", { class: "toolbar" }, app.pairChoices()),
      this.summary(cells),
      h("div", { class: "toolbar", role: "group", "aria-label": "which disagreements" }, this.filters(fourCells(joined, differing))),
      h(
        "h2",
        {},
        `${counted(this.images.length, "image")} with different guesses `,
        h("small", {}, this.images.length ? "the furthest apart first" : this.why()),
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

  summary([[both, onlyA], [onlyB, neither]]) {
    const total = both + onlyA + onlyB + neither;
    const p = mcnemar(onlyA, onlyB);
    const { data } = this.app;
    const [nameA, nameB] = [data.label(data.a), data.label(data.b)];
    const cell = (count, kind) => h("td", { class: kind }, whole(count));
    return h(
      "div",
      { class: "summary" },
      h(
        "table",
        { class: "four" },
        h("caption", {}, "Images by who is right"),
        h(
          "thead",
          {},
          h("tr", {}, h("td"), h("th", { scope: "col" }, "B right"), h("th", { scope: "col" }, "B wrong")),
        ),
        h(
          "tbody",
          {},
          h("tr", {}, h("th", { scope: "row" }, "A right"), cell(both, "both"), cell(onlyA, "only-a")),
          h("tr", {}, h("th", { scope: "row" }, "A wrong"), cell(onlyB, "only-b"), cell(neither, "neither")),
        ),
      ),
      h(
        "dl",
        { class: "figures" },
        figure(`A, ${nameA}`, `${whole(onlyB + neither)} wrong`, percent((onlyB + neither) / Math.max(1, total)), {
          side: "a",
        }),
        figure(`B, ${nameB}`, `${whole(onlyA + neither)} wrong`, percent((onlyA + neither) / Math.max(1, total)), {
          side: "b",
        }),
        figure("McNemar’s exact p", p < 0.0001 ? p.toExponential(2) : p.toFixed(4), verdict(p, onlyA, onlyB), {
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

  /** Why there is no image to show. */
  why() {
    const { data, filter } = this.app;
    if (data.a === data.b) return "A and B are the same table; choose another";
    return filter.parts.length ? "of those that the query leaves" : "A and B agree on every image";
  }

  /** A button for all disagreements and for each kind, with its count. */
  filters([[, onlyA], [onlyB, neither]]) {
    const { app } = this;
    const counts = [onlyA + onlyB + neither, onlyA, onlyB, neither];
    return CELLS.map(([title, query], index) => {
      const q = rewrite(app.filter.text, app.data, isCell, query);
      const pressed = chosenCell(app.filter.parts) === query;
      return h("button", { type: "button", "aria-pressed": String(pressed), click: () => app.set({ q }) }, title, " ", h("small", {}, whole(counts[index])));
    });
  }

  extend(count = PAGE) {
    const next = this.images.subarray(this.drawn, this.drawn + count);
    this.cards.append(...Array.from(next, (image) => this.card(image)));
    this.drawn += next.length;
    this.end.textContent = this.drawn < this.images.length ? `${whole(this.images.length - this.drawn)} more` : "";
  }

  card(image) {
    const { data } = this.app;
    const { joined } = data;
    const [a, b] = ["a", "b"].map((side) => scoresOf(data, joined.row(side, image)));
    const guess = (side) => joined.column(`${side}.guess`).array[image];
    const truth = data.truth[image];
    const verdictOf = (side) => {
      const right = guess(side) === truth;
      return h(
        "span",
        {},
        h("strong", { class: `side-${side}` }, `${side.toUpperCase()} `),
        h("strong", { class: right ? "right" : "wrong" }, `${guess(side)} ${right ? "✓" : "✗"}`),
      );
    };
    const label = `scores by digit; A ${spoken(a)}; B ${spoken(b)}`;
    return h(
      "article",
      { class: "card", "data-id": data.ids[image] },
      digitButton(this.app, image, 56),
      h(
        "div",
        { class: "card-text" },
        h("span", { class: "id" }, `id ${data.ids[image]}`),
        h("span", {}, `truth ${truth}`),
        verdictOf("a"),
        verdictOf("b"),
      ),
      h(
        "div",
        { class: "card-bars" },
        bars([a, b], truth, label),
        h("span", { class: "distance" }, `apart ${joined.column("distance").value(image).toFixed(3)}`),
      ),
    );
  }
}

function verdict(p, onlyA, onlyB) {
  if (onlyA === onlyB) return "no difference";
  const better = onlyA > onlyB ? "A" : "B";
  return p < 0.05 ? `${better} is better` : "could be chance";
}
