/** The lines of the table: rows of predictions, and groups of them. */
import { Column } from "../../data/column.js";
import { caveat, counted, h, percent } from "../../parts/dom.js";
import { bars, digit, showDigit, shownClasses } from "../../parts/pictures.js";
import { outcomesIn } from "../../query/outcome.js";
import { drawScores } from "./scores.js";
import { pictureSize } from "./sizes.js";
import { shortened } from "./text.js";
import { trueLabels } from "./truths.js";

/** @import { Group, Summary } from "../../data/groups.js" */
/** @import { Predictions } from "../../data/predictions.js" */
/** @import { Span } from "../../parts/grid.js" */
/** @import { TableView } from "./table.js" */
/** @typedef {HTMLElement & { span?: Span, group?: Group | null }} LineElement With what is drawn in it. */
/** @typedef {HTMLElement & { written?: string }} CellElement With the text that is written in it. */

const SAMPLES = 10;
const INDENT = 3; // letters
const MOST_LETTERS = 36; // of a group's name for which all groups leave room

export class LineDrawer {
  /** @param {TableView} view */
  constructor(view) {
    this.view = view;
    /** @type {Group[] | null} */
    this.measured = null; // the groups that `letters` is of
    this.shape = ""; // of the rows that `patterns` are of
    /** @type {Map<number, HTMLElement>} */
    this.patterns = new Map(); // by column, an empty cell
    this.letters = 0; // of the longest of their names: as much room for each, so that what follows lies in columns
  }

  /**
   * Fill the element of a line with the columns of `span`.
   *
   * @param {LineElement} element
   * @param {number} line
   * @param {Span} span
   */
  draw(element, line, span) {
    const { lines, groups } = this.view;
    const { row, group, depth } = lines.at(line);
    if (groups) element.setAttribute("aria-level", String(depth + 1));
    else element.removeAttribute("aria-level");
    if (group) this.drawGroup(element, group, depth);
    else if (row !== undefined) this.drawRow(element, row, span);
  }

  /**
   * @param {LineElement} element
   * @param {number} row
   * @param {Span} span
   */
  drawRow(element, row, [first, end]) {
    this.furnish(element, first, end);
    const { app, cells, grid, joined } = this.view;
    const { data } = app;
    const image = joined ? row : data.image(row);
    // What stays the same is not touched: most of a row's scores are 0.0000, and each change costs style and layout.
    const { frozen } = grid;
    for (let place = 0; place < frozen + end - first; place += 1) {
      const column = cells[place < frozen ? place : place - frozen + first];
      const cell = /** @type {CellElement} */ (element.children[place]);
      if (column instanceof Column) write(cell, column, row);
      else if (column.kind === "scores") drawScores(this.view, cell, row);
      else showDigit(app, /** @type {HTMLElement} */ (cell.firstChild), image, pictureSize(this.view));
    }
    element.classList.toggle("wrong", !joined && !data.column("correct").number(row));
  }

  /**
   * Give a line's element the frozen cells of a row and those from column `first` up to `end`; those that it has
   * already stay.
   *
   * @param {LineElement} element
   * @param {number} first
   * @param {number} end
   */
  furnish(element, first, end) {
    const { frozen } = this.view.grid;
    const shape = `${this.view.shape} ${frozen}`;
    let [from, to] = element.span ?? [0, 0];
    if (element.dataset.shape !== shape || from >= end || to <= first) {
      element.dataset.shape = shape;
      element.group = null;
      element.classList.remove("group");
      element.removeAttribute("aria-expanded");
      element.replaceChildren(...Array.from({ length: frozen }, (_, index) => this.cell(index)));
      from = first;
      to = first;
    }
    for (; from < first; from += 1) element.children[frozen].remove();
    for (; to > end; to -= 1) element.lastChild?.remove();
    for (; from > first; from -= 1) element.insertBefore(this.cell(from - 1), element.children[frozen] ?? null);
    for (; to < end; to += 1) element.append(this.cell(to));
    element.span = [first, end];
  }

  /**
   * A cell of a column: a copy of the first one of its kind, which is quicker than one made anew.
   *
   * @param {number} index
   */
  cell(index) {
    const { shape, grid } = this.view;
    const own = `${shape} ${grid.edges} ${grid.frozen}`;
    if (own !== this.shape) {
      this.shape = own;
      this.patterns.clear();
    }
    const pattern = this.patterns.get(index) ?? this.emptyCell(index);
    this.patterns.set(index, pattern);
    return /** @type {HTMLElement} */ (pattern.cloneNode(true));
  }

  /** @param {number} index */
  emptyCell(index) {
    const { cells, grid } = this.view;
    const { name, kind } = cells[index];
    const frozen = index < grid.frozen;
    return h(
      "div",
      {
        class: `cell ${kind} ${name.replace(/^[ab]\./, "")} ${kind === "image" ? "opens" : ""} ${frozen ? "frozen" : ""}`,
        role: "gridcell",
        "aria-colindex": index + 1,
        style: { "grid-column": index + 1, ...(frozen && { left: `${grid.edges[index]}px` }) },
      },
      kind === "image" ? digit(this.view.app, 0, pictureSize(this.view)) : kind === "scores" ? "" : new Text(),
    );
  }

  /**
   * @param {LineElement} element
   * @param {Group} group
   * @param {number} depth
   */
  drawGroup(element, group, depth) {
    const { app, grouping, joined, open } = this.view;
    const isOpen = open.has(group.path);
    if (element.group === group && element.ariaExpanded === String(isOpen)) return;
    element.group = group;
    if (this.measured !== this.view.groups) {
      this.measured = this.view.groups;
      this.letters = Math.min(MOST_LETTERS, longestName(this.measured ?? []));
    }
    element.dataset.shape = "group";
    element.classList.add("group");
    element.classList.remove("wrong");
    element.setAttribute("aria-expanded", String(isOpen));
    const images = this.view.distinct([group.rows]);
    const part = images.length > 1 ? `first of ${counted(images.length, "image")}` : "";
    const toggle = {
      class: "plain toggle",
      type: "button",
      tabindex: -1,
      "aria-label": `${isOpen ? "close" : "open"} ${group.name} ${group.value}`,
      click: () => this.view.toggle(group.path),
    };
    const alone = { type: "button", class: "alone", tabindex: -1, title: "these rows alone, without groups (key O)" };
    element.replaceChildren(
      h(
        "div",
        { class: "group-line", role: "gridcell", style: { "--depth": depth, "--letters": this.letters } },
        h("button", toggle, isOpen ? "▾" : "▸"),
        h("strong", {}, `${group.name} ${group.value}`),
        h("span", { class: "members" }, counted(group.rows.length, joined ? "image" : "row")),
        h("button", { ...alone, click: () => this.view.openGroup(group) }, "only these"),
        group.sides.map((side, index) => rate(side, joined ? "ab"[index] : "")),
        caveat(outcomesIn(app.filter)),
        group.sides.map((side) => means(app.data, side)),
        grouping.slice(0, grouping.indexOf(group.name) + 1).includes("truth") ? "" : trueLabels(this.view, group),
        h(
          "span",
          { class: "samples" },
          Array.from(images.subarray(0, SAMPLES), (image) => digit(app, image)),
          part,
        ),
      ),
    );
  }
}

/**
 * Write a row's value into a cell.
 *
 * @param {CellElement} cell
 * @param {Column} column
 * @param {number} row
 */
function write(cell, column, row) {
  const text = column.format(row);
  if (cell.written === text) return;
  cell.written = text;
  /** @type {Text} */ (cell.firstChild).data = column.labels ? shortened(text) : text;
  if (column.labels) cell.title = text;
  if (column.kind === "flag") cell.classList.toggle("no", text === "no");
  if (column.kind === "share") cell.style.backgroundSize = `${(100 * (Number(text) || 0)).toFixed(1)}% 22px`;
}

/**
 * The letters of the longest name of a group as it is written, those inside of others counted from the same edge.
 *
 * @param {Group[]} groups
 * @returns {number}
 */
function longestName(groups) {
  const most = (/** @type {number} */ longest, /** @type {Group} */ { name, value, children }) =>
    Math.max(longest, `${name} ${value}`.length, children ? INDENT + longestName(children) : 0);
  return groups.reduce(most, 0);
}

/**
 * @param {Summary} summary
 * @param {string} side empty if the rows are of one table
 */
function rate({ errors, known }, side) {
  const share = known > 0 ? `${percent(errors / known)} wrong` : "truth not known";
  return h("span", { class: `rate ${side && `side-${side}`}` }, side ? `${side.toUpperCase()} ${share}` : share);
}

/**
 * @param {Predictions} data
 * @param {Summary} summary
 */
function means(data, { means: shares }) {
  const each = shownClasses([shares], -1);
  const label = each.map((index) => `${data.classes[index]}: ${shares[index].toFixed(4)}`).join(", ");
  return bars(data, [shares], -1, `mean scores ${label}`, { width: 110, height: 32 });
}
