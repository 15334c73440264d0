// The use of what is scarce, month by month: as `pilotsim.measures.monthly` in Python.

/**
 * Of what scarce things a program tells, from its columns.
 *
 * @typedef {object} Scarce
 * @property {number} resources How many.
 * @property {number} stages
 * @property {number} alternatives
 * @property {number[]} needs By resource and stage: whether some alternative needs it.
 * @property {number[]} keeps By resource and stage: whether units go along into the next stage.
 * @property {number[]} needSlot By resource, stage and alternative: where the number of units stands; -1 for none.
 * @property {number[]} unitFrom By resource: where its units over time begin.
 * @property {number[]} unitTime
 * @property {number[]} unitSlot
 * @property {number[]} unitCaseload
 */

/**
 * Read what a program says of scarce things.
 *
 * @param {Record<string, { array: import('./memory.mjs').AnyArray, rows: number, width: number }>} program
 * @returns {Scarce}
 */
export function scarceIn(program) {
  /** @type {(name: string) => number[]} */
  const read = (name) => Array.from(/** @type {ArrayLike<number | bigint>} */ (program[name].array), Number)
  return {
    resources: program.needs.rows,
    stages: program.needs.width,
    alternatives: program.need_slot.width,
    needs: read('needs'),
    keeps: read('keeps'),
    needSlot: read('need_slot'),
    unitFrom: read('unit_from'),
    unitTime: read('unit_time'),
    unitSlot: read('unit_slot'),
    unitCaseload: read('unit_caseload'),
  }
}

/**
 * What is in use of each resource. A row for each month, and in it a number for each resource; NaN for units that are used up.
 *
 * @typedef {object} Use
 * @property {Float64Array} used How many units are in use on average: at most all that there are.
 * @property {Float64Array} overbooked How many are held beyond those that there are.
 * @property {Float64Array} full The share of the time with units in which all are held; NaN without units.
 * @property {Float64Array} units How many there are.
 */

/** Of two sums in another order, what differs in rounding alone is none. */
const ROUNDING = 1e-9

/**
 * Return what is in use of each resource from each mark to the next.
 *
 * @param {import('./journeys.mjs').Journeys} journeys
 * @param {Float64Array} numbers What each value of the flow comes to in this run.
 * @param {Scarce} scarce
 * @param {number[]} marks The days that open and close each month.
 * @returns {Use}
 */
export function useOf(journeys, numbers, scarce, marks) {
  const months = marks.length - 1
  const horizon = marks[months]
  const [held, used, full, units] = Array.from({ length: 4 }, () => new Float64Array(months * scarce.resources))
  /** @type {(resource: number, count: number, begins: number, ends: number) => void} */
  const add = (resource, count, begins, ends) => {
    if (!count || !(ends > begins)) return
    for (let month = monthAt(marks, begins); month < months && marks[month] < ends; month++) {
      const inside = Math.min(ends, marks[month + 1]) - Math.max(begins, marks[month])
      if (inside > 0) held[month * scarce.resources + resource] += (count * inside) / (marks[month + 1] - marks[month])
    }
  }
  for (let resource = 0; resource < scarce.resources; resource++) {
    /** @type {Step[]} */
    const steps = []
    addHeld(journeys, numbers, scarce, resource, horizon, (count, begins, ends) => {
      if (count && ends > begins) steps.push({ at: begins, held: count, units: 0 }, { at: ends, held: -count, units: 0 })
      addInShifts(scarce, resource, begins, ends, (from, until) => add(resource, count, from, until))
    })
    const found = usedBetween([...steps, ...stepsOfUnits(numbers, scarce, resource)], marks)
    for (let month = 0; month < months; month++) {
      const cell = month * scarce.resources + resource
      units[cell] = unitsOf(numbers, scarce, resource, marks[month], marks[month + 1], horizon)
      used[cell] = Number.isNaN(units[cell]) ? NaN : found.used[month]
      full[cell] = found.full[month]
    }
  }
  const overbooked = held.map((count, cell) => (count - used[cell] > ROUNDING || Number.isNaN(used[cell]) ? count - used[cell] : 0))
  return { used, overbooked, full, units }
}

/**
 * From when on so many more are held, and so many more units are there.
 *
 * @typedef {{ at: number, held: number, units: number }} Step
 */

/**
 * Return how many units are used on average, and how much of the time with units all are held, from each mark to the next.
 *
 * @param {Step[]} steps
 * @param {number[]} marks
 */
function usedBetween(steps, marks) {
  const months = marks.length - 1
  const [used, full, open] = Array.from({ length: 3 }, () => new Float64Array(months))
  const inside = steps.map((step) => ({ ...step, at: Math.min(Math.max(step.at, marks[0]), marks[months]) }))
  const ordered = [...inside, ...marks.map((at) => ({ at, held: 0, units: 0 }))].sort((one, other) => one.at - other.at)
  let [held, units, month] = [0, 0, 0]
  ordered.forEach(({ at, held: more, units: added }, place) => {
    held += more
    units += added
    const until = place + 1 < ordered.length ? ordered[place + 1].at : at
    if (until === at) return
    while (marks[month + 1] <= at) month++
    used[month] += Math.min(held, units) * (until - at)
    if (units > 0) open[month] += until - at
    if (units > 0 && held >= units) full[month] += until - at
  })
  return { used: used.map((days, month) => days / (marks[month + 1] - marks[month])), full: full.map((days, month) => days / open[month]) }
}

/** @param {Float64Array} numbers @param {Scarce} scarce @param {number} resource @returns {Step[]} */
function stepsOfUnits(numbers, scarce, resource) {
  const { unitFrom, unitTime } = scarce
  let before = 0
  return Array.from({ length: unitFrom[resource + 1] - unitFrom[resource] }, (_, place) => {
    const k = unitFrom[resource] + place
    const now = unitsAt(numbers, scarce, k)
    const step = { at: unitTime[k], held: 0, units: now - before }
    before = now
    return step
  })
}

/** Why a visit ended: somebody else took the units. Who is interrupted lets everything go. */
const INTERRUPTED = -2
/** In place of the slot of units: between shifts, while whom they serve waits. */
const PAUSED = -2

/**
 * Tell of the parts of a time that count: where service stands still between shifts, those in shifts.
 *
 * @param {Scarce} scarce
 * @param {number} resource
 * @param {number} begins
 * @param {number} ends
 * @param {(from: number, until: number) => void} add
 */
function addInShifts({ unitFrom, unitTime, unitSlot }, resource, begins, ends, add) {
  const [first, last] = [unitFrom[resource], unitFrom[resource + 1]]
  if (!unitSlot.slice(first, last).includes(PAUSED)) return add(begins, ends)
  for (let k = first; k < last && unitTime[k] < ends; k++) {
    const until = k + 1 < last ? unitTime[k + 1] : Infinity
    if (unitSlot[k] !== PAUSED && until > begins) add(Math.max(begins, unitTime[k]), Math.min(ends, until))
  }
}

/** The month that a moment lies in. @param {number[]} marks @param {number} moment */
function monthAt(marks, moment) {
  let [low, high] = [0, marks.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (marks[middle] <= moment) low = middle
    else high = middle
  }
  return low
}

/**
 * Tell of each visit which units it holds in service, and which it keeps from the stage before as it waits.
 *
 * @param {import('./journeys.mjs').Journeys} journeys
 * @param {Float64Array} numbers
 * @param {Scarce} scarce
 * @param {number} resource
 * @param {number} horizon
 * @param {(count: number, begins: number, ends: number) => void} add
 */
function addHeld({ client, visit, stage, cause, alternative, joined, started, finished }, numbers, scarce, resource, horizon, add) {
  const { stages, alternatives, needs, keeps, needSlot } = scarce
  const first = resource * stages
  /** @type {(stage: number, which: number) => number} */
  const needed = (where, which) => {
    const slot = needSlot[(first + where) * alternatives + which]
    return slot >= 0 ? Math.trunc(numbers[slot]) : 0
  }
  let [before, heldBefore] = [-1, 0]
  for (let row = 0; row < stage.length; row++) {
    const where = stage[row]
    if (!needs[first + where]) continue
    const until = Number.isNaN(finished[row]) ? horizon : finished[row]
    const began = Number.isNaN(started[row]) ? until : started[row]
    const follows = before >= 0 && client[before] === client[row] && visit[before] + 1 === visit[row] && cause[before] !== INTERRUPTED && keeps[first + stage[before]]
    const most = follows ? Math.max(0, ...Array.from({ length: alternatives }, (_, which) => needed(where, which))) : 0
    const kept = Math.min(heldBefore, most)
    const service = alternative[row] >= 0 ? needed(where, alternative[row]) : 0
    add(service, began, until)
    add(follows ? kept : 0, joined[row], began)
    heldBefore = alternative[row] >= 0 ? service : follows ? kept : 0
    before = row
  }
}

/**
 * How many units there are on average in a window.
 *
 * @param {Float64Array} numbers
 * @param {Scarce} scarce
 * @param {number} resource
 * @param {number} from
 * @param {number} until
 * @param {number} horizon
 */
function unitsOf(numbers, scarce, resource, from, until, horizon) {
  const { unitFrom, unitTime } = scarce
  const end = unitFrom[resource + 1]
  if (unitFrom[resource] === end) return NaN
  let days = 0
  for (let k = unitFrom[resource]; k < end; k++) {
    const last = k + 1 < end ? unitTime[k + 1] : horizon
    days += unitsAt(numbers, scarce, k) * Math.max(0, Math.min(last, until) - Math.max(unitTime[k], from))
  }
  return days / (until - from)
}

/** How many units there are from one of the times of a resource on. @param {ArrayLike<number>} numbers @param {Scarce} scarce @param {number} k */
export function unitsAt(numbers, { unitSlot, unitCaseload }, k) {
  const each = unitSlot[k] < 0 ? 0 : numbers[unitSlot[k]]
  return unitCaseload[k] >= 0 ? Math.floor(each * numbers[unitCaseload[k]] + 1e-9) : each
}
