// Where those drop out who do not do what a target asks: as `pilotsim.measures.drop_out` in Python, number for number.
import { onTick } from './journeys.mjs'

/** Cells that are of no stage; behind them each stage has `WAITING`, `THERE`, `NEVER`, and one for each reason why a visit ends. */
const MET = 0
const OTHERWISE = 1
const FIRST_OF_STAGES = 2
const WAITING = 0
const THERE = 1
const NEVER = 2
const FIRST_CAUSE = 3
/** What cells are called, in this order; behind those of a stage stand the risks. */
const OF_NONE = ['met', 'otherwise']
const OF_STAGE = ['waiting', 'there', 'never', 'finished', 'drawn', 'turned_away']

/**
 * What is told: `base`, `met` and `other` are columns of marks; of a wait `from` is its stage, of a time `from` and `to` are its ends.
 *
 * @typedef {{ name: string, bound: number, kind: 'share' | 'wait' | 'time', base: number, met: number, other: number, from: number, to: number }} Told
 */
/** @typedef {{ own: boolean[], asked: Told[] }} DropOuts By stage whether it is the programme's own; and what is told. */

/**
 * Return what a cell is called: `met`, `otherwise`, or what became of somebody with the stage (`waiting mapping`), with the risk last where
 * it was one (`risk mapping leaves`).
 *
 * @param {number} cell
 * @param {{ stages: string[], risks: string[] }} names
 */
export function nameOfCell(cell, { stages, risks }) {
  if (cell < FIRST_OF_STAGES) return OF_NONE[cell]
  const each = OF_STAGE.length + risks.length
  const stage = stages[Math.floor((cell - FIRST_OF_STAGES) / each)]
  const how = (cell - FIRST_OF_STAGES) % each
  return how < OF_STAGE.length ? `${OF_STAGE[how]} ${stage}` : `risk ${stage} ${risks[how - OF_STAGE.length]}`
}

/**
 * Return how many are in each cell, for each question that is told.
 *
 * @param {import('./journeys.mjs').Journeys} journeys With the programme.
 * @param {DropOuts} dropOuts
 * @param {{ risks: number, from: number, marks: (column: number) => Int8Array }} of How many risks there are, from which day on anything
 *   counts, and the marks of clients.
 * @returns {Int32Array[]}
 */
export function countDropOuts(journeys, { own, asked }, { risks, from, marks }) {
  const each = OF_STAGE.length + risks
  const cells = FIRST_OF_STAGES + own.length * each
  const how = howOf(journeys)
  const last = lastOf(journeys, own, each, how)
  return asked.map((told) => {
    const base = marks(told.base)
    const counts = new Int32Array(cells)
    if (told.kind === 'wait') countWaits(journeys, told, { base, from, each, how }, counts)
    else {
      const [met, other] = told.kind === 'share' ? [marks(told.met), marks(told.other)] : timesOf(journeys, told, base, from)
      for (let client = 0; client < journeys.clients; client++) {
        if (!base[client] || other[client] < 0) continue
        counts[met[client] ? MET : other[client] ? OTHERWISE : last[client]]++
      }
    }
    return counts
  })
}

/** What became of the client in each visit. @param {import('./journeys.mjs').Journeys} journeys */
function howOf({ started, finished, cause }) {
  return Int32Array.from(cause, (why, row) => {
    if (!Number.isNaN(finished[row])) return FIRST_CAUSE + why
    return Number.isNaN(started[row]) ? WAITING : THERE
  })
}

/**
 * The cell of each client by the last own stage that it was in; where it was in none, by the last of all.
 *
 * @param {import('./journeys.mjs').Journeys} journeys
 * @param {boolean[]} own
 * @param {number} each
 * @param {Int32Array} how
 */
function lastOf({ client, stage, clients }, own, each, how) {
  const cell = new Int32Array(clients).fill(FIRST_OF_STAGES + NEVER)
  const isOwn = new Uint8Array(clients)
  for (let row = 0; row < stage.length; row++) {
    const who = client[row]
    if (own[stage[row]]) {
      cell[who] = FIRST_OF_STAGES + stage[row] * each + how[row]
      isOwn[who] = 1
    } else if (!isOwn[who]) cell[who] = FIRST_OF_STAGES + stage[row] * each + NEVER
  }
  return cell
}

/**
 * Who came from one stage to another in time, and who came at all; -1 for who never set out.
 *
 * @param {import('./journeys.mjs').Journeys} journeys
 * @param {Told} told
 * @param {Int8Array} base
 * @param {number} from
 * @returns {Int8Array[]}
 */
function timesOf({ client, stage, joined, clients }, told, base, from) {
  const starts = new Float64Array(clients).fill(Infinity)
  const ends = new Float64Array(clients).fill(Infinity)
  for (let row = 0; row < stage.length; row++)
    if (stage[row] === told.from && joined[row] >= from) starts[client[row]] = Math.min(starts[client[row]], joined[row])
  for (let row = 0; row < stage.length; row++)
    if (stage[row] === told.to && joined[row] >= from && joined[row] >= starts[client[row]]) ends[client[row]] = Math.min(ends[client[row]], joined[row])
  const isSetOut = (/** @type {number} */ who) => base[who] !== 0 && starts[who] < Infinity
  const met = Int8Array.from(starts, (start, who) => (isSetOut(who) && onTick(ends[who] - start) <= onTick(told.bound) ? 1 : 0))
  const other = Int8Array.from(starts, (_, who) => (isSetOut(who) ? (ends[who] < Infinity ? 1 : 0) : -1))
  return [met, other]
}

/**
 * @param {import('./journeys.mjs').Journeys} journeys
 * @param {Told} told
 * @param {{ base: Int8Array, from: number, each: number, how: Int32Array }} by
 * @param {Int32Array} counts
 */
function countWaits({ client, stage, joined, started, finished }, told, { base, from, each, how }, counts) {
  for (let row = 0; row < stage.length; row++) {
    if (stage[row] !== told.from || !base[client[row]]) continue
    const hasStarted = !Number.isNaN(started[row])
    const began = hasStarted ? started[row] : Number.isNaN(finished[row]) ? Infinity : finished[row]
    if (began < from) continue
    if (!hasStarted) counts[FIRST_OF_STAGES + stage[row] * each + how[row]]++
    else counts[onTick(started[row] - joined[row]) <= onTick(told.bound) ? MET : OTHERWISE]++
  }
}
