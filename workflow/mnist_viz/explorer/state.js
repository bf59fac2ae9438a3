/** What the page shows, as the part of its address after the `#`. */

const EMPTY = {
  view: "table",
  q: "",
  rows: "all",
  sort: "",
  columns: "",
  group: "",
  a: "",
  b: "",
  id: "",
  variant: "",
  from: "",
  to: "",
};

/** The state that an address's hash stands for; unknown keys are left out. */
export function readState(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  return Object.fromEntries(Object.entries(EMPTY).map(([key, value]) => [key, given.get(key) ?? value]));
}

/** The hash that stands for a state: the keys that differ from the beginning. */
export function writeState(state) {
  const changed = Object.entries(state).filter(([key, value]) => value !== EMPTY[key]);
  return `#${new URLSearchParams(changed)}`;
}
