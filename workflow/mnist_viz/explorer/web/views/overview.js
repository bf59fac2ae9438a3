/** What there is to know at first: errors, the verdict on A and B, confusions, doubtful labels, what was learned. */
import { course } from "../data/course.js";
import { labelErrors, lastTables, noneAgainst } from "../data/hard.js";
import { SIDES } from "../data/joined.js";
import { CLASSES } from "../data/meaning.js";
import { latestErrors, ofKnown } from "../data/rates.js";
import { leastText } from "../data/share.js";
import { confusion, fourCells, wilson } from "../data/statistics.js";
import { linkTo } from "../parts/bar.js";
import { interval, sparkline } from "../parts/charts.js";
import { caveat, counted, h, percent, table, whole } from "../parts/dom.js";
import { digitButton } from "../parts/pictures.js";
import { roving } from "../parts/roving.js";
import { equals, isOnlyAboutOneOf, replace } from "../query/edit.js";
import { outcomesIn } from "../query/outcome.js";
import { print } from "../query/print.js";
import { and } from "../query/tree.js";
import { replicates } from "./replicates.js";
import { eitherNote, lacking, verdict } from "./verdict.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Child } from "../parts/dom.js" */

const MOST_VARIANTS = 12;
const MOST_PAIRS = 6;
const MOST_IMAGES = 6;
const EXAMPLES = 4;

export class OverviewView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<string, Walk>} */
    this.lists = new Map();
    this.element = h("section", { class: "view overview", "aria-label": "Overview" });
  }

  refresh() {
    const { app } = this;
    this.lists.clear();
    const [a, b] = [app.data.a, app.data.b].map((index) => app.data.label(index));
    this.element.replaceChildren(
      this.facts(),
      h("div", { class: "toolbar" }, app.pairChoices()),
      h(
        "div",
        { class: "panels" },
        this.panel("errors", "Errors", "models", this.errors()),
        this.panel("verdict", `A ${a} and B ${b}`, "compare", this.verdict()),
        this.panel("learned", "Learned and forgotten", "epochs", this.learned()),
        this.panel("confusions", "Worst confusions of A and B", "patterns", this.confusions()),
        this.panel("doubtful", "Likeliest label errors", "images", this.doubtful()),
      ),
    );
  }

  /** @param {string} list */
  walk(list) {
    return this.lists.get(list) ?? null;
  }

  /** What the page holds, and where to begin. */
  facts() {
    const { app } = this;
    const { data, description } = app;
    /** @type {(view: string, title: string, text: string) => HTMLElement} */
    const start = (view, title, text) =>
      h("a", { href: linkTo(app, view), class: "start" }, h("strong", {}, title), h("span", {}, text));
    return h(
      "div",
      { class: "facts" },
      h(
        "p",
        {},
        `${counted(data.trained.tables * description.images, "prediction")}: `,
        `${counted(data.trained.variants, "variant")}, ${counted(data.trained.tables, "table")} (a variant after an `,
        `epoch), ${counted(description.images, "test image")}. `,
        "Guess and truth are exact; the help says how far scores are rounded.",
      ),
      h(
        "nav",
        { class: "starts", "aria-label": "starting points" },
        start("compare", "Same images, two models", "where do they disagree?"),
        start("epochs", "Errors over time", "what is learned, what forgotten?"),
        start("patterns", "Patterns", "what is taken for what?"),
      ),
    );
  }

  /**
   * @param {string} id
   * @param {string} title
   * @param {string} view that has more of it
   * @param {Child[]} content
   */
  panel(id, title, view, content) {
    const link = h("a", { href: linkTo(this.app, view) }, this.app.kinds.get(view)?.[0] ?? "");
    return h("section", { class: `panel ${id}` }, h("header", {}, h("h2", {}, title), link), content);
  }

  /** The errors of each variant after the last epoch of which the query leaves something. @returns {Child[]} */
  errors() {
    const { app } = this;
    const { data, filter } = app;
    const latest = latestErrors(data, filter, lastTables(data));
    const pair = [data.a, data.b].map((index) => data.tables[index][0]);
    const rate = (/** @type {{ images: number, errors: number }} */ { images, errors }) => errors / (images || 1);
    const best = [...latest].sort((x, y) => rate(x) - rate(y));
    const compared = best.filter(({ variant }) => pair.includes(variant));
    const shown = new Set([...new Set([...compared, ...best])].slice(0, MOST_VARIANTS));
    const rows = best.filter((each) => shown.has(each));
    const most = Math.max(0, ...rows.map(({ images, errors }) => (images ? wilson(errors, images)[1] : 0)));
    const note = caveat(outcomesIn(filter));
    const left = latest.length - rows.length;
    const after = filter.parts.length ? "the last epoch that the query leaves" : "the last epoch";
    return [
      table(
        `Wrong guesses after ${after}, with Wilson’s 95 % interval`,
        ["variant", "error rate", "", "errors", "images", "epoch", "over the epochs"],
        rows.map(({ index, images, errors, curve }) => {
          const [variant, epoch] = data.tables[index];
          const name = data.variants[variant];
          const link = h("a", { href: linkTo(app, "epochs", { variant: name }) }, name);
          if (images === 0) return [link, "–", "", "–", "0", "–", ""];
          const [low, high] = wilson(errors, images);
          const words = `${percent(low)} – ${percent(high)}`;
          return [
            link,
            [percent(errors / images), note && [" ", note.cloneNode(true)]],
            interval(errors / images, low, high, most, `95 % interval ${words}`),
            whole(errors),
            whole(images),
            epoch,
            curve.length > 1 ? sparkline(curve, `errors by epoch: ${curve.join(", ")}`) : "",
          ];
        }),
        { class: "numbers" },
      ),
      replicates(app, latest, after) ?? "",
      left > 0
        ? h("p", { class: "source" }, `A’s and B’s variants and the best of the others; ${left} more in Models.`)
        : "",
    ];
  }

  /** Which of A and B is better, in a sentence. @returns {Child[]} */
  verdict() {
    const { app } = this;
    const { data, filter } = app;
    const lost = lacking(app);
    if (lost) return [h("p", { class: "sentence" }, lost)];
    const cells = fourCells(data.joined, filter.joinedImages(), data.weights);
    const { words, figures } = verdict(cells, data.a === data.b, ofKnown(data), eitherNote(app));
    const note = figures && caveat(outcomesIn(filter));
    return [
      h("p", { class: "sentence" }, words, note && [" ", note]),
      figures ? h("p", { class: "source" }, figures) : "",
    ];
  }

  /** What is taken for what most often, in A and B together. @returns {Child[]} */
  confusions() {
    const { app } = this;
    const { data, filter } = app;
    const truth = data.column("truth").array;
    const rows = SIDES.map((side) => filter.knownOf(data[side]));
    if (rows.every((own) => own.length === 0))
      return [h("p", { class: "empty" }, `The query leaves no prediction of A or B${ofKnown(data)}.`)];
    const counts = rows.map((own) => confusion(data.guess, truth, own));
    const both = Array.from(counts[0], (count, cell) => ({ cell, count: count + counts[1][cell] }));
    const worst = both
      .filter(({ cell, count }) => count > 0 && cell % (CLASSES + 1) !== 0)
      .sort((x, y) => y.count - x.count);
    if (worst.length === 0)
      return [h("p", { class: "empty" }, "Neither has a wrong guess among what the query leaves.")];
    const items = worst.slice(0, MOST_PAIRS).map(({ cell }) => {
      const [label, guess] = [Math.floor(cell / CLASSES), cell % CLASSES];
      const list = `${label}-${guess}`;
      const mistaken = rows.map((own) => own.filter((row) => truth[row] === label && data.guess[row] === guess));
      const images = [...new Set(mistaken.flatMap((own) => Array.from(own, (row) => data.image(row))))];
      const title = `${data.classes[label]} taken for ${data.classes[guess]}`;
      this.lists.set(list, { title, images });
      const chosen = and([
        equals(data.column("truth"), data.literalOf(label)),
        equals(data.column("guess"), data.literalOf(guess)),
      ]);
      const q = print(replace(filter.tree, isOnlyAboutOneOf(["truth", "guess"]), chosen));
      return h(
        "li",
        {},
        h("a", { href: linkTo(app, "patterns", { q }) }, title),
        h("span", { class: "side-a" }, `A ${whole(counts[0][cell])}`),
        h("span", { class: "side-b" }, `B ${whole(counts[1][cell])}`),
        h(
          "span",
          { class: "gallery" },
          images.slice(0, EXAMPLES).map((image) => digitButton(app, image, { size: 32, note: title, list })),
          images.length > EXAMPLES ? `+${whole(images.length - EXAMPLES)}` : "",
        ),
      );
    });
    const left = worst.length - items.length;
    const note = `${counted(left, "more pair")}, each as frequent or less.`;
    return [roving(h("ul", { class: "pairs" }, items), ".digit"), left ? h("p", { class: "source" }, note) : ""];
  }

  /** The images whose label all models agree against most surely. @returns {Child[]} */
  doubtful() {
    const { app } = this;
    const { data, filter } = app;
    const found = labelErrors(data, filter.mask);
    if (found.length === 0) return [h("p", { class: "empty" }, noneAgainst(data))];
    const title = "Likely label errors";
    this.lists.set("doubtful", { title, images: found.map(({ image }) => image) });
    const tiles = found
      .slice(0, MOST_IMAGES)
      .map(({ image, guess, confidence }) =>
        h(
          "article",
          { class: "tile", "data-id": data.ids[image] },
          digitButton(app, image, { size: 48, list: "doubtful" }),
          h(
            "div",
            {},
            h("span", {}, `label ${data.truthOf(image)}`),
            h("strong", {}, `guess ${data.classes[guess]}`),
            h("small", {}, `≥ ${leastText(confidence)} sure`),
          ),
        ),
      );
    const note = `${counted(found.length, "image")} on which all models agree against the label after the last epoch`;
    return [roving(h("div", { class: "tiles" }, tiles), ".digit"), h("p", { class: "source" }, note)];
  }

  /** What the variants of A and B learned, never learned, and forgot again. @returns {Child[]} */
  learned() {
    const { app } = this;
    const { data, filter } = app;
    const variants = [...new Set([data.a, data.b].map((index) => data.tables[index][0]))];
    return variants.map((variant) => {
      const own = [...data.tables.keys()].filter((index) => data.tables[index][0] === variant);
      const [first, last] = [own[0], own[own.length - 1]];
      const name = data.variants[variant];
      const link = h("a", { href: linkTo(app, "epochs", { variant: name, from: "", to: "" }) }, name);
      const left = own.some((index) => filter.knownOf(index).length > 0);
      if (!left) return h("p", {}, link, `: the query leaves no prediction${ofKnown(data)}`);
      if (own.length < 2) return h("p", {}, link, ": predicted after one epoch only");
      const { learned, never, forgotten } = course(data, filter.mask, own, first, last);
      const [from, to] = [first, last].map((index) => data.tables[index][1]);
      return h(
        "p",
        { "data-variant": name },
        link,
        `: ${counted(learned.length, "image")} learned from epoch ${from} to ${to}, ${whole(never.length)} never `,
        `learned, ${whole(forgotten.length)} forgotten again`,
      );
    });
  }
}
