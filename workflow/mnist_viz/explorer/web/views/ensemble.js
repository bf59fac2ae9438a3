/** The panel in which ensembles are put together: variants, and an epoch after which all of them predict. */
import { writtenEnsembles } from "../data/ensembles.js";
import { seedGroups } from "../data/replicates.js";
import { choice, h } from "../parts/dom.js";

/** @import { App } from "../app.js" */
/** @import { State } from "../state.js" */

const NAME = "ensembles"; // of the panel

export class EnsemblePanel {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Set<string>} */
    this.members = new Set();
    this.epoch = "";
    this.element = h("div", {
      id: NAME,
      class: "help ensembles",
      popover: "auto",
      role: "dialog",
      "aria-label": "ensembles",
      tabindex: -1,
      beforetoggle: () => this.draw(),
    });
  }

  /** A button that opens the panel. */
  button() {
    const title = "the mean of several models as a further one";
    return h("button", { type: "button", popovertarget: NAME, title }, "ensemble …");
  }

  draw() {
    const { app, members } = this;
    const { ensembles, description } = app;
    const trained = ensembles.variants.map(({ name }) => name).filter((name) => ensembles.epochsOf([name]).length);
    const chosen = trained.filter((name) => members.has(name));
    const epochs = chosen.length > 1 ? ensembles.epochsOf(chosen).map(String) : [];
    const epoch = epochs.includes(this.epoch) ? this.epoch : (epochs.at(-1) ?? "");
    const box = (/** @type {string} */ name) => {
      const change = () => {
        if (!members.delete(name)) members.add(name);
        this.redraw();
      };
      return h(
        "label",
        {},
        h("input", { type: "checkbox", checked: members.has(name), change, "aria-label": name }),
        name,
      );
    };
    const take = (/** @type {string[]} */ names) => {
      this.members = new Set(names);
      this.redraw();
    };
    const seeds = seedGroups(ensembles.variants).filter(({ variants }) => variants.length > 1);
    const shortcut = (/** @type {string} */ text, /** @type {string[]} */ names) =>
      h("button", { type: "button", click: () => take(names) }, text);
    const own = { epoch: Number(epoch), members: chosen };
    const label = epoch ? `${ensembles.nameOf(chosen)}:${epoch}` : "";
    const add = (/** @type {string} */ text, /** @type {Partial<State>} */ changes) =>
      h("button", { type: "button", disabled: !epoch, click: () => this.set([...ensembles.list, own], changes) }, text);
    const approximate = description.top
      ? " Scores that a table does not have count as 0: the mean is approximate."
      : "";
    const why = chosen.length > 1 ? "They have no epoch in common." : "Choose two variants at least.";
    this.element.replaceChildren(
      h("h2", {}, "Ensembles"),
      h(
        "p",
        {},
        "The mean of the scores of several variants after an epoch, as a further model: as A or B, in every list of ",
        `models, in queries as a variant. Its guess is the class with the highest mean.${approximate}`,
      ),
      this.existing(),
      h(
        "div",
        { class: "toolbar" },
        shortcut("all", trained),
        shortcut("none", []),
        seeds.map(({ name, variants }) =>
          shortcut(
            `${variants.length} seeds of ${name}`,
            variants.map((index) => ensembles.variants[index].name),
          ),
        ),
      ),
      h("div", { class: "column-list", role: "group", "aria-label": "variants to take the mean of" }, trained.map(box)),
      h(
        "div",
        { class: "toolbar" },
        epochs.length
          ? choice("after epoch", epochs, epoch, (value) => {
              this.epoch = value;
              this.redraw();
            })
          : h("span", {}, why),
        add("add", {}),
        add("add as A", { a: label }),
        add("add as B", { b: label }),
      ),
    );
  }

  /** Draw it anew; what had the focus keeps it. */
  redraw() {
    const { activeElement } = document;
    const name = activeElement?.getAttribute("aria-label") ?? activeElement?.textContent;
    this.draw();
    const all = /** @type {NodeListOf<HTMLElement>} */ (this.element.querySelectorAll("button, input, select"));
    const heir = [...all].find((each) => (each.getAttribute("aria-label") ?? each.textContent) === name);
    (heir ?? this.element).focus();
  }

  /** The ensembles that there are, each with a × that removes it. */
  existing() {
    const { list } = this.app.ensembles;
    if (list.length === 0) return "";
    return h(
      "ul",
      { class: "chips", "aria-label": "ensembles that there are" },
      list.map((each) => {
        const label = `${this.app.ensembles.nameOf(each.members)}:${each.epoch}`;
        const remove = () => this.set(list.filter((other) => other !== each));
        const button = { type: "button", class: "plain", "aria-label": `remove ${label}`, click: remove };
        return h("li", { class: "chip" }, h("span", {}, label), h("button", button, "×"));
      }),
    );
  }

  /**
   * @param {{ epoch: number, members: string[] }[]} list
   * @param {Partial<State>} [changes]
   */
  set(list, changes = {}) {
    const { app } = this;
    const gone = app.ensembles.list.filter((each) => !list.includes(each));
    const lost = new Set(gone.map(({ members, epoch }) => `${app.ensembles.nameOf(members)}:${epoch}`));
    /** @type {Partial<State>} */
    const kept = { a: lost.has(app.state.a) ? "" : app.state.a, b: lost.has(app.state.b) ? "" : app.state.b };
    app.set({ ensembles: writtenEnsembles(list), ...kept, ...changes });
    this.redraw();
  }
}
