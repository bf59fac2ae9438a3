/**
 * The option with the smallest edit distance to `word`, if that is at most a third of its length.
 *
 * @param {string} word
 * @param {string[]} options
 * @returns {string | null}
 */
export function nearest(word, options) {
  const most = Math.max(1, word.length / 3);
  // The distance is at least the difference of the lengths: the others need not be measured.
  const ranked = options
    .filter((option) => Math.abs(option.length - word.length) <= most)
    .map((option) => ({ option, far: distance(word.toLowerCase(), option.toLowerCase()) }));
  ranked.sort((x, y) => x.far - y.far);
  return ranked.length && ranked[0].far <= most ? ranked[0].option : null;
}

/**
 * How many letters must be put in, taken out or changed.
 *
 * @param {string} from
 * @param {string} to
 */
function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(from[i - 1] !== to[j - 1])));
    }
    row = next;
  }
  return row[to.length];
}
