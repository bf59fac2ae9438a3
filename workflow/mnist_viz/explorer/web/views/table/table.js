/** The table of all predictions, or of two tables joined on the image: sorted, grouped, filtered, copied, saved. */
import { GROUPABLE, GroupLines, group, leaves, OF_IMAGES, ordered } from "../../data/groups.js";
import { SIDES } from "../../data/joined.js";
import { imagesOf, sorted } from "../../data/order.js";
import { counted, h, whole } from "../../parts/dom.js";
import { Grid } from "../../parts/grid.js";
import { hasValueOf, isOnlyAboutOneOf, replace } from "../../query/edit.js";
import { and } from "../../query/tree.js";
import { frozen, keysIn, usualColumns, writtenColumns } from "./columns.js";
import { Headings } from "./headings.js";
import { LineDrawer } from "./lines.js";
import { Numbers } from "./numbers.js";
import { SCORES_COLUMN } from "./scores.js";
import { copyTo, selectedImages } from "./selection.js";
import { columnWidth, lineHeight, pictureSize, ROW_HEIGHT } from "./sizes.js";
import { shownColumn } from "./text.js";
import { Toolbar } from "./toolbar.js";
import { focusLabels } from "./truths.js";

/** @import { App, Walk } from "../../app.js" */
/** @import { Column } from "../../data/column.js" */
/** @import { Group, Line } from "../../data/groups.js" */
/** @import { Node } from "../../query/tree.js" */
/** @import { Pictures } from "./text.js" */
/** @typedef {{ length: number, at: (line: number) => Line }} Lines */

export class TableView {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Uint32Array} */
    this.rows = new Uint32Array(); // that the query leaves, in their order
    /** @type {Group[] | null} */
    this.groups = null; // of them
    /** @type {Set<string>} */
    this.open = new Set(); // paths of the open groups
    this.computed = ""; // what rows and groups were made for
    /** @type {Uint32Array | null} */
    this.images = null; // of the rows, each once, in the order of the lines
    /** @type {Lines} */
    this.lines = new GroupLines([], this.open);
    /** @type {(Column | Pictures)[]} */
    this.cells = []; // the columns that are shown
    this.shape = ""; // of a row: which cells it has
    this.toolbar = new Toolbar(this);
    this.headings = new Headings(this);
    this.drawer = new LineDrawer(this);
    this.grid = new Grid({
      label: "predictions",
      rowHeight: ROW_HEIGHT,
      header: this.headings.element,
      draw: (element, line, span) => this.drawer.draw(element, line, span),
      spanned: (span) => this.headings.spanned(span),
      activate: (line) => this.activate(line),
      moved: (line, clicked) => this.follow(line, clicked),
    });
    this.numbers = new Numbers(this);
    addEventListener("beforeprint", () => {
      this.headings.finish(); // after the grid, which shows all columns then
      this.lay(false);
    });
    addEventListener("afterprint", () => this.lay(false));
    this.grid.element.addEventListener("keydown", (event) => this.key(event));
    this.grid.element.addEventListener("copy", (event) => copyTo(this, event));
    this.empty = h("p", { class: "empty", role: "status" });
    this.paper = h("p", { class: "paper source" });
    addEventListener("beforeprint", () => this.tellPaper());
    this.element = h(
      "section",
      { class: "view table-view", "aria-label": "Table" },
      this.toolbar.element,
      this.toolbar.columnList,
      this.empty,
      this.paper,
      this.grid.element,
      this.numbers.element,
    );
  }

  /** Whether a row is an image, with what A and B say of it, instead of a prediction. */
  get joined() {
    return this.app.state.rows === "joined";
  }

  get source() {
    return this.joined ? this.app.data.joined : this.app.data;
  }

  /** The names of the columns in the order in which they are shown. */
  get columns() {
    const chosen = this.app.state.columns.split(",").filter((name) => this.names.includes(name));
    if (chosen.length) return chosen;
    return usualColumns(this);
  }

  get names() {
    return [...this.source.names, SCORES_COLUMN.name];
  }

  /** The columns that the rows are sorted by. */
  get sorting() {
    return keysIn(this, this.app.state.sort)
      .map((key) => ({ name: key.replace(/^-/, ""), descending: key.startsWith("-") }))
      .filter(({ name }) => this.source.has(name) && name !== "image");
  }

  /** The columns that a file of the rows has. */
  get written() {
    return writtenColumns(this).map((name) => shownColumn(this.source, name));
  }

  get grouping() {
    return keysIn(this, this.app.state.group).filter((name) => this.groupable.includes(name));
  }

  get groupable() {
    const sides = ["a.guess", "b.guess", "a.correct", "b.correct"];
    const own = this.joined ? ["truth", ...sides, "models_wrong", ...OF_IMAGES] : GROUPABLE;
    return own.filter((name) => this.source.has(name));
  }

  refresh() {
    const { app, joined } = this;
    const { rows, sort, group: grouped } = app.state;
    const wanted = JSON.stringify([
      app.filter.text,
      app.filter.chosen,
      app.data.version,
      rows,
      sort,
      grouped,
      joined && [app.data.a, app.data.b],
      app.markedVersion,
    ]);
    const rewind = wanted !== this.computed;
    if (rewind) {
      this.compute();
      this.computed = wanted;
    }
    this.arrange();
    this.grid.element.setAttribute("role", this.groups ? "treegrid" : "grid");
    this.grid.tall = lineHeight(this);
    this.toolbar.draw();
    const inGroups = this.groups ? ` in ${counted(this.groups.length, "group")}` : "";
    const images = counted(joined ? this.rows.length : app.filter.images.length, "image");
    const all = joined ? images : `${images}, ${counted(this.rows.length, "row")}`;
    this.toolbar.count.textContent = `${all}${inGroups}`;
    this.headings.draw();
    this.empty.textContent = this.rows.length ? "" : `No ${joined ? "image" : "row"} matches the query.`;
    this.lay(rewind);
  }

  /**
   * Lay the lines out anew, from the start if `rewind`.
   *
   * @param {boolean} rewind
   */
  lay(rewind) {
    const widths = this.cells.map((column) => columnWidth(this, column));
    this.grid.show(this.lines.length, widths, rewind, frozen(this.columns));
    this.numbers.hide();
  }

  /** Say on paper which lines it has. */
  tellPaper() {
    const [first, end] = this.grid.printed;
    const lines = `Lines ${whole(first + 1)} to ${whole(end)} of ${whole(this.grid.length)}`;
    this.paper.textContent = end - first < this.grid.length ? `${lines}; scroll to print others.` : "";
  }

  /** Go on with what the view does in the background. */
  resume() {
    this.headings.resume();
  }

  /** Take the rows that the query leaves, in their order, and group them. */
  compute() {
    const { data, filter } = this.app;
    const chosen = this.joined ? filter.joinedImages() : filter.rows;
    const keys = this.sorting.map(({ name, descending }) => ({ column: this.source.column(name), descending }));
    this.rows = keys.length ? sorted(chosen, keys) : chosen;
    const sides = this.joined ? SIDES.map((side) => data.joined.row(side, 0)) : [0];
    const { grouping, source } = this;
    const groups = grouping.length ? group(this.rows, source, grouping, sides, data) : null;
    this.groups = groups && keys.length ? ordered(groups, keys[0]) : groups;
    this.images = null;
    this.open.clear();
  }

  /** The images of the rows, each where it comes first. @returns {Walk} */
  walk() {
    this.images ??= this.distinct(this.groups ? leaves(this.groups) : [this.rows]);
    return { title: "Table", images: this.images };
  }

  /**
   * The images of some rows, each where it comes first.
   *
   * @param {Uint32Array[]} parts
   */
  distinct(parts) {
    return imagesOf(parts, this.app.data.images);
  }

  /** Show that images have other marks. */
  remarked() {
    this.grid.refresh();
  }

  /** The images of the selected rows, each once. */
  selected() {
    return selectedImages(this);
  }

  /**
   * Show the rows of a group alone: what it is grouped by becomes a part of the query; of them only those for which
   * `more`, a condition on the truth, holds.
   *
   * @param {Group} group
   * @param {Node | null} [more]
   */
  openGroup(group, more = null) {
    const { app, grouping, source } = this;
    const names = grouping.slice(0, grouping.indexOf(group.name) + 1);
    const own = names.map((name) => hasValueOf(source.column(name), group.rows[0]));
    const all = more ? [...own, more] : own;
    app.openTable(replace(app.filter.tree, isOnlyAboutOneOf(more ? [...names, "truth"] : names), and(all)), {});
  }

  /**
   * Go to the first row of an image; the groups stay as they are.
   *
   * @param {number} image
   */
  reveal(image) {
    if (this.groups) return;
    const line = this.rows.findIndex((row) => this.app.data.image(row) === image);
    if (line >= 0) this.grid.go(line);
  }

  arrange() {
    const { rows } = this;
    this.lines = this.groups
      ? new GroupLines(this.groups, this.open)
      : { length: rows.length, at: (line) => ({ row: rows[line], depth: 0 }) };
    const { columns, source } = this;
    this.cells = columns.map((name) => shownColumn(source, name));
    this.shape = JSON.stringify([columns, this.app.state.rows, pictureSize(this)]);
  }

  /**
   * Open or close a group.
   *
   * @param {string} path
   */
  toggle(path) {
    if (!this.open.delete(path)) this.open.add(path);
    this.arrange();
    this.lay(false);
  }

  /**
   * The id of a row's image, as an address has it.
   *
   * @param {number} row
   */
  id(row) {
    return String(this.source.column("id").number(row));
  }

  /** @param {number} line */
  activate(line) {
    const { row, group: found } = this.lines.at(line);
    if (found) this.toggle(found.path);
    else if (row !== undefined) this.app.set({ id: this.id(row) });
  }

  /**
   * Open details follow the current row; a click is a step that the history goes back to, a key is none.
   *
   * @param {number} line
   * @param {boolean} clicked
   */
  follow(line, clicked) {
    this.numbers.follow();
    const { row } = this.lines.at(line);
    if (row !== undefined && this.app.state.id !== "") this.app.set({ id: this.id(row) }, !clicked);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target !== this.grid.element || !this.groups) return;
    const { group: found } = this.lines.at(this.grid.current);
    if (event.key === "o" && found) this.openGroup(found);
    if (event.key === "t") focusLabels(this.grid);
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    if (found && this.open.has(found.path) !== (event.key === "ArrowRight")) this.toggle(found.path);
  }
}
