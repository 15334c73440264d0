// Levers, and plans side by side: a reader moves a number, and sees what it does to the same clients.
import { fragmentOf, entriesOf, readFragment } from './address.mjs'
import { chartOfChanges } from './chart.mjs'
import { NotTogether, checkTogether, numbersOf, variantOf } from './decisions.mjs'
import { isTooLarge, made, saveAs, tellFault, the } from './elements.mjs'
import { inBaseUnits } from './entered.mjs'
import { Inflow } from './inflow.mjs'
import { KeptPlans } from './kept_plans.mjs'
import { leverField } from './lever_field.mjs'
import { Outcomes } from './outcomes.mjs'
import { LeverSearch } from './search.mjs'
import { shortened } from './shapes.mjs'
import { SettingsFault, readSettings } from './settings_file.mjs'
import { standingInWords } from './standing.mjs'
import { EVERY, SHOWN_FROM } from './targets.mjs'
import { compareNames } from '../../portable/numbers.mjs'

/** How many plans are kept beside the plan as written. */
const MAX_KEPT = 3
/** How many letters of its name a plan has in the chart. */
const MAX_NAME = 18
/** How many parts of an address that nobody knows are told, and how many letters of each. */
const MOST_UNKNOWN = 3
const MAX_UNKNOWN = 40
/** In place of an option: numbers of a reader's own. */
const OWN = ''
/** How many levers stand there before a reader asks for more. */
const FIRST = 6

/** @typedef {import('../../portable/model.mjs').Answer} Answer */
/** @typedef {import('../../portable/model.mjs').Value} Value */
/** @typedef {import('./elements.mjs').Setup} Setup */
/** @typedef {import('./elements.mjs').Lever} Lever */

/**
 * What is set: numbers by path, in base units, and options by choice.
 *
 * @typedef {{ set: Record<string, number>, taken: Record<string, string> }} Setting
 */

export class Workbench {
  #setup
  #model
  #speaker
  #outcomes
  /** @type {Setting} */
  #now = { set: {}, taken: {} }
  #kept
  #search
  #inflow
  /** @type {Lever[]} Those that a reader asked for. */
  #added = []
  /** @type {(() => void)[]} What puts each lever where its number is. */
  #levers = []
  /** @type {(() => void)[]} What puts each choice where its option is. */
  #choices = []
  /** @type {Answer[]} The plan, and what is tried. */
  #answers = []
  /** @type {import('../../portable/model.mjs').Run<Answer[]> | undefined} */
  #run
  #asked = 0
  /** Whether all that was asked last has come in. */
  isDone = false
  /** Why there is no answer to what was asked last, in words; empty where there is one, or it comes. */
  refusal = ''
  /** @type {unknown} What it was. */
  #fault
  #drawn = 0
  #isFirst = true
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** Puts the numbers that are set into words that hold some. @type {(words: string) => string} */
  followed = (words) => words
  /** @type {Record<'moved' | 'answered', (() => void)[]>} */
  #listeners = { moved: [], answered: [] }

  /**
   * @param {Setup} setup
   * @param {import('../../portable/model.mjs').Model} model
   * @param {import('./elements.mjs').Speaker} speaker
   */
  constructor(setup, model, speaker) {
    this.#setup = setup
    this.#model = model
    this.#speaker = speaker
    this.#outcomes = new Outcomes(setup, speaker)
    this.#kept = new KeptPlans(speaker, () => this.#keptChanged())
    this.#search = new LeverSearch(speaker, () => this.#others(), (path) => this.#add(path))
    this.#inflow = new Inflow(setup.inflow, speaker, {
      valueOf: (path) => this.#value(path),
      set: () => this.set,
      put: (changes) => this.put(changes),
    })
    this.#read()
    this.#build()
    the('try').hidden = false
    the('reset').addEventListener('click', () => this.#back())
    the('keep').addEventListener('click', () => this.#keep())
    the('save-settings').addEventListener('click', () => this.#save())
    const file = /** @type {HTMLInputElement} */ (the('load-settings'))
    file.addEventListener('change', () => void this.#load(file))
    speaker.whenTaken(() => this.#sayAgain())
    addEventListener('hashchange', () => this.#readAgain())
    void this.#askAll()
  }

  /** What is set in all, as the model takes it. */
  get set() {
    return this.#setOf(this.#now)
  }

  /** The answers of the plan and of what is tried, as far as they have come in. */
  get answers() {
    return this.#answers
  }

  /** The plans that are kept beside what is tried. */
  get kept() {
    return this.#kept.plans
  }

  /** What is set by itself, beside what options set. */
  get numbers() {
    return { ...this.#now.set }
  }

  get isMoved() {
    return this.#isMoved()
  }

  get outcomes() {
    return this.#outcomes
  }

  /** Set numbers, in base units; null lets one be as in the plan. @param {Record<string, number | null>} changes */
  put(changes) {
    for (const [path, number] of Object.entries(changes))
      if (number === null) delete this.#now.set[path]
      else this.#now.set[path] = number
    for (const place of this.#levers) place()
    this.#moved()
  }

  /** Which options are taken, by choice; of others the plan's. */
  get taken() {
    return { ...this.#now.taken }
  }

  /** Take an option of a choice. @param {string} choice @param {string} option */
  take(choice, option) {
    this.#hold(choice, option)
    this.#build()
    this.#moved()
  }

  /** Hold an option of a choice for taken: the numbers that it sets are its own, whatever levers set before. @param {string} choice @param {string} option */
  #hold(choice, option) {
    if (this.#isPlanned(choice, option)) delete this.#now.taken[choice]
    else this.#now.taken[choice] = option
    for (const path of this.#pathsOf(choice)) delete this.#now.set[path]
  }

  /** The numbers that options of a choice set. @param {string} choice */
  #pathsOf(choice) {
    return [...new Set(Object.values(this.#setup.choices[choice]).flatMap((numbers) => Object.keys(numbers ?? {})))]
  }

  /**
   * The numbers that are set by themselves to something else than the option of a choice makes them.
   *
   * @param {string} choice
   * @param {Setting} setting
   */
  #apart(choice, { set, taken }) {
    const { values } = this.#speaker.said.description
    const planned = (/** @type {string} */ path) => values.find((value) => value.path === path)?.number
    const numbers = choice in taken ? this.#setup.choices[choice][taken[choice]] : {}
    if (numbers !== null) return this.#pathsOf(choice).filter((path) => path in set && set[path] !== (numbers[path] ?? planned(path)))
    const { variants } = this.#model
    const variant = variantOf(this.#setup, { [choice]: taken[choice] })
    if (!variants.has(variant)) return []
    const own = variants.described(variant, this.#speaker.language, this.#speaker.said.description).values
    return Object.keys(set).filter((path) => {
      const made = own.find((value) => value.path === path)?.number
      return made !== planned(path) && made !== set[path]
    })
  }

  /** Let go of options that numbers of a reader's own contradict: what else they set is set by itself then. @param {Setting} setting */
  #agree(setting) {
    const known = new Set(this.#speaker.said.description.values.map(({ path }) => path))
    for (const [choice, option] of Object.entries(setting.taken)) {
      const numbers = this.#setup.choices[choice]?.[option]
      if (!numbers || !Object.keys(numbers).every((path) => known.has(path)) || !this.#apart(choice, setting).length) continue
      setting.set = { ...numbers, ...setting.set }
      delete setting.taken[choice]
    }
  }

  /** Which option of a choice is tried. @param {string} choice */
  optionOf(choice) {
    return this.#now.taken[choice] ?? Object.keys(this.#setup.choices[choice]).find((option) => this.#isPlanned(choice, option)) ?? ''
  }

  /** Do something whenever what is set has changed. @param {() => void} work */
  whenMoved(work) {
    this.#listeners.moved.push(work)
  }

  /** Do something whenever answers have come in, or it was found that there are none. @param {() => void} work */
  whenAnswered(work) {
    this.#listeners.answered.push(work)
  }

  /** Which variant of the flow is tried: what is taken that is built into a packed flow. Empty for the flow itself. */
  get variant() {
    return variantOf(this.#setup, this.#now.taken)
  }

  /** What is said of all values, as they are in what is tried before any is set. */
  get values() {
    const { language, said } = this.#speaker
    const { variants } = this.#model
    return (variants.has(this.variant) ? variants.described(this.variant, language, said.description) : said.description).values
  }

  /** @param {Setting} setting */
  #setOf({ set, taken }) {
    return { ...numbersOf(this.#setup, taken), ...set }
  }

  #isMoved() {
    return Object.keys(this.set).length > 0 || this.variant !== ''
  }

  // ---------------------------------------------------------------------------------------------- Levers

  #build() {
    const { levers } = this.#setup
    const decided = levers.filter((lever) => lever.decided)
    const groups = /** @type {[string, Lever[]][]} */ ([
      ['decided', decided.slice(0, FIRST)],
      ['rest', decided.slice(FIRST)],
      ['assumed', [...levers.filter((lever) => !lever.decided), ...this.#added]],
    ])
    this.#levers = []
    for (const [name, own] of groups) {
      the(`levers-${name}`).replaceChildren(...own.map((lever) => this.#lever(lever)))
    }
    the('group-decided').hidden = decided.length === 0
    the('levers-further').hidden = decided.length <= FIRST
    const choices = Object.entries(this.#setup.choices)
    this.#choices = []
    the('levers-choices').replaceChildren(...choices.map(([choice, options]) => this.#choice(choice, Object.keys(options))))
    the('group-choices').hidden = choices.length === 0
    this.#offerMore()
    this.#kept.build()
    this.#search.show()
    this.#mark()
  }

  /** @param {Lever} lever */
  #lever({ path, low, high, step }) {
    const { says } = this.#value(path)
    const id = `lever-${path}`
    const input = made('input', { type: 'range', id, min: String(low), max: String(high), step: String(step), 'data-path': path })
    const output = made('output', { for: id })
    const label = made('label', { for: id }, says)
    const planned = made('span', { class: 'soft planned' })
    // What is asked, by whatever it is set: a lever has no place for a number between two of its steps.
    const show = () => {
      const value = this.#value(path)
      planned.textContent = this.#speaker.say('start_planned', { number: this.#written(value, (value.number ?? 0) / value.one) })
      const shown = this.#written(value, (this.set[path] ?? value.number ?? 0) / value.one)
      output.textContent = shown
      input.setAttribute('aria-valuetext', shown)
      planned.hidden = !(path in this.set)
    }
    const place = () => {
      const value = this.#value(path)
      input.value = String((this.set[path] ?? value.number ?? 0) / value.one)
      show()
    }
    input.addEventListener('input', () => {
      const value = this.#value(path)
      const base = inBaseUnits(Number(input.value), value)
      const given = this.#without(path)
      // Where it stands without the lever, the lever sets nothing: in the plan it is drawn there, unless an option sets it.
      if (Math.abs(Number(input.value) - given / value.one) < step / 2) delete this.#now.set[path]
      else this.#now.set[path] = value.kind === 'count' ? Math.round(base) : base
      show()
      this.#moved()
    })
    const isPlan = (/** @type {number} */ number) => number === this.#without(path)
    const field = leverField(
      path,
      {
        value: () => this.#value(path),
        planned: () => this.#without(path),
        number: () => this.set[path] ?? this.#value(path).number ?? 0,
        put: (number) => this.put({ [path]: isPlan(number) ? null : number }),
        show: (number) => this.#written(this.#value(path), number / this.#value(path).one),
      },
      this.#speaker,
    )
    // The field says the same as the lever; this stays where the hand has it.
    input.addEventListener('input', () => field.place())
    this.#levers.push(place, field.place)
    place()
    const [least, most] = [low, high].map((end) => this.#written(this.#value(path), end))
    const ends = made('span', { class: 'soft' }, this.#speaker.say('own_allowed_between', { least, most }))
    return made('div', { class: 'lever', 'data-lever': says }, label, output, input, planned, ends, field.element)
  }

  /** What a value is without its lever, in base units: as in the plan, or as an option sets it. @param {string} path */
  #without(path) {
    return numbersOf(this.#setup, this.#now.taken)[path] ?? this.#value(path).number ?? 0
  }

  /**
   * @param {string} choice
   * @param {string[]} options
   */
  #choice(choice, options) {
    const words = this.#speaker.said.choices[choice]
    const id = `choice-${choice}`
    const select = made('select', { id, 'data-choice': choice }, ...options.map((option) => made('option', { value: option }, words.options[option])))
    const own = made('option', { value: OWN }, this.#speaker.say('start_own_numbers'))
    const note = made('p', { class: 'soft', id: `${id}-apart` })
    select.setAttribute('aria-describedby', note.id)
    this.#choices.push(() => {
      const apart = this.#apart(choice, this.#now)
      const isBuiltIn = this.#setup.choices[choice][this.optionOf(choice)] === null
      if (apart.length && !isBuiltIn) select.append(own)
      else own.remove()
      select.value = own.parentElement ? OWN : this.optionOf(choice)
      note.hidden = apart.length === 0
      const names = apart.map((path) => this.#value(path).says).join(', ')
      note.textContent = note.hidden ? '' : this.#speaker.say(isBuiltIn ? 'start_apart_from' : 'start_apart', { names })
    })
    select.addEventListener('change', () => {
      if (select.value === OWN) return
      this.#hold(choice, select.value)
      // An option may set a number that has a lever.
      for (const place of this.#levers) place()
      this.#moved()
    })
    const all = [words.says, ...Object.values(words.options)].join(' ')
    return made('div', { class: 'lever', 'data-lever': all }, made('label', { for: id }, words.says), select, note)
  }

  /** @param {string} choice @param {string} option */
  #isPlanned(choice, option) {
    const numbers = this.#setup.choices[choice][option]
    return numbers !== null && Object.keys(numbers).length === 0
  }

  /** The numbers that have no lever yet. */
  #others() {
    const there = new Set([...this.#setup.levers, ...this.#added].map(({ path }) => path))
    return this.#speaker.said.description.values
      .filter((value) => !there.has(value.path) && leverOf(value) !== null)
      .sort((one, other) => compareNames(one.says, other.says, this.#speaker.language))
  }

  #offerMore() {
    const select = /** @type {HTMLSelectElement} */ (the('more'))
    const first = made('option', { value: '' }, this.#speaker.say('start_more_choose'))
    select.replaceChildren(first, ...this.#others().map((value) => made('option', { value: value.path }, value.says)))
    select.onchange = () => this.#add(select.value)
  }

  /** Make a lever of a number. @param {string} path */
  #add(path) {
    const lever = leverOf(this.#value(path))
    if (lever === null) return
    this.#added.push(lever)
    this.#build()
    the(`lever-${path}`).focus()
  }

  /** What is said of a value, as it is in what is tried. @param {string} path @returns {Value} */
  #value(path) {
    return /** @type {Value} */ ([...this.values, ...this.#speaker.said.description.values].find((value) => value.path === path))
  }

  /** @param {Value} value @param {number} number In the unit that the file writes it in. */
  #written(value, number) {
    const { numbers } = this.#speaker
    if (value.kind === 'share') return numbers.measure(number * value.one, 'share')
    return numbers.number(number) + (value.unit ? `\u00a0${value.unit}` : '')
  }

  // ---------------------------------------------------------------------------------------------- Asking

  #moved() {
    this.#agree(this.#now)
    this.#mark()
    this.#inflow.show()
    this.#write()
    void this.#ask()
    for (const work of this.#listeners.moved) work()
  }

  #mark() {
    for (const place of this.#choices) place()
    for (const id of ['reset', 'keep', 'save-settings']) {
      const button = /** @type {HTMLButtonElement} */ (the(id))
      const isOff = !this.#isMoved() || (id === 'keep' && this.#kept.plans.length >= MAX_KEPT)
      if (isOff && document.activeElement === button) the('try').focus()
      button.disabled = isOff
    }
  }

  /** Ask what is missing: the plans that are kept, then what is tried. */
  async #askAll() {
    const { seed, replications, fixed } = this.#setup
    const question = { seed, replications, fixed }
    this.isDone = false
    for (const plan of this.#kept.plans.filter(({ answer }) => answer === null)) {
      const { set, taken } = plan.setting
      try {
        checkTogether(this.#setup, taken)
        const asked = { ...question, set: this.#setOf({ set, taken }), variant: variantOf(this.#setup, taken) }
        const answers = await this.#model.compare(question, asked).done
        plan.answer = answers[1]
      } catch (fault) {
        if (!this.#tellImpossible(fault)) return
        this.#unknown.push(this.#kept.nameOf(this.#kept.plans.indexOf(plan)))
        this.#kept.plans.splice(this.#kept.plans.indexOf(plan), 1)
      }
    }
    this.#tellUnknown()
    this.#kept.build()
    if (this.#isMoved() || this.#kept.plans.length) await this.#ask()
  }

  async #ask() {
    this.#run?.stop()
    const mine = ++this.#asked
    this.isDone = false
    this.refusal = ''
    this.#isFirst = true
    const { seed, replications, fixed } = this.#setup
    the('tried').textContent = this.#speaker.say('start_running')
    the('impossible').hidden = true
    try {
      checkTogether(this.#setup, this.#now.taken)
      const question = { seed, replications, fixed }
      this.#run = this.#model.compare(question, { ...question, set: this.set, variant: this.variant }, (answers) => {
        if (mine === this.#asked) this.#tell(answers)
      })
      const answers = await this.#run.done
      if (mine !== this.#asked) return
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#show(answers)
      this.isDone = true
      for (const work of this.#listeners.answered) work()
      this.#sum(answers)
    } catch (fault) {
      if (mine !== this.#asked) return
      clearTimeout(this.#timer)
      this.#timer = undefined
      the('tried').textContent = ''
      this.#fault = fault
      this.#refuse()
      for (const work of this.#listeners.answered) work()
    }
  }

  /** Say in one sentence what is tried comes to, once all has come in. @param {Answer[]} answers */
  #sum(answers) {
    const [plan, changes] = answers.map((answer) => inSentence(this.#outcomes.changes(answer)))
    const done = this.#speaker.numbers.number(answers[1].replications, 0)
    the('tried').textContent = this.#isMoved() ? this.#speaker.say('start_compared', { done, changes, plan }) : ''
  }

  /** Say why there is no answer to what is asked. */
  #refuse() {
    // What stands there is of another setting.
    the('side').hidden = true
    this.#tellImpossible(this.#fault)
    this.refusal = (the('impossible').hidden ? the('fault') : the('impossible')).textContent ?? ''
  }

  /** Say what cannot be tried; tells whether it was that. @param {unknown} fault */
  #tellImpossible(fault) {
    const isApart = fault instanceof NotTogether
    const isLarge = isTooLarge(fault, this.#setup)
    if (!isApart && !isLarge && !(fault instanceof RangeError)) {
      tellFault(fault, this.#speaker.said.words)
      return false
    }
    the('impossible').hidden = false
    const names = isApart ? fault.options.map(([choice, option]) => this.#option(choice, option)).join('; ') : ''
    the('impossible').textContent = this.#speaker.say(isApart ? 'start_not_together' : isLarge ? 'start_too_large' : 'start_not_possible', { names })
    return true
  }

  /** @param {Answer[]} answers */
  #tell(answers) {
    const count = Math.min(...answers.map(({ replications }) => replications))
    if (count < Math.min(SHOWN_FROM, this.#setup.replications) || this.#timer !== undefined) return
    // The first answer at once; the count can stand while the other of the two settings comes in.
    const rest = this.#isFirst ? 0 : Math.max(0, EVERY - (performance.now() - this.#drawn))
    this.#isFirst = false
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#run !== undefined) this.#show(this.#run.answer())
    }, rest)
  }

  // ---------------------------------------------------------------------------------------------- Side by side

  /** @param {Answer[]} answers */
  #show(answers) {
    if (!answers[0].replications || !answers[1].replications) return
    this.#answers = answers
    for (const work of this.#listeners.answered) work()
    const [plan, now] = answers
    const kept = this.#kept.plans.flatMap(({ setting, answer }, k) => (answer === null ? [] : [{ k, setting, answer }]))
    const shown = [plan, ...kept.map(({ answer }) => answer), ...(this.#isMoved() ? [now] : [])]
    const names = [
      { title: this.#speaker.say('start_plan'), changes: /** @type {string[]} */ ([]) },
      ...kept.map(({ setting, k }) => ({ title: this.#kept.nameOf(k), changes: this.#changesOf(setting) })),
      ...(this.#isMoved() ? [{ title: this.#speaker.say('start_now'), changes: this.#changesOf(this.#now) }] : []),
    ]
    the('side').hidden = false
    the('side-head').replaceChildren(
      made('th', { scope: 'col' }, this.#speaker.say('start_outcome')),
      ...names.map(({ title, changes }, which) => {
        const head = made('th', { scope: 'col' }, title)
        for (const change of changes) head.append(made('span', { class: 'changed' }, change))
        if (which > 0 && which <= kept.length) head.append(this.#remover(kept[which - 1].k, title))
        return head
      }),
    )
    const titles = names.map(({ title }) => title)
    the('side-rows').replaceChildren(...this.#outcomes.rows(shown).map((row) => this.#row(row, titles)))
    the('side-targets').replaceChildren(...this.#outcomes.targets(shown, this.followed).map((row) => this.#row(row, titles)))
    the('side-targets-head').replaceChildren(made('th', { scope: 'col' }, this.#speaker.say('start_target')), ...titles.map((title) => made('th', { scope: 'col' }, title)))
    const { numbers } = this.#speaker
    const done = Math.min(...shown.map(({ replications }) => replications))
    const count = numbers.number(this.#setup.replications, 0)
    const standing = shown.flatMap((answer, which) => standingInWords(answer, this.#speaker).map((says) => `${titles[which]}: ${says}`))
    const notes = [...standing, this.#speaker.say('start_how_sure', { done: numbers.number(done, 0), count }), this.#speaker.say('decision_rounded')]
    if (shown.length > 1) notes.push(this.#speaker.say('start_plan_alone'))
    the('side-note').textContent = notes.join(' ')
    const states = this.#outcomes.effects(shown)
    // Whose each line is, is said at the first of them; below, they follow each other in the same order.
    states[0]?.plans.forEach((plan, which) => {
      const letters = [...titles[which]]
      plan.text += ` ${letters.length > MAX_NAME ? `${letters.slice(0, MAX_NAME - 1).join('')}…` : titles[which]}`
    })
    const told = this.#outcomes.changes(shown[shown.length - 1]).slice(0, 2).map(({ change }) => change)
    const says = this.#speaker.say('start_chart', { changes: told.join(', ') })
    if (states.length) the('drawing').replaceChildren(chartOfChanges(states, shortened(says), '0', the('drawing').clientWidth))
    // From its end on: drawing takes time itself, where the machine is busy.
    this.#drawn = performance.now()
  }

  /**
   * @param {import('./outcomes.mjs').Row} row
   * @param {string[]} titles
   */
  #row({ label, planned, cells }, titles) {
    const below = planned === undefined ? [] : [made('span', { class: 'changed' }, this.#speaker.say('start_planned', { number: planned }))]
    return made(
      'tr',
      {},
      made('th', { scope: 'row' }, label, ...below),
      ...cells.map(({ text, range, against, notes = [], how }, which) => {
        const cell = made('td', { 'data-label': `${titles[which]}:`, class: how ?? '' }, made('span', { class: 'value' }, text))
        cell.append(...notes.map((note) => made('span', { class: 'below' }, note)))
        if (range) cell.append(made('span', { class: 'below' }, `(${range})`))
        if (against) cell.append(made('span', { class: 'against' }, against))
        else if (how === 'chance') cell.append(made('span', { class: 'against' }, this.#speaker.say('start_maybe_chance')))
        return cell
      }),
    )
  }

  /** What a setting changes, in words. @param {Setting} setting */
  #changesOf({ set, taken }) {
    const choices = Object.entries(taken).map(([choice, option]) => this.#option(choice, option))
    const numbers = Object.entries(set).map(([path, number]) => {
      const value = this.#value(path)
      return `${value.says}: ${this.#written(value, number / value.one)}`
    })
    return [...choices, ...numbers]
  }

  /** @param {string} choice @param {string} option */
  #option(choice, option) {
    return this.#speaker.said.choices[choice].options[option]
  }

  /** @param {number} which @param {string} title */
  #remover(which, title) {
    const button = made('button', { type: 'button', class: 'quiet' }, this.#speaker.say('start_remove', { name: title }))
    button.addEventListener('click', () => {
      this.#kept.remove(which)
      the('try').focus()
    })
    return button
  }

  /** A plan that is kept has got another name, or was let go. */
  #keptChanged() {
    this.#write()
    this.#mark()
    if (this.#answers.length && !this.refusal) this.#show(this.#answers)
  }

  #keep() {
    if (this.#answers.length < 2 || !this.#isMoved() || this.refusal) return
    // While it runs, what stands there may be of another setting, or of fewer runs: then it is asked again.
    const answer = this.isDone ? this.#answers[1] : null
    this.#kept.plans.push({ name: '', setting: structuredClone(this.#now), answer })
    this.#back()
    if (answer === null) void this.#askAll()
  }

  #back() {
    this.#now = { set: {}, taken: {} }
    this.#build()
    this.#moved()
    the('try').focus()
  }

  #sayAgain() {
    this.#build()
    this.#inflow.show()
    this.#tellUnknown()
    if (this.refusal) return this.#refuse()
    if (this.#answers.length) this.#show(this.#answers)
    if (this.isDone && this.#answers.length) this.#sum(this.#answers)
  }

  // ---------------------------------------------------------------------------------------------- Files

  /** Save what is set as a file that `pilotsim check --settings` reads as well: numbers with their units, as in the flow file. */
  #save() {
    const { set, taken } = this.#now
    const { written } = this.#setup
    const options = Object.entries(taken).filter(([choice, option]) => !written[choice]?.[option])
    const dates = Object.entries(taken).flatMap(([choice, option]) => Object.entries(written[choice]?.[option] ?? {}))
    const numbers = Object.entries(set).map(([path, number]) => {
      const shown = Number((number / this.#value(path).one).toPrecision(12))
      return [path, `${shown}${this.#setup.units[path] ?? ''}`]
    })
    // A price that the file does not state stands in the file of settings with what it takes to count.
    const { unpriced, added } = this.#setup.own
    const beside = unpriced.some((path) => path in set) ? Object.entries(added) : []
    const record = { flow: this.#model.description.flow, file: this.#setup.of.file, digest: this.#setup.of.digest }
    const text = JSON.stringify({ ...record, choose: Object.fromEntries(options), set: Object.fromEntries([...beside, ...dates, ...numbers]) }, null, 1)
    saveAs(`${text}\n`, `${this.#model.description.flow}-plan.json`, 'application/json')
  }

  /** Take what such a file sets; one of another flow is refused. @param {HTMLInputElement} input */
  async #load(input) {
    const file = input.files?.[0]
    if (file === undefined) return
    the('impossible').hidden = true
    try {
      const { flow } = this.#model.description
      const { set, taken } = readSettings(await file.text(), { flow, values: this.#model.values, units: this.#setup.units, choices: this.#setup.choices, written: this.#setup.written, added: this.#setup.own.added })
      /** @type {Setting} */
      const setting = { set: {}, taken: {} }
      for (const [name, written] of entriesOf({ set, taken })) this.#take(name, written, setting)
      this.#agree(setting)
      this.#now = setting
      this.#build()
      this.#moved()
    } catch (fault) {
      if (!(fault instanceof SettingsFault)) throw fault
      const where = fault.line === null ? file.name : this.#speaker.say('own_file_line', { file: file.name, line: String(fault.line) })
      the('impossible').hidden = false
      the('impossible').textContent = `${where}: ${this.#speaker.say(fault.key, fault.parts)}`
    }
    input.value = ''
  }

  // ---------------------------------------------------------------------------------------------- The address

  /** What of the address nobody knows. @type {string[]} */
  #unknown = []

  /** Write what is set into the address, and the plans that are kept, so that all can be passed on. */
  #write() {
    const kept = this.#kept.plans.map(({ setting }, k) => ({ name: this.#kept.plans[k].name, setting }))
    history.replaceState(null, '', `#${fragmentOf(this.#now, kept)}`)
  }

  /** Read what is set from the address. */
  #read() {
    const { now, kept, unknown } = readFragment(location.hash.slice(1), MAX_KEPT, (name, written, setting) => this.#take(name, written, setting))
    for (const setting of [now, ...kept.map((one) => one.setting)]) this.#agree(setting)
    this.#now = now
    this.#kept.plans = kept.map((one) => ({ ...one, answer: null }))
    this.#unknown = [...new Set(unknown)]
    this.#tellUnknown()
  }

  /** Another address was entered in the place of the one that the page has written. */
  #readAgain() {
    this.#read()
    this.#build()
    this.#inflow.show()
    for (const work of this.#listeners.moved) work()
    void this.#askAll()
  }

  #tellUnknown() {
    const place = the('unknown')
    place.hidden = this.#unknown.length === 0
    const told = this.#unknown.slice(0, MOST_UNKNOWN).map((part) => {
      const letters = [...part]
      return letters.length > MAX_UNKNOWN ? `${letters.slice(0, MAX_UNKNOWN - 1).join('')}…` : part
    })
    const left = this.#unknown.length - told.length
    const parts = left ? this.#speaker.say('start_unknown_more', { parts: told.join('; '), count: String(left) }) : told.join('; ')
    place.textContent = place.hidden ? '' : this.#speaker.say('start_unknown', { parts })
  }

  /**
   * Take a part of an address, or of a saved plan; tells whether the flow knows it.
   *
   * @param {string} name
   * @param {string} written
   * @param {Setting} setting
   */
  #take(name, written, setting) {
    const choice = name.startsWith('choice.') ? name.slice('choice.'.length) : ''
    if (choice) {
      const options = this.#setup.choices[choice] ?? {}
      if (!Object.hasOwn(options, written)) return false
      if (!this.#isPlanned(choice, written)) setting.taken[choice] = written
      return true
    }
    const value = this.#model.values.get(name)
    const number = Number(written)
    if (value === undefined || written.trim() === '' || !Number.isFinite(number)) return false
    const lever = leverOf(value)
    if (lever !== null && ![...this.#setup.levers, ...this.#added].some(({ path }) => path === name)) this.#added.push(lever)
    setting.set[name] = number
    return true
  }
}

/** The first two changes, in one sentence. @param {import('./people.mjs').Change[]} changes */
function inSentence(changes) {
  const told = changes.slice(0, 2).map(({ change }) => change)
  return told.length ? `${told.join(', ')}.` : ''
}

/**
 * Return the lever of a number that a reader asks for; null where it has no ends.
 *
 * @param {Value} value
 * @returns {Lever | null}
 */
function leverOf({ path, kind, number, low, high, least, most, one }) {
  if (number === null || path.startsWith('targets.')) return null
  const isCount = kind === 'count' && number > 1
  const [from, to] = low !== null && high !== null && low < high ? [low, high] : isCount ? [number / 2, 2 * number] : [NaN, NaN]
  if (!(from < to)) return null
  const ends = [Math.max(from, least ?? -Infinity) / one, Math.min(to, most ?? Infinity) / one]
  const rough = (ends[1] - ends[0]) / 20
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = kind === 'count' ? 1 : Math.max(...[1, 2, 5].map((times) => times * size).filter((one) => one <= rough))
  return { path, low: Math.floor(ends[0] / step + 1e-6) * step, high: Math.ceil(ends[1] / step - 1e-6) * step, step, decided: false }
}
