/** The query line: what is typed filters all views; errors point at their place; words are completed. */
import { complete } from "../query/complete.js";
import { QueryError } from "../query/error.js";
import { Chips } from "./chips.js";
import { counted, h, whole } from "./dom.js";
import { firstExample, help } from "./help.js";

/** @import { App } from "../app.js" */

const MOST_OPTIONS = 12; // that are listed at a time
const PAUSE = 150; // milliseconds without typing before what is typed filters

export class QueryLine {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {string[]} */
    this.options = [];
    this.chosen = -1; // of the options
    this.from = 0; // the stretch of the text that an option takes the place of
    this.to = 0;
    /** @type {{ text: string, instead: string } | null} */
    this.refused = null; // what was typed last, if it is no query, and the one that stays in force
    this.drafted = ""; // what was typed last and has an entry in the history, which more typing changes; empty if none
    this.input = h("input", {
      id: "query",
      type: "text",
      role: "combobox",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      placeholder: `for example: ${firstExample(app.data)}`,
      "aria-label": "query",
      "aria-expanded": "false",
      "aria-controls": "completions",
      "aria-autocomplete": "list",
      "aria-describedby": "query-problem",
      input: () => this.typed(),
      keydown: (event) => this.key(event),
      blur: () => this.leave(),
      scroll: () => this.alignMarker(),
    });
    this.list = h("ul", { id: "completions", role: "listbox", "aria-label": "completions", hidden: true });
    this.problem = h("p", { id: "query-problem", class: "problem", role: "alert" });
    this.written = h("code", { class: "paper" });
    this.count = h("output", { class: "matches", "aria-live": "polite" });
    this.help = help(app);
    this.chips = new Chips(app);
    this.element = h(
      "form",
      { class: "query", role: "search", submit: (event) => event.preventDefault() },
      h("label", { for: "query" }, "where"),
      h("div", { class: "query-field" }, this.input, this.written, this.list, this.problem),
      this.count,
      h("button", { type: "button", click: () => this.clear() }, "clear"),
      h(
        "button",
        { type: "button", popovertarget: "help", title: "columns, operators, keys", "aria-label": "help" },
        "?",
      ),
      this.help,
      this.chips.element,
    );
    addEventListener("keydown", (event) => {
      const { target } = event;
      if (event.key !== "/" || (target instanceof Element && target.matches("input, select, textarea"))) return;
      event.preventDefault();
      this.input.focus();
    });
  }

  /**
   * Take the query of the page's state; a wrong one stays visible and the last right one stays in force.
   *
   * @param {string} text
   */
  read(text) {
    if (this.refused?.instead === text && this.refused.text === this.input.value.trim()) {
      this.tellCount();
      return;
    }
    this.refused = null;
    if (this.input.value !== text && document.activeElement !== this.input) this.input.value = text;
    else if (this.input.value.trim() !== text.trim()) this.input.value = text;
    this.written.textContent = text;
    this.use(text);
    this.chips.refresh();
  }

  /**
   * Filter by a query, or say what is wrong with it; whether it is right.
   *
   * @param {string} text
   */
  use(text) {
    const { filter } = this.app;
    try {
      if (filter.text !== text) filter.set(text);
      this.problem.replaceChildren();
      this.input.removeAttribute("aria-invalid");
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      this.input.setAttribute("aria-invalid", "true");
      this.problem.replaceChildren(
        h(
          "code",
          { "aria-hidden": "true" },
          `${" ".repeat(error.start)}${"^".repeat(Math.max(1, error.end - error.start))}`,
        ),
        h("span", {}, `${error.message} (at character ${error.start + 1})`),
      );
      this.alignMarker();
      this.tellCount();
      return false;
    }
    this.tellCount();
    return true;
  }

  /** How much the query leaves: in a view of A and B of these, and of all tables. */
  tellCount() {
    const { filter, data, ofPair } = this.app;
    const rows = counted(filter.rows.length, "row");
    const inAll = filter.parts.length ? `${rows} of ${whole(data.length)}` : rows;
    if (!ofPair) {
      this.count.textContent = `${counted(filter.images.length, "image")}, ${inAll}`;
      return;
    }
    const [a, b] = [data.a, data.b].map((table) => whole(filter.countOf(table)));
    const either = counted(filter.joinedImages().length, "image");
    this.count.replaceChildren(`${either} in A or B `, h("small", {}, `(A ${a}, B ${b}; all tables: ${inAll})`));
  }

  /** Keep the marks below a long query under the characters that they point at. */
  alignMarker() {
    const marker = this.problem.querySelector("code");
    if (marker) marker.scrollLeft = this.input.scrollLeft;
  }

  typed() {
    clearTimeout(this.wait);
    this.wait = setTimeout(() => this.draft(), PAUSE);
    this.suggest();
  }

  /** What is typed filters: the first of it makes an entry in the history, and what follows, up to Enter, changes that. */
  draft() {
    const { app } = this;
    const text = this.input.value.trim();
    if (text === app.state.q && !this.refused) return;
    this.refused = null;
    if (!this.use(text)) {
      this.refused = { text, instead: app.state.q };
      return;
    }
    app.set({ q: text }, this.drafted !== "" && this.drafted === location.hash);
    this.drafted = location.hash;
  }

  submit() {
    clearTimeout(this.wait);
    this.draft();
    this.drafted = "";
  }

  leave() {
    this.submit();
    this.close();
  }

  /** Take away the query, what is switched off and the choice of images. */
  clear() {
    this.input.value = "";
    this.submit();
    this.app.set({ q: "", off: "", only: "" });
  }

  suggest() {
    const { from, to, options } = complete(this.input.value, this.input.selectionStart ?? 0, this.app.data);
    this.from = from;
    this.to = to;
    this.options = options.slice(0, MOST_OPTIONS);
    this.chosen = -1;
    const left = options.length - this.options.length;
    const more = h("li", { class: "more", role: "option", "aria-disabled": "true" }, `${whole(left)} more; type on`);
    this.list.replaceChildren(
      ...this.options.map((option, index) =>
        h(
          "li",
          {
            id: `completion-${index}`,
            role: "option",
            "aria-selected": "false",
            pointerdown: (event) => {
              event.preventDefault();
              this.accept(index);
            },
          },
          option,
        ),
      ),
      ...(left > 0 ? [more] : []),
    );
    this.list.hidden = this.options.length === 0;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = (index + this.options.length) % this.options.length;
    [...this.list.children].forEach((item, position) => {
      item.setAttribute("aria-selected", String(position === this.chosen));
    });
    this.list.children[this.chosen].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `completion-${this.chosen}`);
  }

  /** @param {number} index */
  accept(index) {
    const { value } = this.input;
    this.input.value = `${value.slice(0, this.from)}${this.options[index]}${value.slice(this.to)}`;
    const cursor = this.from + this.options[index].length;
    this.input.setSelectionRange(cursor, cursor);
    this.close();
    this.submit();
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" && open) this.choose(this.chosen + 1);
    else if (event.key === "ArrowDown" || (event.key === " " && event.ctrlKey)) this.suggest();
    else if (event.key === "ArrowUp" && open) this.choose(this.chosen < 0 ? -1 : this.chosen - 1);
    else if ((event.key === "Tab" || event.key === "Enter") && open && this.chosen >= 0) this.accept(this.chosen);
    else if (event.key === "Tab" && open && this.from < this.to) this.accept(0);
    else if (event.key === "Enter") {
      this.close();
      this.submit();
    } else if (event.key === "Escape" && open) this.close();
    else return;
    event.preventDefault();
  }
}
