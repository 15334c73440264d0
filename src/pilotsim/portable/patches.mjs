// Variants of a packed flow: what only another packed flow can say, such as dates, as patches of it. As `patches.py` and `variants.py` write them.
import { EngineError } from './memory.mjs'

/** @typedef {any} Patch A patch of plain content: `['is', content]`, `['of', { key: patch }, [key]]` or `['in', [part]]`; null for no change. */
/** @typedef {{ of: string[], at: number, length: number, says: Record<string, Patch> }} Entry */

/** What is packed of a flow beside itself. */
export class Variants {
  /** @type {Record<string, Entry>} */
  #entries = {}
  #content
  /** @type {Map<string, { before: any, made: any }>} What was said last of each variant, by language and name. */
  #described = new Map()

  /** @param {ArrayBuffer | Uint8Array} [packed] What `pilotsim.portable.variants.pack_variants` wrote; none for none. */
  constructor(packed = new Uint8Array()) {
    const bytes = packed instanceof Uint8Array ? packed : new Uint8Array(packed)
    const length = bytes.length ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) : 0
    if (length) this.#entries = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
    this.#content = bytes.subarray(8 + length)
  }

  /** Which there are. */
  get names() {
    return Object.keys(this.#entries)
  }

  /** @param {string} name */
  has(name) {
    return Object.hasOwn(this.#entries, name)
  }

  /**
   * Return a variant as a packed flow.
   *
   * @param {string} name Empty for the flow itself.
   * @param {ArrayBuffer | Uint8Array} packed The flow.
   * @returns {Uint8Array}
   */
  packed(name, packed) {
    const bytes = packed instanceof Uint8Array ? packed : new Uint8Array(packed)
    if (name === '') return bytes
    const { of, at, length } = this.#entry(name)
    return patchedBytes(this.#content.subarray(at, at + length), [bytes, ...of.map((one) => this.packed(one, bytes))])
  }

  /**
   * Return what is said of a variant in a language.
   *
   * @template T
   * @param {string} name Empty for the flow itself.
   * @param {string} language
   * @param {T} description What is said of the flow in this language.
   * @returns {T}
   */
  described(name, language, description) {
    if (name === '') return description
    const { of, says } = this.#entry(name)
    const key = `${language} ${name}`
    const known = this.#described.get(key)
    if (known !== undefined && known.before === description) return known.made
    const made = patchedContent(says[language], this.described(of[0] ?? '', language, description))
    this.#described.set(key, { before: description, made })
    return made
  }

  /** @param {string} name */
  #entry(name) {
    if (!this.has(name)) throw new EngineError(`there is no variant '${name}' of this flow`)
    return this.#entries[name]
  }
}

/**
 * Return what a patch makes of its sources, one after the other: a piece that is added, a piece that is copied, and so on.
 *
 * @param {Uint8Array} patch
 * @param {Uint8Array[]} sources
 */
export function patchedBytes(patch, sources) {
  const whole = new Uint8Array(sources.reduce((sum, { length }) => sum + length, 0))
  sources.reduce((at, source) => (whole.set(source, at), at + source.length), 0)
  let place = 0
  const next = () => {
    let number = 0
    for (let times = 1; ; times *= 128) {
      const byte = patch[place++]
      if (byte === undefined) throw new EngineError('a patch ends too early')
      number += (byte & 127) * times
      if (byte < 128) return number
    }
  }
  const made = new Uint8Array(next())
  const checksum = new DataView(patch.buffer, patch.byteOffset + place).getUint32(0, true)
  place += 4
  let shift = 0
  let at = 0
  while (at < made.length) {
    const added = next()
    if (at + added > made.length || place + added > patch.length) throw new EngineError('a patch adds too much')
    made.set(patch.subarray(place, place + added), at)
    place += added
    at += added
    if (at >= made.length) break
    const moved = next()
    const length = next()
    shift += moved % 2 ? -(moved + 1) / 2 : moved / 2
    const from = at + shift
    if (from < 0 || from + length > whole.length || at + length > made.length) throw new EngineError('a patch copies from outside of its sources')
    made.set(whole.subarray(from, from + length), at)
    at += length
  }
  if (crc32(made) !== checksum) throw new EngineError('a patch does not come to what it was made of')
  return made
}

/**
 * Return what a patch makes of some plain content, which stays as it is.
 *
 * @param {Patch} patch
 * @param {any} before
 * @returns {any}
 */
export function patchedContent(patch, before) {
  if (patch === null || patch === undefined) return before
  const [what, how, gone] = patch
  if (what === 'is') return how
  if (what === 'of') {
    const made = { ...before }
    for (const key of gone) delete made[key]
    for (const [key, one] of Object.entries(how)) made[key] = patchedContent(one, made[key])
    return made
  }
  return how.flatMap((/** @type {any[]} */ [first, part, isChanged]) => {
    if (part === undefined) return [patchedContent(first, null)]
    return isChanged ? [patchedContent(part, before[first])] : before.slice(first, first + part)
  })
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let k = 0; k < 8; k++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  return rest
})

/** The checksum that gzip has too. @param {Uint8Array} bytes */
function crc32(bytes) {
  let rest = 0xffffffff
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8)
  return (rest ^ 0xffffffff) >>> 0
}
