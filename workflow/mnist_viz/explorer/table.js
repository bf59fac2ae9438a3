/** The table of all predictions, or of two tables joined on the image: sorted, grouped, filtered, copied, saved. */
import { format, SCORES } from "./columns.js";
import { afterwards, choice, counted, h, percent, save } from "./dom.js";
import { Grid } from "./grid.js";
import { group, GROUPABLE, GroupLines, ordered } from "./groups.js";
import { HeaderHistogram } from "./histogram.js";
import { sorted } from "./order.js";
import { bars, digit, showDigit } from "./pictures.js";
import { rewrite } from "./query.js";

const ROW_HEIGHT = 36;
const WIDTH = { text: 116, integer: 68, flag: 72, share: 88, real: 76, image: 58 };
const LETTER = 8;
const MOST_LETTERS = 36;
const SAMPLES = 10;
const PIECE = 20_000; // rows of a derived column that are computed at a time in the background
const TURN = 8; // milliseconds of work in the background between two moments at which the page answers
const STILL = 150; // milliseconds without scrolling before the work in the background goes on

export class TableView {
  constructor(app) {
    this.app = app;
    this.open = new Set();
    this.histograms = new Map();
    this.header = h("div", { class: "grid-row grid-heading", role: "row" });
    this.grid = new Grid({
      label: "predictions",
      rowHeight: ROW_HEIGHT,
      header: this.header,
      draw: (element, line, span) => this.draw(element, line, span),
      spanned: (span) => this.spanned(span),
      activate: (line) => this.activate(line),
      moved: (line) => this.follow(line),
    });
    this.grid.element.addEventListener("keydown", (event) => this.key(event));
    this.grid.element.addEventListener("copy", (event) => this.copyTo(event));
    addEventListener("beforeprint", () => this.element.isConnected && Array.from(this.histogramWork()));
    this.bar = h("div", { class: "toolbar" });
    this.readout = h("output", { class: "readout", "aria-live": "polite" });
    this.count = h("output", { class: "count", id: "count" });
    this.columnList = h("div", { class: "column-list", hidden: true, role: "group", "aria-label": "columns to show" });
    this.empty = h("p", { class: "empty", role: "status" });
    this.element = h(
      "section",
      { class: "view table-view", "aria-label": "Table" },
      this.bar,
      this.columnList,
      this.empty,
      this.grid.element,
    );
  }

  get source() {
    return this.app.state.rows === "joined" ? this.app.data.joined : this.app.data;
  }

  /** The names of the columns in the order in which they are shown. */
  get columns() {
    const chosen = this.app.state.columns.split(",").filter((name) => this.source.has(name));
    if (chosen.length) return chosen;
    if (this.app.state.rows !== "joined") return this.app.data.names;
    const sides = ["guess", "correct", "confidence", "true_score", "loss"].flatMap((name) => [
      `a.${name}`,
      `b.${name}`,
    ]);
    return ["id", "image", "truth", ...sides, "distance", ...SCORES.flatMap((name) => [`a.${name}`, `b.${name}`])];
  }

  /** `{name, descending}` of the columns that the rows are sorted by. */
  get sorting() {
    const keys = this.app.state.sort.split(",").filter(Boolean);
    return keys
      .map((key) => ({ name: key.replace(/^-/, ""), descending: key.startsWith("-") }))
      .filter(({ name }) => this.source.has(name) && name !== "image");
  }

  get grouping() {
    return this.app.state.group.split(",").filter((name) => this.groupable.includes(name));
  }

  get groupable() {
    if (this.app.state.rows !== "joined") return GROUPABLE;
    return ["truth", "a.guess", "b.guess", "a.correct", "b.correct"];
  }

  refresh() {
    const { app } = this;
    const joined = app.state.rows === "joined";
    const wanted = JSON.stringify([
      app.filter.text,
      app.state.rows,
      app.state.sort,
      app.state.group,
      joined && [app.data.a, app.data.b],
    ]);
    const rewind = wanted !== this.computed;
    if (rewind) {
      const chosen = joined ? app.filter.joinedImages() : app.filter.rows;
      const keys = this.sorting.map(({ name, descending }) => ({ column: this.source.column(name), descending }));
      this.rows = keys.length ? sorted(chosen, keys) : chosen;
      const sides = joined ? ["a", "b"].map((side) => app.data.joined.row(side, 0)) : [0];
      const groups = this.grouping.length ? group(this.rows, this.source, this.grouping, sides, app.data) : null;
      this.groups = groups && keys.length ? ordered(groups, keys[0]) : groups;
      this.open.clear();
      this.computed = wanted;
    }
    this.arrange();
    this.grid.element.setAttribute("role", this.groups ? "treegrid" : "grid");
    this.drawBar();
    this.count.textContent =
      counted(this.rows.length, joined ? "image" : "row") +
      (this.groups ? ` in ${counted(this.groups.length, "group")}` : "");
    this.drawHeader();
    this.empty.textContent = this.rows.length ? "" : `No ${joined ? "image" : "row"} matches the query.`;
    this.grid.show(this.lines.length, this.widths, rewind);
  }

  arrange() {
    const plain = { length: this.rows.length, at: (line) => ({ row: this.rows[line], depth: 0 }) };
    this.lines = this.groups ? new GroupLines(this.groups, this.open) : plain;
    this.cells = this.columns.map((name) => this.column(name));
    this.shape = JSON.stringify([this.columns, this.app.state.rows]);
    this.widths = this.cells.map(widthOf);
  }

  column(name) {
    return name === "image" ? { name, kind: "image" } : this.source.column(name);
  }

  drawBar() {
    const { app } = this;
    const { state } = app;
    const [first = "", second = ""] = this.grouping;
    const none = { value: "", label: "nothing" };
    const regroup = (...names) => app.set({ group: names.filter(Boolean).join(",") });
    const joined = state.rows === "joined";
    const signature = JSON.stringify([state.rows, first, second, joined && app.pair(), this.columnList.hidden]);
    if (signature === this.barSignature) return;
    this.barSignature = signature;
    const rowChoices = [
      { value: "all", label: "all predictions" },
      { value: "joined", label: `A joined with B on id` },
    ];
    this.bar.replaceChildren(
      choice("rows", rowChoices, state.rows, (rows) => app.set({ rows, sort: "", columns: "", group: "" }), {
        id: "rows",
      }),
      ...(joined ? app.pairChoices() : []),
      choice(
        "group by",
        [none, ...this.groupable],
        first,
        (name) => regroup(name, name && name !== second ? second : ""),
        { id: "group" },
      ),
      first
        ? choice(
            "then",
            [none, ...this.groupable.filter((name) => name !== first)],
            second,
            (name) => regroup(first, name),
            { id: "group2" },
          )
        : "",
      h(
        "button",
        { type: "button", "aria-expanded": String(!this.columnList.hidden), click: () => this.toggleColumns() },
        "columns",
      ),
      h(
        "button",
        { type: "button", title: "the selected rows, as text with tabs; Ctrl+C does the same", click: () => this.copy() },
        "copy rows",
      ),
      h(
        "button",
        { type: "button", click: () => save(this.csv(this.rows), "predictions.csv", "text/csv") },
        "download CSV",
      ),
      this.readout,
      this.count,
    );
  }

  drawHeader() {
    const signature = JSON.stringify([
      this.columns,
      this.app.state.rows,
      this.app.state.sort,
      this.app.state.rows === "joined" && [this.app.data.a, this.app.data.b],
    ]);
    if (signature === this.headerSignature) return;
    this.headerSignature = signature;
    const focused = this.header.contains(document.activeElement) ? document.activeElement.dataset.column : null;
    this.header.replaceChildren(...this.cells.map((column, index) => this.heading(column, index)));
    if (focused) this.header.querySelector(`[data-column="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The heading of a column, without its histogram. */
  heading(column, index) {
    const { name } = column;
    const position = this.sorting.findIndex((key) => key.name === name);
    const key = this.sorting[position];
    const arrow = key ? (key.descending ? "↓" : "↑") + (this.sorting.length > 1 ? position + 1 : "") : "";
    const label = h(
      "button",
      {
        class: "plain sort",
        type: "button",
        draggable: "true",
        "data-column": name,
        title: `${name}: ${column.meaning ?? "the image"}. Click sorts, shift adds a second; drag or Alt+arrow moves`,
        click: (event) => this.sort(name, event.shiftKey),
        keydown: (event) => this.headingKey(event, index),
        dragstart: (event) => event.dataTransfer.setData("text/plain", String(index)),
      },
      name,
      h("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    );
    return h(
      "div",
      {
        class: `cell ${column.kind} ${/^[ab]\./.test(name) ? `side-${name[0]}` : ""}`,
        role: "columnheader",
        "aria-colindex": index + 1,
        "aria-sort": position === 0 ? (key.descending ? "descending" : "ascending") : "none",
        dragover: (event) => event.preventDefault(),
        drop: (event) => this.move(Number(event.dataTransfer.getData("text/plain")), index),
      },
      label,
    );
  }

  /** Give the headings in view their histograms; others only keep one that has the focus. */
  spanned([first, end]) {
    this.cells.forEach((column, index) => {
      const { name, kind } = column;
      const within = index >= first && index < end;
      if (kind === "image" || (!within && !this.histograms.has(name))) return;
      if (this.histograms.get(name)?.column !== column) this.histograms.set(name, this.histogram(column));
      const { element } = this.histograms.get(name);
      if (!within && element !== document.activeElement) element.remove();
      else if (within && !element.isConnected) this.header.children[index].append(element);
    });
    this.countHistograms();
  }

  histogram(column) {
    return new HeaderHistogram(
      column,
      (query) => this.brush(column.name, query),
      (text) => (this.readout.textContent = text),
    );
  }

  /** Count the histograms one by one and in short pieces, so that the table is seen first and goes on scrolling. */
  countHistograms() {
    this.work = this.histogramWork();
    this.resume();
  }

  /** Go on with counting, after the frame that shows the table, for as long as it is shown and while nobody scrolls. */
  resume() {
    const { work } = this;
    const next = () => {
      if (!work || this.work !== work || !this.element.isConnected) return;
      const now = performance.now();
      if (now - this.grid.scrolledAt < STILL) return setTimeout(next, STILL);
      while (performance.now() < now + TURN) if (work.next().done) return;
      setTimeout(next);
    };
    afterwards(next);
  }

  *histogramWork() {
    const { data, filter } = this.app;
    const version = JSON.stringify([filter.text, data.a, data.b]);
    for (const [name, histogram] of this.histograms) {
      const { column, element } = histogram;
      if (histogram.version === version || !this.header.contains(element)) continue;
      while (column.known < column.cells.length) {
        column.know(column.known + PIECE);
        yield;
      }
      yield* histogram.count(...this.masksFor(name));
      histogram.version = version;
      yield;
    }
  }

  /**
   * Two masks: of the rows that the query without its conditions on `name` alone leaves, null for all rows; and of those
   * that these conditions leave of them, null if there are none.
   */
  masksFor(name) {
    const { filter, data, state } = this.app;
    const own = (part) => part.columns.size === 1 && part.columns.has(name);
    const shown = (mask) => {
      if (state.rows !== "joined") return mask;
      const either = new Uint8Array(data.images);
      for (const image of filter.joinedImages(mask)) either[image] = 1;
      return either;
    };
    return [
      filter.parts.every(own) ? null : shown(filter.without(own)),
      filter.parts.some(own) ? shown(filter.mask) : null,
    ];
  }

  brush(name, query) {
    const { app } = this;
    const own = (part) => part.columns.size === 1 && part.columns.has(name);
    app.set({ q: rewrite(app.filter.text, app.data, own, query) });
  }

  sort(name, more) {
    if (name === "image") return;
    const keys = this.sorting;
    const index = keys.findIndex((key) => key.name === name);
    const next = index < 0 ? { name, descending: false } : keys[index].descending ? null : { name, descending: true };
    const kept = more ? keys.map((key, position) => (position === index ? next : key)) : next ? [next] : [];
    if (more && index < 0) kept.push(next);
    this.app.set({
      sort: kept
        .filter(Boolean)
        .map((key) => (key.descending ? `-${key.name}` : key.name))
        .join(","),
    });
  }

  headingKey(event, index) {
    const last = this.columns.length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const end = { Home: 0, End: last }[event.key];
    if (step && event.altKey) this.move(index, Math.max(0, Math.min(last, index + step)));
    else if (end !== undefined) this.header.querySelectorAll(".sort")[end].focus();
    else return;
    event.preventDefault();
  }

  move(from, to) {
    const columns = [...this.columns];
    columns.splice(to, 0, ...columns.splice(from, 1));
    this.app.set({ columns: columns.join(",") });
    this.header.querySelectorAll(".sort")[to]?.focus();
  }

  toggleColumns() {
    this.columnList.hidden = !this.columnList.hidden;
    if (!this.columnList.hidden) this.listColumns();
    this.drawBar();
  }

  listColumns() {
    const shown = this.columns;
    const others = this.source.names.filter((name) => !shown.includes(name));
    const toggle = (name, on) => {
      this.app.set({ columns: (on ? [...shown, name] : shown.filter((each) => each !== name)).join(",") });
      this.listColumns();
    };
    this.columnList.replaceChildren(
      ...[...shown, ...others].map((name) =>
        h(
          "label",
          {},
          h("input", {
            type: "checkbox",
            checked: shown.includes(name),
            change: (event) => toggle(name, event.target.checked),
          }),
          name,
        ),
      ),
      h(
        "button",
        { type: "button", click: () => (this.app.set({ columns: "" }), this.listColumns()) },
        "as at first",
      ),
    );
  }

  draw(element, line, span) {
    const { row, group: found, depth } = this.lines.at(line);
    if (this.groups) element.setAttribute("aria-level", depth + 1);
    else element.removeAttribute("aria-level");
    if (found) this.drawGroup(element, found, depth);
    else this.drawRow(element, row, span);
  }

  drawRow(element, row, [first, end]) {
    this.furnish(element, first, end);
    const { data, state } = this.app;
    const joined = state.rows === "joined";
    const image = joined ? row : data.image(row);
    // What stays the same is not touched: most of a row's scores are 0.0000, and each change costs style and layout.
    this.cells.slice(first, end).forEach((column, index) => {
      const cell = element.children[index];
      if (column.kind === "image") return showDigit(this.app, cell.firstChild, image);
      const text = format(column, row);
      if (cell.written === text) return;
      cell.written = text;
      cell.firstChild.data = column.labels ? shortened(text) : text;
      if (column.labels) cell.title = text;
      if (column.kind === "flag") cell.classList.toggle("no", !column.value(row));
      if (column.kind === "share") cell.style.backgroundSize = `${(100 * text).toFixed(1)}% 22px`;
    });
    element.classList.toggle("wrong", !joined && !data.column("correct").value(row));
  }

  /** Give a line's element the cells of a row from column `first` up to `end`; those that it has already stay. */
  furnish(element, first, end) {
    let [from, to] = element.span ?? [0, 0];
    if (element.dataset.shape !== this.shape || from >= end || to <= first) {
      element.dataset.shape = this.shape;
      element.group = null;
      element.classList.remove("group");
      element.removeAttribute("aria-expanded");
      element.replaceChildren();
      from = to = first;
    }
    for (; from < first; from += 1) element.firstChild.remove();
    for (; to > end; to -= 1) element.lastChild.remove();
    while (from > first) element.prepend(this.cell((from -= 1)));
    for (; to < end; to += 1) element.append(this.cell(to));
    element.span = [first, end];
  }

  cell(index) {
    const { name, kind } = this.cells[index];
    return h(
      "div",
      {
        class: `cell ${kind} ${name.replace(/^[ab]\./, "")} ${kind === "image" ? "opens" : ""}`,
        role: "gridcell",
        "aria-colindex": index + 1,
      },
      kind === "image" ? digit(this.app, 0) : new Text(),
    );
  }

  drawGroup(element, found, depth) {
    const joined = this.app.state.rows === "joined";
    const open = this.open.has(found.path);
    if (element.group === found && element.ariaExpanded === String(open)) return;
    element.group = found;
    element.dataset.shape = "group";
    element.classList.add("group");
    element.classList.remove("wrong");
    element.setAttribute("aria-expanded", String(open));
    const rate = (side, index) =>
      h(
        "span",
        { class: joined ? `side-${"ab"[index]}` : "" },
        `${joined ? `${"AB"[index]} ` : ""}${percent(side.errors / side.count)} wrong`,
      );
    const means = (side) =>
      bars(
        [side.means],
        -1,
        `mean scores ${side.means.map((mean, each) => `${each}: ${mean.toFixed(4)}`).join(", ")}`,
        { width: 110, height: 32 },
      );
    const images = [
      ...new Set(Array.from(found.rows.subarray(0, SAMPLES * 20), (row) => (joined ? row : this.app.data.image(row)))),
    ];
    element.replaceChildren(
      h(
        "div",
        { class: "group-line", role: "gridcell", style: { "--depth": depth } },
        h(
          "button",
          {
            class: "plain toggle",
            type: "button",
            tabindex: -1,
            "aria-label": `${open ? "close" : "open"} ${found.name} ${found.value}`,
            click: () => this.toggle(found.path),
          },
          open ? "▾" : "▸",
        ),
        h("strong", {}, `${found.name} ${found.value}`),
        h("span", { class: "members" }, counted(found.rows.length, joined ? "image" : "row")),
        found.sides.map(rate),
        found.sides.map(means),
        h(
          "span",
          { class: "samples" },
          images.slice(0, SAMPLES).map((image) => digit(this.app, image)),
        ),
      ),
    );
  }

  toggle(path) {
    if (!this.open.delete(path)) this.open.add(path);
    this.arrange();
    this.grid.show(this.lines.length, this.widths, false);
  }

  activate(line) {
    const { row, group: found } = this.lines.at(line);
    if (found) this.toggle(found.path);
    else this.app.set({ id: String(this.source.column("id").value(row)) });
  }

  /** Open details follow the current row. */
  follow(line) {
    const { row } = this.lines.at(line);
    if (row !== undefined && this.app.state.id !== "")
      this.app.set({ id: String(this.source.column("id").value(row)) }, true);
  }

  key(event) {
    if (event.target !== this.grid.element || !this.groups) return;
    const { group: found } = this.lines.at(this.grid.current);
    const wanted = { ArrowRight: true, ArrowLeft: false }[event.key];
    if (found && wanted !== undefined && this.open.has(found.path) !== wanted) this.toggle(found.path);
  }

  /** The selected rows; of selected groups all their rows. */
  get selectedRows() {
    const [first, last] = this.grid.selection;
    const rows = [];
    for (let line = first; line <= last && line < this.lines.length; line += 1) {
      const { row, group: found } = this.lines.at(line);
      if (found) rows.push(...found.rows);
      else rows.push(row);
    }
    return [...new Set(rows)];
  }

  copyTo(event) {
    event.clipboardData.setData("text/plain", this.csv(this.selectedRows, "\t"));
    event.preventDefault();
  }

  async copy() {
    const rows = this.selectedRows;
    const done = navigator.clipboard?.writeText(this.csv(rows, "\t")) ?? Promise.reject();
    await done.then(
      () => this.app.say(`${counted(rows.length, "row")} copied`),
      () => this.app.say("The browser forbids the button to copy; in the table Ctrl+C does"),
    );
  }

  csv(rows, separator = ",") {
    const columns = this.columns.filter((name) => name !== "image").map((name) => this.column(name));
    const lines = [columns.map((column) => column.name).join(separator)];
    for (const row of rows) lines.push(columns.map((column) => written(column, row, separator)).join(separator));
    return `${lines.join("\n")}\n`;
  }
}

/** Pixels that a column takes: enough for its values, its name and an arrow. */
function widthOf({ name, kind, labels }) {
  const longest = labels ? Math.max(...labels.map((label) => Math.min(label.length, MOST_LETTERS))) : 0;
  return Math.max(WIDTH[kind], LETTER * Math.max(name.length, longest) + 20);
}

/** A long text without its middle: names from a sweep differ at either end. */
function shortened(text) {
  if (text.length <= MOST_LETTERS) return text;
  return `${text.slice(0, MOST_LETTERS / 2 - 1)}…${text.slice(-MOST_LETTERS / 2)}`;
}

/** A value as in a CSV file: full precision, texts quoted where they need it. */
function written(column, row, separator) {
  if (column.labels) {
    const text = column.value(row);
    return /["\n\r]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  const value = column.value(row);
  return column.kind === "share" || column.kind === "real" ? String(Number(value.toFixed(6))) : String(value);
}
