/** What paper needs that a style sheet cannot find out: how much smaller a table must be to fit the sheet. */

const PORTRAIT = 700; // pixels between the margins of A4, the narrower of it and Letter
/** Pixels between the margins of a sheet of Letter that lies across, the narrower one there. */
export const LANDSCAPE = 960;

/**
 * Before printing, make the tables of numbers in `root` that are too wide for the sheet fit it.
 *
 * @param {HTMLElement} root
 */
export function fitToPaper(root) {
  addEventListener("beforeprint", () => {
    const tables = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("table.numbers, table.confusion"));
    for (const table of tables) {
      table.style.setProperty("--print-zoom", String(Math.min(1, PORTRAIT / Math.max(1, table.offsetWidth))));
    }
  });
}
