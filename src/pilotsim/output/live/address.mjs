// What stands in the address behind `#`: what is tried, and the plans that are kept beside it, each with its name.

/** @typedef {import('./workbench.mjs').Setting} Setting */
/** @typedef {{ name: string, setting: Setting }} NamedSetting */

const CHOICE = 'choice.'
/** What a kept plan stands behind, and its name within it. No path of a flow is called so. */
const KEPT = 'beside'
const NAME = 'name'

/**
 * Return the fragment of an address, without its `#`.
 *
 * @param {Setting} now
 * @param {NamedSetting[]} kept
 */
export function fragmentOf(now, kept) {
  const parts = new URLSearchParams(entriesOf(now))
  for (const { name, setting } of kept) parts.append(KEPT, new URLSearchParams([[NAME, name], ...entriesOf(setting)]).toString())
  return parts.toString()
}

/**
 * Read such a fragment, also an old one or one that was written by hand: what is not known is told, and the rest is taken.
 *
 * @param {string} fragment
 * @param {number} most How many plans are kept.
 * @param {(name: string, written: string, setting: Setting) => boolean} take Takes a part into a setting; tells whether it is known.
 * @returns {{ now: Setting, kept: NamedSetting[], unknown: string[] }}
 */
export function readFragment(fragment, most, take) {
  /** @type {string[]} */
  const unknown = []
  /** @type {NamedSetting[]} */
  const kept = []
  const settingOf = (/** @type {Iterable<[string, string]>} */ parts) => {
    /** @type {Setting} */
    const setting = { set: {}, taken: {} }
    for (const [name, written] of parts) if (!take(name, written, setting)) unknown.push(written === '' ? name : `${name}=${written}`)
    return setting
  }
  const parts = new URLSearchParams(fragment)
  const now = settingOf([...parts].filter(([name, written]) => name !== KEPT && name + written !== ''))
  for (const written of parts.getAll(KEPT)) {
    const own = new URLSearchParams(written)
    const name = own.get(NAME) ?? ''
    const setting = settingOf([...own].filter(([part]) => part !== NAME))
    if (Object.keys({ ...setting.set, ...setting.taken }).length === 0 || kept.length >= most) unknown.push(name || written)
    else kept.push({ name, setting })
  }
  return { now, kept, unknown }
}

/**
 * What a setting holds, by the names under which it stands in an address.
 *
 * @param {Setting} setting
 * @returns {[string, string][]}
 */
export function entriesOf({ set, taken }) {
  return [
    ...Object.entries(taken).map(([choice, option]) => /** @type {[string, string]} */ ([`${CHOICE}${choice}`, option])),
    ...Object.entries(set).map(([path, number]) => /** @type {[string, string]} */ ([path, String(number)])),
  ]
}
