// What is answered to a target, in words: as `answer_in_words` of `pilotsim.output.live.decision` in Python.
import { roundEven } from './people.mjs'

/** @typedef {import('../../portable/verdicts.mjs').Verdict} Verdict */
/** @typedef {import('./elements.mjs').Setup} Setup */
/** @typedef {import('./elements.mjs').Speaker} Speaker */

/** From how many who still wait on it is said: so many in a run on average, or such a share of all. */
const [FEW, FEW_OF_ALL] = [0.5, 0.01]

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
 * How many still wait at the end, where a target is of a wait; nothing where nobody does. As `pilotsim.output.views.support` says it of the plan.
 *
 * @param {Verdict} verdict
 * @param {string | null} how How its measure is counted.
 * @param {Speaker} speaker
 */
export function stillWaiting({ base, waiting }, how, speaker) {
  if (how !== 'wait' || !(waiting >= FEW || (waiting > 0 && waiting >= FEW_OF_ALL * (waiting + base)))) return ''
  const [waits, all] = [waiting, base].map((people) => (people > 0 && people < 0.5 ? speaker.say('under_one') : speaker.numbers.number(roundEven(people), 0)))
  return speaker.say('start_still_wait', { waiting: waits, base: all })
}
