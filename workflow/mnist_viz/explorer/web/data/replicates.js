/** Which variants differ by their seed alone, as the summary tells them: the rest of their configurations is the same. */

/** @import { Variant } from "./bytes.js" */
/** @typedef {{ name: string, variants: number[] }} Group The name without the seed, and the indices of its variants. */

const OWN = new Set(["variant", "seed"]);

/**
 * The variants in groups, in the order of their first ones. One without a configuration, as of predictions made
 * elsewhere, is a group of its own.
 *
 * @param {Variant[]} variants
 * @returns {Group[]}
 */
export function seedGroups(variants) {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const [index, { config }] of variants.entries()) {
    const rest = Object.keys(config)
      .filter((key) => !OWN.has(key))
      .sort()
      .map((key) => [key, config[key]]);
    const key = "seed" in config ? JSON.stringify(rest) : String(index);
    found.set(key, [...(found.get(key) ?? []), index]);
  }
  return [...found.values()].flatMap((own) => {
    const seeds = new Set(own.map((index) => variants[index].config.seed));
    const differ = own.length > 1 && seeds.size === own.length;
    return differ
      ? [{ name: nameOf(own.map((index) => variants[index])), variants: own }]
      : own.map((index) => ({ name: variants[index].name, variants: [index] }));
  });
}

/**
 * What the names of replicates have in common: all before `-seed_3`, or what they begin with.
 *
 * @param {Variant[]} members
 */
function nameOf(members) {
  const bases = members.map(({ name, config }) => name.replace(new RegExp(`-seed_${config.seed}$`), ""));
  const [first, ...others] = bases;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length).replace(/[-_:. ]+$/, "") || first;
}

/**
 * Mean and standard deviation (with n - 1; 0 for a single one) of `values`.
 *
 * @param {number[]} values
 */
export function meanAndSpread(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}
