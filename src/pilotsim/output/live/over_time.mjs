// Numbers over the months of the flow: a line for the mean of the runs, and a field where nine in ten of them lie; of a resource, a field
// for how much of the time all of it is in use.
import { writtenMonth } from './dates.mjs'
import { made } from './elements.mjs'
import { drawing, drawn, shortened, sizeOfText, widthOf } from './shapes.mjs'

/** @typedef {import('./elements.mjs').Speaker} Speaker */
/**
 * By month; null where no run has a number.
 *
 * @typedef {object} Series
 * @property {(number | null)[]} mean
 * @property {(number | null)[]} low
 * @property {(number | null)[]} high
 * @property {(number | null)[]} [full] Of a resource: the share of the time in which all of it is in use.
 * @property {(number | null)[]} [overbooked] Of a resource: how many units are held beyond those that there are.
 */
/** @typedef {'duration' | 'share'} Kind */

/** A wait that is longer than this in some month is worth a chart, in days. */
export const SHORT = 7
/** The lowest that an axis ends at: of days, and of a share. */
const LEAST = { duration: 30, share: 1 }

/**
 * Return the month with most; -1 where no month has a number.
 *
 * @param {Series} series
 */
export function fullest({ mean }) {
  // Of months that differ in rounding alone, the first.
  const rounded = mean.map((number) => (number === null ? -Infinity : Number(number.toPrecision(9))))
  const most = Math.max(...rounded)
  return most === -Infinity ? -1 : rounded.indexOf(most)
}

/** @param {(number | null)[]} numbers By month. */
export function meanOver(numbers) {
  const known = numbers.filter((number) => number !== null)
  return known.reduce((sum, number) => sum + number, 0) / known.length
}

/** The next number of two digits at most that ends in 0 or 5, or is below ten. @param {number} number */
function roundUp(number) {
  const step = 10 ** Math.floor(Math.log10(number)) / 2
  return Number((Math.ceil(number / step - 1e-9) * step).toPrecision(6))
}

/** Between what the field lies. @param {Series} series @param {number} month @param {number} number */
function fieldAt({ low, high, full }, month, number) {
  return full ? { low: 0, high: full[month] ?? 0 } : { low: low[month] ?? number, high: high[month] ?? number }
}

export class OverTime {
  #speaker
  /** @param {Speaker} speaker */
  constructor(speaker) {
    this.#speaker = speaker
  }

  /**
   * Return a figure: its finding, its chart and its table.
   *
   * @param {string} finding
   * @param {Series[]} series Of the plan, and of what is tried.
   * @param {Kind} kind
   * @param {{ months: string[], width: number }} room Its months, and how wide it is in pixels.
   */
  figure(finding, series, kind, room) {
    return made('figure', {}, made('figcaption', {}, finding), this.#chart(finding, series, kind, room), this.#table(finding, series, kind, room.months))
  }

  /** Months in words. @param {string[]} marks The dates that open and close them. */
  months(marks) {
    return marks.slice(0, -1).map((mark) => writtenMonth(new Date(mark), this.#speaker.said.dates))
  }

  /**
   * @param {string} finding
   * @param {Series[]} series
   * @param {Kind} kind
   * @param {{ months: string[], width: number }} room
   */
  #chart(finding, series, kind, { months, width }) {
    const size = sizeOfText()
    const highest = roundUp(Math.max(LEAST[kind], ...series.flatMap(({ high }) => high.map((number) => number ?? 0))))
    const top = this.#written(highest, kind)
    const left = Math.max(widthOf(top, size), 3 * size)
    const [above, below] = [0.8 * size, 7 * size]
    const svg = drawing(width, Math.ceil(below + 1.8 * size), shortened(finding))
    const x = (/** @type {number} */ month) => left + 0.5 * size + ((month + 0.5) / months.length) * (width - left - size)
    const y = (/** @type {number} */ number) => below - (number / highest) * (below - above)
    for (const [number, words] of /** @type {[number, string][]} */ ([[0, this.#written(0, kind)], [highest, top]])) {
      svg.append(drawn('line', { x1: left + 0.3 * size, x2: width, y1: y(number), y2: y(number), class: 'axis' }))
      svg.append(drawn('text', { x: left, y: y(number) + 0.35 * size, 'text-anchor': 'end', class: 'small' }, words))
    }
    const last = months.length - 1
    svg.append(drawn('text', { x: left + 0.5 * size, y: below + 1.4 * size, class: 'small' }, months[0]))
    svg.append(drawn('text', { x: width, y: below + 1.4 * size, 'text-anchor': 'end', class: 'small' }, months[last]))
    series.forEach((own, which) => {
      const isTried = series.length > 1 && which > 0
      const known = own.mean.flatMap((number, month) => (number === null ? [] : [{ month, number, ...fieldAt(own, month, number) }]))
      const field = [...known.map(({ month, high }) => `${x(month)},${y(high)}`), ...known.toReversed().map(({ month, low }) => `${x(month)},${y(low)}`)]
      if (series.length === 1 || isTried) svg.append(drawn('polygon', { points: field.join(' '), class: 'field' }))
      svg.append(drawn('polyline', { points: known.map(({ month, number }) => `${x(month)},${y(number)}`).join(' '), class: isTried ? 'line tried' : series.length > 1 ? 'line plan' : 'line' }))
    })
    return svg
  }

  /** @param {number} number @param {Kind} kind */
  #written(number, kind) {
    return this.#speaker.numbers.measure(number, kind)
  }

  /**
   * @param {string} finding
   * @param {Series[]} series
   * @param {Kind} kind
   * @param {string[]} months
   */
  #table(finding, series, kind, months) {
    const { numbers } = this.#speaker
    const names = series.length > 1 ? ['charts_head_plan', 'charts_head_tried'].map((key) => this.#speaker.say(key)) : [this.#speaker.say(kind === 'share' ? 'over_time_full' : 'over_time_mean')]
    const beside = (/** @type {Series} */ { low, high, full }, /** @type {number} */ month) => {
      if (full) return this.#written(full[month] ?? NaN, kind)
      return numbers.range(low[month] ?? NaN, high[month] ?? NaN, kind)
    }
    const cell = (/** @type {Series} */ own, /** @type {number} */ month, /** @type {number} */ which) => {
      const middle = own.mean[month] ?? null
      const text = middle === null ? '–' : `${this.#written(middle, kind)} (${beside(own, month)})`
      return made('td', { class: 'number', 'data-label': `${names[which]}:` }, text)
    }
    return made(
      'details',
      {},
      made('summary', {}, this.#speaker.say('charts_numbers')),
      made(
        'table',
        {},
        made('caption', {}, finding),
        made('thead', {}, made('tr', {}, made('th', { scope: 'col' }, this.#speaker.say('over_time_month')), ...names.map((name) => made('th', { scope: 'col', class: 'number' }, name)))),
        made('tbody', {}, ...months.map((words, month) => made('tr', {}, made('th', { scope: 'row' }, words), ...series.map((own, which) => cell(own, month, which))))),
      ),
    )
  }
}
