// One lever for all who come: every group's inflow moves by the same part.
import { the } from './elements.mjs'
import { inBaseUnits, writtenIn } from './entered.mjs'

/** By how much a press moves it. */
const STEP = 20
const DAYS_PER_MONTH = 365.25 / 12

/** @typedef {import('../../portable/model.mjs').Value} Value */

/** Moves all inflows at once. */
export class Inflow {
  #moved
  #coming
  #speaker
  #bench

  /**
   * @param {import('./elements.mjs').Setup['inflow']} inflow
   * @param {import('./elements.mjs').Speaker} speaker
   * @param {{ valueOf: (path: string) => Value, set: () => Record<string, number>, put: (changes: Record<string, number | null>) => void }} bench
   */
  constructor({ moved, coming }, speaker, bench) {
    this.#moved = moved
    this.#coming = coming
    this.#speaker = speaker
    this.#bench = bench
    the('inflow').hidden = moved.length === 0
    if (moved.length === 0) return
    const add = (/** @type {number} */ change) => this.#move(this.#percent() + change)
    the('inflow-less').addEventListener('click', () => add(-STEP))
    the('inflow-more').addEventListener('click', () => add(STEP))
    this.show()
  }

  /** Say how much comes now. */
  show() {
    if (this.#moved.length === 0) return
    the('inflow').dataset.lever = the('inflow-says').textContent ?? ''
    const percent = this.#percent()
    const { numbers, said } = this.#speaker
    const times = Number.isNaN(percent) ? NaN : 1 + percent / 100
    const sum = times * this.#coming.reduce((all, path) => all + this.#planned(path), 0)
    const amount = `${numbers.number(sum * DAYS_PER_MONTH)}\u00a0${said.description.numbers.per_month}`
    const moved = `${percent < 0 ? '\u2212' : '+'}${numbers.number(Math.abs(percent))}\u00a0%`
    the('inflow-now').textContent = Number.isNaN(percent) ? '' : percent === 0 ? amount : `${amount} (${moved})`
  }

  /** By how many per cent all have moved; NaN where each has moved by itself. */
  #percent() {
    const parts = this.#moved.map((path) => Math.round(1e6 * ((this.#bench.set()[path] ?? this.#planned(path)) / this.#planned(path) - 1)) / 1e4)
    return parts.every((part) => part === parts[0]) ? parts[0] : NaN
  }

  /** @param {number} percent */
  #move(percent) {
    const to = Number.isNaN(percent) ? 0 : Math.max(-100, percent)
    this.#bench.put(
      Object.fromEntries(
        this.#moved.map((path) => {
          const value = this.#bench.valueOf(path)
          const before = writtenIn(this.#planned(path), value)
          // As `--set PATH=+20%` writes it.
          return [path, to === 0 ? null : inBaseUnits(Number((before + (before * to) / 100).toPrecision(12)), value)]
        }),
      ),
    )
  }

  /** @param {string} path */
  #planned(path) {
    return this.#bench.valueOf(path).number ?? 0
  }
}
