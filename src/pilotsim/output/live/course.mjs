// The course of one run: who is where at any moment, from its journeys.

/** @typedef {import('../../portable/journeys.mjs').Journeys} Journeys */

/**
 * What clients go through one after the other: a wait in a stage, or what comes after it. A row for each, client by client, in order of time.
 *
 * @typedef {object} Steps
 * @property {Float64Array} begins When, in days from the start.
 * @property {Int32Array} stage Where; -1 for nowhere any more.
 * @property {Uint8Array} waits Whether it is a wait.
 * @property {Int32Array} place Which of the places there, from 0 on: the first that is free.
 */

export class Course {
  /**
   * @param {Journeys} journeys
   * @param {import('../../portable/monthly.mjs').Frame} frame
   */
  constructor(journeys, { stages, queues, marks }) {
    /** How many stages there are. */
    this.stages = stages
    /** When it ends, in days. */
    this.horizon = marks[marks.length - 1]
    this.clients = journeys.clients
    const { steps, first } = stepsOf(journeys, queues)
    /** @type {Steps} */
    this.steps = steps
    /** Where the steps of each client begin, and how many there are in all. */
    this.first = first
    const { places, most, present } = placesOf(steps, first, stages)
    steps.place.set(places)
    /** How many places each stage needs for those who wait (at 2 × stage) and for the others (next to it). */
    this.most = most
    /** How many there are at once at the most. */
    this.present = present
  }

  /**
   * Return the step that each client is at, at a moment; before its first, -1.
   *
   * @param {number} moment In days from the start.
   * @param {Int32Array} [near] Where they were shortly before or after; it is changed, and is what is returned.
   */
  at(moment, near = new Int32Array(this.clients).fill(-1)) {
    const { begins } = this.steps
    for (let client = 0; client < this.clients; client++) {
      const from = this.first[client]
      const until = this.first[client + 1]
      let step = Math.max(near[client], from - 1)
      while (step + 1 < until && begins[step + 1] <= moment) step++
      while (step >= from && begins[step] > moment) step--
      near[client] = step < from ? -1 : step
    }
    return near
  }

  /**
   * Return how many are in each stage at a moment, and how many of these wait to start.
   *
   * @param {number} moment In days from the start.
   */
  counts(moment) {
    return this.countsOf(this.at(moment))
  }

  /** @param {Int32Array} at What `at` returned. */
  countsOf(at) {
    const here = new Int32Array(this.stages)
    const waiting = new Int32Array(this.stages)
    const { stage, waits } = this.steps
    for (const step of at) {
      if (step < 0 || stage[step] < 0) continue
      here[stage[step]]++
      if (waits[step]) waiting[stage[step]]++
    }
    return { here, waiting }
  }
}

/**
 * @param {Journeys} journeys
 * @param {boolean[]} queues By stage: whether clients may have to wait there.
 */
function stepsOf(journeys, queues) {
  const { client, stage, next, joined, started, finished, visits, clients } = journeys
  // Of each visit at most three: a wait, what comes after it, and nowhere any more.
  const begins = new Float64Array(3 * visits)
  const where = new Int32Array(3 * visits)
  const waits = new Uint8Array(3 * visits)
  const first = new Int32Array(clients + 1)
  let count = 0
  /** @type {(moment: number, place: number, isWait: boolean) => void} */
  const add = (moment, place, isWait) => {
    begins[count] = moment
    where[count] = place
    waits[count++] = isWait ? 1 : 0
  }
  let row = 0
  for (let who = 0; who < clients; who++) {
    first[who] = count
    for (; row < visits && client[row] === who; row++) {
      const hasStarted = !Number.isNaN(started[row])
      const isWaited = queues[stage[row]] && !(started[row] <= joined[row])
      add(joined[row], stage[row], isWaited)
      if (isWaited && hasStarted) add(started[row], stage[row], false)
      if (!Number.isNaN(finished[row]) && next[row] < 0) add(finished[row], -1, false)
    }
  }
  first[clients] = count
  const steps = {
    begins: begins.slice(0, count),
    stage: where.slice(0, count),
    waits: waits.slice(0, count),
    place: new Int32Array(count),
  }
  return { steps, first }
}

/**
 * Give each step the first place that is free in its stage when it begins.
 *
 * @param {Steps} steps
 * @param {Int32Array} first
 * @param {number} stages
 */
function placesOf({ begins, stage, waits }, first, stages) {
  const places = new Int32Array(begins.length)
  const most = new Int32Array(2 * stages)
  /** @type {Uint8Array[]} */
  const taken = Array.from(most, () => new Uint8Array(64))
  /** Which step each step ends: the one before it of the same client. */
  const ends = Int32Array.from(begins, (_, step) => step - 1)
  for (let who = 0; who + 1 < first.length; who++) if (first[who] < first[who + 1]) ends[first[who]] = -1
  // Steps of one client that begin at the same moment stay in their order.
  const order = Int32Array.from(begins, (_, step) => step).sort((a, b) => begins[a] - begins[b] || a - b)
  let [here, present] = [0, 0]
  for (const step of order) {
    const before = ends[step]
    if (before >= 0 && stage[before] >= 0) {
      taken[2 * stage[before] + 1 - waits[before]][places[before]] = 0
      here--
    }
    if (stage[step] < 0) continue
    const yard = 2 * stage[step] + 1 - waits[step]
    let free = taken[yard].indexOf(0)
    if (free < 0) {
      free = taken[yard].length
      const more = new Uint8Array(2 * free)
      more.set(taken[yard])
      taken[yard] = more
    }
    taken[yard][free] = 1
    places[step] = free
    most[yard] = Math.max(most[yard], free + 1)
    present = Math.max(present, ++here)
  }
  return { places, most, present }
}
