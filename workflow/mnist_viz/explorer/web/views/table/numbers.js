/** The numbers behind a row's bars of scores, beside them while they have the pointer or the keyboard is in their row. */
import { shareText } from "../../data/share.js";
import { h, whole } from "../../parts/dom.js";
import { shownClasses } from "../../parts/pictures.js";
import { SCORES_COLUMN, sidesOf } from "./scores.js";

/** @import { TableView } from "./table.js" */

const GAP = 4; // pixels between the bars and the numbers

export class Numbers {
  /** @param {TableView} view */
  constructor(view) {
    this.view = view;
    this.byKey = false; // whether they are shown for the keyboard
    this.element = h("div", { class: "score-numbers", id: "score-numbers", role: "tooltip", popover: "manual" });
    this.element.addEventListener("pointerleave", (event) => this.leave(event));
    const { element, body } = view.grid;
    body.addEventListener("pointerover", (event) => this.enter(event));
    body.addEventListener("pointerout", (event) => this.leave(event));
    element.addEventListener("focus", () => this.follow());
    element.addEventListener("blur", () => this.hide());
    element.addEventListener("scroll", () => (this.byKey ? this.follow() : this.hide()));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.hidden) this.hide();
    });
  }

  get hidden() {
    return !this.element.matches(":popover-open");
  }

  /** @param {PointerEvent} event */
  enter(event) {
    const cell = /** @type {Element} */ (event.target).closest(`.cell.${SCORES_COLUMN.name}`);
    if (cell instanceof HTMLElement) this.show(cell, this.view.grid.lineOf(cell), false);
  }

  /** @param {PointerEvent} event */
  leave({ relatedTarget }) {
    if (this.byKey) return;
    const within = relatedTarget instanceof Element && relatedTarget.closest(`.cell.scores, #${this.element.id}`);
    if (!within) this.hide();
  }

  /** Show the numbers of the current row, if the keyboard is in the table and the bars are in sight. */
  follow() {
    const { grid } = this.view;
    if (!grid.element.matches(":focus-visible")) return;
    const cell = grid.pool.get(grid.current)?.querySelector(`.cell.${SCORES_COLUMN.name}`);
    const [own, all] = [cell?.getBoundingClientRect(), grid.element.getBoundingClientRect()];
    const inSight = own && own.left < all.right && own.right > all.left && own.top < all.bottom && own.bottom > all.top;
    if (cell instanceof HTMLElement && inSight) this.show(cell, grid.current, true);
    else this.hide();
  }

  hide() {
    if (!this.hidden) this.element.hidePopover();
    this.byKey = false;
    this.view.grid.pool.forEach((line) => {
      line.removeAttribute("aria-describedby");
    });
  }

  /**
   * @param {HTMLElement} cell
   * @param {number} line
   * @param {boolean} byKey
   */
  show(cell, line, byKey) {
    const { row } = this.view.lines.at(line);
    if (row === undefined) return;
    this.hide();
    this.byKey = byKey;
    this.draw(row);
    this.element.showPopover();
    cell.parentElement?.setAttribute("aria-describedby", this.element.id);
    this.place(cell.getBoundingClientRect());
  }

  /**
   * To the right of the bars, or to the left of them, or below: where there is room.
   *
   * @param {DOMRect} bars
   */
  place({ left, right, top, bottom }) {
    const { offsetWidth: width, offsetHeight: height, style } = this.element;
    const [across, down] = [document.documentElement.clientWidth, innerHeight];
    const beside = right + GAP + width <= across || left - GAP - width >= 0;
    const start = right + GAP + width <= across ? right + GAP : left - GAP - width;
    const below = bottom + GAP + height <= down ? bottom + GAP : top - GAP - height;
    style.left = `${beside ? start : Math.max(0, Math.min(left, across - width))}px`;
    style.top = `${beside ? Math.max(0, Math.min(top, down - height)) : below}px`;
  }

  /** @param {number} row */
  draw(row) {
    const { view } = this;
    const { data } = view.app;
    const truth = data.truth[data.image(row)];
    const sides = sidesOf(view, row);
    const classes = shownClasses(
      sides.map(({ shares }) => shares),
      truth,
    );
    const others = data.classes.length - classes.length;
    const highest = sides.map(({ shares }) => Math.max(...shares.filter((_, each) => !classes.includes(each))));
    const line = (/** @type {string} */ name, /** @type {number[]} */ shares, /** @type {string} */ kind) =>
      h(
        "tr",
        { class: kind },
        h("th", { scope: "row" }, name),
        shares.map((share) => h("td", {}, shareText(share))),
      );
    const own = (/** @type {number} */ each) => sides.map(({ shares }) => shares[each]);
    const heads = sides.map(({ side }) => h("th", { scope: "col", class: `side-${side}` }, side.toUpperCase()));
    this.element.replaceChildren(
      h(
        "table",
        {},
        h("caption", {}, `Scores of image ${view.id(row)}`),
        sides.length > 1 ? h("thead", {}, h("tr", {}, h("td"), heads)) : "",
        h(
          "tbody",
          {},
          classes.map((each) =>
            line(
              `${data.classes[each]}${each === truth ? ", the truth" : ""}`,
              own(each),
              each === truth ? "truth" : "",
            ),
          ),
          others > 0 ? line(`${whole(others)} others, at most`, highest, "others") : "",
        ),
      ),
    );
  }
}
