/** Chosen images as a text, short enough for an address: their name, and their ids as differences in base 36. */

const BASE = 36;

/** @typedef {{ title: string, ids: number[] }} Chosen */

/**
 * The text of a choice of images. The ids are written ascending.
 *
 * @param {Chosen} chosen
 */
export function written({ title, ids }) {
  const inOrder = [...ids].sort((x, y) => x - y);
  const steps = inOrder.map((id, index) => (id - (index ? inOrder[index - 1] : 0)).toString(BASE));
  return `${title}~${steps.join(".")}`;
}

/**
 * The choice that a text stands for; null for an empty text, no ids where it is not one.
 *
 * @param {string} text
 * @returns {Chosen | null}
 */
export function readChosen(text) {
  if (text === "") return null;
  const end = text.lastIndexOf("~");
  if (end < 0) return { title: "", ids: [] };
  const steps = text.slice(end + 1).split(".");
  let id = 0;
  const ids = steps.every((step) => /^[0-9a-z]{1,7}$/.test(step))
    ? steps.map((step) => (id += Number.parseInt(step, BASE)))
    : [];
  return { title: text.slice(0, end), ids };
}
