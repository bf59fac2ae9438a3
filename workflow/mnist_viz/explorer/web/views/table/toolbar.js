/** What stands above the table: which rows, how they are grouped, which columns, copies and files. */
import { choice, h, save } from "../../parts/dom.js";
import { fileName, titleOf } from "../../titles.js";
import { copy } from "./selection.js";
import { csv } from "./text.js";

/** @import { Attributes } from "../../parts/dom.js" */
/** @import { TableView } from "./table.js" */

/** How large the images can be, in pixels. */
export const SIZES = [
  { value: "", label: "small" },
  { value: "64", label: "medium" },
  { value: "112", label: "large" },
];

export class Toolbar {
  /** @param {TableView} view */
  constructor(view) {
    this.view = view;
    this.signature = ""; // of what was last drawn
    this.element = h("div", { class: "toolbar" });
    this.readout = h("output", { class: "readout", "aria-live": "polite" });
    this.count = h("output", { class: "count", id: "count" });
    this.columnList = h("div", { class: "column-list", hidden: true, role: "group", "aria-label": "columns to show" });
  }

  draw() {
    const { view } = this;
    const { app } = view;
    const [first = "", second = ""] = view.grouping;
    const signature = JSON.stringify([
      app.state.rows,
      app.state.pictures,
      first,
      second,
      view.joined && app.pair(),
      app.data.version,
      this.columnList.hidden,
    ]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.element.replaceChildren(
      this.rows(),
      ...(view.joined ? app.pairChoices() : []),
      ...this.groups(first, second),
      choice("pictures", SIZES, app.state.pictures, (pictures) => app.set({ pictures }), { id: "pictures" }),
      this.button("columns", () => this.toggleColumns(), { "aria-expanded": String(!this.columnList.hidden) }),
      this.button("copy rows", () => copy(view), {
        title: "the selected rows, as text with tabs; Ctrl+C does the same",
      }),
      this.button("download CSV", () => save(csv(view.rows, view.written), this.fileName, "text/csv")),
      this.readout,
      this.count,
    );
  }

  /** What a file of the rows is called. */
  get fileName() {
    const { app, joined } = this.view;
    const names = joined ? [app.data.a, app.data.b].map((table) => app.data.label(table)) : [];
    return `${fileName([titleOf(app.state, app.view), "predictions", ...names])}.csv`;
  }

  /**
   * @param {string} text
   * @param {() => void} click
   * @param {Attributes} [attributes]
   */
  button(text, click, attributes = {}) {
    return h("button", { type: "button", ...attributes, click }, text);
  }

  rows() {
    const { app } = this.view;
    const choices = [
      { value: "all", label: "all predictions" },
      { value: "joined", label: "A joined with B" },
    ];
    return choice("rows", choices, app.state.rows, (rows) => app.set(app.showing(rows)), { id: "rows" });
  }

  /**
   * The columns to group by.
   *
   * @param {string} first
   * @param {string} second
   */
  groups(first, second) {
    const { app, groupable } = this.view;
    const none = { value: "", label: "nothing" };
    const regroup = (/** @type {string[]} */ ...names) => app.set({ group: names.filter(Boolean).join(",") });
    const others = groupable.filter((name) => name !== first);
    const outer = choice(
      "group by",
      [none, ...groupable],
      first,
      (name) => regroup(name, name && name !== second ? second : ""),
      { id: "group" },
    );
    const inner = choice("then", [none, ...others], second, (name) => regroup(first, name), { id: "group2" });
    return first ? [outer, inner] : [outer];
  }

  toggleColumns() {
    this.columnList.hidden = !this.columnList.hidden;
    if (!this.columnList.hidden) this.listColumns();
    this.draw();
  }

  listColumns() {
    const { app, columns, names: every } = this.view;
    const others = every.filter((name) => !columns.includes(name));
    const set = (/** @type {string[]} */ names) => {
      app.set({ columns: names.join(",") });
      this.listColumns();
    };
    const box = (/** @type {string} */ name) => {
      const checked = columns.includes(name);
      const change = () => set(checked ? columns.filter((each) => each !== name) : [...columns, name]);
      return h("label", {}, h("input", { type: "checkbox", checked, change }), name);
    };
    this.columnList.replaceChildren(
      ...[...columns, ...others].map(box),
      this.button("as at first", () => set([])),
    );
  }
}
