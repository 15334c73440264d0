// A run month by month, from its journeys: as `pilotsim.measures.monthly` in Python, number for number.
import { onTick } from './journeys.mjs'

/**
 * What of a flow its months are counted by.
 *
 * @typedef {object} Frame
 * @property {number[]} marks The days that open and close each month, in order; whole numbers.
 * @property {number} stages How many stages there are.
 * @property {boolean[]} counted By group: whether a register counts its clients.
 * @property {boolean[]} queues By stage: whether clients may have to wait there.
 * @property {{groups: boolean[], origin: number} | null} headline Whom the flow counts its effect among first: the groups, and
 *   how they came, -1 for any way; null where it names nobody, or in a way that only Python can tell.
 */

/**
 * A run month by month. Arrays hold a row for each mark or month, and in it a number for each stage.
 *
 * @typedef {object} Months
 * @property {Int32Array} occupancy Clients in each stage at each mark; groups that no register counts are left out.
 * @property {Int32Array} headline The same of those only among whom the flow counts its effect first.
 * @property {Int32Array} waiting Those in `occupancy` who wait to start.
 * @property {Float64Array} waits Mean days from joining to starting, of those who start in a month; NaN for none.
 */

/**
 * Return a run month by month.
 *
 * @param {import('./journeys.mjs').Journeys} journeys
 * @param {Frame} frame
 * @returns {Months}
 */
export function observe(journeys, frame) {
  const { marks, stages, counted, queues, headline } = frame
  const horizon = marks[marks.length - 1]
  const { client, stage, joined, started, finished, group, origin } = journeys
  const first = firstMarks(marks)
  const size = marks.length * stages
  const occupancy = new Int32Array(size)
  const ofHeadline = headline === null ? occupancy : new Int32Array(size)
  const waiting = new Int32Array(size)
  const months = marks.length - 1
  const days = new Float64Array(months * stages)
  const starts = new Int32Array(months * stages)

  // From the horizon on there is no mark: whoever is still there when it comes is counted at the last one.
  /** @type {(moment: number) => number} */
  const firstAt = (moment) => (moment >= horizon ? marks.length : first[Math.ceil(moment)])
  /** @type {(counts: Int32Array, place: number, begins: number, ends: number) => void} */
  const add = (counts, place, begins, ends) => {
    if (begins < marks.length) counts[begins * stages + place]++
    if (ends < marks.length) counts[ends * stages + place]--
  }
  for (let row = 0; row < stage.length; row++) {
    const who = client[row]
    const where = stage[row]
    const isDone = !Number.isNaN(finished[row])
    const until = isDone ? finished[row] : horizon
    const begins = firstAt(joined[row])
    const ends = firstAt(until)
    const isCounted = counted[group[who]]
    if (isCounted) add(occupancy, where, begins, ends)
    if (headline !== null && headline.groups[group[who]] && (headline.origin < 0 || headline.origin === origin[who]))
      add(ofHeadline, where, begins, ends)
    if (!queues[where]) continue
    const hasStarted = !Number.isNaN(started[row])
    if (isCounted) add(waiting, where, begins, hasStarted ? firstAt(started[row]) : ends)
    if (hasStarted) {
      const cell = (first[Math.floor(started[row]) + 1] - 1) * stages + where
      days[cell] += onTick(started[row] - joined[row])
      starts[cell]++
    }
  }
  for (const counts of new Set([occupancy, ofHeadline, waiting]))
    for (let cell = stages; cell < size; cell++) counts[cell] += counts[cell - stages]
  return { occupancy, headline: ofHeadline, waiting, waits: days.map((sum, cell) => sum / starts[cell]) }
}

/**
 * Return, for each day, the place of the first mark at or after it.
 *
 * @param {number[]} marks
 * @returns {Int32Array}
 */
function firstMarks(marks) {
  const first = new Int32Array(marks[marks.length - 1] + 1)
  let place = 0
  for (let day = 0; day < first.length; day++) {
    while (marks[place] < day) place++
    first[day] = place
  }
  return first
}
