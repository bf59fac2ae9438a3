/** The images that most tables get wrong, and those whose label all models agree against. */
import { counted, h, whole } from "./dom.js";
import { digitButton } from "./pictures.js";

const PAGE = 48;

/**
 * How hard each image is: `{ image, wrong, tables, loss }`, in how many of its tables it is wrong and its mean loss (in
 * nats) there, among the rows of `mask`; the images wrong anywhere, the most often wrong first.
 */
export function hardest(data, mask) {
  const correct = data.column("correct").array;
  const loss = data.column("loss").array;
  const found = [];
  for (let image = 0; image < data.images; image += 1) {
    let wrong = 0;
    let tables = 0;
    let sum = 0;
    for (let row = image; row < data.length; row += data.images) {
      if (!mask[row]) continue;
      tables += 1;
      wrong += 1 - correct[row];
      sum += loss[row];
    }
    if (wrong) found.push({ image, wrong, tables, loss: sum / tables });
  }
  return found.sort((x, y) => y.wrong / y.tables - x.wrong / x.tables || y.loss - x.loss);
}

/** The tables of every variant's last epoch. */
export function lastTables(data) {
  return data.tables.flatMap(([variant], index) => (data.tables[index + 1]?.[0] === variant ? [] : [index]));
}

/**
 * Images on which all models, after their last epochs, agree on a digit that is not the label: `{ image, guess,
 * confidence }`, the lowest confidence among the models, the highest first. Only rows of `mask` count.
 */
export function labelErrors(data, mask) {
  const confidence = data.column("confidence");
  const tables = lastTables(data);
  const found = [];
  for (let image = 0; image < data.images; image += 1) {
    const rows = tables.map((index) => index * data.images + image).filter((row) => mask[row]);
    if (rows.length === 0) continue;
    const guess = data.guess[rows[0]];
    if (guess === data.truth[image] || rows.some((row) => data.guess[row] !== guess)) continue;
    found.push({ image, guess, confidence: Math.min(...rows.map((row) => confidence.value(row))) });
  }
  return found.sort((x, y) => y.confidence - x.confidence);
}

export class ImagesView {
  constructor(app) {
    this.app = app;
    this.element = h("section", { class: "view images", "aria-label": "Hard images" });
  }

  refresh() {
    const { app } = this;
    const { data, filter } = app;
    const hard = hardest(data, filter.mask);
    const doubtful = labelErrors(data, filter.mask);
    const count = data.variants.length;
    const models = count === 1 ? "the only model is" : `${count === 2 ? "both" : `all ${count}`} models agree`;
    this.element.replaceChildren(
      this.list(
        "likely",
        "Likely label errors",
        doubtful,
        `${models} against the label after the last epoch; the surest first`,
        ({ image, guess, confidence }) => [
          h("span", {}, `label ${data.truth[image]}`),
          h("strong", {}, `guess ${guess}`),
          h("small", {}, `≥ ${confidence.toFixed(3)} sure`),
        ],
      ),
      this.list(
        "hardest",
        "The hardest images",
        hard,
        "wrong in the most tables, then by mean loss",
        ({ image, wrong, tables, loss }) => [
          h("span", {}, `label ${data.truth[image]}`),
          h("strong", {}, `${wrong} of ${tables} wrong`),
          h("small", {}, `loss ${loss.toFixed(2)}`),
        ],
      ),
    );
  }

  list(id, title, found, note, words) {
    const { app } = this;
    const cards = h("div", { class: "tiles" });
    const more = h("button", { type: "button", click: () => extend() });
    let shown = 0;
    const extend = () => {
      const next = found.slice(shown, shown + PAGE);
      cards.append(
        ...next.map((each) =>
          h(
            "article",
            { class: "tile", "data-id": app.data.ids[each.image] },
            digitButton(app, each.image, 56),
            h("div", {}, words(each), h("small", {}, `id ${app.data.ids[each.image]}`)),
          ),
        ),
      );
      shown += next.length;
      more.textContent = `${whole(found.length - shown)} more`;
      more.hidden = shown === found.length;
    };
    extend();
    const ids = found.slice(0, 500).map((each) => app.data.ids[each.image]);
    const query = () => app.set({ view: "table", rows: "all", q: `id in (${ids.join(", ")})` });
    return h(
      "section",
      { id },
      h("h2", {}, title, " ", h("small", {}, `${counted(found.length, "image")}; ${note}`)),
      cards,
      h(
        "div",
        { class: "toolbar" },
        more,
        found.length
          ? h(
              "button",
              { type: "button", click: query },
              found.length > 500 ? "show the first 500 in the table" : "show in the table",
            )
          : "",
      ),
    );
  }
}
