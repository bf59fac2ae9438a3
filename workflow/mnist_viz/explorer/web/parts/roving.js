/** Many pictures or cells as one stop of the keyboard: Tab reaches the list, and the arrows walk what is in it. */

/** @typedef {(boxes: DOMRect[], at: number) => number} Step From the place of an item to that of another. */

/** @type {Record<string, Step>} */
const BY_KEY = {
  ArrowRight: (_, at) => at + 1,
  ArrowLeft: (_, at) => at - 1,
  ArrowDown: (boxes, at) => inNextLine(boxes, at, 1),
  ArrowUp: (boxes, at) => inNextLine(boxes, at, -1),
  Home: () => 0,
  End: (boxes) => boxes.length - 1,
};
const STEPS = new Map(Object.entries(BY_KEY));

/**
 * Let the arrows, Home and End walk the elements of `root` that `items` selects, of which one at a time is reached by
 * Tab. Those that are added later are taken by `settle`.
 *
 * @template {HTMLElement} T
 * @param {T} root
 * @param {string} items
 */
export function roving(root, items) {
  root.dataset.roving = items;
  root.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement && target.matches(items)) settle(root, target);
  });
  root.addEventListener("keydown", (event) => {
    const step = STEPS.get(event.key);
    const { target } = event;
    if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (!(target instanceof HTMLElement) || !target.matches(items)) return;
    const all = itemsOf(root);
    const boxes = all.map((each) => each.getBoundingClientRect());
    event.preventDefault();
    all[step(boxes, all.indexOf(target))]?.focus();
  });
  settle(root);
  return root;
}

/**
 * Make one of the items, at first the first one, the one that Tab reaches.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} [chosen]
 */
export function settle(root, chosen) {
  const all = itemsOf(root);
  const stop = chosen ?? all.find((each) => each.tabIndex === 0 && each.hasAttribute("tabindex")) ?? all[0];
  for (const each of all) each.tabIndex = each === stop ? 0 : -1;
}

/**
 * @param {HTMLElement} root
 * @returns {HTMLElement[]}
 */
function itemsOf(root) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(root.dataset.roving ?? ""))];
}

/**
 * The item above or below, the nearest one of the nearest line that way.
 *
 * @param {DOMRect[]} boxes
 * @param {number} at
 * @param {number} way 1 is down
 */
function inNextLine(boxes, at, way) {
  const own = boxes[at];
  const beyond = boxes.filter((box) => way * (box.top - own.top) > own.height / 2);
  const top = way > 0 ? Math.min(...beyond.map((box) => box.top)) : Math.max(...beyond.map((box) => box.top));
  const line = beyond.filter((box) => Math.abs(box.top - top) < own.height / 2);
  const nearest = Math.min(...line.map((box) => Math.abs(box.left - own.left)));
  return boxes.indexOf(line.find((box) => Math.abs(box.left - own.left) === nearest) ?? own);
}
