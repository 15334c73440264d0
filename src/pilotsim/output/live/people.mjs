// People in words: as `pilotsim.output.sentences.people` in Python, sign for sign.
import { summarise } from '../../portable/statistics.mjs'

/** Below so many runs chance is said to be the small number of runs. */
const FEW_RUNS = 30

/**
 * @typedef {object} Change
 * @property {string} change How many more or fewer.
 * @property {string[]} notes Between what that lies, and what chance may explain.
 * @property {boolean} isClear Whether chance cannot explain it.
 */

/**
 * Return how many more or fewer there are, in words.
 *
 * @param {Float64Array} numbers With the programme minus without, run by run.
 * @param {string} state
 * @param {import('./elements.mjs').Speaker} speaker
 * @returns {Change}
 */
export function changeInWords(numbers, state, speaker) {
  const { mean, half, low, high } = summarise(numbers, speaker.said.description.statistics)
  const isClear = mean - half > 0 || mean + half < 0
  const count = Math.abs(roundEven(mean))
  const more = mean > 0 ? 'more' : 'fewer'
  const place = { state: speaker.state(state) }
  const written = speaker.numbers.number(count, 0)
  const change =
    count === 0
      ? speaker.say('answer_as_many', place)
      : count === 1
        ? speaker.say(`answer_one_${more}`, place)
        : speaker.say(`answer_${more}`, { ...place, number: written })
  const notes = [rangeInWords(low, high, speaker)]
  if (!isClear && numbers.some((one) => one !== 0))
    notes.push(speaker.say(numbers.length < FEW_RUNS ? 'answer_chance_few' : 'answer_chance', { runs: String(numbers.length) }))
  return { change, notes: notes.filter((note) => note !== ''), isClear }
}

/**
 * @param {number} low
 * @param {number} high
 * @param {import('./elements.mjs').Speaker} speaker
 */
function rangeInWords(low, high, speaker) {
  const [least, most] = [roundEven(low), roundEven(high)]
  if (least === most) return ''
  const show = (/** @type {number} */ number) => speaker.numbers.number(number, 0)
  const counted = (/** @type {number} */ people) => (people === 1 ? speaker.say('people_one') : show(people))
  if (least < 0 && most > 0) return speaker.say('people_either', { fewer: counted(-least), more: counted(most) })
  const ends = [Math.abs(least), Math.abs(most)].sort((a, b) => a - b)
  const more = most > 0 ? 'more' : 'fewer'
  if (ends[0] === 0) return speaker.say(`people_up_to_${more}`, { most: counted(ends[1]) })
  return speaker.say(`people_${more}`, { least: show(ends[0]), most: show(ends[1]) })
}

/** Round as Python does: what lies just between goes to the even one. @param {number} number */
export function roundEven(number) {
  const below = Math.floor(number)
  const rest = number - below
  if (rest !== 0.5) return Math.round(number)
  return below % 2 === 0 ? below : below + 1
}
