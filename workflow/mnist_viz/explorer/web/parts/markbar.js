/** How many marks there are, where they are kept, and the ways to take them along: in the bar of every view. */
import { MarksError, readMarks, writeMarks } from "../data/markfile.js";
import { unmarkedCorrections } from "../data/marks.js";
import { holds } from "../query/edit.js";
import { counted, h, keepFocus, save } from "./dom.js";

/** @import { App } from "../app.js" */

export class MarkBar {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.drawn = ""; // what was last drawn
    this.summary = h("summary", {});
    this.panel = h("div", { class: "marks-panel" });
    this.problem = h("p", { class: "refusal", role: "alert" });
    this.element = h("details", { class: "sample", id: "marks" }, this.summary, this.panel);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      event.preventDefault();
      this.element.open = false;
      this.summary.focus();
    });
  }

  refresh() {
    const { marks } = this.app.data;
    const drawn = JSON.stringify([marks.version, marks.refused, marks.steps.length]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const count = marks.size ? counted(marks.size, "mark") : "marks";
    this.summary.textContent = marks.refused ? `${count}, not kept` : count;
    keepFocus(this.panel, () => this.draw(), this.summary);
  }

  draw() {
    const { app } = this;
    const { data, marker } = app;
    const { marks } = data;
    const here = new Set(data.ids);
    const elsewhere = [...marks.byId.keys()].filter((id) => !here.has(id)).length;
    const button = (/** @type {string} */ text, /** @type {() => void} */ click, disabled = !marks.size) =>
      h("button", { type: "button", click, disabled }, text);
    const file = h("input", { type: "file", accept: ".csv,text/csv", "aria-label": "import CSV" });
    file.addEventListener("change", () => this.take(file));
    this.panel.replaceChildren(
      h("p", {}, this.state()),
      elsewhere ? h("p", {}, `${counted(elsewhere, "mark")} of images that are not in this page.`) : "",
      h(
        "p",
        { class: "toolbar" },
        button("show in the table", () => this.show()),
        button("export CSV", () => save(writeMarks(marks, data), "marks.csv", "text/csv")),
        button("undo", () => marker.undo(), !marks.steps.length),
        button("remove all", () => this.removeAll()),
      ),
      h("label", { class: "choice" }, h("span", {}, "import CSV"), file),
      this.problem,
      this.corrections(),
      h("p", {}, "The pipeline takes the file as ", h("code", {}, "dataset: {corrections: marks.csv}"), "."),
    );
  }

  /** The corrections of this page that are no marks, and would be lost with the file: the way to take them over. */
  corrections() {
    const { app } = this;
    const { data, marker } = app;
    const marks = unmarkedCorrections(data);
    if (marks.length === 0) return "";
    const take = () => {
      data.marks.set(marks);
      marker.shown();
      app.say(`${counted(marks.length, "correction")} taken over`);
    };
    return h(
      "p",
      {},
      `${counted(marks.length, "correction")} of this page ${marks.length === 1 ? "is" : "are"} not among the marks: a file `,
      "exported now is without. ",
      h("button", { type: "button", click: take }, "take over the corrections"),
    );
  }

  /** Open the table of the marked images. */
  show() {
    this.element.open = false;
    this.app.openTable(holds({ name: "marked", kind: "flag" }, true), { only: "" });
  }

  /** Where the marks are. */
  state() {
    const { marks } = this.app.data;
    if (marks.refused)
      return "This browser keeps nothing for this page: marks last while it is open. Export them before you leave.";
    const lost = marks.unreadable
      ? `${counted(marks.unreadable, "kept mark")} could not be read, as of a class that is not here; the browser keeps ` +
        `them under “${marks.key} unreadable” from the next mark on. `
      : "";
    return `${lost}Kept in this browser, for the test set ${marks.testSet.slice(0, 19)}….`;
  }

  removeAll() {
    const { marker, data } = this.app;
    data.marks.set([...data.marks.byId.keys()].map((id) => [id, { label: "", excluded: false, note: "" }]));
    marker.shown();
    this.app.say("all marks removed; undo brings them back");
  }

  /**
   * Take the marks of a file, which win over those of the same images; of a wrong file none.
   *
   * @param {HTMLInputElement} input
   */
  async take(input) {
    const { app } = this;
    const { data, description, marker } = app;
    const [file] = input.files ?? [];
    if (!file) return;
    try {
      const text = decoded(new Uint8Array(await file.arrayBuffer()));
      const read = readMarks(text, data, data.marks.testSet, description.images);
      this.problem.textContent = "";
      data.marks.set(read);
      marker.shown();
      app.say(`${counted(read.length, "mark")} imported`);
    } catch (error) {
      if (!(error instanceof MarksError)) throw error;
      this.problem.textContent = `${file.name}: ${error.message}`;
    }
    input.value = "";
  }
}

/**
 * The text of a file. A MarksError names the first line that is no UTF-8.
 *
 * @param {Uint8Array} bytes
 */
function decoded(bytes) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    let [line, start] = [1, 0];
    for (;;) {
      const end = bytes.indexOf(10, start);
      try {
        decoder.decode(bytes.subarray(start, end < 0 ? undefined : end));
      } catch {
        throw new MarksError(line, "this is not UTF-8. Save the file as UTF-8");
      }
      [line, start] = [line + 1, end + 1];
    }
  }
}
