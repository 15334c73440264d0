// What a plan comes to, and how surely it differs from another one: for the table in which plans stand side by side.
import { summarise } from '../../portable/statistics.mjs'
import { answerInWords, mustBeKnown } from './answers.mjs'
import { MoneyWriter } from './money.mjs'
import { changeInWords, roundEven } from './people.mjs'

/** @typedef {import('../../portable/model.mjs').Answer} Answer */
/** @typedef {import('./elements.mjs').Setup} Setup */
/** @typedef {import('./elements.mjs').Speaker} Speaker */

/**
 * A cell of the table: what a plan comes to, and what it is against the plan as written.
 *
 * @typedef {object} Cell
 * @property {string} text
 * @property {string} [range] Where nine runs in ten end.
 * @property {string} [against]
 * @property {string[]} [notes] What must be known of the number of a target.
 * @property {'sure' | 'chance' | 'same'} [how] How surely it differs.
 */

/**
 * How numbers of one kind are shown: one by itself, and between which two they lie.
 *
 * @typedef {{ one: (number: number) => string, range: (low: number, high: number) => string }} Shown
 */

/** @typedef {{ label: string, planned?: string, cells: Cell[], isMoney?: boolean }} Row The label of the plan as well, where that is another. */

/** The numbers that plans are compared by. */
export class Outcomes {
  #setup
  #speaker

  /**
   * @param {Setup} setup
   * @param {Speaker} speaker
   */
  constructor(setup, speaker) {
    this.#setup = setup
    this.#speaker = speaker
  }

  /**
   * The rows of the table: what the pilot changes in each state, what it costs, how many targets are met.
   *
   * @param {Answer[]} answers The plan first; all of the same runs.
   * @returns {Row[]}
   */
  rows(answers) {
    const { effect, economy } = this.#setup
    const say = (/** @type {string} */ key) => this.#speaker.say(key)
    /** @type {Row[]} */
    const rows = []
    for (const state of effect?.states ?? []) {
      const changes = answers.map((answer) => extra(answer, `effect.${effect?.counted}.${state}`))
      if (changes.every((one) => one.every((number) => number === 0))) continue
      rows.push({ label: capital(this.#speaker.state(state)), cells: this.#cells(changes, this.#people) })
    }
    if (economy !== null)
      for (const [key, lines] of /** @type {[string, string[]][]} */ ([['start_spent', economy.spent], ['start_net', economy.all]])) {
        if (key === 'start_net' && !economy.has_net) continue
        const sums = answers.map((answer) => added(lines.map((line) => extra(answer, `economy.whole.${line}`))))
        // Where nothing has a price, nothing is told of costs.
        if (sums.every((one) => one.every((number) => number === 0))) continue
        rows.push({ label: say(key), isMoney: true, cells: this.#cells(sums, this.#money) })
      }
    rows.push({ label: say('start_targets_met'), cells: answers.map((answer) => this.#met(answer)) })
    return rows
  }

  /**
   * A row for each target in each of its readings.
   *
   * @param {Answer[]} answers
   * @param {(words: string) => string} [follow] Puts the numbers of the latest plan into words that hold some.
   * @returns {Row[]}
   */
  targets(answers, follow = (words) => words) {
    const { questions } = this.#speaker.said.description
    return answers[0].judged.verdicts.map((plan, place) => {
      const question = questions[place]
      const [planned, label] = [(/** @type {string} */ words) => words, follow].map((words) =>
        question.reads === null ? words(question.says) : `${words(question.says)} (${words(question.reads)})`,
      )
      const cells = answers.map((answer, which) => {
        const verdict = answer.judged.verdicts[place]
        const text = answerInWords(verdict, this.#setup, this.#speaker)
        const notes = mustBeKnown(verdict, question.how_counted, this.#speaker)
        if (which === 0) return { text, notes }
        // As the program says that a verdict turns: the intervals of the two chances lie apart.
        const [lower, upper] = [plan, verdict].sort((a, b) => a.interval[0] - b.interval[0])
        const isSure = plan.verdict !== verdict.verdict && lower.interval[1] < upper.interval[0]
        /** @type {Cell['how']} */
        const how = isSure ? 'sure' : plan.probability === verdict.probability || !verdict.replications ? 'same' : 'chance'
        return { text, notes, how }
      })
      return label === planned ? { label, cells } : { label, planned, cells }
    })
  }

  /**
   * What one result costs, where it is sure that there are some: what is spent for each, as a ratio of means.
   *
   * @param {Answer} answer
   * @returns {{ name: string, amount: string }[]}
   */
  costsOfResults(answer) {
    const { economy, own } = this.#setup
    if (economy === null) return []
    const { statistics } = this.#speaker.said.description
    const spent = summarise(added(economy.spent.map((line) => extra(answer, `economy.whole.${line}`))), statistics).mean
    return Object.keys(this.#speaker.said.own.results).flatMap((name) => {
      const { mean, half, low } = summarise(extra(answer, `economy.result.${name}`), statistics)
      if (!(mean - half > 0 && low > 0) || own.unpriced.length) return []
      return [{ name, amount: this.#money.one(spent / mean) }]
    })
  }

  /**
   * What the pilot changes, in one sentence for each state that a reader asks for first.
   *
   * @param {Answer} answer
   * @returns {import('./people.mjs').Change[]}
   */
  changes(answer) {
    const { effect } = this.#setup
    return (effect?.states ?? [])
      .map((state) => ({ state, numbers: extra(answer, `effect.${effect?.counted}.${state}`) }))
      .filter(({ numbers }) => numbers.some((one) => one !== 0))
      .map(({ state, numbers }) => changeInWords(numbers, state, this.#speaker))
  }

  /**
   * The numbers that the chart shows, by state: for each answer its mean and where nine runs in ten end.
   *
   * @param {Answer[]} answers
   */
  effects(answers) {
    const { effect } = this.#setup
    const { statistics } = this.#speaker.said.description
    return (effect?.states ?? [])
      .map((state) => ({
        label: capital(this.#speaker.state(state)),
        plans: answers.map((answer) => {
          const { mean, low, high } = summarise(extra(answer, `effect.${effect?.counted}.${state}`), statistics)
          return { mean, low, high, text: this.#people.one(mean) }
        }),
      }))
      .filter(({ plans }) => plans.some(({ low, high }) => low !== 0 || high !== 0))
  }

  /**
   * @param {Float64Array[]} numbers Of each plan, run by run.
   * @param {Shown} shown
   * @returns {Cell[]}
   */
  #cells(numbers, shown) {
    const { statistics } = this.#speaker.said.description
    return numbers.map((own, which) => {
      const { mean, low, high } = summarise(own, statistics)
      const text = shown.one(mean)
      const range = shown.one(low) === shown.one(high) ? '' : shown.range(low, high)
      if (which === 0) return { text, range }
      const change = summarise(own.map((number, k) => number - numbers[0][k]), statistics)
      if (!(Math.abs(change.mean) > 0) && !(change.half > 0)) return { text, range, against: this.#speaker.say('start_same'), how: 'same' }
      const isSure = Math.abs(change.mean) > change.half
      const against = isSure ? this.#speaker.say('start_against', { difference: this.#signed(change.mean, shown) }) : this.#speaker.say('start_maybe_chance')
      return { text, range, against, how: isSure ? 'sure' : 'chance' }
    })
  }

  /** @param {number} number @param {Shown} shown */
  #signed(number, shown) {
    const text = shown.one(number)
    if (/[1-9]/.test(text)) return /^[+\u2212]/.test(text) ? text : `+${text}`
    // Less than the unit that is shown: with its first digit, so that a sure difference is not told as none.
    return (number < 0 ? '\u2212' : '+') + this.#speaker.numbers.number(Number(Math.abs(number).toPrecision(1)))
  }

  /** People, in whole numbers with their signs. @type {Shown} */
  #people = {
    one: (number) => {
      const whole = roundEven(number)
      const digits = this.#speaker.numbers.number(Math.abs(whole), 0)
      return whole === 0 ? digits : (whole < 0 ? '\u2212' : '+') + digits
    },
    range: (low, high) => `${this.#people.one(low)} ${this.#speaker.said.description.numbers.to} ${this.#people.one(high)}`,
  }

  /** Amounts, as sentences say them. @type {Shown} */
  get #money() {
    const { money, description } = this.#speaker.said
    return new MoneyWriter(money, description.numbers)
  }

  /** How many targets are met in all their readings. @param {Answer} answer @returns {Cell} */
  #met(answer) {
    /** @type {Map<string, boolean>} */
    const met = new Map()
    for (const { target, verdict } of answer.judged.verdicts)
      met.set(target, (met.get(target) ?? true) && this.#setup.answers[verdict] === 'yes')
    const count = [...met.values()].filter(Boolean).length
    return { text: this.#speaker.say('start_so_many_of', { count: String(count), all: String(met.size) }) }
  }
}

/**
 * With the programme minus without, run by run.
 *
 * @param {Answer} answer
 * @param {string} measure
 */
function extra(answer, measure) {
  const { programme, without } = answer.measured(measure)
  return programme.map((number, k) => number - without[k])
}

/** @param {string} words */
function capital(words) {
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

/** @param {Float64Array[]} columns */
function added(columns) {
  return (columns[0] ?? new Float64Array()).map((_, k) => columns.reduce((sum, column) => sum + column[k], 0))
}
