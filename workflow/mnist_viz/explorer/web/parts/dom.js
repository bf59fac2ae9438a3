/** Building elements. Whatever comes from data becomes text or an attribute's value, never markup. */

/** @typedef {string | number | false | null | undefined | Node | Child[]} Child */
/** @typedef {Record<string, string | number | null>} Style */
/** @typedef {string | number | boolean | null | undefined | Style | ((event: any) => void)} Attribute */
/** @typedef {Record<string, Attribute>} Attributes */

/**
 * An element with attributes (functions become listeners, `style` is an object of properties) and children.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/**
 * The same for an SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/**
 * @template {HTMLElement | SVGElement} T
 * @param {T} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function furnish(element, attributes, children) {
  for (const name in attributes) {
    const value = attributes[name];
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (typeof value === "object") {
      for (const property in value) element.style.setProperty(property, String(value[property]));
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Child[]} children
 */
function add(element, children) {
  for (let index = 0; index < children.length; index += 1) {
    const child = children[index];
    if (Array.isArray(child)) add(element, child);
    else if (child !== null && child !== undefined && child !== false)
      element.append(/** @type {string | Node} */ (child));
  }
}

/**
 * A figure: a term, its value, and a note on it.
 *
 * @param {string} term
 * @param {string} value
 * @param {Child} note
 * @param {Attributes & { side?: string }} [options] the side is A's or B's colour
 */
export function figure(term, value, note, { side = "", ...attributes } = {}) {
  return h(
    "div",
    {},
    h("dt", { class: side && `side-${side}` }, term),
    h("dd", attributes, value, " ", h("small", {}, note)),
  );
}

/**
 * `count` with separators, and `noun` in its number.
 *
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : noun.endsWith("s") ? `${noun}es` : `${noun}s`;
  return `${whole(count)} ${count === 1 ? noun : plural}`;
}

/**
 * A whole number with separators. `toLocaleString` would first load the browser's tables of languages, 50 ms.
 *
 * @param {number} number
 */
export function whole(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * A share as a percentage with two decimals.
 *
 * @param {number} share
 */
export function percent(share) {
  return `${(100 * share).toFixed(2)} %`;
}

/**
 * What stands beside a rate among rows that are selected by the outcome; empty if they are not.
 *
 * @param {string[]} outcomes by which they are selected, as `outcomesIn` names them
 */
export function caveat(outcomes) {
  if (outcomes.length === 0) return "";
  const names = outcomes.join(", ");
  const title = `Selected by ${names}: where that depends on the outcome, nothing here is a rate of the model.`;
  return h("small", { class: "caveat", title }, `as selected by ${names}`);
}

/** @typedef {string | { value: string, label: string }} Choosable */

const MOST_AT_ONCE = 20; // options that a list has from the first frame on

/**
 * A list of choices, as a labelled select. Of many options the current one and the longest, which makes it as wide as it
 * will be, are there at once and all come after the frame that shows it: of a thousand variants the two lists of A and B
 * take longer than everything else.
 *
 * @param {string} label
 * @param {Choosable[]} options
 * @param {string} current
 * @param {(value: string) => void} change
 * @param {Attributes} [attributes]
 */
export function choice(label, options, current, change, attributes = {}) {
  const list = h("select", { title: current, ...attributes, change: (event) => change(event.target.value) });
  const all = options.map((option) => (typeof option === "string" ? { value: option, label: option } : option));
  const fill = (/** @type {typeof all} */ shown) => {
    list.length = 0;
    for (const { value, label: text } of shown)
      list.append(new Option(text, value, value === current, value === current));
  };
  if (all.length > MOST_AT_ONCE) {
    const longest = all.reduce((one, other) => (other.label.length > one.label.length ? other : one));
    fill([...new Set([all.find(({ value }) => value === current) ?? all[0], longest])]);
    afterwards(() => fill(all));
  } else fill(all);
  return h("label", { class: "choice" }, h("span", {}, label), list);
}

/**
 * A table of rows, the first cell of each being its heading.
 *
 * @param {string} caption
 * @param {string[]} heads
 * @param {Child[][]} rows
 * @param {Attributes} [attributes]
 * @param {Child} [note] after the caption
 */
export function table(caption, heads, rows, attributes = {}, note = "") {
  const row = (/** @type {Child[]} */ cells) =>
    h(
      "tr",
      {},
      cells.map((cell, index) => h(index ? "td" : "th", index ? {} : { scope: "row" }, cell)),
    );
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      attributes,
      h("caption", {}, caption, note && [" ", note]),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.map((head) => h("th", { scope: "col" }, head)),
        ),
      ),
      h("tbody", {}, rows.map(row)),
    ),
  );
}

/**
 * Run `work` after the frame that shows what is there now.
 *
 * @param {() => void} work
 */
export function afterwards(work) {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(work)));
}

/**
 * Offer `content` as a file to save.
 *
 * @param {BlobPart} content
 * @param {string} name
 * @param {string} type
 */
export function save(content, name, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * Run `change`; if it puts a new element in the place of the focused one, focus that, or else `otherwise`.
 *
 * @param {HTMLElement} root
 * @param {() => void} change
 * @param {HTMLElement | null} [otherwise]
 */
export function keepFocus(root, change, otherwise = null) {
  const { activeElement } = document;
  if (!activeElement || activeElement === root || !root.contains(activeElement)) return change();
  const name = (/** @type {Element} */ element) =>
    element.id || element.getAttribute("aria-label") || element.textContent;
  const before = name(activeElement);
  change();
  if (root.contains(activeElement)) return;
  const alike = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(activeElement.tagName));
  const heir = [...alike].find((element) => name(element) === before && !element.matches(":disabled"));
  (heir ?? otherwise)?.focus();
}
