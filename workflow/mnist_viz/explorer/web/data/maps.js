/** The maps of some variants: where each image lies by what the network sees of it, and its nearest neighbours. */
import { joinBytes, unpacked } from "./bytes.js";

/** @import { Description } from "./bytes.js" */
/**
 * @typedef {object} MapAbout What the page says of a map.
 * @property {string} variant
 * @property {number} epoch after which the features were taken
 * @property {string} layer whose input they are, or SCORES
 * @property {number} features
 * @property {number} neighbours of an image
 */
/** @typedef {Uint16Array | Uint32Array} Places */
/**
 * @typedef {object} ImageMap `x`, `y` have one value an image, from 0 to LARGEST; `near` is one list of all images a
 *   neighbour, the nearest first, in which as many as there are images stands for one that the page does not have.
 * @property {MapAbout} about
 * @property {Uint16Array} x
 * @property {Uint16Array} y
 * @property {Places[]} near
 */

export const LARGEST = 65_535;
/** Stands for a layer where the model has none to take features from. */
export const SCORES = "scores";
const MOST_NARROW = 65_535; // images; of as many or more a neighbour takes 32 bits

/**
 * The maps that the page holds, of so many images; none of most pages.
 *
 * @param {Description} description
 * @param {number} images
 * @returns {Promise<ImageMap[]>}
 */
export function readMaps({ maps = [] }, images) {
  return Promise.all(
    maps.map(async (about, number) => {
      const [places, bytes] = await Promise.all([unpacked(`map_${number}`), unpacked(`neighbours_${number}`)]);
      const both = joinBytes(places);
      const all = images < MOST_NARROW ? joinBytes(bytes) : new Uint32Array(bytes.buffer);
      const near = Array.from({ length: about.neighbours }, (_, rank) =>
        all.subarray(rank * images, (rank + 1) * images),
      );
      return { about, x: both.subarray(0, images), y: both.subarray(images), near };
    }),
  );
}

/**
 * The neighbours of an image that the page has, the nearest first.
 *
 * @param {ImageMap} map
 * @param {number} image
 */
export function neighboursOf({ near, x }, image) {
  return near.map((each) => each[image]).filter((each) => each < x.length);
}
