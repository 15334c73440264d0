// Verdicts on the targets of a flow, from what their measures came to in all replications.
import { bitsOf } from './journeys.mjs'
import { EngineError } from './memory.mjs'

/** @typedef {import('./memory.mjs').Memory} Memory */

/**
 * The verdict on a target in one of its readings, with the fields of `pilotsim check --json` in base units. What does not exist is NaN.
 *
 * @typedef {object} Verdict
 * @property {string} target
 * @property {string | null} reading
 * @property {string} says
 * @property {string} verdict
 * @property {number} bound
 * @property {boolean} at_least
 * @property {number} probability
 * @property {[number, number]} interval
 * @property {number} expected
 * @property {number} low
 * @property {number} high
 * @property {number} undefined
 * @property {number} base
 * @property {number} left_out
 * @property {number} waiting
 * @property {number} bounded
 * @property {number} anyway
 * @property {number} probability_anyway
 * @property {{ sum: string | null, comes_to: number } | null} ceiling `sum` is null where something is set, since it tells the file's numbers.
 * @property {string} name Target and reading as one word. From here on, what is not in `--json`.
 * @property {number} replications
 * @property {number} half Half the interval of `expected`: how exactly it is known.
 * @property {[boolean, boolean]} ends_known Whether `low` and `high` are known, or the least that they can be.
 * @property {[number, number]} interval_anyway
 */
/** @typedef {{ joint: string, reading: string, says: string, replications: number, verdicts: Verdict[] }} ReadingVerdicts */
/** @typedef {{ verdicts: Verdict[], values: Record<string, Float64Array>, readings: ReadingVerdicts[] }} Judged */
/** @typedef {{ bounds: Float64Array, ceilings: Float64Array }} HeldTo Of each question. */
/** @typedef {{ outputs: number, width: number, moving: number[], readings: number[], replication: number }} RowPlaces Where in a measured row what stands. */

/** Judges the questions of a flow. */
export class Judge {
  #memory
  #header
  #layout
  #function
  #arrays
  #places
  /** @type {import('./memory.mjs').Placed} */
  #questions

  /**
   * @param {Memory} memory
   * @param {import('./packed.mjs').Arrays} arrays
   * @param {import('./packed.mjs').Header} header
   * @param {import('./memory.mjs').Layout} layout
   * @param {RowPlaces} places
   * @param {(questions: number, found: number, bounds: number, room: number, verdicts: number) => void} judgeBlock
   */
  constructor(memory, arrays, header, layout, places, judgeBlock) {
    this.#memory = memory
    this.#header = header
    this.#layout = layout
    this.#arrays = arrays
    this.#places = places
    this.#function = judgeBlock
    this.#questions = memory.put('questions', arrays.questions)
  }

  /** What questions are held to as the file has it. */
  get heldTo() {
    const { bound, ceiling } = this.#arrays.questions
    return { bounds: /** @type {Float64Array} */ (bound.array), ceilings: /** @type {Float64Array} */ (ceiling.array) }
  }

  /**
   * Return the verdicts, over all replications and over those of each reading of the sources.
   *
   * @param {Float64Array} measured Rows of measured numbers, in any order.
   * @param {HeldTo} heldTo
   * @param {boolean} isSet Whether something is set, so that sums are not those of the file.
   * @returns {Judged}
   */
  judge(measured, heldTo, isSet) {
    const { width, readings: places, replication } = this.#places
    const count = measured.length / width
    if (!Number.isInteger(count)) throw new EngineError('these are no whole rows of measured numbers')
    if (count > this.#arrays.questions.students.rows) throw new EngineError(`no more than ${this.#arrays.questions.students.rows} replications can be judged`)
    // Sums are added up in the order of replications.
    const number = (/** @type {number} */ k) => measured[k * width + replication]
    const all = Array.from({ length: count }, (_, k) => k).sort((one, other) => number(one) - number(other))
    if (all.some((k, place) => place > 0 && number(k) === number(all[place - 1]))) throw new EngineError('a replication stands there twice')
    const { questions, drawing } = this.#header
    const measures = this.#arrays.questions.measure.array
    /** @type {Record<string, Float64Array>} */
    const values = {}
    for (let q = 0; q < questions.length; q++) {
      const place = Number(measures[q]) * this.#layout.outputs.length
      if (place >= 0) values[questions[q].name] = Float64Array.from(all, (k) => measured[k * width + place])
    }
    /** @type {ReadingVerdicts[]} */
    const byReading = []
    for (const [part, joint] of (drawing?.joints ?? []).entries()) {
      const reading = (/** @type {number} */ k) => measured[k * width + places[part]]
      if (all.every((k) => reading(k) < 0)) continue
      for (const [which, { name, says }] of joint.readings.entries()) {
        const own = all.filter((k) => reading(k) === which)
        const verdicts = this.#verdicts(measured, own, heldTo, isSet).filter((_, q) => Number(measures[q]) >= 0)
        byReading.push({ joint: joint.name, reading: name, says, replications: own.length, verdicts })
      }
    }
    return { verdicts: this.#verdicts(measured, all, heldTo, isSet), values, readings: byReading }
  }

  /**
   * @param {Float64Array} measured
   * @param {number[]} runs Which rows of it.
   * @param {HeldTo} heldTo
   * @param {boolean} isSet
   * @returns {Verdict[]}
   */
  #verdicts(measured, runs, { bounds, ceilings }, isSet) {
    const { outputs, width, moving } = this.#places
    const questions = this.#header.questions
    const mark = this.#memory.top
    try {
      const asked = this.#memory.alter('questions', this.#questions, { bound: bounds, ceiling: ceilings })
      const sizes = { replications: runs.length, 'outputs of measures': outputs, questions: questions.length, two: 2 }
      const found = this.#memory.place('measured', sizes)
      const held = this.#memory.place('bounds', sizes)
      const room = this.#memory.place('judge_room', { ...sizes, replications: Math.max(1, runs.length) })
      const numbers = Object.keys(this.#layout.verdict_numbers).length
      const told = this.#memory.place('verdicts', { ...sizes, numbers })
      const rows = this.#memory.doubles(found.columns.found)
      runs.forEach((run, k) => rows.set(measured.subarray(run * width, run * width + outputs), k * outputs))
      const bound = this.#memory.doubles(held.columns.bounds)
      questions.forEach((_, q) =>
        runs.forEach((run, k) => {
          bound[q * runs.length + k] = moving[q] < 0 ? bounds[q] : measured[run * width + moving[q]]
        }),
      )
      this.#function(asked.row, found.row, held.row, room.row, told.row)
      const all = this.#memory.doubles(told.columns.numbers)
      return questions.map((_, q) => this.#verdict(q, all.slice(q * numbers, (q + 1) * numbers), runs.length, bounds[q], ceilings[q], isSet))
    } finally {
      this.#memory.top = mark
    }
  }

  /**
   * @param {number} q
   * @param {Float64Array} own
   * @param {number} replications
   * @param {number} bound
   * @param {number} ceiling
   * @param {boolean} isSet
   * @returns {Verdict}
   */
  #verdict(q, own, replications, bound, ceiling, isSet) {
    const question = this.#header.questions[q]
    const at = this.#layout.verdict_numbers
    const measure = Number(this.#arrays.questions.measure.array[q])
    const hasRuns = own[at.ANYWAY_RUNS] > 0
    return {
      target: question.target,
      reading: question.reading,
      says: question.says,
      verdict: this.#layout.verdicts[own[at.WORD]],
      bound,
      at_least: Number(this.#arrays.questions.at_least.array[q]) !== 0,
      probability: own[at.PROBABILITY],
      interval: [own[at.INTERVAL_LOW], own[at.INTERVAL_HIGH]],
      expected: own[at.EXPECTED],
      low: own[at.LOW],
      high: own[at.HIGH],
      undefined: own[at.UNDEFINED_RUNS],
      base: own[at.BASE],
      left_out: own[at.LEFT_OUT],
      waiting: own[at.WAITING],
      bounded: own[at.BOUNDED],
      anyway: own[at.ANYWAY],
      probability_anyway: hasRuns ? own[at.CHANCE_ANYWAY] : NaN,
      ceiling: question.ceiling === null ? null : { sum: isSet ? null : question.ceiling, comes_to: ceiling },
      name: question.name,
      replications: measure < 0 ? 0 : replications,
      half: own[at.HALF],
      ends_known: [own[at.LOW_KNOWN] === 1, own[at.HIGH_KNOWN] === 1],
      interval_anyway: hasRuns ? [own[at.ANYWAY_LOW], own[at.ANYWAY_HIGH]] : [NaN, NaN],
    }
  }
}

/**
 * Return the bytes whose SHA-256 digest is the fingerprint of verdicts, as in `pilotsim.judge.golden`.
 *
 * @param {Judged} judged
 */
export function bytesOfVerdicts({ verdicts, readings }) {
  const all = [...verdicts, ...readings.flatMap((reading) => reading.verdicts)]
  const words = new TextEncoder().encode(all.map(({ name, verdict }) => `${name} ${verdict}\n`).join(''))
  const numbers = bitsOf(Float64Array.from(all.flatMap(numbersOf)))
  const bytes = new Uint8Array(words.length + numbers.byteLength)
  bytes.set(words)
  bytes.set(new Uint8Array(numbers.buffer), words.length)
  return bytes
}

/**
 * Return the numbers of a verdict, in the order in which they are hashed.
 *
 * @param {Verdict} verdict
 */
function numbersOf(verdict) {
  const { probability, interval, expected, low, high, base, left_out, waiting, bounded, anyway } = verdict
  const { probability_anyway, interval_anyway, half, ends_known, ceiling, bound } = verdict
  return [
    ...[probability, ...interval, expected, low, high, verdict.undefined, base, left_out, waiting, bounded],
    ...[anyway, probability_anyway, ...interval_anyway, half, ...ends_known.map(Number), bound, ceiling?.comes_to ?? NaN],
  ]
}
