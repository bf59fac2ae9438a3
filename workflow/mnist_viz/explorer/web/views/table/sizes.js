/** How large the table's pictures are, and what its lines and columns take for them. */
import { widthOf } from "./text.js";

/** @import { Column } from "../../data/column.js" */
/** @import { Pictures } from "./text.js" */
/** @import { TableView } from "./table.js" */

export const ROW_HEIGHT = 36;
const USUAL = 28; // pixels that an image is wide, if no other size is chosen
const LARGEST = 224;

/**
 * Pixels that an image is wide.
 *
 * @param {TableView} view
 */
export function pictureSize({ app }) {
  return Math.min(LARGEST, Math.max(USUAL, Math.round(Number(app.state.pictures)) || USUAL));
}

/**
 * Pixels that a line is high.
 *
 * @param {TableView} view
 */
export function lineHeight(view) {
  const { width, height } = view.app.description;
  const size = pictureSize(view);
  return size > USUAL ? Math.round((size * height) / width) + 8 : ROW_HEIGHT;
}

/**
 * Pixels that a column takes.
 *
 * @param {TableView} view
 * @param {Column | Pictures} column
 */
export function columnWidth(view, column) {
  return column.kind === "image" ? pictureSize(view) + 30 : widthOf(column, view.grid.printing);
}
