/** Work that waits for everything that a person does, in pieces that nobody notices. */

/** Milliseconds that a piece takes. */
export const TURN = 3;

/**
 * Run `work` when there is nothing else to do, or soon where a browser cannot tell (Firefox before 142, Safari).
 *
 * @param {() => void} work
 */
export function inBackground(work) {
  if (globalThis.scheduler) scheduler.postTask(work, { priority: "background" });
  else setTimeout(work);
}
