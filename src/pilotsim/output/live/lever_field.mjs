// Beside a lever: a field for an exact number or a step from the plan, and buttons for the steps that people ask for.
import { made } from './elements.mjs'
import { inBaseUnits, readEntered, writtenIn } from './entered.mjs'
import { readStep, stepsOf } from './steps.mjs'

/** @typedef {import('../../portable/model.mjs').Value} Value */

/**
 * What a field asks of its lever.
 *
 * @typedef {object} Asks
 * @property {() => Value} value
 * @property {() => number} planned What it is without the lever, in base units.
 * @property {() => number} number What it is now.
 * @property {(number: number) => void} put
 * @property {(number: number) => string} show Writes a number in the unit of the file.
 */

/**
 * Return the field, and what puts it where the number is.
 *
 * @param {string} path
 * @param {Asks} asks
 * @param {import('./elements.mjs').Speaker} speaker
 */
export function leverField(path, asks, speaker) {
  const { says } = asks.value()
  const id = `field-${path}`
  const fault = made('p', { class: 'fault', id: `${id}-fault`, role: 'alert' })
  fault.hidden = true
  const field = made('input', { type: 'text', id, inputmode: 'text', autocomplete: 'off', 'aria-describedby': fault.id, 'aria-label': speaker.say('start_exactly', { name: says }) })
  const { decimal } = speaker.said.description.numbers
  const place = () => {
    field.value = String(writtenIn(asks.number(), asks.value())).replace('.', decimal)
    tell('')
  }
  const tell = (/** @type {string} */ words) => {
    fault.textContent = words
    fault.hidden = words === ''
    field.setAttribute('aria-invalid', String(words !== ''))
  }
  const take = (/** @type {string} */ text) => {
    const value = asks.value()
    const { numbers } = speaker.said.description
    const step = readStep(text, value, asks.planned())
    if (step !== null && 'fault' in step) return tell(speaker.say(step.fault, step.parts))
    const entered = readEntered(step === null ? text : String(step.number).replace('.', decimal), value, numbers, asks.show)
    if ('fault' in entered) return tell(speaker.say(entered.fault, { ...entered.parts, name: says }))
    asks.put('empty' in entered ? asks.planned() : entered.number)
    place()
  }
  field.addEventListener('change', () => take(field.value))
  field.addEventListener('focus', () => field.select())
  const buttons = stepsOf(asks.value(), asks.planned(), speaker.said.description.numbers.points).map(({ says: words, typed }) => {
    const button = made('button', { type: 'button', class: 'step', 'aria-label': `${words}, ${says}` }, words)
    // From where it stands: pressed twice, it goes two steps of the plan.
    button.addEventListener('click', () => {
      const value = asks.value()
      const step = readStep(typed, value, asks.planned())
      if (step === null || 'fault' in step) return
      const change = inBaseUnits(step.number, value) - asks.planned()
      const number = asks.number() === asks.planned() ? inBaseUnits(step.number, value) : inBaseUnits(writtenIn(asks.number() + change, value), value)
      take(String(writtenIn(number, value)).replace('.', decimal))
    })
    return button
  })
  place()
  return { element: made('div', { class: 'exact' }, field, ...buttons, fault), place }
}
