// The memory of an instance of the module: records of columns in it, and the rows of words by which the module finds them.

const PAGE = 65536
const MOST_PAGES = 65536

/** @typedef {Float64Array | BigInt64Array | BigUint64Array | Int32Array | Int8Array} AnyArray */
/** @typedef {'f8' | 'i8' | 'u8' | 'i4' | 'i1'} NumberKind */
/** @typedef {{ number: NumberKind, dimensions: number, over: string, width: string | number, table: number }} Declared */
/** @typedef {{ tables: string[][], columns: Record<string, Declared> }} RecordLayout */
/** @typedef {Record<string, number>} Sizes How many there are of everything that a column goes over. */
/** @typedef {{ bytes: number, places: Record<string, number> }} TableRow How long a row of a table is, and where in it each column lies. */
/** @typedef {{ address: number, rows: number, width: number }} Column Where a column lies, and its shape. */
/** @typedef {{ row: number, columns: Record<string, Column>, starts: { address: number, bytes: number }[] }} Placed A record, and its row of words. */

/**
 * What is read from `kernel.json`.
 *
 * @typedef {object} Layout
 * @property {number} format
 * @property {number} words How many words say where a column is.
 * @property {Record<string, string[]>} rows Which records each function is handed.
 * @property {Record<string, RecordLayout>} records
 * @property {Record<string, number>} statuses
 * @property {Record<string, number>} counts
 * @property {number} state_counts
 * @property {number} clients_a_day
 * @property {number} max_days
 * @property {number} max_parameters
 * @property {number} max_clients
 * @property {number} max_visits
 * @property {Record<string, number>} shapes
 * @property {string[]} outputs
 * @property {Record<string, number>} room_counts
 * @property {{ chunk: number, visits: number, times: number }} first_room
 * @property {string[]} verdicts
 * @property {Record<string, number>} verdict_numbers
 */

/** @typedef {{ module: WebAssembly.Module, layout: Layout }} Kernel The compiled module; both can be posted to workers. */

const ARRAYS = { f8: Float64Array, i8: BigInt64Array, u8: BigUint64Array, i4: Int32Array, i1: Int8Array }

/** What cannot be run, or is no packed flow. `status` is the engine's, where it was the engine that stopped. */
export class EngineError extends Error {
  /**
   * @param {string} message
   * @param {number} [status]
   */
  constructor(message, status) {
    super(message)
    this.name = 'EngineError'
    this.status = status
  }
}

/**
 * Return an array of numbers of a kind.
 *
 * @param {NumberKind} number
 * @param {ArrayBuffer} buffer
 * @param {number} address
 * @param {number} length
 * @returns {AnyArray}
 */
export function arrayOf(number, buffer, address, length) {
  return new ARRAYS[number](buffer, address, length)
}

/** Memory that is taken from the bottom up; what lies above a mark can be let go. */
export class Memory {
  /** @type {Layout} */
  #layout
  /** @type {Record<string, TableRow[]>} */
  #tables
  /** The first byte that nobody has taken. */
  top = 0

  /**
   * @param {Layout} layout
   * @param {Record<string, TableRow[]>} tables By record.
   * @param {number} bytes How much there is at first.
   */
  constructor(layout, tables, bytes) {
    this.#layout = layout
    this.#tables = tables
    this.memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE), maximum: MOST_PAGES })
  }

  /**
   * Take a piece of memory, and let it grow where that is needed.
   *
   * @param {number} bytes
   */
  take(bytes) {
    const address = Math.ceil(this.top / 64) * 64
    this.top = address + bytes
    const missing = this.top - this.memory.buffer.byteLength
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / PAGE))
      } catch {
        throw new EngineError('there is not enough memory')
      }
    }
    return address
  }

  /**
   * Make room for all columns of a record; what is in it is arbitrary.
   *
   * @param {string} record
   * @param {Sizes} sizes
   * @returns {Placed}
   */
  place(record, sizes) {
    const { tables, columns } = this.#layout.records[record]
    /** @type {(what: string | number) => number} */
    const size = (what) => {
      const found = typeof what === 'number' ? what : sizes[what]
      if (found === undefined) throw new EngineError(`how large is '${what}' in '${record}'?`)
      return found
    }
    const starts = tables.map((table, k) => {
      const { bytes } = this.#tables[record][k]
      return { address: this.take(bytes * size(columns[table[0]].over)), bytes }
    })
    /** @type {Record<string, Column>} */
    const found = {}
    for (const [name, { number, dimensions, over, width, table }] of Object.entries(columns)) {
      const rows = size(over)
      const wide = dimensions === 2 ? size(width) : 1
      const bytes = ARRAYS[number].BYTES_PER_ELEMENT
      const address = table < 0 ? this.take(rows * wide * bytes) : starts[table].address + this.#tables[record][table].places[name]
      found[name] = { address, rows, width: wide }
    }
    return this.point(record, found, starts)
  }

  /**
   * Put arrays where the module reads them, as a record.
   *
   * @param {string} record
   * @param {Record<string, { array: AnyArray, rows: number, width: number }>} given
   */
  put(record, given) {
    /** @type {Record<string, Column>} */
    const found = {}
    for (const [name, one] of Object.entries(given)) found[name] = this.#put(one)
    return this.point(record, found)
  }

  /**
   * Return a record that differs from another in some columns, which lie elsewhere.
   *
   * @param {string} record
   * @param {Placed} placed
   * @param {Record<string, AnyArray>} changed Columns of one dimension.
   */
  alter(record, placed, changed) {
    const columns = { ...placed.columns }
    for (const [name, array] of Object.entries(changed)) columns[name] = this.#put({ array, rows: array.length, width: 1 })
    return this.point(record, columns, placed.starts)
  }

  /** @param {{ array: AnyArray, rows: number, width: number }} given */
  #put({ array, rows, width }) {
    const address = this.take(array.byteLength)
    new Uint8Array(this.memory.buffer, address, array.byteLength).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    return { address, rows, width }
  }

  /**
   * Write the row of words of a record whose columns lie somewhere.
   *
   * @param {string} record
   * @param {Record<string, Column>} columns
   * @param {{ address: number, bytes: number }[]} [starts] Of its tables.
   * @returns {Placed}
   */
  point(record, columns, starts = []) {
    const words = starts.flatMap(({ address, bytes }) => [address, bytes])
    for (const name of Object.keys(this.#layout.records[record].columns)) {
      const { address, rows, width } = columns[name]
      words.push(address, rows, width)
    }
    const row = this.take(8 * words.length)
    new BigInt64Array(this.memory.buffer, row, words.length).set(words.map(BigInt))
    return { row, columns, starts }
  }

  /**
   * Return what reads a column of a record, whether it lies by itself or side by side with others; until memory grows.
   *
   * @param {string} record
   * @param {Placed} placed
   * @param {string} name
   * @returns {(row: number, place?: number) => number}
   */
  reader(record, { columns, starts }, name) {
    const { number, table } = this.#layout.records[record].columns[name]
    const { address, width } = columns[name]
    const each = ARRAYS[number].BYTES_PER_ELEMENT
    const bytes = table < 0 ? width * each : starts[table].bytes
    const view = new DataView(this.memory.buffer)
    const read = { f8: view.getFloat64, i8: view.getBigInt64, u8: view.getBigUint64, i4: view.getInt32, i1: view.getInt8 }[number].bind(view)
    return (row, place = 0) => Number(read(address + row * bytes + place * each, true))
  }

  /**
   * Return a column as an array that lives until memory grows.
   *
   * @param {Column} column
   */
  doubles({ address, rows, width }) {
    return new Float64Array(this.memory.buffer, address, rows * width)
  }

  /** @param {Column} column */
  words({ address, rows, width }) {
    return new BigInt64Array(this.memory.buffer, address, rows * width)
  }
}
