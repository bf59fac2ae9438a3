/** Building elements. Whatever comes from data becomes text or an attribute's value, never markup. */

/** An element with attributes (functions become listeners, `style` is an object of custom properties) and children. */
export function h(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for an SVG element. */
export function s(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function furnish(element, attributes, children) {
  for (const name in attributes) {
    const value = attributes[name];
    if (value === null || value === undefined || value === false) continue;
    if (name === "style")
      for (const [property, content] of Object.entries(value)) element.style.setProperty(property, content);
    else if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (let index = 0; index < children.length; index += 1) {
    const child = children[index];
    if (Array.isArray(child)) add(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** A figure: a term, its value, and a note on it. */
export function figure(term, value, note, { side = "", ...attributes } = {}) {
  return h(
    "div",
    {},
    h("dt", { class: side && `side-${side}` }, term),
    h("dd", attributes, value, " ", h("small", {}, note)),
  );
}

/** `count` with separators, and `noun` in its number. */
export function counted(count, noun) {
  const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : noun.endsWith("s") ? `${noun}es` : `${noun}s`;
  return `${whole(count)} ${count === 1 ? noun : plural}`;
}

/** A whole number with separators. `toLocaleString` would first load the browser's tables of languages, 50 ms. */
export function whole(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share as a percentage with two decimals. */
export function percent(share) {
  return `${(100 * share).toFixed(2)} %`;
}

/** A list of choices, as a labelled select. */
export function choice(label, options, current, change, attributes = {}) {
  const list = options.map((option) => {
    const value = option.value ?? option;
    return new Option(option.label ?? option, value, value === current, value === current);
  });
  return h(
    "label",
    { class: "choice" },
    h("span", {}, label),
    h("select", { title: current, ...attributes, change: (event) => change(event.target.value) }, list),
  );
}

/** A table of rows, the first cell of each being its heading. */
export function table(caption, heads, rows, attributes = {}) {
  const row = (cells) =>
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
      h("caption", {}, caption),
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

/** Run `work` after the frame that shows what is there now. */
export function afterwards(work) {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(work)));
}

/** Offer `text` as a file to save. */
export function save(text, name, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
