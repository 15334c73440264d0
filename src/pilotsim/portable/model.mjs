// A flow that can be asked: what its targets come to, what a change does to them, month by month, client by client.
//
//   const model = await loadModel({ module, layout, packed, description, spawn, workers: 2 })
//   const run = model.ask({ seed: 1, replications: 400, set: { 'resources.place.units': 24 } }, (answer) => { ... })
//   const answer = await run.done                    // or run.stop(), and `done` gives what there is by then
//   answer.judged.verdicts, answer.judged.readings, answer.judged.values, answer.months()
//   differences(plan, answer)                        // replication by replication: the same clients and the same chance in both
//   const journeys = await model.journeys({ seed: 1, replication: 7 })
//   model.close()
//
// A run here is the run of the same number and seed of `pilotsim check`: the same draws, the same journeys and the same numbers, whatever
// the number of workers. What has been run of a setting is kept, so that asking on takes only what is missing.
import { nameOfCell } from './drop_outs.mjs'
import { Variants } from './patches.mjs'
import { load, open, seedOf } from './pilotsim.mjs'
import { Settings } from './settings.mjs'
import { meanOf, quantileOf, summarise } from './statistics.mjs'
import { Pool, WorkerError } from './workers.mjs'

/** Of how many settings what has been run is kept: the plan, and those that a reader goes to and fro between. */
const MAX_SETTINGS = 8
/** In how many runs it is looked who stands still for ever, as `pilotsim check` does. */
const LOOKED_AT = 10
/** How many variants stay open. */
const MAX_VARIANTS = 4

/** @typedef {import('./replications.mjs').Found} Found */
/** @typedef {import('./statistics.mjs').Summary} Summary */
/** @typedef {import('./verdicts.mjs').Judged} Judged */

/**
 * A value of the flow, as people speak of it. Its numbers are in base units; one of the unit it is written in is so many of them.
 *
 * @typedef {object} Value
 * @property {string} path
 * @property {string} says
 * @property {'share' | 'duration' | 'rate' | 'count' | 'number' | 'real'} kind
 * @property {number | null} number What the file says; null for unlimited.
 * @property {number | null} low Where its range begins; null for none.
 * @property {number | null} high
 * @property {number | null} least What it may be at least; null for anything.
 * @property {number | null} most
 * @property {number | null} above What it must be more than; null for anything.
 * @property {string[]} becomes The paths of what it becomes from dates on and in periods: where it is set, they are set with it.
 * @property {number} one How many base units one of its unit is.
 * @property {string} unit
 * @property {string} written The file's number with its unit.
 */

/**
 * What `pilotsim.portable.description.describe_flow` says of a flow, with what its values may only be together.
 *
 * @typedef {Said & import('./settings.mjs').Together} Description
 *
 * @typedef {object} Said
 * @property {string} flow
 * @property {string} title
 * @property {string} version
 * @property {string} language
 * @property {Value[]} values
 * @property {{ name: string, says: string, state: string, state_says: string }[]} stages
 * @property {{ name: string, says: string }[]} resources
 * @property {{ name: string, says: string }[]} risks
 * @property {{ name: string, target: string, reading: string | null, says: string, reads: string | null, kind: Value['kind'], is_measured: boolean, how_counted: string | null }[]} questions
 * @property {import('./monthly.mjs').Frame} frame
 * @property {string[]} marks The date of each mark of the frame.
 * @property {{ name: string, says: string, falls_short: boolean }[]} grades
 * @property {import('./numbers.mjs').Style} numbers
 * @property {import('./statistics.mjs').Constants} statistics
 */

/**
 * A question to a model.
 *
 * @typedef {object} Question
 * @property {number | bigint | string} [seed] A whole number from 0 to 2^63 - 1: above 2^53 - 1 a `bigint`, or a string of digits.
 * @property {number} [replications] How many, 1 or more.
 * @property {Record<string, number>} [set] Values that stand at a number of their own, by path, in base units, as by `--set`: such a value is
 *   not drawn, it stays so at all dates, and others follow it.
 * @property {string} [variant] A variant of the flow, such as one with other dates, with the same clients and the same chance; what is set
 *   is set in it. The flow itself, unless given.
 * @property {boolean} [fixed] Whether all other assumptions stand at their values.
 * @property {boolean} [months] Whether runs are followed month by month, and it is told where clients drop out.
 */

/**
 * What is loaded.
 *
 * @typedef {object} Parts
 * @property {BufferSource} module `kernel.wasm`.
 * @property {import('./memory.mjs').Layout} layout `kernel.json`.
 * @property {ArrayBuffer | Uint8Array} packed What `pilotsim.portable.packing.pack` wrote.
 * @property {Description} description
 * @property {ArrayBuffer | Uint8Array} [variants] What `pilotsim.portable.variants.pack_variants` wrote.
 * @property {() => import('./workers.mjs').Port} spawn Starts a worker: `fromText(...)` in a browser, `spawn` of `node.mjs` in Node.
 * @property {number} [workers] How many.
 */

/**
 * Load a flow, and start workers for it.
 *
 * @param {Parts} parts
 * @returns {Promise<Model>}
 */
export async function loadModel({ module, layout, packed, description, variants, spawn, workers = 1 }) {
  if (typeof WebAssembly === 'undefined') throw new WorkerError('no_webassembly', 'WebAssembly is switched off here')
  const kernel = await load(module, layout)
  const flow = open(kernel, packed)
  const pool = new Pool(spawn, { ...kernel, packed, variants, frame: description.frame }, { size: workers })
  const patches = new Variants(variants)
  return new Model(flow, pool, description, patches, (name) => open(kernel, patches.packed(name, packed)))
}

/**
 * A flow, or a variant of it, with what may be set in it.
 *
 * @typedef {{ name: string, flow: import('./pilotsim.mjs').Flow, description: Description, settings: Settings }} Opened
 */

/** A flow that can be asked. */
export class Model {
  #pool
  #open
  /** @type {Map<string, Opened>} By name of the variant; the flow itself by none. */
  #opened = new Map()
  /** @type {Map<string, Found[]>} What has been run of a setting: by replication, with gaps where none has come in. The latest last. */
  #kept = new Map()

  /**
   * @param {import('./pilotsim.mjs').Flow} flow
   * @param {Pool} pool
   * @param {Description} description
   * @param {Variants} variants
   * @param {(name: string) => import('./pilotsim.mjs').Flow} open Opens a variant.
   */
  constructor(flow, pool, description, variants, open) {
    this.#pool = pool
    this.#open = open
    this.description = description
    /** What else of the flow can be run. */
    this.variants = variants
    const settings = new Settings(flow, description)
    this.#opened.set('', { name: '', flow, description, settings })
    /** @type {Map<string, Value>} What can be set, by path. */
    this.values = settings.values
  }

  /** What is said of a variant; of the flow itself by no name. @param {string} variant @returns {Description} */
  describe(variant) {
    return this.#flowOf(variant).description
  }

  /** @param {string} name @returns {Opened} */
  #flowOf(name) {
    const known = this.#opened.get(name)
    if (known !== undefined) return known
    if (!this.variants.has(name)) throw new RangeError(`the flow has no variant '${name}'`)
    const description = this.variants.described(name, this.description.language, this.description)
    const flow = this.#open(name)
    const opened = { name, flow, description, settings: new Settings(flow, description) }
    // What was opened first is let go; answers hold what they need.
    const oldest = [...this.#opened.keys()][1]
    if (this.#opened.size > MAX_VARIANTS) this.#opened.delete(oldest)
    this.#opened.set(name, opened)
    return opened
  }

  /** How many workers there are. */
  get workers() {
    return this.#pool.size
  }

  /**
   * Ask what the targets come to in a setting.
   *
   * @param {Question} [question]
   * @param {(answer: Answer) => void} [onProgress] Called whenever a run has come in, with what there is.
   * @returns {Run<Answer>}
   */
  ask(question = {}, onProgress = () => {}) {
    const run = this.#run([question], ([answer]) => onProgress(answer))
    return { answer: () => run.answer()[0], stop: run.stop, done: run.done.then(([answer]) => answer) }
  }

  /**
   * Ask the same of two settings, so that both are run equally far at any time.
   *
   * @param {Question} one
   * @param {Question} other
   * @param {(answers: Answer[]) => void} [onProgress]
   * @returns {Run<Answer[]>}
   */
  compare(one, other, onProgress = () => {}) {
    return this.#run([one, other], onProgress)
  }

  /**
   * Return the journeys of one run.
   *
   * @param {Question & { replication?: number, offered?: boolean }} [question] `offered`: false for the world without the programme.
   * @returns {Promise<import('./journeys.mjs').Journeys>}
   */
  async journeys({ seed = 1, replication = 0, set = {}, variant = '', fixed = false, offered = true } = {}) {
    if (!Number.isSafeInteger(replication) || replication < 0) throw new RangeError(`expected a replication, 0 or more; found ${replication}`)
    const { question } = this.#asked({ seed, set, variant, fixed })
    const task = { seed: question.seed, replication, set: question.set, variant, fixed, worlds: [offered], journeys: true }
    const [found] = await this.#pool.carryOut([task]).done
    return found.journeys[0]
  }

  /** End the workers. */
  close() {
    this.#pool.close()
  }

  /**
   * @param {Question[]} questions
   * @param {(answers: Answer[]) => void} onProgress
   * @returns {Run<Answer[]>}
   */
  #run(questions, onProgress) {
    const asked = questions.map((question) => this.#asked(question))
    const kept = asked.map(({ question }) => this.#keptOf(question))
    /** @type {any[]} */
    const tasks = []
    /** @type {[number, number][]} */
    const places = []
    for (let replication = 0; replication < Math.max(...asked.map(({ question }) => question.replications)); replication++)
      asked.forEach(({ question: { replications, ...one }, opened }, which) => {
        if (replication >= replications || kept[which][replication] !== undefined) return
        // Two settings that are the same are run once.
        if (kept.indexOf(kept[which]) < which && replication < asked[kept.indexOf(kept[which])].question.replications) return
        const frame = one.months && one.variant !== '' ? opened.description.frame : undefined
        tasks.push({ ...one, frame, replication, worlds: [true, false], measures: true, dropOuts: one.months, standing: replication < LOOKED_AT })
        places.push([which, replication])
      })
    const answer = () => asked.map(({ question, opened }, which) => new Answer(opened.flow, opened.description, question, kept[which]))
    const work = this.#pool.carryOut(tasks, (place, found) => {
      const [which, replication] = places[place]
      kept[which][replication] = found
      onProgress(answer())
    })
    return { answer, stop: () => work.stop(), done: work.done.then(answer) }
  }

  /**
   * Return a question with all that it leaves out, or refuse it.
   *
   * @param {Question} question
   */
  #asked({ seed = 1, replications = 400, set = {}, variant = '', fixed = false, months = false }) {
    if (!Number.isSafeInteger(replications) || replications < 1) throw new RangeError(`expected 1 replication or more; found ${replications}`)
    const opened = this.#flowOf(variant)
    opened.settings.check(set)
    return { question: { seed: seedOf(seed), replications, set: { ...set }, variant, fixed, months }, opened }
  }

  /** @param {{ seed: bigint, set: Record<string, number>, variant: string, fixed: boolean, months: boolean }} question */
  #keptOf({ seed, set, variant, fixed, months }) {
    const key = JSON.stringify([String(seed), variant, Object.entries(set).sort(), fixed, months])
    const kept = this.#kept.get(key) ?? []
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_SETTINGS) this.#kept.delete(oldest)
    return kept
  }
}

/**
 * What is being run.
 *
 * @template A
 * @typedef {object} Run
 * @property {() => A} answer What there is by now.
 * @property {() => void} stop Hand out no more.
 * @property {Promise<A>} done What there is when all is run, or when it was stopped.
 */

/**
 * A series with a number for each mark of the months.
 *
 * @typedef {object} Series
 * @property {string} stage
 * @property {Float64Array} mean With the programme.
 * @property {Float64Array} low Nine runs in ten lie between this
 * @property {Float64Array} high and this.
 * @property {Float64Array} waiting The mean of those who wait to start.
 * @property {Float64Array} without The mean without the programme.
 */

/** What the replications of a setting came to, from the first on as far as none is missing. */
export class Answer {
  #flow
  #description
  #found
  /** @type {Judged | undefined} */
  #judged

  /**
   * @param {import('./pilotsim.mjs').Flow} flow
   * @param {Description} description
   * @param {{ seed: bigint, replications: number, set: Record<string, number>, variant: string, fixed: boolean, months: boolean }} question
   * @param {Found[]} found
   */
  constructor(flow, description, question, found) {
    this.#flow = flow
    this.#description = description
    this.question = question
    let count = 0
    while (count < question.replications && found[count] !== undefined) count++
    this.#found = found.slice(0, count)
  }

  /** On how many replications it rests. */
  get replications() {
    return this.#found.length
  }

  /** The verdict on each target in each of its readings, the measured values, and the verdicts in each reading of the sources. */
  get judged() {
    if (this.#judged === undefined) {
      const rows = new Float64Array(this.#flow.width * this.#found.length)
      this.#found.forEach(({ measured }, k) => measured !== null && rows.set(measured, this.#flow.width * k))
      this.#judged = this.#flow.judge(rows, { set: this.question.set })
    }
    return this.#judged
  }

  /**
   * What a measure came to in each run, with the programme and without: `effect.recipients.work`, for those in work at the end.
   *
   * @param {string} name
   * @returns {{ programme: Float64Array, without: Float64Array }}
   */
  measured(name) {
    const place = this.#flow.measures.get(name)
    if (place === undefined) throw new RangeError(`the packed flow has no measure '${name}'`)
    /** @type {(at: number) => Float64Array} */
    const at = (at) => Float64Array.from(this.#found, ({ measured }) => (measured === null ? NaN : measured[at]))
    return { programme: at(place), without: at(place + this.#flow.without) }
  }

  /**
   * How many clients are in each stage from month to month, over all runs; none where runs were not followed.
   *
   * @returns {Series[]}
   */
  months() {
    const { stages, frame, statistics } = this.#description
    if (!this.question.months || !this.#found.length) return []
    const [low, high] = statistics.ends
    return stages.map(({ name }, stage) => {
      /** @type {(numbers: (found: Found) => Int32Array, what: (runs: Float64Array) => number) => Float64Array} */
      const over = (numbers, what) =>
        Float64Array.from(frame.marks, (_, mark) => what(Float64Array.from(this.#found, (one) => numbers(one)[mark * frame.stages + stage])))
      /** @type {(share: number) => (runs: Float64Array) => number} */
      const quantile = (share) => (runs) => quantileOf(runs.sort(), share)
      return {
        stage: name,
        mean: over(({ months }) => months[0].occupancy, meanOf),
        low: over(({ months }) => months[0].occupancy, quantile(low)),
        high: over(({ months }) => months[0].occupancy, quantile(high)),
        waiting: over(({ months }) => months[0].waiting, meanOf),
        without: over(({ months }) => months[1].occupancy, meanOf),
      }
    })
  }

  /**
   * How long clients wait on average to start in each stage, by the month in which they start, over all runs; and what share of each
   * resource is in use, how much of the time all of it is, and how many units are overbooked. None where runs were not followed.
   *
   * @returns {{ waits: Band[], use: Band[], full: Band[], overbooked: Band[] }} By stage, and by resource.
   */
  bands() {
    const { stages, frame } = this.#description
    if (!this.question.months || !this.#found.length) return { waits: [], use: [], full: [], overbooked: [] }
    const months = frame.marks.length - 1
    const resources = this.#found[0].use[0].units.length / months
    /** @type {(of: (found: Found, place: number) => number, each: number, which: number) => Band} */
    const band = (of, each, which) => bandOf(Array.from({ length: months }, (_, month) => this.#found.map((one) => of(one, month * each + which))), this.#description.statistics.ends)
    /** @type {(of: (use: import('./use.mjs').Use, place: number) => number) => Band[]} */
    const byResource = (of) => Array.from({ length: resources }, (_, resource) => band(({ use: [own] }, place) => of(own, place), resources, resource))
    return {
      waits: stages.map((_, stage) => band(({ months: [own] }, place) => own.waits[place], frame.stages, stage)),
      use: byResource(({ used, overbooked, units }, place) => (units[place] > 0 ? used[place] / units[place] : overbooked[place] > 0 ? 1 : NaN)),
      full: byResource(({ full }, place) => full[place]),
      overbooked: byResource(({ overbooked }, place) => overbooked[place]),
    }
  }

  /**
   * How many there are in each cell over all runs, of each question of which it is told where clients drop out; none where runs were not
   * followed. Cells are called as `nameOfCell` says; one in which nobody is, is left out.
   *
   * @returns {Map<string, Map<string, number>>} By the name of the question.
   */
  dropOuts() {
    if (!this.question.months || !this.#found.length) return new Map()
    return new Map(
      this.#flow.dropOuts.asked.map(({ name }, place) => {
        /** @type {Map<string, number>} */
        const sums = new Map()
        for (const { dropOuts } of this.#found)
          dropOuts[place].forEach((count, cell) => {
            const called = count ? nameOfCell(cell, this.#flow.names) : ''
            if (count) sums.set(called, (sums.get(called) ?? 0) + count)
          })
        return [name, sums]
      }),
    )
  }

  /**
   * Who stands still for ever and where nobody can ever start, in the runs that are looked at.
   *
   * @returns {{ runs: number, found: number, first: import('./standstill.mjs').Stuck[], never: import('./standstill.mjs').NeverStarted[] }} Of so many
   *   runs, in how many anybody stands still; who, in the first of these; and where nobody can start in any.
   */
  standing() {
    const looked = this.#found.flatMap(({ standing }) => (standing === null ? [] : [standing]))
    const still = looked.filter(({ stuck }) => stuck.length)
    const [one] = looked
    const never = one === undefined ? [] : one.never.filter(({ stage }) => looked.every((other) => other.never.some((same) => same.stage === stage)))
    return { runs: looked.length, found: still.length, first: still.length ? still[0].stuck : [], never }
  }

  /** The answer as plain content, with the fields that `pilotsim check --json` has for the same. */
  toJSON() {
    const { verdicts, values, readings } = this.judged
    const { seed, set, variant, fixed } = this.question
    return {
      flow: this.#description.flow,
      version: this.#description.version,
      seed: seed <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seed) : String(seed),
      replications: this.replications,
      fixed,
      set,
      ...(variant === '' ? {} : { variant }),
      verdicts: verdicts.map((verdict) => pick(verdict, OF_VERDICT)),
      values: Object.fromEntries(Object.entries(values).map(([name, numbers]) => [name, Array.from(numbers, plain)])),
      readings: readings.map((one) => ({ ...one, verdicts: one.verdicts.map((verdict) => pick(verdict, OF_READING)) })),
    }
  }
}

/**
 * The mean of some runs over time, and where nine in ten of them lie. NaN where no run has a number.
 *
 * @typedef {{ mean: Float64Array, low: Float64Array, high: Float64Array }} Band
 */

/**
 * @param {number[][]} columns The numbers of all runs, for each time.
 * @param {number[]} ends
 * @returns {Band}
 */
function bandOf(columns, [low, high]) {
  const known = columns.map((column) => Float64Array.from(column.filter((number) => !Number.isNaN(number))))
  /** @type {(what: (runs: Float64Array) => number) => Float64Array} */
  const over = (what) => Float64Array.from(known, (runs) => (runs.length ? what(runs) : NaN))
  // The mean first: numbers are added up in the order of the runs.
  return { mean: over(meanOf), low: over((runs) => quantileOf(runs.sort(), low)), high: over((runs) => quantileOf(runs.sort(), high)) }
}

/**
 * What one setting comes to less another, in the replications that both have: with the same clients and the same chance in both.
 *
 * @param {Answer} before
 * @param {Answer} after
 * @param {import('./statistics.mjs').Constants} constants
 * @returns {Record<string, Summary>} By measured target and reading. `half` is the margin of the mean, which shrinks with more runs; nine
 *   runs in ten end between `low` and `high`, however many there are.
 */
export function differences(before, after, constants) {
  if (before.question.seed !== after.question.seed) throw new RangeError('runs of two seeds have nothing in common')
  const count = Math.min(before.replications, after.replications)
  const [first, second] = [before.judged.values, after.judged.values]
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const changes = Float64Array.from({ length: count }, (_, k) => second[name][k] - first[name][k])
      return [name, summarise(changes, constants)]
    }),
  )
}

const OF_VERDICT = /** @type {const} */ ([
  ...['target', 'reading', 'says', 'verdict', 'bound', 'at_least', 'probability', 'interval', 'expected', 'low', 'high', 'undefined'],
  ...['base', 'left_out', 'waiting', 'bounded', 'anyway', 'probability_anyway', 'ceiling'],
])
const OF_READING = ['name', 'verdict', 'probability', 'interval', 'expected', 'low', 'high', 'anyway']

/**
 * @param {Record<string, any>} record
 * @param {readonly string[]} names
 */
function pick(record, names) {
  return Object.fromEntries(names.map((name) => [name, plain(record[name])]))
}

/** Return a number as JSON can hold it: null for what does not exist. @param {any} part @returns {any} */
function plain(part) {
  if (typeof part === 'number') return Number.isFinite(part) ? part : null
  if (Array.isArray(part)) return part.map(plain)
  return part !== null && typeof part === 'object' ? Object.fromEntries(Object.entries(part).map(([name, own]) => [name, plain(own)])) : part
}
