/** Which part of a plane, 0 to 1 in both directions, a rectangle of pixels shows. */

/** @import { Spot } from "./lasso.js" */

/** Pixels around the plane when all of it is shown. */
export const MARGIN = 14;
const MOST = 400; // times nearer

export class Viewport {
  constructor() {
    this.width = 1; // pixels
    this.height = 1;
    this.zoom = 1;
    /** @type {Spot} */
    this.centre = [0.5, 0.5]; // of the plane, what is in the middle
  }

  /** Pixels that the whole plane has now. */
  get extent() {
    return Math.max(1, Math.min(this.width, this.height) - 2 * MARGIN) * this.zoom;
  }

  /**
   * Where a place on the plane is, in pixels.
   *
   * @param {number} x
   * @param {number} y
   * @returns {Spot}
   */
  at(x, y) {
    const { width, height, centre, extent } = this;
    return [width / 2 + (x - centre[0]) * extent, height / 2 + (y - centre[1]) * extent];
  }

  /**
   * What place on the plane is at a spot.
   *
   * @param {Spot} spot
   * @returns {Spot}
   */
  place([x, y]) {
    const { width, height, centre, extent } = this;
    return [centre[0] + (x - width / 2) / extent, centre[1] + (y - height / 2) / extent];
  }

  /**
   * Come nearer, or go back, so that what is at a spot stays there.
   *
   * @param {number} factor
   * @param {Spot} spot
   */
  scale(factor, [x, y]) {
    const before = this.extent;
    this.zoom = Math.max(1, Math.min(MOST, this.zoom * factor));
    const gain = 1 / before - 1 / this.extent;
    const [left, top] = this.centre;
    this.centre =
      this.zoom === 1 ? [0.5, 0.5] : [left + (x - this.width / 2) * gain, top + (y - this.height / 2) * gain];
  }

  /**
   * Move what is shown by so many pixels.
   *
   * @param {number} right
   * @param {number} down
   */
  pan(right, down) {
    const { extent, centre } = this;
    this.centre = [centre[0] - right / extent, centre[1] - down / extent];
  }
}
