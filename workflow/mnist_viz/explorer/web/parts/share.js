/** Showing a view to others: its title, and the link that opens it as it is. */
import { titled, titleOf } from "../titles.js";
import { h } from "./dom.js";

/** @import { App } from "../app.js" */

const MOST_LETTERS = 300;

export class Share {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.plain = document.title;
    this.heading = h("h2", { class: "view-title" });
    this.title = h("input", {
      type: "text",
      id: "view-title",
      maxlength: MOST_LETTERS,
      placeholder: "none",
      change: () => this.give(),
      keydown: (event) => event.key === "Enter" && this.give(),
    });
    this.link = h("input", { type: "text", id: "view-link", readonly: true, focus: () => this.link.select() });
    this.told = h("p", { role: "status", "aria-live": "polite" });
    this.panel = h(
      "div",
      {
        id: "share",
        class: "help share-panel",
        popover: "auto",
        role: "dialog",
        "aria-label": "share this view",
        toggle: (event) => event.newState === "open" && this.open(),
      },
      h("label", { for: "view-title" }, "Title of this view"),
      this.title,
      h("small", {}, "Kept in the link, printed, and part of every saved file."),
      h("label", { for: "view-link" }, "Link to all that is set up now"),
      this.link,
      h("div", { class: "toolbar" }, h("button", { type: "button", click: () => this.copy() }, "copy link")),
      this.told,
    );
    this.button = h("button", { type: "button", class: "open-share", popovertarget: "share" }, "share");
  }

  refresh() {
    const { app } = this;
    const title = titleOf(app.state, app.view);
    this.heading.textContent = title;
    this.heading.hidden = title === "";
    document.title = title ? `${title} – ${this.plain}` : this.plain;
    if (this.title.value !== title) this.title.value = title;
    this.link.value = location.href;
    this.told.textContent = "";
  }

  open() {
    this.told.textContent = "";
    this.link.value = location.href;
    this.title.focus();
  }

  /** Take the title that is in the field. */
  give() {
    const { app } = this;
    app.set({ titles: titled(app.state, app.view, this.title.value.trim()) });
  }

  /** Copy the link; where the browser refuses, select it. */
  async copy() {
    const copied = navigator.clipboard?.writeText(this.link.value) ?? Promise.reject();
    await copied.then(
      () => {
        this.told.textContent = "The link is copied.";
      },
      () => {
        this.link.focus();
        this.link.select();
        this.told.textContent = "The browser forbids the button to copy. The link is selected: Ctrl+C (⌘C) copies it.";
      },
    );
  }
}
