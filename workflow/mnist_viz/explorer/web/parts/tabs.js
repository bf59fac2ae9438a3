/** The views' tabs: in one line with the rest of the bar, else on a line of their own, else the last ones in a menu. */
import { h } from "./dom.js";

/** @import { App } from "../app.js" */

const OWN_LINE = 900; // pixels from which on tabs have a line of their own before a menu takes some

export class Tabs {
  /**
   * @param {App} app
   * @param {(view: string) => string} linkTo the address of a view
   */
  constructor(app, linkTo) {
    this.app = app;
    this.linkTo = linkTo;
    this.fitted = ""; // for what the tabs were last distributed
    /** @type {[view: string, link: HTMLAnchorElement][]} */
    this.links = [...app.kinds].map(([view, [title]]) => [view, h("a", {}, title)]);
    this.menu = h("div", {
      id: "more-views",
      class: "more-views",
      popover: "auto",
      toggle: (event) => this.button.setAttribute("aria-expanded", String(event.newState === "open")),
      beforetoggle: (event) => event.newState === "open" && this.place(),
      click: () => this.menu.hidePopover(),
    });
    this.button = h(
      "button",
      { type: "button", class: "more", popovertarget: this.menu.id, "aria-expanded": "false" },
      h("span", {}, "more"),
      " ▾",
    );
    this.element = h("nav", { class: "tabs", "aria-label": "views" });
    // In the next frame: what changes a size while sizes are told of is an error of the page.
    new ResizeObserver(() => requestAnimationFrame(() => this.fit())).observe(this.element);
  }

  refresh() {
    for (const [view, link] of this.links) {
      link.href = this.linkTo(view);
      if (view === this.app.view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    // To fit anew, the page must be laid out: only where the present one may be in the menu.
    if (this.fitted === "" || this.element.classList.contains("packed")) this.fit();
  }

  /** Distribute the tabs, if the room or the present one is another. */
  fit() {
    const { element, app, links } = this;
    const bar = element.parentElement;
    if (!bar?.isConnected || !bar.clientWidth) return;
    const room = () => JSON.stringify([app.view, bar.clientWidth, bar.classList.contains("tall"), element.clientWidth]);
    if (room() === this.fitted) return;
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    bar.classList.remove("tall");
    element.classList.remove("packed");
    element.replaceChildren(...links.map(([, link]) => link));
    if (this.over && bar.clientWidth >= OWN_LINE) bar.classList.add("tall");
    if (this.over) this.pack();
    if (this.over && !bar.classList.contains("tall")) {
      bar.classList.add("tall");
      this.pack();
    }
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
    this.fitted = room();
  }

  /** Whether the tabs, or what they leave of the bar, need more room than there is. */
  get over() {
    const { element } = this;
    const bar = element.parentElement;
    return element.scrollWidth > element.clientWidth || (bar !== null && bar.scrollWidth > bar.clientWidth);
  }

  /** Leave the present tab and as many as there is room for, and put the others into the menu. */
  pack() {
    const { element, app, links, menu, button } = this;
    element.classList.remove("packed");
    element.replaceChildren(...links.map(([, link]) => link), button, menu);
    const widths = links.map(([, link]) => link.offsetWidth);
    let left = element.clientWidth - button.offsetWidth - widths[links.findIndex(([view]) => view === app.view)];
    const away = links.filter(([view], index) => {
      if (view === app.view) return false;
      left -= widths[index];
      return left < 0;
    });
    menu.replaceChildren(...away.map(([, link]) => link));
    element.classList.add("packed");
  }

  /** Put the menu below its button. */
  place() {
    const { left, right, bottom } = this.button.getBoundingClientRect();
    const { style } = this.menu;
    const start = left < innerWidth / 2;
    style.left = start ? `${left}px` : "auto";
    style.right = start ? "auto" : `${document.documentElement.clientWidth - right}px`;
    style.top = `${bottom}px`;
  }
}
