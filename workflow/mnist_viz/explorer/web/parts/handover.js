/** Opening what a cell or a row counts in the table, as exactly that, with the query kept. */
import { SIDES } from "../data/joined.js";
import { CLASSES, UNKNOWN } from "../data/meaning.js";
import { conditions, hasValueOf, isOneOf, isOnlyAboutOneOf, replace } from "../query/edit.js";
import { and, compare, literal, name } from "../query/tree.js";

/** @import { App } from "../app.js" */
/** @import { Side } from "../data/joined.js" */
/** @import { Predictions } from "../data/predictions.js" */
/** @import { Node } from "../query/tree.js" */
/**
 * @typedef {(label: number, a: number, b: number) => boolean} Test Of an image's label and the guesses of A and B, NONE
 *   where the query does not leave that of one.
 */

const NONE = -1;

/**
 * Open the rows of A, or of B, for which `chosen` holds.
 *
 * @param {App} app
 * @param {Side} side
 * @param {Node} chosen
 */
export function openSide(app, side, chosen) {
  const { data, filter } = app;
  const names = ["variant", "epoch"];
  const table = names.map((each) => hasValueOf(data.column(each), data[side] * data.images));
  const own = [...table, ...known(data), ...conditions(chosen)];
  const [ofTable, same] = [isOnlyAboutOneOf(names), isOneOf(own)];
  const dropped = (/** @type {Node} */ condition) => ofTable(condition) || same(condition);
  app.openTable(replace(filter.tree, dropped, and(own)), { rows: "all" });
}

/**
 * Open the images for which `chosen` holds, as joined rows. Where the query leaves others in A than in B, no condition
 * says which are left: then they are named.
 *
 * @param {App} app
 * @param {string} title
 * @param {Node} chosen
 * @param {Test} test the same as `chosen`
 * @param {boolean} [either] those that A or B has, not those that both have
 */
export function openPair(app, title, chosen, test, either = false) {
  const { data, filter } = app;
  const own = [...known(data), ...conditions(chosen)];
  if (alike(app)) {
    app.openTable(replace(filter.tree, isOneOf(own), and(own)), { rows: "joined" });
    return;
  }
  const images = data.ids
    .map((_, image) => image)
    .filter((image) => {
      const guesses = SIDES.map((side) => {
        const row = data.joined.row(side, image);
        return filter.mask[row] ? data.guess[row] : NONE;
      });
      const lost = guesses.filter((guess) => guess === NONE).length;
      const label = data.truth[image];
      return lost < (either ? 2 : 1) && label !== CLASSES && test(label, guesses[0], guesses[1]);
    });
  app.openTable(filter.tree, { rows: "joined" }, { title, images });
}

/**
 * Whether the query leaves the same images in A and in B.
 *
 * @param {App} app
 */
export function alike({ data, filter }) {
  const [a, b] = [data.joined.row("a", 0), data.joined.row("b", 0)];
  for (let image = 0; image < data.images; image += 1)
    if (filter.mask[a + image] !== filter.mask[b + image]) return false;
  return true;
}

/**
 * That an image's truth is known, where that is to be said.
 *
 * @param {Predictions} data
 * @returns {Node[]}
 */
function known(data) {
  if (!data.known) return [];
  return [compare([name(data.column("truth")), literal(data.labels ? UNKNOWN : -1)], ["!="])];
}
