// Who can never go on at the end of a run, and where nobody can ever start: as `pilotsim.measures.standstill` and `Possible` in Python,
// read from how the engine stands when a run is over.
import { unitsAt } from './use.mjs'

/**
 * How much of something scarce: units of a resource, by its number; or room in a stage, by its number behind those of the resources.
 *
 * @typedef {[what: number, units: number]} Amount
 */

/**
 * Clients in one stage who hold and want the same, and never go on.
 *
 * @typedef {object} Stuck
 * @property {number} stage
 * @property {number} clients How many.
 * @property {Amount[]} holds What each holds.
 * @property {Amount[][]} wants What each waits for: several where any of them would do.
 */

/**
 * A stage in which nobody can start, however long a run is: it needs more than there ever is.
 *
 * @typedef {{ stage: number, resource: number, needed: number, most: number }} NeverStarted
 */

/** @typedef {{ stuck: Stuck[], never: NeverStarted[] }} Standing */

/**
 * A client whose visit goes on at the end.
 *
 * @typedef {object} There
 * @property {number} stage
 * @property {Amount[]} holds
 * @property {Amount[][] | null} wants None for one who is being served.
 * @property {boolean} mayLeave
 */

const TICKS_PER_DAY = 86400000
/** A week of shifts, also where a week has holidays. */
const LAST_DAYS = 14

/** @typedef {Record<string, { array: import('./memory.mjs').AnyArray, rows: number, width: number }>} Columns */
/** @typedef {(row: number, place?: number) => number} Reader */

/** The columns that are asked. */
const NAMES = /** @type {const} */ ([
  ...['horizon', 'marks', 'clock_from', 'stage_needs_from', 'needs_from', 'need_resource', 'need_slot', 'stage_length', 'stage_room', 'with_room'],
  ...['stage_batch_least', 'draws_from', 'group_is_served'],
])

/** What a flow says of who may stand still. */
export class Rules {
  #scarce
  #tables

  /**
   * @param {Columns} tables
   * @param {import('./use.mjs').Scarce} scarce
   */
  constructor(tables, scarce) {
    this.#scarce = scarce
    /** @type {Record<string, number[]>} */
    const read = {}
    for (const name of NAMES) read[name] = Array.from(/** @type {ArrayLike<number | bigint>} */ (tables[name].array), Number)
    this.#tables = read
    this.stages = tables.stage_length.rows
  }

  /** The alternatives of what a stage needs. @param {number} stage @param {ArrayLike<number>} numbers */
  #alternatives(stage, numbers) {
    const { stage_needs_from: from, needs_from: needs, need_resource: resource, need_slot: slot } = this.#tables
    return Array.from({ length: from[stage + 1] - from[stage] }, (_, k) => {
      const first = needs[from[stage] + k]
      return Array.from({ length: needs[from[stage] + k + 1] - first }, (_, j) => /** @type {Amount} */ ([resource[first + j], numbers[slot[first + j]]]))
    })
  }

  /** How many units there are of a resource from each of its times on; none of what is used up. @param {number} resource @param {ArrayLike<number>} numbers */
  #units(resource, numbers) {
    const { unitFrom } = this.#scarce
    return Array.from({ length: unitFrom[resource + 1] - unitFrom[resource] }, (_, k) => unitsAt(numbers, this.#scarce, unitFrom[resource] + k))
  }

  /**
   * Return where nobody can start.
   *
   * @param {ArrayLike<number>} numbers What each value comes to.
   * @returns {NeverStarted[]}
   */
  never(numbers) {
    const { stage_batch_least: least } = this.#tables
    const most = Array.from({ length: this.#scarce.resources }, (_, resource) => {
      const units = this.#units(resource, numbers)
      return units.length ? Math.max(...units) : Infinity
    })
    /** @type {NeverStarted[]} */
    const found = []
    for (let stage = 0; stage < this.stages; stage++) {
      const many = least[stage] < 0 ? 1 : Math.max(1, numbers[least[stage]])
      const missing = this.#alternatives(stage, numbers).map((needs) => needs.find(([resource, units]) => many * units > most[resource]))
      if (!missing.length || missing.includes(undefined)) continue
      const [resource, units] = /** @type {Amount} */ (missing[0])
      found.push({ stage, resource, needed: many * units, most: most[resource] })
    }
    return found
  }

  /**
   * Return who can never go on, once a run is over.
   *
   * @param {(name: string) => Reader} state Reads a column of the engine's state.
   * @param {ArrayLike<number>} groups Of each client: its group.
   * @param {number} clients How many there are.
   * @param {ArrayLike<number>} numbers What each value comes to.
   * @returns {Stuck[]}
   */
  stuck(state, groups, clients, numbers) {
    const { resources } = this.#scarce
    const { stage_room: room } = this.#tables
    const there = this.#there(state, groups, clients, numbers)
    const free = Array.from({ length: resources + this.stages }, (_, what) => {
      if (what >= resources) return room[what - resources] < 0 ? Infinity : numbers[room[what - resources]]
      const units = this.#units(what, numbers)
      if (!units.length) return Infinity
      return this.#hasShifts(what) ? this.#mostOfLate(what, units) : units[units.length - 1]
    })
    /** @type {Map<string, Stuck>} */
    const found = new Map()
    for (const { stage, holds, wants } of leftOver(there, free)) {
      const key = JSON.stringify([stage, holds, wants])
      const same = found.get(key) ?? { stage, clients: 0, holds, wants: wants ?? [] }
      same.clients++
      found.set(key, same)
    }
    return [...found.values()]
  }

  /**
   * The most units in the last weeks: whoever waits at night may start in the next shift.
   *
   * @param {number} resource
   * @param {number[]} units
   */
  #mostOfLate(resource, units) {
    const { unitFrom, unitTime } = this.#scarce
    const end = this.#tables.horizon[0] / TICKS_PER_DAY
    return Math.max(...units.filter((_, k) => (k + 1 < units.length ? unitTime[unitFrom[resource] + k + 1] : end) >= end - LAST_DAYS))
  }

  /** Whether units are away at some hours of the week. @param {number} resource */
  #hasShifts(resource) {
    const { unitFrom, unitSlot } = this.#scarce
    return unitSlot.slice(unitFrom[resource], unitFrom[resource + 1]).some((slot) => slot < 0)
  }

  /**
   * @param {(name: string) => Reader} state
   * @param {ArrayLike<number>} groups
   * @param {number} clients
   * @param {ArrayLike<number>} numbers
   * @returns {There[]}
   */
  #there(state, groups, clients, numbers) {
    const { resources } = this.#scarce
    const tables = this.#tables
    const [stageOf, startedOf, heldOf, wantsOf, speeds] = ['stage', 'started', 'held', 'wants', 'speeds'].map(state)
    const needs = Array.from({ length: this.stages }, (_, stage) => this.#alternatives(stage, numbers))
    const intervals = tables.marks.length - 1
    const runs = Array.from({ length: 2 * this.stages }, (_, part) => {
      for (let clock = tables.clock_from[part]; clock < tables.clock_from[part + 1]; clock++)
        for (let k = 0; k < intervals; k++) if (speeds(clock, k) > 0) return true
      return false
    })
    const isDrawn = Array.from({ length: this.stages }, (_, of) => Array.from({ length: this.stages }, (_, by) => tables.draws_from[by * this.stages + of]).some(Boolean))
    const hasRooms = tables.with_room.length > 0
    /** @type {There[]} */
    const found = []
    for (let client = 0; client < clients; client++) {
      const stage = stageOf(client)
      // Those of other groups come to no stage where anybody waits or holds anything.
      if (stage < 0 || !tables.group_is_served[groups[client]]) continue
      const hasStarted = !Number.isNaN(startedOf(client))
      /** @type {Amount[]} */
      const holds = []
      for (let resource = 0; resource < resources; resource++) {
        const units = heldOf(client, resource)
        if (units > 0) holds.push([resource, units])
      }
      if (tables.stage_room[stage] >= 0) holds.push([resources + stage, 1])
      const to = hasRooms && hasStarted ? wantsOf(client) : -1
      const wants = !hasStarted ? needs[stage] : to >= 0 ? [[/** @type {Amount} */ ([resources + to, 1])]] : null
      const isServed = hasStarted && to < 0 && (tables.stage_length[stage] >= 0 || isDrawn[stage])
      found.push({ stage, holds, wants, mayLeave: runs[2 * stage + (hasStarted ? 1 : 0)] || isServed })
    }
    return found
  }
}

/**
 * Return who is left when all have gone that can go.
 *
 * @param {There[]} there
 * @param {number[]} free How much there is of everything; what is held is taken off.
 */
function leftOver(there, free) {
  for (const { holds } of there) for (const [what, units] of holds) free[what] -= units
  /** @param {There} one */
  const goes = ({ holds }) => {
    for (const [what, units] of holds) free[what] += units
  }
  for (const one of there) if (one.mayLeave) goes(one)
  let left = there.filter(({ mayLeave }) => !mayLeave)
  for (;;) {
    const stay = left.filter((one) => {
      if (!canGo(one, free)) return true
      goes(one)
      return false
    })
    if (stay.length === left.length) return left.filter(({ wants }) => wants !== null)
    left = stay
  }
}

/** @param {There} one @param {number[]} free */
function canGo({ holds, wants }, free) {
  if (wants === null) return false
  const held = new Map(holds)
  return wants.some((wanted) => wanted.every(([what, units]) => units <= (held.get(what) ?? 0) + Math.max(0, free[what])))
}
