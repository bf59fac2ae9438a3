/** Choosing and ordering rows. Rows are numbered by a Uint32Array. */

/** The rows whose mask is 1, ascending. */
export function selected(mask) {
  let count = 0;
  for (let row = 0; row < mask.length; row += 1) count += mask[row];
  const rows = new Uint32Array(count);
  let next = 0;
  for (let row = 0; row < mask.length; row += 1) if (mask[row]) rows[next++] = row;
  return rows;
}

/**
 * `rows` ordered by `keys` (`{column, descending}`, the most important first); rows that are equal in all of them keep
 * their order. A radix sort in digits of 16 bits, from the last key to the first.
 */
export function sorted(rows, keys) {
  let current = rows;
  for (const { column, descending } of [...keys].reverse()) {
    for (const digit of digits(column, current)) current = pass(current, digit, descending);
  }
  return current === rows ? rows.slice() : current;
}

/** Functions from a row to a number below 65536, the least significant first, that together order the column. */
function digits({ array, labels }, rows) {
  if (labels) {
    const order = labels.map((_, code) => code).sort((x, y) => (labels[x] < labels[y] ? -1 : 1));
    const rank = new Uint16Array(labels.length);
    order.forEach((code, position) => (rank[code] = position));
    return [(row) => rank[array[row]]];
  }
  if (array instanceof Uint8Array || array instanceof Uint16Array) return [(row) => array[row]];
  const bits = new Uint32Array(array.length);
  const value = new Float32Array(1);
  const pattern = new Uint32Array(value.buffer);
  if (array instanceof Float32Array) {
    for (const row of rows) {
      value[0] = array[row];
      bits[row] = pattern[0] >>> 31 ? ~pattern[0] : pattern[0] | 0x80000000;
    }
  } else {
    for (const row of rows) bits[row] = array[row] ^ 0x80000000;
  }
  return [(row) => bits[row] & 0xffff, (row) => bits[row] >>> 16];
}

function pass(rows, digit, descending) {
  const starts = new Uint32Array(65537);
  const flip = descending ? 0xffff : 0;
  const keys = new Uint16Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) {
    keys[index] = digit(rows[index]) ^ flip;
    starts[keys[index] + 1] += 1;
  }
  for (let key = 0; key < 65536; key += 1) starts[key + 1] += starts[key];
  const out = new Uint32Array(rows.length);
  for (let index = 0; index < rows.length; index += 1) out[starts[keys[index]]++] = rows[index];
  return out;
}
