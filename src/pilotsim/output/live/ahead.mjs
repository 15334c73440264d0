// Levers where nothing can be run: each stops where an answer was worked out when the page was made, and one is moved at a time.
import { made, the } from './elements.mjs'

/**
 * Where levers stop, and which options have an answer.
 *
 * @typedef {{ levers: Record<string, [number, number][]>, choices: Record<string, Record<string, number>> }} Ahead
 *
 * What was worked out, in a language.
 *
 * @typedef {object} AheadWords
 * @property {string[]} columns
 * @property {{ text: string, how: string }[][]} cells By setting, the plan first.
 * @property {string[]} questions
 * @property {string[][]} targets By setting, what is answered to each question.
 * @property {Record<string, { says: string, options: Record<string, string> }>} choices
 * @property {string} runs
 */

export class AheadBench {
  #setup
  #speaker
  /** Which of the settings is shown; 0 for the plan. */
  #place = 0
  /** @type {(() => void)[]} What puts each lever and choice where the setting is. */
  #controls = []

  /**
   * @param {import('./elements.mjs').Setup} setup
   * @param {import('./elements.mjs').Speaker} speaker
   */
  constructor(setup, speaker) {
    this.#setup = setup
    this.#speaker = speaker
    // Whoever looks for the form is told why it is not there.
    the('own').hidden = false
    the('own-note').className = 'notice'
    the('own').querySelector('.bench')?.remove()
    const sayForm = () => {
      const keys = this.#words.cells.length ? ['own_ahead_form', 'own_ahead_instead'] : ['own_ahead_form']
      the('own-note').textContent = keys.map((key) => speaker.say(key)).join(' ')
    }
    speaker.whenTaken(sayForm)
    sayForm()
    if (!this.#words.cells.length) return
    the('try').hidden = false
    for (const name of ['levers-further', 'group-assumed', 'keep', 'save-settings', 'load-settings', 'drawing']) the(name).hidden = true
    const find = the('find').closest('.lever')
    if (find instanceof HTMLElement) find.hidden = true
    const label = document.querySelector('label[for="load-settings"]')
    if (label instanceof HTMLElement) label.hidden = true
    the('reset').addEventListener('click', () => this.#show(0))
    const note = made('p', { class: 'notice', id: 'ahead-only' })
    the('try').insertBefore(note, the('try').querySelector('.bench'))
    speaker.whenTaken(() => {
      this.#build()
      this.#show(this.#place)
    })
    this.#build()
    this.#show(0)
  }

  get #words() {
    return this.#speaker.said.ahead
  }

  /** Show a setting. @param {number} place */
  #show(place) {
    this.#place = place
    const { columns, cells, questions, targets, runs } = this.#words
    const speaker = this.#speaker
    the('ahead-only').textContent = speaker.say('own_ahead_note')
    for (const put of this.#controls) put()
    const reset = /** @type {HTMLButtonElement} */ (the('reset'))
    if (place === 0 && document.activeElement === reset) the('try').focus()
    reset.disabled = place === 0
    the('side').hidden = false
    const titles = [speaker.say('start_plan'), ...(place ? [speaker.say('start_now')] : [])]
    const heads = () => titles.map((title) => made('th', { scope: 'col' }, title))
    the('side-head').replaceChildren(made('th', { scope: 'col' }, speaker.say('start_outcome')), ...heads())
    the('side-targets-head').replaceChildren(made('th', { scope: 'col' }, speaker.say('start_target')), ...heads())
    const places = place ? [0, place] : [0]
    the('side-rows').replaceChildren(
      ...columns.map((column, k) =>
        made('tr', {}, made('th', { scope: 'row' }, column), ...places.map((one, which) => this.#cell(cells[one][k], titles[which]))),
      ),
    )
    the('side-targets').replaceChildren(
      ...questions.map((question, k) =>
        made('tr', {}, made('th', { scope: 'row' }, question), ...places.map((one, which) => this.#cell({ text: targets[one][k], how: '' }, titles[which]))),
      ),
    )
    the('side-note').textContent = speaker.say('start_ahead_note', { runs })
    const told = cells[place].map(({ text }, k) => `${columns[k]} ${text}`).join(', ')
    the('tried').textContent = place ? speaker.say('own_ahead_told', { told, runs }) : ''
  }

  /** @param {{ text: string, how: string }} cell @param {string} title */
  #cell({ text, how }, title) {
    const cell = made('td', { 'data-label': `${title}:`, class: how }, made('span', { class: 'value' }, text))
    if (how === 'chance') cell.append(made('span', { class: 'against' }, this.#speaker.say('start_maybe_chance')))
    return cell
  }

  #build() {
    const focused = document.activeElement?.id ?? ''
    const { levers, choices } = this.#setup.ahead
    this.#controls = []
    the('levers-decided').replaceChildren(...Object.entries(levers).map(([path, stops]) => this.#lever(path, stops)))
    the('group-decided').hidden = Object.keys(levers).length === 0
    the('levers-choices').replaceChildren(...Object.entries(choices).map(([name, options]) => this.#choice(name, options)))
    the('group-choices').hidden = Object.keys(choices).length === 0
    if (/^(lever|choice)-/.test(focused)) document.getElementById(focused)?.focus()
  }

  /**
   * A lever whose steps are those of the grid that was worked out.
   *
   * @param {string} path
   * @param {[number, number][]} stops
   */
  #lever(path, stops) {
    const value = /** @type {import('../../portable/model.mjs').Value} */ (this.#speaker.said.description.values.find((one) => one.path === path))
    const shown = (/** @type {number} */ stop) => {
      const { numbers } = this.#speaker
      const number = stops[stop][0]
      if (value.kind === 'share') return numbers.measure(number, 'share')
      return numbers.number(number / value.one) + (value.unit ? `\u00a0${value.unit}` : '')
    }
    const id = `lever-${path}`
    const input = made('input', { type: 'range', id, min: '0', max: String(stops.length - 1), step: '1', 'data-path': path })
    const output = made('output', { for: id })
    input.addEventListener('input', () => this.#show(stops[Number(input.value)][1]))
    this.#controls.push(() => {
      const own = stops.findIndex(([, place]) => place === this.#place)
      const stop = own < 0 ? stops.findIndex(([, place]) => place === 0) : own
      input.value = String(stop)
      output.textContent = shown(stop)
      input.setAttribute('aria-valuetext', shown(stop))
    })
    const ends = made('span', { class: 'soft' }, stops.map((_, stop) => shown(stop)).join(' \u00b7 '))
    return made('div', { class: 'lever' }, made('label', { for: id }, value.says), output, input, ends)
  }

  /**
   * @param {string} name
   * @param {Record<string, number>} options By name, with their places; that which the plan takes has place 0.
   */
  #choice(name, options) {
    const words = this.#words.choices[name]
    const id = `choice-${name}`
    const select = made('select', { id, 'data-choice': name }, ...Object.keys(options).map((option) => made('option', { value: option }, words.options[option])))
    select.addEventListener('change', () => this.#show(options[select.value]))
    this.#controls.push(() => {
      const all = Object.entries(options)
      select.value = (all.find(([, place]) => place === this.#place) ?? all.find(([, place]) => place === 0) ?? [''])[0]
    })
    return made('div', { class: 'lever' }, made('label', { for: id }, words.says), select)
  }
}
