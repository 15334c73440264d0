// What is answered to a target, in words: as `answer_in_words` of `pilotsim.output.live.decision` in Python.
import { roundEven } from './people.mjs'

/** @typedef {import('../../portable/verdicts.mjs').Verdict} Verdict */
/** @typedef {import('./elements.mjs').Setup} Setup */
/** @typedef {import('./elements.mjs').Speaker} Speaker */

/** From how many on it is said of them: so many in a run on average, or such a share of all; and of units that are overbooked. */
const [FEW, FEW_OF_ALL, FEW_UNITS] = [0.5, 0.01, 0.05]

/** What is said of those left out, and of those still under way, by how a number is measured. */
const LEFT_OUT = /** @type {Record<string, string>} */ ({ wait: 'support_left', count: 'support_not_known' })
const WAITING = /** @type {Record<string, string>} */ ({ time: 'support_under_way', spell: 'support_going_on', survival: 'support_cut_off' })

/** What is answered to whether a target is met, and the phrase for each. */
export const ANSWERS = /** @type {Record<string, string>} */ ({
  yes: 'start_yes',
  even: 'start_even',
  no: 'start_no',
  depends: 'start_depends',
  allowed: 'start_allowed',
  open: 'start_cannot_judge',
})

/**
 * Whether it is likely met, and as likely without the programme: then that it is met says nothing of what the programme does.
 *
 * @param {Verdict} verdict
 * @param {Setup} setup
 * @param {Speaker} speaker
 */
export function isMetAnyway({ verdict, replications, probability_anyway }, { likely_from }, speaker) {
  const grade = speaker.said.description.grades.find((one) => one.name === verdict)
  return grade?.falls_short === false && replications > 0 && probability_anyway >= likely_from
}

/**
 * @param {Verdict} verdict
 * @param {Setup} setup
 * @param {Speaker} speaker
 */
export function answerInWords(verdict, setup, speaker) {
  const answer = speaker.say(ANSWERS[setup.answers[verdict.verdict]])
  if (!verdict.replications) return answer
  const key = isMetAnyway(verdict, setup, speaker) ? 'start_chance_anyway' : 'start_chance'
  return speaker.say(key, { answer, chance: speaker.numbers.probability(verdict.probability, verdict.interval) })
}

/**
 * What must be known of the number of a target: who still waits or is under way, who is left out, which runs cannot be judged. Nothing where
 * all is plain. As `pilotsim.output.views.support` says it of the plan.
 *
 * @param {Verdict} verdict
 * @param {string | null} how How its measure is counted; null for none.
 * @param {Speaker} speaker
 * @returns {string[]}
 */
export function mustBeKnown({ base, left_out, waiting, bounded, undefined: unknown, replications }, how, speaker) {
  if (how === null) return []
  const { numbers } = speaker
  const [leftOut, waits, all] = [left_out, waiting, base].map((people) => (people > 0 && people < 0.5 ? speaker.say('under_one') : numbers.number(roundEven(people), 0)))
  /** @param {number} count */
  const isWorthSaying = (count) => count >= FEW || (count > 0 && count >= FEW_OF_ALL * (count + base))
  /** @type {[boolean, string, Record<string, string>][]} */
  const notes = [
    [bounded > 0, 'support_bounded', { share: numbers.measure(bounded, 'share') }],
    [unknown > 0, bounded > 0 ? 'support_undecided' : 'support_undefined', { count: numbers.number(unknown, 0), runs: numbers.number(replications, 0) }],
    [how === 'use' && left_out >= FEW_UNITS, 'support_overbooked', { left_out: shownCount(left_out, numbers) }],
    [how !== 'use' && isWorthSaying(left_out), LEFT_OUT[how] ?? 'support_left_out', { left_out: leftOut, base: all }],
    [isWorthSaying(waiting), WAITING[how] ?? 'support_waiting', { waiting: waits, base: all }],
  ]
  return notes.filter(([isSaid]) => isSaid).map(([, key, parts]) => capitalised(speaker.say(key, parts)))
}

/** A mean count: whole from ten on, with a decimal below unless it is whole. @param {number} count @param {import('../../portable/numbers.mjs').NumberWriter} numbers */
function shownCount(count, numbers) {
  const isWhole = count >= 10 || Math.abs(count - roundEven(count)) < 0.05
  return numbers.number(count, isWhole ? 0 : 1)
}

/** @param {string} words */
function capitalised(words) {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1)
}
