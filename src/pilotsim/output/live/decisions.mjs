// What is taken of the choices: numbers that are set, and what is built into a packed flow, of which each page packs some beside the flow.

/** @typedef {import('./elements.mjs').Setup} Setup */
/** @typedef {Record<string, string>} Taken An option by its choice. */

/** Options that cannot be tried together here. */
export class NotTogether extends Error {
  /** @param {[string, string][]} options Each with its choice before it. */
  constructor(options) {
    super('these options are not packed together')
    this.options = options
  }
}

/**
 * Return the numbers that options set, in base units.
 *
 * @param {Setup} setup
 * @param {Taken} taken
 * @returns {Record<string, number>}
 */
export function numbersOf({ choices }, taken) {
  return Object.assign({}, ...Object.entries(taken).map(([choice, option]) => choices[choice]?.[option] ?? {}))
}

/**
 * Return which variant of the flow options make, by its name; empty for the flow itself.
 *
 * @param {Setup} setup
 * @param {Taken} taken
 */
export function variantOf(setup, taken) {
  return builtIn(setup, taken)
    .map((one) => one.join('='))
    .sort()
    .join('&')
}

/**
 * Refuse options that cannot be tried together: what is built in is packed alone and in pairs, and numbers may be those of what is built in.
 *
 * @param {Setup} setup
 * @param {Taken} taken
 */
export function checkTogether(setup, taken) {
  const variant = variantOf(setup, taken)
  if (variant === '') return
  const apart = setup.variants[variant]
  if (apart === undefined) throw new NotTogether(builtIn(setup, taken))
  const numbers = Object.entries(taken).filter((one) => apart.includes(one.join('=')))
  if (numbers.length) throw new NotTogether([...builtIn(setup, taken), ...numbers])
}

/**
 * Return the options that the file does not have, by which paths are set as a saved plan sets them, and what else it sets.
 *
 * @param {Setup['written']} known
 * @param {Record<string, unknown>} written
 * @returns {{ taken: Taken, rest: Record<string, unknown> }}
 */
export function recognised(known, written) {
  /** @type {Taken} */
  const taken = {}
  const rest = { ...written }
  for (const [choice, options] of Object.entries(known))
    for (const [option, changes] of Object.entries(options)) {
      const paths = Object.keys(changes)
      if (!paths.every((path) => rest[path] === changes[path])) continue
      taken[choice] = option
      for (const path of paths) delete rest[path]
    }
  return { taken, rest }
}

/** @param {Setup} setup @param {Taken} taken @returns {[string, string][]} */
function builtIn({ choices }, taken) {
  return Object.entries(taken).filter(([choice, option]) => choices[choice]?.[option] === null)
}
