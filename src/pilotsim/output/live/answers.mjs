// What is answered to a target, in words: as `answer_in_words` of `pilotsim.output.live.decision` in Python.

/** @typedef {import('../../portable/verdicts.mjs').Verdict} Verdict */
/** @typedef {import('./elements.mjs').Setup} Setup */
/** @typedef {import('./elements.mjs').Speaker} Speaker */

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
