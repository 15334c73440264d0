// Journeys as arrays of a program's own, copied out of the engine's memory.

const NO_NUMBER = 0x7ff8000000000000n
const TICKS_PER_DAY = 86400000

/**
 * Return a time or a length in days as the number nearest to its tick of a millisecond: `on_tick` in Python. What lies between two times, or
 * a length after one, is exact by it.
 *
 * @param {number} days
 */
export function onTick(days) {
  return Math.floor(days * TICKS_PER_DAY + 0.5) / TICKS_PER_DAY
}

/**
 * The visits and clients of one replication. Times are days from the start; NaN for what had not happened at the horizon, or never did.
 *
 * @typedef {object} Journeys
 * @property {number} replication
 * @property {number} clients How many.
 * @property {number} visits How many.
 * @property {Int32Array} client Of each visit: who,
 * @property {Int32Array} visit which of the client's visits,
 * @property {Int32Array} stage where,
 * @property {Int32Array} cause why it ended (-1 still there, 0 finished, 1 drawn, 2 turned away, 3 and on a risk),
 * @property {Int32Array} next the stage joined next (-1 for none),
 * @property {Int32Array} alternative which alternative of its needs was taken (-1 for none),
 * @property {Float64Array} joined
 * @property {Float64Array} started
 * @property {Float64Array} finished
 * @property {Int32Array} group Of each client: its group,
 * @property {Int32Array} origin its origin (0 for the stock),
 * @property {BigUint64Array} number its number in the group,
 * @property {BigUint64Array} key the group's key of random numbers,
 * @property {Float64Array} arrives
 * @property {Float64Array} offered from when it may be offered the programme.
 * @property {Float64Array[]} traits Each trait of the flow.
 */

/**
 * Copy what was kept of a run.
 *
 * @param {ArrayBufferLike} buffer
 * @param {Record<string, import('./memory.mjs').Column>} kept
 * @param {{ replication: number, clients: number, visits: number, traits: number }} counts
 * @returns {Journeys}
 */
export function copyJourneys(buffer, kept, { replication, clients, visits, traits }) {
  /** @type {(name: string, k: number, length: number) => Float64Array} */
  const doubles = (name, k, length) => new Float64Array(buffer, kept[name].address + 8 * k * kept[name].width, length).slice()
  /** @type {(name: string, length: number) => BigUint64Array} */
  const words = (name, length) => new BigUint64Array(buffer, kept[name].address, length).slice()
  /** @type {(k: number) => Int32Array} */
  const whole = (k) => new Int32Array(buffer, kept.whole.address + 4 * k * kept.whole.width, visits).slice()
  // 64-bit words of numbers that 32 bits hold: their lower halves.
  /** @type {(name: string, length: number) => Int32Array} */
  const halved = (name, length) => {
    const halves = new Int32Array(buffer, kept[name].address, 2 * length)
    const numbers = new Int32Array(length)
    for (let row = 0; row < length; row++) numbers[row] = halves[2 * row]
    return numbers
  }
  return {
    replication,
    clients,
    visits,
    client: whole(0),
    visit: whole(1),
    stage: whole(2),
    cause: whole(3),
    next: whole(4),
    alternative: whole(5),
    joined: doubles('times', 0, visits),
    started: doubles('times', 1, visits),
    finished: doubles('times', 2, visits),
    group: halved('group', clients),
    origin: halved('origin', clients),
    number: words('number', clients),
    key: words('key', clients),
    arrives: doubles('arrives', 0, clients),
    offered: doubles('offered', 0, clients),
    traits: Array.from({ length: traits }, (_, k) => doubles('traits', k, clients)),
  }
}

/**
 * Return the bytes whose SHA-256 digest is the fingerprint of a replication, as in `pilotsim.simulation.fingerprint`: all columns,
 * 64 bits a number, the least byte first.
 *
 * @param {Journeys} journeys
 */
export function bytesOf(journeys) {
  const { client, visit, stage, cause, next, alternative, group, origin } = journeys
  const { joined, started, finished, arrives, offered, traits } = journeys
  const columns = [
    ...[client, visit, stage, cause, next, alternative, group, origin].map((numbers) => BigInt64Array.from(numbers, BigInt)),
    ...[joined, started, finished, arrives, offered, ...traits].map(bitsOf),
  ]
  const bytes = new Uint8Array(columns.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const { buffer, byteLength } of columns) {
    bytes.set(new Uint8Array(buffer, 0, byteLength), at)
    at += byteLength
  }
  return bytes
}

/**
 * Return the bits of numbers, with one pattern of bits for what is no number, whichever it had.
 *
 * @param {Float64Array} numbers
 */
export function bitsOf(numbers) {
  const bits = new BigUint64Array(numbers.slice().buffer)
  for (let k = 0; k < numbers.length; k++) if (Number.isNaN(numbers[k])) bits[k] = NO_NUMBER
  return bits
}
