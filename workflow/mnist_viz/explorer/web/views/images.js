/** The images that most tables get wrong, and those whose label all models agree against. */
import { hardest, labelErrors, trainedTables } from "../data/hard.js";
import { leastText } from "../data/share.js";
import { counted, h, whole } from "../parts/dom.js";
import { digitButton } from "../parts/pictures.js";
import { roving, settle } from "../parts/roving.js";

/** @import { App, Walk } from "../app.js" */
/** @import { Child } from "../parts/dom.js" */

const PAGE = 48;

export class ImagesView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Map<string, Walk>} */
    this.lists = new Map();
    this.element = h("section", { class: "view images", "aria-label": "Hard images" });
  }

  refresh() {
    const { app } = this;
    const { data, filter } = app;
    const hard = hardest(data, filter.mask);
    const doubtful = labelErrors(data, filter.mask);
    const count = trainedTables(data).length;
    const models = count === 1 ? "the only model is" : `${count === 2 ? "both" : `all ${count}`} models agree`;
    this.element.replaceChildren(
      this.list(
        "likely",
        "Likely label errors",
        doubtful,
        `${models} against the label after the last epoch; the surest first`,
        ({ image, guess, confidence }) => [
          h("span", {}, `label ${data.truthOf(image)}`),
          h("strong", {}, `guess ${data.classes[guess]}`),
          h("small", {}, `≥ ${leastText(confidence)} sure`),
        ],
      ),
      this.list(
        "hardest",
        "The hardest images",
        hard,
        "wrong in the most tables, then by mean loss",
        ({ image, wrong, tables, loss }) => [
          h("span", {}, `label ${data.truthOf(image)}`),
          h("strong", {}, `${wrong} of ${tables} wrong`),
          h("small", {}, `loss ${loss.toFixed(2)}`),
        ],
      ),
    );
  }

  /** @param {string} list */
  walk(list) {
    return this.lists.get(list) ?? this.lists.get("likely") ?? null;
  }

  /**
   * @template {{ image: number }} T
   * @param {string} id
   * @param {string} title
   * @param {T[]} found
   * @param {string} note
   * @param {(each: T) => Child[]} words what stands beside an image
   */
  list(id, title, found, note, words) {
    const { app } = this;
    const cards = roving(h("div", { class: "tiles" }), ".digit");
    this.lists.set(id, { title, images: found.map((each) => each.image) });
    const more = h("button", { type: "button", click: () => extend() });
    let shown = 0;
    const extend = () => {
      const next = found.slice(shown, shown + PAGE);
      cards.append(
        ...next.map((each) =>
          h(
            "article",
            { class: "tile", "data-id": app.data.ids[each.image] },
            digitButton(app, each.image, { size: 56, list: id }),
            h("div", {}, words(each), h("small", {}, `id ${app.data.ids[each.image]}`)),
          ),
        ),
      );
      settle(cards);
      shown += next.length;
      more.textContent = `${whole(found.length - shown)} more`;
      more.hidden = shown === found.length;
    };
    extend();
    const images = found.map((each) => each.image);
    const open = () => app.openTable(app.filter.tree, { rows: "all" }, { title, images });
    return h(
      "section",
      { id },
      h(
        "h2",
        {},
        title,
        " ",
        h(
          "small",
          {},
          app.data.known?.includes(1) === false ? "no label is known" : `${counted(found.length, "image")}; ${note}`,
        ),
      ),
      cards,
      h(
        "div",
        { class: "toolbar" },
        more,
        found.length ? h("button", { type: "button", click: open }, "open in the table") : "",
      ),
    );
  }
}
