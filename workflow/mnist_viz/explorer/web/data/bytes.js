/** From the text in the page's data elements back to bytes and numbers. */
import { CLASSES } from "./meaning.js";

/** @import { MapAbout } from "./maps.js" */

/**
 * @typedef {object} Description What the page says of its data.
 * @property {string} dataset
 * @property {object} data the record of the data
 * @property {Variant[]} variants
 * @property {[variant: number, epoch: number][]} tables
 * @property {number} images of the whole test set
 * @property {number} kept images that the page holds
 * @property {number} contested images that at least one table gets wrong
 * @property {number[]} omitted by label, the images that the page does not hold
 * @property {number[]} order the tables as they come in columns of scores
 * @property {boolean} completed whether a guess's score is what the others leave of 1
 * @property {number} scoreError by how much a score is off at most
 * @property {string[]} classes the names of the classes
 * @property {string} testSet the digest of the test set
 * @property {boolean} corrected whether its labels are corrected
 * @property {number} tiles of the sheet; none if there are no images
 * @property {boolean} lossless whether the pixels are the images' own
 * @property {number} top of a prediction's scores, how many are known besides the truth's; 0 if all are
 * @property {string[]} notes what was missing, and what was taken in its place
 * @property {MapAbout[]} [maps]
 * @property {number} across images in a line of a tile
 * @property {number} down lines in a tile
 * @property {number} width of an image on the sheet, in pixels
 * @property {number} height
 */
/** @typedef {{ reason: string, epochs: number, of: number }} Divergence Why a variant has `epochs` of so many. */
/**
 * @typedef {{ epoch: number, errors: number, loss: number | null, calibration_error: number | null }} Metrics
 * Without an image whose truth is known there is neither loss nor calibration error.
 */
/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {Record<string, unknown>} config
 * @property {object} train
 * @property {{ diverged?: Divergence }} predict
 * @property {Metrics[]} metrics
 * @property {{ step: number[], loss: number[] }} history
 */

/**
 * The text of a data element, which is removed. Columns and pictures are comments in templates: a browser reads these in
 * two thirds of the time that it takes for the text of scripts.
 *
 * @param {string} name
 */
function text(name) {
  const element = document.getElementById(`data-${name}`);
  if (!element) throw new Error(`The page has no data ${name}.`);
  const inert = element instanceof HTMLTemplateElement ? element.content.firstChild?.nodeValue : element.textContent;
  element.remove();
  return inert ?? "";
}

/**
 * @param {string} base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
function decode(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * How many bytes are compressed in these, which end with that number (RFC 1952).
 *
 * @param {Uint8Array<ArrayBuffer>} packed
 */
function sizeOf({ buffer, byteLength }) {
  return new DataView(buffer).getUint32(byteLength - 4, true);
}

/**
 * All bytes of a stream that has so many. A Response would collect them, too, in a third more time.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} stream
 * @param {number} size
 */
async function collected(stream, size) {
  const bytes = new Uint8Array(size);
  const reader = stream.getReader();
  let place = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes.set(part.value, place);
    place += part.value.length;
  }
  return bytes;
}

/**
 * The bytes of a gzip-compressed column. Fails, by name, where the column is damaged or the browser is too old.
 *
 * @param {string} name
 */
export async function unpacked(name) {
  if (!globalThis.DecompressionStream) throw new Error("This browser has no DecompressionStream.");
  const encoded = text(name);
  try {
    const packed = decode(encoded);
    const stream = new DecompressionStream("gzip");
    const writer = stream.writable.getWriter();
    const written = writer.write(packed).then(() => writer.close());
    const [bytes] = await Promise.all([collected(stream.readable, sizeOf(packed)), written]);
    return bytes;
  } catch (error) {
    throw new Error(`The column ${name} is damaged.`, { cause: error });
  }
}

/**
 * 16-bit numbers from their high bytes, all of them, followed by their low bytes.
 *
 * @param {Uint8Array} bytes
 */
export function joinBytes(bytes) {
  const count = bytes.length / 2;
  const numbers = new Uint16Array(count);
  for (let index = 0; index < count; index += 1) numbers[index] = (bytes[index] << 8) | bytes[count + index];
  return numbers;
}

/**
 * Numbers of classes: a byte each, above 255 classes two as `joinBytes` takes them.
 *
 * @param {Uint8Array} bytes
 */
export function classNumbers(bytes) {
  return CLASSES > 255 ? joinBytes(bytes) : bytes;
}

/** The page's JSON description. @returns {Description} */
export function description() {
  return JSON.parse(text("description"));
}

/**
 * An address, within this page, of a tile of the sheet of images.
 *
 * @param {number} tile
 */
export function tileAddress(tile) {
  return URL.createObjectURL(new Blob([decode(text(`sheet-${tile}`))], { type: "image/webp" }));
}
