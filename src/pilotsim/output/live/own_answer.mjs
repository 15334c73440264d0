// The answer with a reader's own numbers, as the top of the page has that of the plan: start or not, what changes, what it costs, which targets.
import { ANSWERS, answerInWords, isMetAnyway, mustBeKnown } from './answers.mjs'
import { made } from './elements.mjs'
import { standingInWords } from './standing.mjs'

/** @typedef {import('../../portable/model.mjs').Answer} Answer */
/** @typedef {import('../../portable/verdicts.mjs').Verdict} Verdict */

/** How the answers are counted in the reason, in this order. */
const COUNTED = ['yes', 'even', 'depends', 'no', 'open']

/**
 * An answer to a target over all its readings.
 *
 * @typedef {{ target: string, says: string, given: string, words: string, notes: string[] }} TargetAnswer
 */

/** Says what an answer of the model comes to. */
export class OwnAnswer {
  /**
   * @param {import('./elements.mjs').Setup} setup
   * @param {import('./elements.mjs').Speaker} speaker
   * @param {import('./outcomes.mjs').Outcomes} outcomes
   */
  constructor(setup, speaker, outcomes) {
    this.setup = setup
    this.speaker = speaker
    this.outcomes = outcomes
  }

  /**
   * What is answered to each target.
   *
   * @param {Answer} answer
   * @returns {TargetAnswer[]}
   */
  targets(answer) {
    /** @type {Map<string, { says: string, verdicts: Verdict[], notes: string[] }>} */
    const found = new Map()
    answer.judged.verdicts.forEach((verdict, place) => {
      const { target, says, reads, how_counted: how } = this.speaker.said.description.questions[place]
      const own = found.get(target) ?? { says, verdicts: [], notes: [] }
      own.verdicts.push(verdict)
      const notes = mustBeKnown(verdict, how, this.speaker)
      own.notes.push(...notes.map((note) => (reads === null ? note : `${reads}: ${note}`)))
      found.set(target, own)
    })
    return Array.from(found, ([target, { says, verdicts, notes }]) => {
      const all = new Set(verdicts.map(({ verdict }) => this.setup.answers[verdict]))
      const given = all.size === 1 ? [...all][0] : 'depends'
      const word = this.speaker.say(ANSWERS[given])
      const isAnyway = verdicts.every((one) => isMetAnyway(one, this.setup, this.speaker))
      const together = isAnyway ? this.speaker.say('met_anyway', { word }) : word
      const words = verdicts.length === 1 ? answerInWords(verdicts[0], this.setup, this.speaker) : together
      return { target, says, given, words, notes }
    })
  }

  /** Whether to start: no where a target fails however it is read. @param {TargetAnswer[]} answers */
  headline(answers) {
    const given = new Set(answers.map((one) => one.given))
    if (given.has('no')) return this.speaker.say('start_not_so')
    return this.speaker.say(given.size === 1 && given.has('yes') ? 'start_all_met' : 'start_open')
  }

  /** How many targets are met, and how many are not. @param {TargetAnswer[]} answers */
  reason(answers) {
    const counts = COUNTED.map((name) => answers.filter(({ given }) => (given === 'allowed' ? 'open' : given) === name).length)
    const parts = COUNTED.map((name, k) => this.speaker.say(`start_reason_${name}`, { count: String(counts[k]) })).filter((_, k) => counts[k])
    return this.speaker.say('start_reason', { all: String(answers.length), parts: this.list(parts) })
  }

  /** Items as one phrase: a, b and c. @param {string[]} items */
  list(items) {
    const and = this.speaker.said.words.and
    return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${and} ${items[items.length - 1]}`
  }

  /**
   * The elements of the whole answer.
   *
   * @param {Answer[]} answers The plan's, and that with own numbers.
   * @param {(words: string) => string} follow Puts the numbers that are set into words.
   * @param {Map<string, string>} moved What targets come to that are others than in the plan, though their words do not say so.
   * @returns {Node[]}
   */
  elements([plan, own], follow, moved) {
    const { speaker } = this
    const [before, after] = [plan, own].map((answer) => this.targets(answer))
    const changes = this.outcomes.changes(own)
    const rows = this.outcomes.rows([plan, own])
    const costs = rows.filter(({ isMoney }) => isMoney)
    const each = this.outcomes.costsOfResults(own)
    const heads = [speaker.say('start_target'), speaker.say('start_plan'), speaker.say('own_yours')]
    const label = (/** @type {number} */ k) => ({ 'data-label': `${heads[k]}:` })
    return [
      made('p', { class: 'headline' }, this.headline(after)),
      made('p', { class: 'lead' }, this.reason(after)),
      ...standingInWords(own, speaker).map((says) => made('p', { class: 'notice' }, says)),
      ...(changes.length
        ? [
            made(
              'ul',
              { class: 'cards' },
              ...changes.map(({ change, notes, isClear }) =>
                made('li', { class: isClear ? '' : 'unclear' }, made('strong', {}, change), ...(notes.length ? [made('span', {}, notes.join('; '))] : [])),
              ),
            ),
          ]
        : []),
      ...costs.map(({ label: says, cells }) => made('p', {}, `${says}: ${cells[1].text}${cells[1].range ? ` (${cells[1].range})` : ''}. ${speaker.say('own_cost_of_plan', { amount: cells[0].text })}`)),
      ...each.map(({ name, amount }) => made('p', {}, speaker.say('own_each', { says: speaker.said.own.results[name], amount }))),
      made(
        'table',
        { class: 'answers' },
        made('caption', {}, [speaker.say('own_targets_note', { runs: speaker.numbers.number(own.replications, 0) }), speaker.say('start_plan_alone')].join(' ')),
        made('thead', {}, made('tr', {}, ...heads.map((head) => made('th', { scope: 'col' }, head)))),
        made(
          'tbody',
          {},
          ...after.map(({ target, says, given, words, notes }, k) =>
            made(
              'tr',
              {},
              made('th', { scope: 'row' }, follow(says), ...(moved.has(target) ? [made('span', { class: 'changed' }, speaker.say('own_bound_now', { bound: moved.get(target) ?? '' }))] : [])),
              made('td', label(1), made('span', { class: `answer ${before[k].given}` }, before[k].words), ...below(before[k].notes)),
              made('td', label(2), made('span', { class: `answer ${given}` }, words), ...below(notes)),
            ),
          ),
        ),
      ),
    ]
  }
}

/** Notes below what is answered. @param {string[]} notes */
function below(notes) {
  return notes.map((note) => made('span', { class: 'below' }, note))
}
