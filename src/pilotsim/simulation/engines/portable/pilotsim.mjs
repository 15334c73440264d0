// The engine of pilotsim, in Node and in browsers: a packed flow and a seed in, journeys out.
//
//   import { load, open } from './pilotsim.mjs'
//   const kernel = await load(bytesOfKernelWasm, kernelJson)    // once; `kernel.module` can be posted to workers
//   const flow = open(kernel, packed)                           // a flow as `packing.pack` writes it; memory of its own
//   for (const journeys of flow.run(2014n)) { ... }             // a replication at a time, to the bit as in Python
//
// `run(seed, { offered = true, replications })` yields the journeys of each replication that was packed, or of those at
// the given places. Journeys are `{ replication, clients, visits, client, visit, stage, cause, next, alternative, joined,
// started, finished, group, origin, number, key, arrives, offered, traits }`: an array of 32-bit whole numbers for each of
// the first six columns, of doubles for times (in days; NaN for what had not happened, or never did), `traits` an array of
// doubles for each trait. They are copies, and stay as they are. `flow.names` has the names of stages, groups, risks,
// traits and values; `cause` is -1 for still there, 0 finished, 1 drawn, 2 turned away, 3 and on a risk. `flow.numbers` is
// the number of each value in each packed replication, in base units, and may be written to before a run.
//
// What cannot be run throws an `EngineError`, whose `status` is the engine's. `bytesOf(journeys)` are the bytes whose SHA-256
// digest is the fingerprint of a replication, as in `pilotsim.simulation.fingerprint`.

const PAGE = 65536
const ARRAYS = { f8: Float64Array, i8: BigInt64Array, u8: BigUint64Array, i4: Int32Array, i1: Int8Array }
const NAME = 'pilotsim'
const NO_NUMBER = 0x7ff8000000000000n
// What is there to begin with; more is made where it turns out too little.
const FIRST_ROOM = { clients: 1024, rows: 4096 }

export class EngineError extends Error {
  constructor(message, status) {
    super(message)
    this.name = 'EngineError'
    this.status = status
  }
}

/** Compile the module once. */
export async function load(bytes, layout) {
  return { module: await WebAssembly.compile(bytes), layout }
}

/** Open a packed flow: an instance of the module with memory of its own. */
export function open(kernel, packed) {
  return new Flow(kernel, packed)
}

/** The bytes of all columns: 64 bits a number, the least byte first, one pattern of bits for what is no number. */
export function bytesOf(journeys) {
  const whole = ['client', 'visit', 'stage', 'cause', 'next', 'alternative', 'group', 'origin'].map((name) => journeys[name])
  const times = ['joined', 'started', 'finished', 'arrives', 'offered'].map((name) => journeys[name])
  const columns = [
    ...whole.map((numbers) => BigInt64Array.from(numbers, BigInt)),
    ...[...times, ...journeys.traits].map((numbers) => {
      const bits = new BigUint64Array(numbers.slice().buffer)
      for (let k = 0; k < numbers.length; k++) if (Number.isNaN(numbers[k])) bits[k] = NO_NUMBER
      return bits
    }),
  ]
  const bytes = new Uint8Array(columns.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const { buffer, byteLength } of columns) {
    bytes.set(new Uint8Array(buffer), at)
    at += byteLength
  }
  return bytes
}

/** Read what a packed flow says of itself, and where its arrays begin. */
function unpack(packed) {
  const bytes = new Uint8Array(packed.buffer ?? packed, packed.byteOffset ?? 0, packed.byteLength)
  if (new TextDecoder().decode(bytes.subarray(0, 8)) !== NAME) throw new EngineError('this is no packed flow')
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, 16 + length)))
  return { header, content: bytes.subarray(16 + length) }
}

class Flow {
  #layout
  #exports
  #memory
  #free
  #sizes
  #tables
  #addresses = {}
  #rows = {}
  #room = { ...FIRST_ROOM }
  #after

  constructor(kernel, packed) {
    const { header, content } = unpack(packed)
    if (header.format !== kernel.layout.format) throw new EngineError('flow and module are of different versions')
    this.name = header.flow
    this.names = header.names
    this.#layout = kernel.layout
    this.#sizes = header.sizes
    this.#tables = header.tables
    this.#memory = new WebAssembly.Memory({ initial: 2 * Math.ceil(content.length / PAGE) + 64, maximum: 65536 })
    const instance = new WebAssembly.Instance(kernel.module, { env: { memory: this.#memory } })
    this.#exports = instance.exports
    this.#free = Number(instance.exports.__heap_base.value)
    this.#placeFlow(header.arrays, content)
    this.#after = this.#free
    this.#makeRoom()
  }

  /** Yield the journeys of one replication after the other. */
  *run(seed, { offered = true, replications = this.numbers.keys() } = {}) {
    const key = BigInt.asUintN(64, BigInt(seed))
    for (const place of replications) {
      this.#prepare(place)
      yield this.#runOne(key, offered, place)
    }
  }

  /** Put the flow's own arrays where the engine reads them, and note what each replication has. */
  #placeFlow(arrays, content) {
    const read = ({ at, number, shape }) => {
      const Kind = ARRAYS[number]
      const length = shape.reduce((product, size) => product * size, 1)
      return new Kind(content.slice(at, at + length * Kind.BYTES_PER_ELEMENT).buffer)
    }
    const shapes = {}
    for (const name of Object.keys(this.#layout.records.tables.columns)) {
      const array = read(arrays[name])
      const address = this.#take(array.byteLength)
      new array.constructor(this.#memory.buffer, address, array.length).set(array)
      const [rows, width = 1] = arrays[name].shape
      shapes[name] = { address, rows, width }
    }
    this.#rows.tables = this.#writeRow('tables', shapes)
    const { shape } = arrays.numbers
    const numbers = read(arrays.numbers)
    this.numbers = Array.from({ length: shape[0] }, (_, k) => numbers.slice(k * shape[1], (k + 1) * shape[1]))
    this.replications = read(arrays.replication)
    this.#place('values', { replications: 1 })
  }

  /** Take a piece of memory, and let it grow where that is needed. */
  #take(bytes) {
    const address = Math.ceil(this.#free / 64) * 64
    this.#free = address + bytes
    const missing = this.#free - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE))
    return address
  }

  #size(what, own) {
    return typeof what === 'number' ? what : (own[what] ?? this.#sizes[what])
  }

  /** Make room for all columns of a record, and write its row of words. */
  #place(record, own) {
    const { tables, columns } = this.#layout.records[record]
    const shapes = {}
    const starts = tables.map((table, k) => {
      const { bytes } = this.#tables[record][k]
      return { address: this.#take(bytes * this.#size(columns[table[0]].over, own)), bytes }
    })
    for (const [name, { number, dimensions, over, width, table }] of Object.entries(columns)) {
      const rows = this.#size(over, own)
      const wide = dimensions === 2 ? this.#size(width, own) : 1
      const address =
        table < 0
          ? this.#take(rows * wide * ARRAYS[number].BYTES_PER_ELEMENT)
          : starts[table].address + this.#tables[record][table].places[name]
      shapes[name] = { address, rows, width: wide }
    }
    this.#addresses[record] = shapes
    this.#rows[record] = this.#writeRow(record, shapes, starts)
  }

  #writeRow(record, shapes, starts = []) {
    const words = starts.flatMap(({ address, bytes }) => [address, bytes])
    for (const name of Object.keys(this.#layout.records[record].columns)) {
      const { address, rows, width } = shapes[name]
      words.push(address, rows, width, ...Array(this.#layout.words - 3).fill(0))
    }
    const at = this.#take(8 * words.length)
    new BigInt64Array(this.#memory.buffer, at, words.length).set(words.map(BigInt))
    return at
  }

  /** Make room for clients and visits of one replication, behind the flow; what was there is lost. */
  #makeRoom() {
    const { clients, rows } = this.#room
    this.#free = this.#after
    this.#place('clients', { clients })
    this.#place('state', {
      clients,
      rows,
      two: 2,
      counts: this.#layout.state_counts,
      'client risks': Math.max(1, clients * this.#sizes.risks),
      days: Math.max(1, Math.floor(clients / this.#layout.clients_a_day)),
    })
    this.#makeRoomToKeep(clients, rows)
  }

  #makeRoomToKeep(clients, visits) {
    const groups = this.#sizes.groups + 1
    const counts = this.#layout.counts.COUNTS
    const own = { clients, visits, counts, replications: 1, 'replications and one': 2, 'groups and one': groups, six: 6, three: 3 }
    this.#place('kept', own)
  }

  /** Hand the numbers of a replication over. */
  #prepare(place) {
    const { numbers, replication, same } = this.#addresses.values
    const given = this.numbers[place]
    const there = new Float64Array(this.#memory.buffer, numbers.address, numbers.width)
    there.fill(0)
    there.set(given)
    new BigUint64Array(this.#memory.buffer, replication.address, 1)[0] = this.replications[place]
    new BigInt64Array(this.#memory.buffer, same.address, same.width).fill(0n)
    this.#exports.prepare_values(this.#rows.tables, this.#rows.values)
  }

  #counts() {
    const { address, rows } = this.#addresses.kept.counts
    return new BigInt64Array(this.#memory.buffer, address, rows)
  }

  #runOne(key, offered, place) {
    const { statuses, counts, max_clients, max_visits } = this.#layout
    let isRun = false
    for (;;) {
      if (!isRun) for (const name of ['counts', 'first', 'group_from', 'visit_from']) this.#clear(name)
      const rows = this.#rows
      const status = Number(
        this.#exports.simulate_block(rows.tables, rows.values, rows.clients, rows.state, rows.kept, rows.kept, key, offered ? 1 : 0, isRun ? 1 : 0),
      )
      if (status === statuses.FINE) return this.#journeys(place)
      if (status === statuses.NO_ROOM_TO_KEEP) {
        const needed = this.#counts()
        const clients = Number(needed[counts.CLIENTS_NEEDED])
        const visits = Number(needed[counts.VISITS_NEEDED])
        isRun = true
        this.#makeRoomToKeep(clients, visits)
        for (const name of ['counts', 'first', 'group_from', 'visit_from']) this.#clear(name)
        continue
      }
      const more = status === statuses.TOO_MANY_CLIENTS
      if (!more && status !== statuses.TOO_MANY_ROWS) throw new EngineError(`the engine stopped with status ${status}`, status)
      if (more ? this.#room.clients >= max_clients : this.#room.rows >= max_visits)
        throw new EngineError(more ? 'the flow brings too many clients' : 'the clients make too many visits', status)
      if (more) this.#room.clients = Math.min(max_clients, 2 * this.#room.clients)
      this.#room.rows = Math.min(max_visits, 2 * this.#room.rows)
      this.#makeRoom()
    }
  }

  #clear(name) {
    const { address, rows, width } = this.#addresses.kept[name]
    new BigInt64Array(this.#memory.buffer, address, rows * width).fill(0n)
  }

  /** Copy what was kept of a run out of the engine's memory. */
  #journeys(place) {
    const { counts } = this.#layout
    const there = this.#counts()
    const clients = Number(there[counts.CLIENTS])
    const visits = Number(there[counts.VISITS])
    const column = (name, k, length) => {
      const { number } = this.#layout.records.kept.columns[name]
      const { address, width } = this.#addresses.kept[name]
      const Kind = ARRAYS[number]
      return new Kind(this.#memory.buffer, address + k * width * Kind.BYTES_PER_ELEMENT, length).slice()
    }
    // 64-bit words of numbers that 32 bits hold: their lower halves.
    const whole = (name, k, length) => {
      const { address, width } = this.#addresses.kept[name]
      const halves = new Int32Array(this.#memory.buffer, address + 8 * k * width, 2 * length)
      const numbers = new Int32Array(length)
      for (let row = 0; row < length; row++) numbers[row] = halves[2 * row]
      return numbers
    }
    const [client, visit, stage, cause, next, alternative] = [0, 1, 2, 3, 4, 5].map((k) => whole('whole', k, visits))
    const [joined, started, finished] = [0, 1, 2].map((k) => column('times', k, visits))
    return {
      replication: this.replications[place],
      clients,
      visits,
      client,
      visit,
      stage,
      cause,
      next,
      alternative,
      joined,
      started,
      finished,
      group: whole('group', 0, clients),
      origin: whole('origin', 0, clients),
      number: column('number', 0, clients),
      key: column('key', 0, clients),
      arrives: column('arrives', 0, clients),
      offered: column('offered', 0, clients),
      traits: this.names.traits.map((_, k) => column('traits', k, clients)),
    }
  }
}
