// The numbers of runs: drawn from their ranges, or set, and worked out from each other.
import { EngineError } from './memory.mjs'

/** @typedef {import('./memory.mjs').Memory} Memory */
/** @typedef {import('./packed.mjs').Arrays} Arrays */
/** @typedef {(numberColumns: number, runNumbers: number, seed: bigint) => void} Draw */
/** @typedef {(numberColumns: number, runNumbers: number) => void} Settle */

/**
 * What a run goes by. `numbers` is what each value of the flow is, in base units, in the order of `names.values`; `readings` is how the
 * sources of each part that is drawn together are read in it, -1 where that is not asked.
 *
 * @typedef {{ replication: number, numbers: Float64Array, readings: number[] }} Drawn
 */

/**
 * How numbers come about. `fixed` leaves all assumptions at their values; `set` says what stands for all runs, by path, in base units: such
 * a value is not drawn, no shared value scales it, it stays so at all dates, and others follow it. What a value becomes from a date on can be
 * set by its own path: a shared value that scales the value scales it too.
 *
 * @typedef {{ fixed?: boolean, set?: Record<string, number> }} Setting
 */

/** Draws and works out the numbers of a flow. */
export class Numbers {
  #memory
  #arrays
  #draw
  #settle
  #shapes
  #header
  /** The slot of each value, by its path. */
  slots
  /** @type {Map<number, number[]>} The slots of what a value becomes, by its own. */
  #becomes
  /** @type {import('./memory.mjs').Placed} */
  #columns
  /** @type {import('./memory.mjs').Placed} */
  #asWritten

  /**
   * @param {Memory} memory
   * @param {Arrays} arrays
   * @param {import('./packed.mjs').Header} header
   * @param {import('./memory.mjs').Layout} layout
   * @param {{ draw: Draw, settle: Settle }} functions
   */
  constructor(memory, arrays, header, layout, { draw, settle }) {
    this.#memory = memory
    this.#arrays = arrays
    this.#header = header
    this.#shapes = layout.shapes
    this.#draw = draw
    this.#settle = settle
    this.slots = new Map(header.names.values.map((path, slot) => [path, slot]))
    this.#becomes = new Map(header.drawing?.becomes ?? [])
    this.#columns = memory.put('number_columns', arrays.number_columns)
    this.#asWritten = memory.put('number_columns', arrays.as_written)
  }

  /**
   * Return what some replications go by.
   *
   * @param {bigint} seed
   * @param {number[]} replications
   * @param {Setting} setting
   * @returns {Drawn[]}
   */
  draw(seed, replications, { fixed = false, set = {} }) {
    const drawing = this.#header.drawing
    if (drawing === null) throw new EngineError('the numbers of this flow can only be given')
    const { number_columns: columns, joints } = this.#arrays
    const { isSet, apart } = this.#slotsOf(set)
    const written = /** @type {Float64Array} */ (columns.written.array)
    return this.#behindAll(() => {
      const record = this.#altered('number_columns', this.#columns, apart)
      const sizes = { replications: replications.length, values: written.length, joints: drawing.joints.length, depth: drawing.depth }
      const run = this.#memory.place('run_numbers', sizes)
      const own = run.columns
      this.#memory.words(own.replication).set(replications.map(BigInt))
      this.#memory.words(own.row).fill(0n)
      if (!fixed) this.#draw(record.row, run.row, seed)
      const drawn = this.#memory.doubles(own.drawn)
      for (let k = 0; k < replications.length; k++) {
        if (fixed) drawn.set(written, k * written.length)
        for (const [slot, number] of isSet) drawn[k * written.length + slot] = number
      }
      this.#settle(record.row, run.row)
      for (const faulty of this.#memory.words(own.faulty))
        if (faulty >= 0n) throw new EngineError(`'${drawing.followers[Number(faulty)]}' follows other values and comes to no number that it may be`)
      const settled = this.#memory.doubles(own.settled)
      const rows = this.#memory.words(own.row)
      const counts = /** @type {BigInt64Array} */ (columns.joint_rows.array)
      const readings = /** @type {BigInt64Array} */ (joints.reading.array)
      const isDrawn = drawing.joints.map((_, part) => !fixed && this.#isDrawn(part, isSet))
      return replications.map((replication, k) => {
        let first = 0
        const read = drawing.joints.map((_, part) => {
          const row = first + Number(rows[k * drawing.joints.length + part])
          first += Number(counts[part])
          return isDrawn[part] ? Number(readings[row]) : -1
        })
        return { replication, numbers: settled.slice(k * written.length, (k + 1) * written.length), readings: read }
      })
    })
  }

  /**
   * Return what all values, and bounds and ceilings of the questions, come to as the file has them, with what is set: before shared values
   * scale any.
   *
   * @param {Record<string, number>} set
   */
  asWritten(set) {
    const { as_written: places, names } = this.#header
    if (places === undefined) throw new EngineError('the numbers of this flow can only be given')
    const values = names.values.length
    const { isSet, apart } = this.#slotsOf(set)
    const written = /** @type {Float64Array} */ (this.#arrays.as_written.written.array).slice()
    for (const [slot, number] of isSet) written[slot] = written[values + slot] = number
    return this.#behindAll(() => {
      const record = this.#altered('as_written', this.#asWritten, apart)
      const own = this.#memory.place('run_numbers', { replications: 1, values: written.length, joints: 0, depth: places.depth })
      this.#memory.doubles(own.columns.drawn).set(written)
      this.#settle(record.row, own.row)
      if (this.#memory.words(own.columns.faulty)[0] >= 0n) throw new EngineError('a value or a ceiling comes to no number')
      const settled = this.#memory.doubles(own.columns.settled)
      // What is set stands where a value that follows others would.
      const bounds = Float64Array.from(places.bounds, (slot) => settled[slot])
      const ceilings = Float64Array.from(places.ceilings, (slot) => (slot === null ? NaN : settled[slot]))
      const numbers = settled.slice(values, 2 * values)
      for (const path of this.#header.drawing?.followers ?? []) {
        const slot = this.slots.get(path) ?? 0
        numbers[slot] = settled[slot]
      }
      return { numbers, bounds, ceilings }
    })
  }

  /**
   * Return what is set by slot, with what a value that is set becomes; and which slots no shared value scales any more.
   *
   * @param {Record<string, number>} set
   */
  #slotsOf(set) {
    const named = new Map(
      Object.entries(set).map(([path, number]) => {
        const slot = this.slots.get(path)
        if (slot === undefined) throw new EngineError(`the flow has no value '${path}'`)
        return [slot, number]
      }),
    )
    /** @type {Map<number, number>} */
    const isSet = new Map()
    const apart = new Set(named.keys())
    for (const later of this.#becomes.values()) for (const slot of later) apart.delete(slot)
    for (const [slot, number] of named) {
      isSet.set(slot, number)
      for (const later of this.#becomes.get(slot) ?? []) {
        // What it becomes from a date on has its own number where that is set as well.
        if (!named.has(later)) isSet.set(later, number)
        apart.add(later)
      }
    }
    return { isSet, apart }
  }

  /**
   * Return the columns by which numbers are worked out, with no shared value at some.
   *
   * @param {'number_columns' | 'as_written'} name
   * @param {import('./memory.mjs').Placed} placed
   * @param {Set<number>} apart The slots that none scales.
   */
  #altered(name, placed, apart) {
    if (apart.size === 0) return placed
    /** @type {Record<string, BigInt64Array>} */
    const changed = {}
    for (const [own, by] of [['raised', 'power'], ['scaled', 'scale']]) {
      const slots = /** @type {BigInt64Array} */ (this.#arrays[name][own].array)
      const shared = /** @type {BigInt64Array} */ (this.#arrays[name][by].array)
      changed[own] = slots.filter((slot) => !apart.has(Number(slot)))
      changed[by] = shared.filter((_, k) => !apart.has(Number(slots[k])))
    }
    return this.#memory.alter('number_columns', placed, changed)
  }

  /**
   * Tell whether a value of a part that is drawn together is drawn.
   *
   * @param {number} part
   * @param {Map<number, number>} isSet
   */
  #isDrawn(part, isSet) {
    const { shape, of } = this.#arrays.number_columns
    for (let slot = 0; slot < shape.rows; slot++)
      if (Number(shape.array[slot]) === this.#shapes.JOINT && Number(of.array[slot]) === part && !isSet.has(slot)) return true
    return false
  }

  /**
   * Do something with memory behind all that is taken, which is then let go.
   *
   * @template T
   * @param {() => T} work
   * @returns {T}
   */
  #behindAll(work) {
    const mark = this.#memory.top
    try {
      return work()
    } finally {
      this.#memory.top = mark
    }
  }
}
