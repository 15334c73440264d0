// Where targets are won and lost: of a hundred who count, how many do as asked, and what became of the others.
import { made } from './elements.mjs'
import { drawing, drawn, inLines, shortened, sizeOfText, widthOf } from './shapes.mjs'

/** How many places are shown one by one; the others are added up. */
const SHOWN = 6
const MET = 'met'
/** A cell that is none: all that are not shown one by one. */
const REST = 'rest'

/** @typedef {import('./elements.mjs').Speaker} Speaker */
/** @typedef {Map<string, number>} Counts How many there are in each cell that is not empty, by its name. */
/** @typedef {{ name: string, says: string, reads: string | null, kind: string, state: string }} Told A question of which it is told. */
/** @typedef {{ cell: string, numbers: number[] }} Line Of a hundred, so many in a cell: in the plan, and in what is tried. */

/**
 * Return whole numbers that add up to a sum, as near to given shares of it as can be.
 *
 * @param {number[]} shares They add up to 1.
 * @param {number} sum
 */
export function inWholes(shares, sum) {
  const wholes = shares.map((share) => Math.floor(share * sum + 1e-9))
  const left = sum - wholes.reduce((all, one) => all + one, 0)
  const order = shares.map((share, place) => ({ place, rest: share * sum - wholes[place] })).sort((a, b) => b.rest - a.rest || a.place - b.place)
  for (const { place } of order.slice(0, left)) wholes[place]++
  return wholes
}

/**
 * Return the lines of a chart: who does as asked, the cells with most, and all others. Each column adds up to a hundred.
 *
 * @param {Counts[]} counts Of the plan, and of what is tried.
 * @param {number} shown How many cells are shown one by one.
 * @param {number} parts Of how many parts one of a hundred is told: 1 for whole ones.
 * @returns {Line[]}
 */
export function linesOf(counts, shown = SHOWN, parts = 1) {
  const sums = counts.map((one) => [...one.values()].reduce((all, count) => all + count, 0))
  if (sums.some((sum) => sum === 0)) return []
  const share = (/** @type {string} */ cell, /** @type {number} */ which) => (counts[which].get(cell) ?? 0) / sums[which]
  const most = (/** @type {string} */ cell) => Math.max(...counts.map((_, which) => share(cell, which)))
  const cells = [...new Set(counts.flatMap((one) => [...one.keys()]))].filter((cell) => cell !== MET)
  cells.sort((one, other) => most(other) - most(one) || (one < other ? -1 : 1))
  const own = [MET, ...cells.slice(0, shown)]
  const shares = counts.map((_, which) => {
    const told = own.map((cell) => share(cell, which))
    return [...told, Math.max(0, 1 - told.reduce((all, one) => all + one, 0))]
  })
  const wholes = shares.map((one) => inWholes(one, 100 * parts).map((whole) => whole / parts))
  return [...own, REST].map((cell, place) => ({ cell, numbers: wholes.map((one) => one[place]) })).filter(({ cell, numbers }) => cell === MET || numbers.some((one) => one > 0))
}

export class Losses {
  #speaker
  #nameOf

  /**
   * @param {Speaker} speaker
   * @param {(stage: string) => string} nameOf What a stage is called.
   */
  constructor(speaker, nameOf) {
    this.#speaker = speaker
    this.#nameOf = nameOf
  }

  /**
   * Return what is shown of a question: its finding, its chart and its table.
   *
   * @param {Told} question
   * @param {Counts[]} counts Of the plan, and of what is tried.
   * @param {number} width In pixels.
   */
  of(question, counts, width) {
    const lines = linesOf(counts)
    if (!lines.length) return { finding: this.#speaker.say('losses_empty'), content: /** @type {Element[]} */ ([]) }
    const finding = this.#finding(question, lines)
    return { finding, content: [this.#chart(question, lines, finding, width), this.#table(question, linesOf(counts, Infinity, 10), counts.length)] }
  }

  /** @param {Told} question @param {Line[]} lines */
  #finding(question, lines) {
    const { numbers } = this.#speaker
    const [met, ...others] = lines.map(({ cell, numbers: own }) => ({ cell, plan: own[0], now: own[own.length - 1] }))
    const isTried = lines[0].numbers.length > 1
    const first = isTried
      ? this.#speaker.say(`losses_${question.kind}_tried`, { met: numbers.number(met.now, 0), plan: numbers.number(met.plan, 0), state: question.state })
      : this.#speaker.say(`losses_${question.kind}_says`, { met: numbers.number(met.now, 0), state: question.state })
    const most = others.filter(({ cell }) => cell !== REST).sort((one, other) => other.now - one.now)[0]
    if (most === undefined || most.now === 0) return first
    return `${first} ${this.#speaker.say('losses_most', { place: this.#place(question, most.cell), count: numbers.number(most.now, 0) })}`
  }

  /** What became of those in a cell, as the end of a sentence. @param {Told} question @param {string} cell */
  #place(question, cell) {
    if (cell === REST) return this.#speaker.say('losses_rest')
    const [how, name, risk] = cell.split(' ')
    if (name === undefined) return this.#speaker.say(`losses_${question.kind}_${how}`, { state: question.state })
    return this.#speaker.say(`losses_${how}`, { stage: this.#nameOf(name), risk: risk === undefined ? '' : (this.#speaker.said.charts.risks[risk] ?? risk) })
  }

  /**
   * @param {Told} question
   * @param {Line[]} lines
   * @param {string} finding
   * @param {number} width
   */
  #chart(question, lines, finding, width) {
    const size = sizeOfText()
    const line = 1.35 * size
    const bar = 0.9 * size
    const told = lines.map(({ cell, numbers }) => ({ numbers, isMet: cell === MET, words: inLines(capital(this.#place(question, cell)), width, size) }))
    const height = told.reduce((sum, { words, numbers }) => sum + (words.length + 0.4) * line + numbers.length * (bar + 3), 0)
    const svg = drawing(width, Math.ceil(height), shortened(finding))
    const name = (/** @type {number} */ which) => this.#speaker.say(which === 0 ? 'charts_plan' : 'charts_tried')
    // Beside the longest bar there is room for what is written there.
    const room = width - widthOf(lines[0].numbers.length > 1 ? `100 ${name(1)}` : '100', 1.2 * size) - size
    const most = Math.max(...lines.flatMap(({ numbers }) => numbers))
    let y = 0
    told.forEach(({ words, numbers, isMet }, place) => {
      for (const one of words) svg.append(drawn('text', { x: 0, y: (y += line) - 0.45 * size, class: isMet ? 'strong' : '' }, one))
      numbers.forEach((number, which) => {
        const kind = numbers.length > 1 && which === 0 ? 'plan' : 'now'
        const long = Math.max(1.5, (room * number) / Math.max(1, most))
        svg.append(drawn('rect', { x: 0, y, width: long, height: bar, class: `${kind} ${isMet ? 'met' : 'lost'}` }))
        const called = place === 0 && numbers.length > 1 ? ` ${name(which)}` : ''
        svg.append(drawn('text', { x: long + 0.4 * size, y: y + 0.78 * size, class: kind === 'now' ? 'strong' : '' }, `${this.#speaker.numbers.number(number, 0)}${called}`))
        y += bar + 3
      })
      y += 0.4 * line
    })
    return svg
  }

  /** @param {Told} question @param {Line[]} lines @param {number} columns */
  #table(question, lines, columns) {
    const { numbers } = this.#speaker
    const heads = columns > 1 ? ['charts_head_plan', 'charts_head_tried'] : ['losses_of_hundred']
    const names = heads.map((key) => this.#speaker.say(key))
    const row = (/** @type {string} */ words, /** @type {number[]} */ own) =>
      made('tr', {}, made('th', { scope: 'row' }, words), ...own.map((number, which) => made('td', { class: 'number', 'data-label': `${names[which]}:` }, numbers.number(number, 1))))
    const sums = names.map((_, which) => lines.reduce((sum, { numbers: own }) => sum + own[which], 0))
    return made(
      'details',
      {},
      made('summary', {}, this.#speaker.say('charts_numbers')),
      made(
        'table',
        {},
        made('caption', {}, question.reads === null ? question.says : `${question.says} (${question.reads})`),
        made('thead', {}, made('tr', {}, made('th', { scope: 'col' }, this.#speaker.say('losses_where')), ...names.map((name) => made('th', { scope: 'col', class: 'number' }, name)))),
        made('tbody', {}, ...lines.map(({ cell, numbers: own }) => row(capital(this.#place(question, cell)), own)), row(this.#speaker.say('losses_sum'), sums)),
      ),
    )
  }
}

/** @param {string} words */
function capital(words) {
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}
