/** Patterns in the errors: what is taken for what, in confusion matrices and by guess, two models side by side. */
import { CLASSES } from "./columns.js";
import { afterwards, counted, h, whole } from "./dom.js";
import { digitButton } from "./pictures.js";
import { rewrite } from "./query.js";
import { confusion } from "./statistics.js";

const SAMPLES = 14;

/** One of the two conditions that the matrix itself sets, `truth == 5` and `guess == 3`. */
function isCell(part) {
  return /^(truth|guess) == \d$/.test(part.text);
}

/** Whether `parts` choose a cell; the matrix shows what they leave without this choice. */
function chooseCell(parts) {
  return ["truth", "guess"].every((name) => parts.filter(isCell).filter((part) => part.columns.has(name)).length === 1);
}

export class PatternsView {
  constructor(app) {
    this.app = app;
    this.element = h("section", { class: "view patterns", "aria-label": "Patterns" });
  }

  refresh() {
    const { app } = this;
    const { data } = app;
    this.wider = app.filter.without((part) => chooseCell(app.filter.parts) && isCell(part));
    this.element.replaceChildren(
      h("div", { class: "toolbar" }, app.pairChoices()),
      h(
        "div",
        { class: "sides" },
        ["a", "b"].map((side) =>
          h(
            "div",
            { class: "side" },
            h("h2", { class: `side-${side}` }, `${side.toUpperCase()}: ${data.label(data[side])}`),
            this.matrix(side),
          ),
        ),
      ),
      h("h2", {}, "Errors by guess ", h("small", {}, "what was it really?")),
      h(
        "div",
        { class: "sides" },
        ["a", "b"].map((side) => h("div", { class: "side" }, this.byGuess(side))),
      ),
    );
  }

  matrix(side) {
    const { app } = this;
    const { data, filter } = app;
    const truth = data.column("truth").array;
    const counts = confusion(data.guess, truth, this.rows(side, this.wider), data.weights);
    const worst = Math.max(1, ...counts.filter((_, cell) => cell % (CLASSES + 1)));
    const chosen = filter.parts.filter(isCell).map((part) => part.text);
    const digits = Array.from({ length: CLASSES }, (_, digit) => digit);
    const cell = (label, guess) => {
      const count = counts[label * CLASSES + guess];
      const query = `truth == ${label} and guess == ${guess}`;
      const pressed = chosen.join(" and ") === query;
      const right = label === guess;
      return h(
        "td",
        { class: right ? "right" : "", style: count && !right ? { "--heat": Math.sqrt(count / worst) } : null },
        h(
          "button",
          {
            class: "plain",
            type: "button",
            "aria-pressed": String(pressed),
            "aria-label": `labelled ${label}, guessed ${guess}: ${counted(count, "image")}`,
            click: () => app.set({ q: rewrite(filter.text, data, isCell, pressed ? "" : query) }),
          },
          count ? whole(count) : "·",
        ),
      );
    };
    return h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": `confusion matrix of ${side.toUpperCase()}` },
      h(
        "table",
        { class: "confusion", "data-side": side },
        h("caption", {}, "Label down, guess across; a cell filters"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td"),
            digits.map((digit) => h("th", { scope: "col" }, digit)),
          ),
        ),
        h(
          "tbody",
          {},
          digits.map((label) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, label),
              digits.map((guess) => cell(label, guess)),
            ),
          ),
        ),
      ),
    );
  }

  rows(side, mask) {
    return this.app.filter.rowsOf(this.app.data[side], mask);
  }

  byGuess(side) {
    const { app } = this;
    const { data, filter } = app;
    const correct = data.column("correct").array;
    const wrong = this.rows(side, filter.mask).filter((row) => !correct[row]);
    const byGuess = Array.from({ length: CLASSES }, (_, guess) => wrong.filter((row) => data.guess[row] === guess));
    const most = Math.max(1, ...byGuess.map((rows) => rows.length));
    return h(
      "ul",
      { class: "by-guess", "data-side": side },
      byGuess.map((rows, guess) => {
        if (rows.length === 0) return [];
        const labels = new Array(CLASSES).fill(0);
        for (const row of rows) labels[data.truth[data.image(row)]] += 1;
        const parts = labels
          .map((count, label) => [count, label])
          .filter(([count]) => count)
          .sort((x, y) => y[0] - x[0]);
        const gallery = h("div", { class: "gallery" });
        const pictures = () =>
          Array.from(rows.subarray(0, SAMPLES), (row) => digitButton(app, data.image(row), 32, `guessed ${guess}`));
        afterwards(() => gallery.append(...pictures()));
        return h(
          "li",
          {},
          h(
            "div",
            { class: "guess-head" },
            h("strong", {}, `guess ${guess}`),
            h("span", { class: "meter", style: { "--share": rows.length / most } }, whole(rows.length)),
          ),
          h(
            "div",
            {
              class: "labels",
              role: "img",
              "aria-label": `labels: ${parts.map(([count, label]) => `${label} ${count} times`).join(", ")}`,
            },
            parts.map(([count, label]) =>
              h("span", { style: { "flex-grow": count } }, `${label}`, h("small", {}, `×${count}`)),
            ),
          ),
          gallery,
        );
      }),
    );
  }
}
