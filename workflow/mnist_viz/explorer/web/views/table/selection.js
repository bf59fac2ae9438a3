/** What is selected in the table, and how it is copied. */
import { counted } from "../../parts/dom.js";
import { csv } from "./text.js";

/** @import { TableView } from "./table.js" */

/**
 * The selected rows; of selected groups all their rows.
 *
 * @param {TableView} view
 */
function selectedRows({ grid, lines }) {
  const [first, last] = grid.selection;
  /** @type {Set<number>} */
  const rows = new Set();
  for (let line = first; line <= last && line < lines.length; line += 1) {
    const { row, group: found } = lines.at(line);
    if (row !== undefined) rows.add(row);
    for (const member of found?.rows ?? []) rows.add(member);
  }
  return [...rows];
}

/**
 * Answer the event of Ctrl+C.
 *
 * @param {TableView} view
 * @param {ClipboardEvent} event
 */
export function copyTo(view, event) {
  event.clipboardData?.setData("text/plain", csv(selectedRows(view), view.written, "\t"));
  event.preventDefault();
}

/**
 * Copy without such an event, which a browser may forbid.
 *
 * @param {TableView} view
 */
export async function copy(view) {
  const rows = selectedRows(view);
  const copied = navigator.clipboard?.writeText(csv(rows, view.written, "\t")) ?? Promise.reject();
  await copied.then(
    () => view.app.say(`${counted(rows.length, "row")} copied`),
    () => view.app.say("The browser forbids the button to copy; in the table Ctrl+C does"),
  );
}

/**
 * The images of the selected rows, each once.
 *
 * @param {TableView} view
 */
export function selectedImages(view) {
  const [first, last] = view.grid.selection;
  const found = [];
  for (let line = first; line <= Math.min(last, view.lines.length - 1); line += 1) {
    const { row } = view.lines.at(line);
    if (row !== undefined) found.push(row);
  }
  return [...view.distinct([Uint32Array.from(found)])];
}
