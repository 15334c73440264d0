// A packed flow, as `pilotsim.portable.packing` writes it.
import { EngineError, arrayOf } from './memory.mjs'

const NAME = 'pilotsim'

/**
 * A target in one of its readings. `name` is both as one word; `moves` is the slot of a bound that follows other values, or -1.
 *
 * @typedef {{ target: string, reading: string | null, name: string, says: string, moves: number, ceiling: string | null }} Question
 */
/** @typedef {{ name: string, readings: { name: string, says: string }[] }} Joint Values drawn together, and how their sources are read. */
/** @typedef {import('./memory.mjs').AnyArray} AnyArray */
/** @typedef {Record<string, Record<string, { array: AnyArray, rows: number, width: number }>>} Arrays By record and column. */

/**
 * What a packed flow says of itself.
 *
 * @typedef {object} Header
 * @property {number} format
 * @property {string} flow
 * @property {{ stages: string[], groups: string[], risks: string[], traits: string[], values: string[] }} names
 * @property {{ sizes: import('./memory.mjs').Sizes, tables: Record<string, import('./memory.mjs').TableRow[]> }} engine
 * @property {{ depth: number, followers: string[], joints: Joint[], becomes: [number, number[]][] } | null} drawing None where numbers
 *   can only be given. `becomes` is, by slot, what a value becomes from dates on and in periods.
 * @property {{ targets: string[], observed?: string[], effect?: string[], economy?: string[], count: number, room: import('./memory.mjs').Sizes, worlds: number, traits: number[] }} measures
 * @property {Question[]} questions
 * @property {import('./drop_outs.mjs').DropOuts} [drop_outs]
 * @property {{ depth: number, bounds: number[], ceilings: (number | null)[] }} [as_written]
 * @property {Record<string, Record<string, number[]>>} arrays
 */

/**
 * Read what a packed flow says of itself, and its arrays.
 *
 * @param {ArrayBuffer | Uint8Array} packed
 * @param {import('./memory.mjs').Layout} layout
 * @returns {{ header: Header, arrays: Arrays, bytes: number }}
 */
export function unpack(packed, layout) {
  const bytes = packed instanceof Uint8Array ? packed : new Uint8Array(packed)
  if (new TextDecoder().decode(bytes.subarray(0, 8)) !== NAME) throw new EngineError('this is no packed flow')
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true))
  /** @type {Header} */
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + length)))
  if (header.format !== layout.format) throw new EngineError('flow and module are of different versions')
  // Of its own memory, where arrays lie at multiples of eight bytes.
  const content = new Uint8Array(bytes.subarray(16 + length))
  /** @type {Arrays} */
  const arrays = {}
  for (const [record, places] of Object.entries(header.arrays)) {
    arrays[record] = {}
    for (const [name, [at, rows, width = 1]] of Object.entries(places)) {
      const number = kindOf(layout, record, name)
      arrays[record][name] = { array: arrayOf(number, content.buffer, at, rows * width), rows, width }
    }
  }
  return { header, arrays, bytes: content.length }
}

/** @type {Record<string, Record<string, import('./memory.mjs').NumberKind>>} */
const OTHERS = { joints: { reading: 'i8' }, given: { numbers: 'f8', replication: 'u8' } }

/**
 * @param {import('./memory.mjs').Layout} layout
 * @param {string} record
 * @param {string} name
 */
function kindOf(layout, record, name) {
  if (record in OTHERS) return OTHERS[record][name]
  return layout.records[record === 'as_written' ? 'number_columns' : record].columns[name].number
}
