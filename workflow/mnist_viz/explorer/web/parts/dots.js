/** Squares on a canvas, one an image. */

/** @import { Spot } from "./lasso.js" */
/**
 * @typedef {object} Group
 * @property {string} colour as CSS has it
 * @property {ArrayLike<number>} images
 */

/**
 * Pixels of a square's sides, by how near the plane is.
 *
 * @param {number} zoom
 */
export function squareSize(zoom) {
  return Math.round(10 * Math.min(9, 3 + Math.log2(zoom))) / 10;
}

/**
 * Draw again where the system's colours change, and for paper, which is light.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} draw
 */
export function onOtherColours(canvas, draw) {
  const drawnAs = (/** @type {string} */ scheme) => {
    canvas.style.colorScheme = scheme;
    draw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", () => drawnAs("light"));
  addEventListener("afterprint", () => drawnAs(""));
}

/**
 * Paint groups of images, the last ones on top.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Group[]} groups
 * @param {(image: number) => Spot} at where an image is, in pixels of the page
 * @param {number} size of a square's sides, in pixels of the page
 */
export function paint(canvas, groups, at, size) {
  const context = canvas.getContext("2d");
  if (!context) return;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const { colour, images } of groups) {
    // A canvas knows neither variables nor light-dark(): the browser says what they stand for here.
    canvas.style.color = colour;
    context.fillStyle = getComputedStyle(canvas).color;
    for (let index = 0; index < images.length; index += 1) {
      const [x, y] = at(images[index]);
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }
}
