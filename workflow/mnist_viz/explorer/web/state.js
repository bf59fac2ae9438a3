/** What the page shows, as the part of its address after the `#`. */

/** The state of a page that nobody has changed. */
export const EMPTY = {
  view: "overview",
  q: "",
  off: "",
  only: "",
  rows: "all",
  sort: "",
  columns: "",
  group: "",
  a: "",
  b: "",
  id: "",
  list: "",
  variant: "",
  map: "",
  colour: "",
  from: "",
  to: "",
  order: "",
  cells: "",
  x: "",
  y: "",
  heights: "",
  titles: "",
  size: "",
  threshold: "",
  ensembles: "",
  pictures: "",
};

/** @typedef {typeof EMPTY} State */

/**
 * The state that an address's hash stands for; unknown keys are left out.
 *
 * @param {string} hash
 * @returns {State}
 */
export function readState(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...EMPTY };
  for (const key of keys(EMPTY)) state[key] = given.get(key) ?? EMPTY[key];
  // An address that names no view is of a time when the table was the first one.
  if (!given.has("view") && keys(EMPTY).some((key) => given.has(key))) state.view = "table";
  return state;
}

/**
 * The hash that stands for a state: the keys that differ from the beginning.
 *
 * @param {Partial<State>} state
 */
export function writeState(state) {
  const changed = new URLSearchParams();
  for (const key of keys(state)) {
    const value = state[key];
    if (value !== undefined && (value !== EMPTY[key] || key === "view")) changed.set(key, value);
  }
  return `#${changed}`;
}

/**
 * @param {Partial<State>} state
 * @returns {(keyof State)[]}
 */
function keys(state) {
  return /** @type {(keyof State)[]} */ (Object.keys(state));
}
