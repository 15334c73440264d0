// The plans that are kept beside the one that is tried: their names, and where they are let go.
import { made, the } from './elements.mjs'

/** How long a name may be. */
const MAX_NAME = 40

/** @typedef {{ name: string, setting: import('./workbench.mjs').Setting, answer: import('../../portable/model.mjs').Answer | null }} KeptPlan */

/** Plans in the order in which they were kept. */
export class KeptPlans {
  #speaker
  /** @type {KeptPlan[]} */
  plans = []

  /**
   * @param {import('./elements.mjs').Speaker} speaker
   * @param {() => void} whenChanged Called when a plan has got another name, or is let go.
   */
  constructor(speaker, whenChanged) {
    this.#speaker = speaker
    this.whenChanged = whenChanged
  }

  /** What a plan is called: by its reader, or by its place. @param {number} which */
  nameOf(which) {
    return this.plans[which].name || this.#speaker.say('start_kept', { letter: String.fromCharCode(65 + which) })
  }

  /** Show them: each with a field for its name. */
  build() {
    the('kept').hidden = this.plans.length === 0
    the('kept-plans').replaceChildren(...this.plans.map((plan, which) => this.#item(plan, which)))
  }

  /** @param {number} which */
  remove(which) {
    this.plans.splice(which, 1)
    this.build()
    this.whenChanged()
  }

  /**
   * @param {KeptPlan} plan
   * @param {number} which
   */
  #item(plan, which) {
    const id = `kept-${which}`
    const field = made('input', { type: 'text', id, value: this.nameOf(which), maxlength: String(MAX_NAME), autocomplete: 'off' })
    field.addEventListener('change', () => {
      plan.name = field.value.trim()
      field.value = this.nameOf(which)
      this.whenChanged()
    })
    const place = this.#speaker.say('start_kept', { letter: String.fromCharCode(65 + which) })
    const label = made('label', { for: id }, this.#speaker.say('start_name_of', { name: place }))
    const button = made('button', { type: 'button', class: 'quiet' }, this.#speaker.say('start_remove', { name: place }))
    button.addEventListener('click', () => {
      this.remove(which)
      the('try').focus()
    })
    return made('li', {}, label, field, button)
  }
}
