/** The query's conditions as chips, each with a switch and a ×, and the choice of images beside it. */
import { conditions, isOneOf } from "../query/edit.js";
import { QueryError } from "../query/error.js";
import { quotable } from "../query/limits.js";
import { parse } from "../query/parse.js";
import { print } from "../query/print.js";
import { and } from "../query/tree.js";
import { counted, h, keepFocus } from "./dom.js";

/** @import { App } from "../app.js" */
/** @import { Node } from "../query/tree.js" */

export class Chips {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.shown = ""; // what was last drawn
    this.element = h("div", { class: "chips", role: "group", "aria-label": "conditions" });
  }

  refresh() {
    const { filter, state } = this.app;
    const shown = JSON.stringify([filter.text, state.off, state.only]);
    if (shown === this.shown) return;
    this.shown = shown;
    keepFocus(this.element, () => this.draw());
  }

  draw() {
    const { app } = this;
    const [on, off] = [conditions(app.filter.tree), this.off];
    const { chosen } = app;
    this.element.replaceChildren(
      ...(chosen ? [this.choice(chosen)] : []),
      ...on.map((condition) =>
        this.chip(
          condition,
          () => this.set(without(on, condition), [...off, condition]),
          () => this.set(without(on, condition), off),
        ),
      ),
      ...off.map((condition) =>
        this.chip(
          condition,
          () => this.set([...on, condition], without(off, condition)),
          () => this.set(on, without(off, condition)),
          false,
        ),
      ),
    );
  }

  /** The conditions that are switched off; none where the address has none that can be read. */
  get off() {
    try {
      return conditions(parse(this.app.state.off, this.app.data));
    } catch (error) {
      if (error instanceof QueryError) return [];
      throw error;
    }
  }

  /**
   * @param {Node[]} on
   * @param {Node[]} off
   */
  set(on, off) {
    this.app.ask(on.length ? and(on) : null, { off: print(off.length ? and(off) : null) });
  }

  /**
   * @param {Node} condition
   * @param {() => void} toggle
   * @param {() => void} remove
   * @param {boolean} [checked]
   */
  chip(condition, toggle, remove, checked = true) {
    const text = print(condition);
    return h(
      "span",
      { class: "chip", title: text },
      h(
        "label",
        {},
        h("input", { type: "checkbox", role: "switch", checked, "aria-label": text, change: toggle }),
        h("code", {}, quotable(text)),
      ),
      h("button", { type: "button", class: "plain", "aria-label": `remove ${text}`, click: remove }, "×"),
    );
  }

  /** @param {{ title: string, ids: number[] }} chosen */
  choice({ title, ids }) {
    const text = `${counted(ids.length, "image")}: ${title}`;
    const remove = () => this.app.set({ only: "" });
    return h(
      "span",
      { class: "chip chosen-images" },
      h("span", {}, text),
      h("button", { type: "button", class: "plain", "aria-label": `remove ${text}`, click: remove }, "×"),
    );
  }
}

/**
 * @param {Node[]} all
 * @param {Node} one
 */
function without(all, one) {
  const isIt = isOneOf([one]);
  return all.filter((each) => !isIt(each));
}
