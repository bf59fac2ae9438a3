/** Marking images: the keys, the panel of an image's details, and the line in which a label or a note is typed. */
import { inWords, NOTHING } from "../data/marks.js";
import { UNKNOWN } from "../data/meaning.js";
import { nearest } from "../query/nearest.js";
import { counted, h, whole } from "./dom.js";
import { showMark } from "./pictures.js";

/** @import { App } from "../app.js" */
/** @import { Mark } from "../data/marks.js" */
/** @import { Predictions } from "../data/predictions.js" */
/** @typedef {(before: Mark) => Mark} Change */

const KEYED = 10; // classes, of which each has a key
const MOST_IMAGES = 1000; // that are marked at a time

export class Marker {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.dialog = h("dialog", { class: "typing", "aria-labelledby": "typing-title" });
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("storage", (event) => {
      if (event.key !== null && event.key !== this.marks.key) return;
      this.marks.load();
      this.shown();
    });
  }

  get marks() {
    return this.app.data.marks;
  }

  /** Whether each class has a key. */
  get keyed() {
    return this.app.data.classes.length <= KEYED;
  }

  /**
   * Give images other marks, as one step.
   *
   * @param {number[]} images
   * @param {Change} change
   * @param {string} said of what became of them
   */
  change(images, change, said) {
    const { app, marks } = this;
    if (images.length > MOST_IMAGES) {
      app.say(`${counted(images.length, "image")} are selected; at most ${whole(MOST_IMAGES)} are marked at a time`);
      return;
    }
    marks.set(images.map((image) => [app.data.ids[image], change(marks.of(app.data.ids[image]))]));
    this.shown();
    const of = images.length === 1 ? `image ${app.data.ids[images[0]]}` : counted(images.length, "image");
    app.say(`${of}: ${said}${marks.refused ? "; kept only while the page is open" : ""}`);
  }

  /** Show the marks as they are now. */
  shown() {
    this.app.remarked();
    const pictures = /** @type {NodeListOf<HTMLElement>} */ (this.app.main.querySelectorAll("[data-image]"));
    for (const each of pictures) showMark(this.app, each);
  }

  undo() {
    const ids = this.marks.undo();
    if (!ids.length) return this.app.say("there is nothing to undo");
    this.shown();
    this.app.say(`undone: ${ids.length === 1 ? `image ${ids[0]}` : counted(ids.length, "image")}`);
  }

  /**
   * Propose a class, or take the proposal back where all have it.
   *
   * @param {number[]} images
   * @param {string} label
   */
  propose(images, label) {
    const { ids } = this.app.data;
    const again = images.every((image) => this.marks.of(ids[image]).label === label);
    const change = (/** @type {Mark} */ { note }) => ({ label: again ? "" : label, excluded: false, note });
    this.change(images, change, again ? "no label proposed" : `label ${label} proposed`);
  }

  /** @param {number[]} images */
  exclude(images) {
    const { ids } = this.app.data;
    const again = images.every((image) => this.marks.of(ids[image]).excluded);
    const change = (/** @type {Mark} */ { note }) => ({ label: "", excluded: !again, note });
    this.change(images, change, again ? "not excluded" : "excluded");
  }

  /** @param {number[]} images */
  remove(images) {
    this.change(images, () => NOTHING, "mark removed");
  }

  /** @param {number[]} images */
  typeNote(images) {
    const { note } = this.marks.of(this.app.data.ids[images[0]]);
    this.type("Note", images, note, [], (text) => {
      if (text === oneLine(note) && images.length === 1) return "";
      this.change(images, (mark) => ({ ...mark, note: text.trim() }), text.trim() ? "note taken" : "note removed");
      return "";
    });
  }

  /** @param {number[]} images */
  typeLabel(images) {
    const { classes, ids } = this.app.data;
    this.type("Label", images, this.marks.of(ids[images[0]]).label, classes, (text) => {
      const found = classNamed(text, classes);
      if (typeof found === "string") return found;
      const change = (/** @type {Mark} */ { note }) => ({ label: found.name, excluded: false, note });
      this.change(images, change, `label ${found.name} proposed`);
      return "";
    });
  }

  /**
   * Let a text be typed.
   *
   * @param {string} what
   * @param {number[]} images
   * @param {string} text that is there at first
   * @param {string[]} options by which it is completed
   * @param {(text: string) => string} done takes the text, or says what is wrong with it
   */
  type(what, images, text, options, done) {
    const { dialog, app } = this;
    const of = images.length === 1 ? `image ${app.data.ids[images[0]]}` : counted(images.length, "image");
    const list = h(
      "datalist",
      { id: "typing-options" },
      options.map((each) => h("option", { value: each })),
    );
    const field = { type: "text", value: oneLine(text), autocomplete: "off", "aria-labelledby": "typing-title" };
    const input = h("input", { ...field, list: options.length ? list.id : null, "aria-describedby": "typing-problem" });
    const problem = h("p", { id: "typing-problem", class: "refusal", role: "alert" });
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      problem.textContent = done(input.value);
      if (!problem.textContent) this.close();
    };
    dialog.replaceChildren(
      h(
        "form",
        { submit },
        h("h2", { id: "typing-title" }, `${what} of ${of}`),
        input,
        list,
        problem,
        h(
          "div",
          { class: "toolbar" },
          h("button", { type: "submit" }, "take it"),
          h("button", { type: "button", click: () => this.close() }, "cancel"),
        ),
      ),
    );
    dialog.showModal();
    input.select();
  }

  /** Close the line; the focus goes to where it was, or where that is no more to the open details. */
  close() {
    this.dialog.close();
    const { detail } = this.app;
    if (document.activeElement === document.body && !detail.element.hidden) detail.element.focus();
  }

  /**
   * What an image's details show of its mark, and the ways to change it.
   *
   * @param {number} image
   */
  panel(image) {
    const { app, marks } = this;
    const mark = marks.of(app.data.ids[image]);
    const button = (
      /** @type {string} */ text,
      /** @type {string} */ keys,
      /** @type {() => void} */ click,
      more = {},
    ) => h("button", { type: "button", title: `key ${keys}`, "aria-keyshortcuts": keys, click, ...more }, text);
    const classes = this.keyed
      ? app.data.classes.map((label, index) =>
          button(label, String(index), () => this.propose([image], label), {
            "aria-label": `propose ${label}`,
            "aria-pressed": String(mark.label === label),
          }),
        )
      : [button("label…", "L", () => this.typeLabel([image]))];
    return h(
      "section",
      { class: "marking", "aria-label": "mark" },
      h("p", {}, inWords(mark) || "not marked"),
      h("div", { class: "proposals", role: "group", "aria-label": "propose a label" }, classes),
      h(
        "div",
        { class: "proposals" },
        button("exclude", "X", () => this.exclude([image]), { "aria-pressed": String(mark.excluded) }),
        button("note…", "N", () => this.typeNote([image])),
        button("remove", "Delete", () => this.remove([image]), { disabled: mark === NOTHING }),
        button("undo", "U", () => this.undo(), { disabled: !marks.steps.length }),
      ),
    );
  }

  /**
   * The images that a key is about: those selected in the table or the gallery, the picture that has the focus, or the open one.
   *
   * @param {Element} target
   */
  targets(target) {
    const { app } = this;
    if (target.matches(".grid, .shelf")) return app.made(app.view).view.selected?.() ?? [];
    const picture = /** @type {HTMLElement | null} */ (target.closest("[data-image]"));
    if (picture) return [Number(picture.dataset.image)];
    return app.detail.image >= 0 ? [app.detail.image] : [];
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { target, key } = event;
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || this.dialog.open) return;
    if (event.repeat) return; // a key that is held would mark and take back in turn
    if (!(target instanceof Element) || target.matches("input, select, textarea")) return;
    const images = this.targets(target);
    const label = this.keyed && /^[0-9]$/.test(key) ? this.app.data.classes[Number(key)] : undefined;
    const actions = new Map([
      ["x", () => this.exclude(images)],
      ["n", () => this.typeNote(images)],
      ["l", () => this.typeLabel(images)],
      ["delete", () => this.remove(images)],
    ]);
    const action = label === undefined ? actions.get(key.toLowerCase()) : () => this.propose(images, label);
    if (key.toLowerCase() === "u") this.undo();
    else if (action && images.length) action();
    else return;
    event.preventDefault();
  }
}

/**
 * A text without line breaks, as a field of one line has it.
 *
 * @param {string} text
 */
function oneLine(text) {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}

/**
 * The class that a typed text stands for: one of that name, or the only one that begins so; or what is wrong with it.
 *
 * @param {string} typed
 * @param {string[]} classes
 * @returns {{ name: string } | string}
 */
export function classNamed(typed, classes) {
  const text = typed.trim();
  if (classes.includes(text)) return { name: text };
  const alike = classes.filter((each) => each.toLowerCase().startsWith(text.toLowerCase()));
  if (text && alike.length === 1) return { name: alike[0] };
  if (text && alike.length) return `${counted(alike.length, "class")} begin so: ${alike.slice(0, 3).join(", ")} …`;
  const near = nearest(text, classes);
  return near ? `no class begins so; did you mean ${near}?` : "no class begins so";
}

/**
 * What an image was labelled before, if that is another label.
 *
 * @param {Predictions} data
 * @param {number} image
 */
export function givenNote(data, image) {
  const given = (data.given ?? data.truth)[image];
  return given === data.truth[image]
    ? ""
    : h("small", { class: "given" }, ` corrected; given ${data.classes[given] ?? UNKNOWN}`);
}
