/** A slider whose movement is one step of the history, whatever it goes through. */

/**
 * What a slider listens to.
 *
 * @param {(value: number, inPlace: boolean) => void} move takes its value; in place, as the step has been made
 */
export function sliding(move) {
  let moving = false;
  return {
    input: (/** @type {Event} */ event) => {
      move(Number(/** @type {HTMLInputElement} */ (event.target).value), moving);
      moving = true;
    },
    change: () => {
      moving = false;
    },
  };
}
