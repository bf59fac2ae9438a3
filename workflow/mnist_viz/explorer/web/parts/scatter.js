/** Points on a plane, drawn on a canvas: zoomed by wheel and keys, pointed at, and chosen by a line around them. */
import { h, s } from "./dom.js";
import { onOtherColours, paint, squareSize } from "./dots.js";
import { inside } from "./lasso.js";
import { Viewport } from "./viewport.js";

/** @import { Spot } from "./lasso.js" */
/** @import { Group } from "./dots.js" */
/** @typedef {{ x: ArrayLike<number>, y: ArrayLike<number>, largest: number }} Plane Where each image lies. */
/**
 * @typedef {object} Uses
 * @property {string} label
 * @property {string} description the id of the element that says what the keys do
 * @property {(image: number) => Node[]} describe what is shown of an image that is pointed at
 * @property {(image: number) => void} open
 * @property {(images: number[]) => void} choose
 */

const REACH = 14; // pixels from a point that still point at it
const CLICK = 4; // pixels that a hand may move while it clicks
const STEP = 16; // pixels that an arrow moves by; with Shift as many as five
const RADIUS = 60; // pixels around the cross that the keyboard chooses

/** @type {Map<string, Spot>} */
const WAYS = new Map([
  ["ArrowLeft", [-1, 0]],
  ["ArrowRight", [1, 0]],
  ["ArrowUp", [0, -1]],
  ["ArrowDown", [0, 1]],
]);

export class Scatter {
  /** @param {Uses} uses */
  constructor(uses) {
    this.uses = uses;
    /** @type {Plane} */
    this.plane = { x: [], y: [], largest: 1 };
    /** @type {Group[]} */
    this.groups = [];
    /** @type {Group} */
    this.others = { colour: "var(--line)", images: [] };
    this.port = new Viewport();
    /** @type {Spot} */
    this.cross = this.port.at(0.5, 0.5); // in pixels, of the keyboard
    /** @type {Spot[]} */
    this.line = [];
    /** @type {{ last: Spot, moves: boolean } | null} */
    this.held = null; // what a pressed pointer does
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.drawing = s("polygon", {});
    this.circle = s("circle", { r: RADIUS });
    this.dot = s("circle", { r: 3 });
    this.tip = h("div", { class: "tip", role: "status", hidden: true });
    this.element = h(
      "div",
      {
        class: "scatter",
        tabindex: 0,
        role: "application",
        "aria-label": uses.label,
        "aria-describedby": uses.description,
        wheel: (event) => this.wheel(event),
        pointerdown: (event) => this.press(event),
        pointermove: (event) => this.move(event),
        pointerup: (event) => this.release(event),
        pointercancel: () => this.drop(),
        pointerleave: () => this.point(-1),
        keydown: (event) => this.key(event),
        focus: () => this.aim(),
        blur: () => this.point(-1),
      },
      this.canvas,
      s("svg", { "aria-hidden": "true" }, this.drawing, this.circle, this.dot),
      this.tip,
    );
    new ResizeObserver(() => this.measure()).observe(this.element);
    onOtherColours(this.canvas, () => this.draw());
  }

  /**
   * Show groups of images, the last ones on top, and faintly below them the others.
   *
   * @param {Plane} plane
   * @param {Group[]} groups
   * @param {ArrayLike<number>} others
   */
  show(plane, groups, others) {
    this.plane = plane;
    this.groups = groups;
    this.others.images = others;
    this.point(-1);
    this.draw();
  }

  measure() {
    const { clientWidth, clientHeight } = this.element;
    this.canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.canvas.height = Math.round(clientHeight * devicePixelRatio);
    const under = this.port.place(this.cross); // stays below the cross
    this.port.width = clientWidth;
    this.port.height = clientHeight;
    this.cross = this.port.at(...under);
    this.draw();
  }

  /**
   * Where an image is, in pixels.
   *
   * @param {number} image
   * @returns {Spot}
   */
  at(image) {
    const { x, y, largest } = this.plane;
    return this.port.at(x[image] / largest, y[image] / largest);
  }

  draw() {
    paint(this.canvas, [this.others, ...this.groups], (image) => this.at(image), squareSize(this.port.zoom));
  }

  /**
   * The image that is nearest to a spot, among those of a colour; -1 if none is within so many pixels.
   *
   * @param {Spot} spot
   * @param {number} [within]
   */
  nearest([x, y], within = REACH) {
    let best = -1;
    let least = within * within;
    for (const { images } of this.groups) {
      for (let index = 0; index < images.length; index += 1) {
        const [left, top] = this.at(images[index]);
        const distance = (left - x) ** 2 + (top - y) ** 2;
        if (distance <= least) {
          best = images[index];
          least = distance;
        }
      }
    }
    return best;
  }

  /**
   * The images of a colour for which a test of their place holds, ascending.
   *
   * @param {(x: number, y: number) => boolean} holds
   */
  those(holds) {
    const all = this.groups.flatMap(({ images }) => Array.from(images));
    return all.filter((image) => holds(...this.at(image))).sort((one, other) => one - other);
  }

  /**
   * Show what an image is that is pointed at; -1 for none.
   *
   * @param {number} image
   */
  point(image) {
    this.tip.hidden = image < 0;
    this.dot.classList.toggle("on", image >= 0);
    if (document.activeElement !== this.element) this.circle.classList.remove("on");
    if (image < 0) return;
    const [x, y] = put(this.dot, this.at(image));
    this.tip.replaceChildren(...this.uses.describe(image));
    const { offsetWidth, offsetHeight, style } = this.tip;
    const below = y + 12 + offsetHeight <= this.port.height;
    style.left = `${Math.max(0, Math.min(x + 12, this.port.width - offsetWidth))}px`;
    style.top = `${Math.max(0, below ? y + 12 : y - 12 - offsetHeight)}px`;
  }

  /**
   * Come nearer, or go back, so that a spot stays where it is.
   *
   * @param {number} factor
   * @param {Spot} [spot]
   */
  scale(factor, spot = [this.port.width / 2, this.port.height / 2]) {
    this.port.scale(factor, spot);
    this.point(-1);
    this.draw();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    this.scale(Math.exp((-event.deltaY * unit) / 400), this.spot(event));
  }

  /**
   * @param {MouseEvent} event
   * @returns {Spot}
   */
  spot(event) {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    const spot = this.spot(event);
    this.element.setPointerCapture(event.pointerId);
    this.held = { last: spot, moves: event.shiftKey };
    this.line = [spot];
  }

  /** @param {PointerEvent} event */
  move(event) {
    const [x, y] = this.spot(event);
    const { held } = this;
    this.circle.classList.remove("on");
    if (!held) {
      this.point(this.nearest([x, y]));
      return;
    }
    if (held.moves) {
      this.port.pan(x - held.last[0], y - held.last[1]);
      held.last = [x, y];
      this.draw();
      return;
    }
    const [lastX, lastY] = this.line[this.line.length - 1];
    if (Math.hypot(x - lastX, y - lastY) >= CLICK) this.line.push([x, y]);
    this.drawing.setAttribute("points", this.line.join(" "));
  }

  /** @param {PointerEvent} event */
  release(event) {
    const { held, line } = this;
    if (!held) return;
    this.drop();
    if (held.moves) return;
    if (line.length > 2) {
      const images = this.those((x, y) => inside(line, x, y));
      this.uses.choose(images);
    } else {
      const image = this.nearest(this.spot(event));
      if (image >= 0) this.uses.open(image);
    }
  }

  drop() {
    this.held = null;
    this.line = [];
    this.drawing.removeAttribute("points");
  }

  /** Show the cross of the keyboard, and what is nearest to it. */
  aim() {
    if (!this.element.matches(":focus-visible")) return;
    put(this.circle, this.cross);
    this.circle.classList.add("on");
    this.point(this.nearest(this.cross, RADIUS));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const way = WAYS.get(event.key);
    const [x, y] = this.cross;
    if (way) {
      const { width, height } = this.port;
      const by = STEP * (event.shiftKey ? 5 : 1);
      const next = [x + way[0] * by, y + way[1] * by];
      this.cross = [Math.max(0, Math.min(width, next[0])), Math.max(0, Math.min(height, next[1]))];
      const over = [next[0] - this.cross[0], next[1] - this.cross[1]];
      if (this.port.zoom > 1 && (over[0] || over[1])) {
        this.port.pan(-over[0], -over[1]);
        this.draw();
      }
    } else if (event.key === "+" || event.key === "=") this.scale(1.5, this.cross);
    else if (event.key === "-") this.scale(1 / 1.5, this.cross);
    else if (event.key === "0") this.scale(0);
    else if (event.key === "Enter") {
      const image = this.nearest(this.cross, RADIUS);
      if (image >= 0) this.uses.open(image);
    } else if (event.key === " ") {
      const images = this.those((left, top) => Math.hypot(left - x, top - y) <= RADIUS);
      this.uses.choose(images);
    } else return;
    event.preventDefault();
    this.aim();
  }
}

/**
 * Put the centre of a circle on a spot, and give that.
 *
 * @param {SVGCircleElement} circle
 * @param {Spot} spot
 */
function put(circle, spot) {
  circle.setAttribute("cx", String(spot[0]));
  circle.setAttribute("cy", String(spot[1]));
  return spot;
}
