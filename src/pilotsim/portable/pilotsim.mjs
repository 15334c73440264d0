// The engine of pilotsim, in Node and in browsers: a packed flow and a seed in, verdicts out, to the bit as in Python. See docs/portable.md.
//
//   import { load, open } from './pilotsim.mjs'
//   const kernel = await load(bytesOfKernelWasm, kernelJson)     // once; it can be posted to workers
//   const flow = open(kernel, packed)                            // a flow as `packing.pack` writes it; memory of its own
//   const replications = Array.from({ length: 100 }, (_, k) => k)
//   const measured = flow.measure(1n, { replications })          // or each worker some, joined in any order
//   const { verdicts, values, readings } = flow.judge(measured)  // as `check --json` has them
//
// What cannot be run throws an `EngineError`, whose `status` is the engine's.
import { Numbers } from './drawing.mjs'
import { copyJourneys } from './journeys.mjs'
import { EngineError, Memory } from './memory.mjs'
import { unpack } from './packed.mjs'
import { Rules } from './standstill.mjs'
import { scarceIn } from './use.mjs'
import { Judge } from './verdicts.mjs'

/** The greatest seed: what a signed number of 64 bits holds. */
const LARGEST_SEED = 2n ** 63n - 1n

/** What may be measured, in the order in which it stands in a row. */
const KINDS = /** @type {const} */ (['targets', 'observed', 'effect', 'economy'])

/** @typedef {import('./memory.mjs').Kernel} Kernel */
/** @typedef {import('./memory.mjs').Placed} Placed */
/** @typedef {import('./drawing.mjs').Drawn} Drawn */
/** @typedef {import('./journeys.mjs').Journeys} Journeys */
/** @typedef {import('./verdicts.mjs').Judged} Judged */

/**
 * What is run, and how its numbers come about: replications that are drawn (replication 0, unless said), or `drawn` beforehand.
 *
 * @typedef {{ replications?: Iterable<number>, drawn?: Iterable<Drawn> } & import('./drawing.mjs').Setting} Runs
 */

/**
 * One replication, until the next is run. `measured` is its row of measured numbers where these were asked for, a copy.
 *
 * @typedef {object} Replication
 * @property {number} replication
 * @property {Float64Array} numbers What each value comes to.
 * @property {Float64Array | null} measured
 * @property {(offered: boolean) => Journeys} journeys
 * @property {import('./standstill.mjs').Standing | null} standing Who stands still for ever and where nobody can start, with the programme; where it was
 *   asked for.
 * @property {(column: number) => Int8Array} marks Of each client, in a column of those by which drop-outs are told; where it was marked.
 */

/**
 * Compile the module once.
 *
 * @param {BufferSource} bytes `kernel.wasm`.
 * @param {import('./memory.mjs').Layout} layout `kernel.json`.
 * @returns {Promise<Kernel>}
 */
export async function load(bytes, layout) {
  return { module: await WebAssembly.compile(bytes), layout }
}

/**
 * Open a packed flow: an instance of the module with memory of its own.
 *
 * @param {Kernel} kernel
 * @param {ArrayBuffer | Uint8Array} packed
 */
export function open(kernel, packed) {
  return new Flow(kernel, packed)
}

/** A flow that can be run. */
export class Flow {
  /** @type {import('./memory.mjs').Layout} */
  #layout
  /** @type {import('./packed.mjs').Header} */
  #header
  /** @type {Record<string, (...given: any[]) => any>} */
  #exports
  #memory
  /** @type {Numbers | null} */
  #numbers = null
  #judge
  #places
  #rules
  /** @type {Map<number, Float64Array> | null} */
  #given = null
  /** @type {Placed} */
  #tables
  /** @type {Placed} */
  #program
  /** @type {Placed} */
  #values
  /** How much room there is for one replication; more is made where it turns out too little. */
  #room
  #bottom
  /** @type {Record<string, Placed>} */
  #placed = {}

  /**
   * @param {Kernel} kernel
   * @param {ArrayBuffer | Uint8Array} packed
   */
  constructor({ module, layout }, packed) {
    const { header, arrays, bytes } = unpack(packed, layout)
    this.#layout = layout
    this.#header = header
    /** What the flow is called. */
    this.name = header.flow
    /** The names of its stages, groups, risks, traits and values. */
    this.names = header.names
    /** What is asked: each target in each of its readings. */
    this.questions = header.questions
    /** @type {Map<string, number>} Where in a measured row each measure begins, by its kind and name: `effect.recipients.work`. */
    this.measures = new Map(
      KINDS.flatMap((kind) => (header.measures[kind] ?? []).map((name) => `${kind}.${name}`)).map((name, k) => [name, k * layout.outputs.length]),
    )
    /** Where behind that its number without the programme stands. */
    this.without = layout.outputs.indexOf('counterfactual')
    /** Of which questions it is told where clients drop out; of none where it was not packed. */
    this.dropOuts = header.drop_outs ?? { own: header.names.stages.map(() => false), asked: [] }
    /** From which day on anything counts. */
    this.countedFrom = Number(arrays.program.counted_from.array[0])
    /** What is scarce, and who needs it. */
    this.scarce = scarceIn(arrays.program)
    this.#rules = new Rules(arrays.tables, this.scarce)
    /** How many numbers of a measured row are those of measures. */
    this.measured = header.measures.count * layout.outputs.length
    const memory = (this.#memory = new Memory(layout, header.engine.tables, 2 * bytes + 2 ** 22))
    const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } })
    this.#exports = /** @type {any} */ (instance.exports)
    const { draw_numbers: draw, settle_numbers: settle, judge_block: judge, __heap_base: base } = /** @type {any} */ (instance.exports)
    memory.top = Number(base.value)
    this.#tables = memory.put('tables', arrays.tables)
    this.#program = memory.put('program', arrays.program)
    this.#values = memory.place('values', { ...header.engine.sizes, replications: 1 })
    if (header.drawing !== null) this.#numbers = new Numbers(memory, arrays, header, layout, { draw, settle })
    if (arrays.given !== undefined) {
      const { numbers, replication } = arrays.given
      const rows = /** @type {Float64Array} */ (numbers.array)
      const places = /** @type {BigUint64Array} */ (replication.array)
      this.#given = new Map(Array.from(places, (one, k) => [Number(one), rows.slice(k * numbers.width, (k + 1) * numbers.width)]))
    }
    this.#places = placesIn(header, layout)
    /** How many numbers a row has: those of each measure, bounds that move, readings of the sources, and which replication it is. */
    this.width = this.#places.width
    this.#judge = new Judge(memory, arrays, header, layout, this.#places, judge)
    const { chunk, visits: chunkVisits, times } = layout.first_room
    this.#room = { clients: 1024, rows: 4096, keptClients: 1024, keptVisits: 4096, chunk, chunkVisits, times }
    this.#bottom = memory.top
    this.#makeRoom()
  }

  /**
   * Return what some replications go by: their numbers drawn, or set, and worked out from each other.
   *
   * @param {number | bigint | string} seed
   * @param {Iterable<number>} replications
   * @param {import('./drawing.mjs').Setting} [setting]
   * @returns {Drawn[]}
   */
  draw(seed, replications, setting = {}) {
    const asked = [...replications]
    const given = this.#given
    if (given === null || asked.some((one) => !given.has(one))) {
      if (this.#numbers === null) throw new EngineError('the numbers of this flow are given, and not for all of these replications')
      return this.#numbers.draw(seedOf(seed), asked, setting)
    }
    if (setting.fixed || Object.keys(setting.set ?? {}).length) throw new EngineError('numbers that are given cannot be set')
    const readings = (this.#header.drawing?.joints ?? []).map(() => -1)
    return asked.map((replication) => ({ replication, numbers: /** @type {Float64Array} */ (given.get(replication)).slice(), readings }))
  }

  /**
   * Yield the journeys of one replication after the other, in one of the worlds.
   *
   * @param {number | bigint | string} seed
   * @param {Runs & { offered?: boolean }} [runs]
   * @returns {Generator<Journeys, void>}
   */
  *run(seed, { offered = true, ...runs } = {}) {
    for (const one of this.replicate(seed, { ...runs, worlds: [offered], measures: false })) yield one.journeys(offered)
  }

  /**
   * Return the rows of measured numbers of some replications, one after the other: `width` numbers each. Rows that come from several
   * workers are joined to one array, in any order.
   *
   * @param {number | bigint | string} seed
   * @param {Runs} [runs]
   */
  measure(seed, runs = {}) {
    const rows = Array.from(this.replicate(seed, runs), ({ measured }) => /** @type {Float64Array} */ (measured))
    const all = new Float64Array(rows.length * this.width)
    rows.forEach((row, k) => all.set(row, k * this.width))
    return all
  }

  /**
   * Run one replication after the other, in one world or both, and measure each.
   *
   * @param {number | bigint | string} seed
   * @param {Runs & { worlds?: boolean[], measures?: boolean, marked?: boolean, standing?: boolean }} [runs] `worlds`: true with the programme,
   *   false without; measures need both. `marked`: whether marks of all clients are given, which takes measures. `standing`: whether it is
   *   looked who stands still.
   * @returns {Generator<Replication, void>}
   */
  *replicate(seed, { replications = [0], drawn, worlds = [true, false], measures = true, marked = false, standing = false, ...setting } = {}) {
    const key = seedOf(seed)
    if (measures && !(worlds.includes(true) && worlds.includes(false))) throw new EngineError('measures need both worlds')
    for (const one of drawn ?? this.#drawOneByOne(seed, replications, setting)) {
      this.#prepare(one)
      /** @type {import('./standstill.mjs').Standing | null} */
      let found = null
      /** @param {boolean} offered */
      const runs = (offered) => {
        if (!this.#runOne(key, offered)) return false
        // As the engine stands now: the other world takes its place.
        if (standing && offered) found = { stuck: this.#stuck(one.numbers), never: this.#rules.never(one.numbers) }
        return true
      }
      while (!worlds.every(runs) || (measures && !this.#measureOne(marked))) this.#makeRoom()
      yield {
        replication: one.replication,
        numbers: one.numbers,
        measured: measures ? this.#rowOf(one) : null,
        standing: found,
        journeys: (offered) => this.#journeys(one.replication, offered),
        marks: (column) => this.#marks(column),
      }
    }
  }

  /**
   * Return the verdicts on all targets from the measured numbers of all replications.
   *
   * @param {Float64Array} measured
   * @param {import('./drawing.mjs').Setting} [setting] What was set for the runs.
   * @returns {Judged}
   */
  judge(measured, { set = {} } = {}) {
    const isSet = Object.keys(set).length > 0
    const heldTo = this.#numbers?.asWritten(set) ?? this.#judge.heldTo
    return this.#judge.judge(measured, heldTo, isSet)
  }

  /**
   * Return what each value comes to as the file has it, with what is set, in the order of `names.values`.
   *
   * @param {Record<string, number>} set
   */
  written(set) {
    if (this.#numbers === null) throw new EngineError('numbers that are given cannot be set')
    return this.#numbers.asWritten(set).numbers
  }

  /**
   * @param {number | bigint | string} seed
   * @param {Iterable<number>} replications
   * @param {import('./drawing.mjs').Setting} setting
   */
  *#drawOneByOne(seed, replications, setting) {
    for (const replication of replications) yield* this.draw(seed, [replication], setting)
  }

  /**
   * Hand the numbers of a replication over.
   *
   * @param {Drawn} drawn
   */
  #prepare({ replication, numbers }) {
    const { columns, row } = this.#values
    const there = this.#memory.doubles(columns.numbers)
    there.fill(0)
    there.set(numbers)
    this.#memory.words(columns.replication)[0] = BigInt(replication)
    this.#memory.words(columns.same).fill(0n)
    this.#exports.prepare_values(this.#tables.row, row)
  }

  /** Make room for one replication behind the flow; what was there is lost. */
  #makeRoom() {
    const memory = this.#memory
    const { engine, measures } = this.#header
    const { clients, rows, keptClients, keptVisits, chunk, chunkVisits, times } = this.#room
    const sizes = engine.sizes
    const { counts, room_counts: roomCounts, state_counts: stateCounts, clients_a_day: aDay, max_days: maxDays } = this.#layout
    memory.top = this.#bottom
    const kept = {
      ...sizes,
      counts: counts.COUNTS,
      replications: 1,
      'replications and one': 2,
      'groups and one': sizes.groups + 1,
      six: 6,
      three: 3,
      clients: keptClients,
      visits: keptVisits,
    }
    this.#placed = {
      clients: memory.place('clients', { ...sizes, clients }),
      state: memory.place('state', {
        ...sizes,
        clients,
        rows,
        two: 2,
        counts: stateCounts,
        'client risks': Math.max(1, clients * sizes.risks),
        days: Math.max(1, Math.min(maxDays, Math.floor(clients / aDay))),
      }),
      with: memory.place('kept', kept),
      without: memory.place('kept', kept),
      room: memory.place('measure_room', { ...measures.room, two: 2, counts: roomCounts.COUNTS, chunk, visits: chunkVisits, times }),
      measured: memory.place('measured', { replications: 1, 'outputs of measures': this.#places.outputs }),
    }
  }

  /**
   * Run the replication that is prepared in a world; tell whether there was room, or else note how much it takes.
   *
   * @param {bigint} key
   * @param {boolean} offered
   */
  #runOne(key, offered) {
    const { statuses, counts, max_clients: maxClients, max_visits: maxVisits } = this.#layout
    const { clients, state, with: with_, without } = this.#placed
    const kept = offered ? with_ : without
    for (const name of ['counts', 'first', 'group_from', 'visit_from']) this.#memory.words(kept.columns[name]).fill(0n)
    const status = Number(
      this.#exports.simulate_block(this.#tables.row, this.#values.row, clients.row, state.row, kept.row, kept.row, kept.row, key, offered ? 1 : 0, 0),
    )
    const room = this.#room
    if (status === statuses.FINE) return true
    if (status === statuses.NO_ROOM_TO_KEEP) {
      const needed = this.#memory.words(kept.columns.counts)
      room.keptClients = Math.max(room.keptClients, Math.ceil(1.25 * Number(needed[counts.CLIENTS_NEEDED])))
      room.keptVisits = Math.max(room.keptVisits, Math.ceil(1.25 * Number(needed[counts.VISITS_NEEDED])))
      return false
    }
    const more = status === statuses.TOO_MANY_CLIENTS
    if (!more && status !== statuses.TOO_MANY_ROWS) throw new EngineError(`the engine stopped with status ${status}`, status)
    if (more ? room.clients >= maxClients : room.rows >= maxVisits)
      throw new EngineError(more ? 'the flow brings too many clients' : 'the clients make too many visits', status)
    if (more) room.clients = Math.min(maxClients, 2 * room.clients)
    room.rows = Math.min(maxVisits, 2 * room.rows)
    return false
  }

  /**
   * Measure the replication that was run in both worlds; tell whether there was room, or else note how much it takes.
   *
   * @param {boolean} marked Whether marks of all clients have to be there at once.
   */
  #measureOne(marked) {
    const memory = this.#memory
    const clients = Number(memory.words(this.#placed.with.columns.counts)[this.#layout.counts.CLIENTS])
    if (marked && clients > this.#room.chunk) {
      this.#room.chunk = Math.ceil(1.25 * clients)
      return false
    }
    const { with: with_, without, room, measured } = this.#placed
    const { STATUS: _, VISITS_NEEDED: visits, LIST_NEEDED: times } = this.#layout.room_counts
    const mark = memory.top
    const numbers = { ...this.#values.columns.numbers, width: this.names.values.length }
    const settled = memory.point('settled', { numbers })
    const [seen, anyway] = [with_, without].map((kept) => memory.point('visits', this.#visitsIn(kept)))
    const cohort = memory.point('cohort', this.#cohortIn(with_))
    const done = this.#exports.measure_block(this.#program.row, settled.row, seen.row, anyway.row, cohort.row, room.row, measured.row, 0n)
    memory.top = mark
    if (done === 1n) return true
    const needed = memory.words(room.columns.counts)
    this.#room.chunkVisits = Math.max(this.#room.chunkVisits, 2 * Number(needed[visits]))
    this.#room.times = Math.max(this.#room.times, 2 * Number(needed[times]))
    return false
  }

  /** @param {Float64Array} numbers */
  #stuck(numbers) {
    const memory = this.#memory
    const { clients, state } = this.#placed
    const count = Number(memory.words(clients.columns.count)[0])
    const groupOf = memory.reader('clients', clients, 'group')
    const groups = Int32Array.from({ length: count }, (_, client) => groupOf(client))
    return this.#rules.stuck((name) => memory.reader('state', state, name), groups, count, numbers)
  }

  /** @param {number} column */
  #marks(column) {
    const { address, width } = this.#placed.room.columns.marks
    const clients = Number(this.#memory.words(this.#placed.with.columns.counts)[this.#layout.counts.CLIENTS])
    return new Int8Array(this.#memory.memory.buffer, address + column * width, clients).slice()
  }

  /** @param {Placed} kept */
  #visitsIn({ columns }) {
    const rows = Number(this.#memory.words(columns.counts)[this.#layout.counts.VISITS])
    /** @type {(of: import('./memory.mjs').Column, k: number, bytes: number) => import('./memory.mjs').Column} */
    const row = (of, k, bytes) => ({ address: of.address + bytes * k * of.width, rows, width: 1 })
    const { whole, times } = columns
    return {
      client: row(whole, 0, 4),
      visit: row(whole, 1, 4),
      stage: row(whole, 2, 4),
      cause: row(whole, 3, 4),
      next: row(whole, 4, 4),
      alternative: row(whole, 5, 4),
      joined: row(times, 0, 8),
      started: row(times, 1, 8),
      finished: row(times, 2, 8),
    }
  }

  /**
   * Return the clients as measures read them. The traits that these ask for are copied side by side.
   *
   * @param {Placed} kept
   */
  #cohortIn({ columns }) {
    const memory = this.#memory
    const rows = Number(memory.words(columns.counts)[this.#layout.counts.CLIENTS])
    const { group, origin, arrives, first, traits } = columns
    /** @type {(k: number) => import('./memory.mjs').Column} */
    const trait = (k) => ({ address: traits.address + 8 * k * traits.width, rows, width: 1 })
    const asked = this.#header.measures.traits
    const address = memory.take(8 * rows * asked.length)
    asked.forEach((k, to) => new Float64Array(memory.memory.buffer, address + 8 * rows * to, rows).set(memory.doubles(trait(k))))
    return {
      first,
      group: { ...group, rows },
      origin: { ...origin, rows },
      arrives: { ...arrives, rows },
      past: trait(traits.rows - 1),
      traits: { address, rows: asked.length, width: rows },
    }
  }

  /**
   * Return the row of measured numbers of the replication that was measured.
   *
   * @param {Drawn} drawn
   */
  #rowOf({ replication, numbers, readings }) {
    const row = new Float64Array(this.width)
    row[this.#places.replication] = replication
    row.set(this.#memory.doubles(this.#placed.measured.columns.found))
    this.questions.forEach(({ moves }, q) => {
      if (moves >= 0) row[this.#places.moving[q]] = numbers[moves]
    })
    readings.forEach((reading, part) => {
      row[this.#places.readings[part]] = reading
    })
    return row
  }

  /**
   * @param {number} replication
   * @param {boolean} offered
   */
  #journeys(replication, offered) {
    const { columns } = offered ? this.#placed.with : this.#placed.without
    const counts = this.#memory.words(columns.counts)
    const clients = Number(counts[this.#layout.counts.CLIENTS])
    const visits = Number(counts[this.#layout.counts.VISITS])
    return copyJourneys(this.#memory.memory.buffer, columns, { replication, clients, visits, traits: this.names.traits.length })
  }
}

/**
 * Return a seed as a whole number, exactly.
 *
 * @param {number | bigint | string} seed A string of digits, or a `bigint`, where it is above what a number holds exactly.
 */
export function seedOf(seed) {
  const isExact = typeof seed === 'bigint' || (typeof seed === 'string' && /^[0-9]{1,19}$/.test(seed)) || Number.isSafeInteger(seed)
  const exact = isExact ? BigInt(seed) : -1n
  if (exact >= 0n && exact <= LARGEST_SEED) return exact
  const isRounded = typeof seed === 'number' && seed > Number.MAX_SAFE_INTEGER
  const why = isRounded ? ': a number above 9007199254740991 is not exact here, so give a string or a BigInt' : ''
  throw new RangeError(`'${seed}' is no seed: expected a whole number from 0 to ${LARGEST_SEED}${why}`)
}

/**
 * Return where in a row of measured numbers what stands: the numbers of each measure, then bounds that move, readings, and which replication
 * it is.
 *
 * @param {import('./packed.mjs').Header} header
 * @param {import('./memory.mjs').Layout} layout
 * @returns {import('./verdicts.mjs').RowPlaces}
 */
function placesIn({ measures, questions, drawing }, layout) {
  const outputs = measures.count * layout.outputs.length
  let width = outputs
  const moving = questions.map(({ moves }) => (moves < 0 ? -1 : width++))
  const readings = (drawing?.joints ?? []).map(() => width++)
  const replication = width++
  return { outputs, width, moving, readings, replication }
}
