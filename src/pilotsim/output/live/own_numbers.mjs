// Own numbers: a reader fills in what holds where they are, is told what does not add up, and gets the answer with it.
import { MOST_DRIFT, drifts, loads, misfits } from './balance.mjs'
import { made, the } from './elements.mjs'
import { readEntered } from './entered.mjs'
import { follow, settled } from './following.mjs'
import { OwnAnswer } from './own_answer.mjs'
import { PARTS, scaled, wholeFactor } from './scaling.mjs'

/** How long a reader may pause within a number, in milliseconds. */
const PAUSE = 300
/** How long an answer has stood there before it is worked out whether the numbers add up, in milliseconds: nobody waits for the answer meanwhile. */
const STOOD = 50
const TOTAL = 'total'
const DAYS_PER_MONTH = 30.4375
/** How far what is told must be from what it is in the plan, as a share: what is the plan's own is no news. */
const NEWS = 0.02

/** @typedef {import('../../portable/model.mjs').Answer} Answer */
/** @typedef {import('../../portable/model.mjs').Value} Value */
/** @typedef {import('./scaling.mjs').Sizes} Sizes */

/**
 * What the form goes by.
 *
 * @typedef {object} Own
 * @property {{ name: string, paths: string[], further: string[] }[]} sections
 * @property {string[]} when The choices that say when it begins and how long it lasts.
 * @property {Sizes} sizes
 * @property {import('./following.mjs').FollowingSum[]} sums
 * @property {{ raised: [string, string][], scaled: [string, string][] }} sharing
 * @property {import('./balance.mjs').Balance} balance
 * @property {string[]} unpriced Prices that the file does not state.
 * @property {Record<string, string>} added What a file of settings says beside such a price.
 * @property {string[]} strongest The assumptions on which most hangs.
 */

/**
 * What the form says in a language.
 *
 * @typedef {object} OwnWords
 * @property {string} total
 * @property {Record<string, string>} asks By path.
 * @property {Record<string, string>} bases By path: what the file has, and what kind of number that is.
 * @property {Record<string, string>} names What groups are called, by the path of their size.
 * @property {Record<string, (string | import('./following.mjs').Blank)[]>} following Words that hold numbers, by what they are in the plan.
 * @property {Record<string, string>} results What one of each result of the economy is.
 * @property {Record<string, string>} groups What groups are called, by name.
 * @property {Record<string, string>} resources
 * @property {string[]} fixed Amounts whose sums hold numbers of their own.
 * @property {string[]} literal Words of the plan that hold a number which does not follow.
 */

export class OwnNumbers {
  #setup
  #speaker
  #bench
  #answer
  /** @type {Map<string, string>} What stands in each field, as it was written. */
  #written = new Map()
  /** @type {import('./scaling.mjs').Follows} */
  #follows = { groups: true, coming: true, targets: true, capacity: true }
  /** @type {Record<string, number>} What the form has set: what was written, and what follows. */
  #mine = {}
  /** @type {Record<string, number>} Of this, what follows. */
  #scaled = {}
  #isPutting = false
  /** @type {Record<string, number>} What was read of the fields last, in the language in which it was written. */
  #understood = {}
  /** Whether the number of clients was written here: what follows from it then does. */
  #isSized = false
  /** @type {Set<string>} The fields that a reader has left. */
  #left = new Set()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer

  /**
   * @param {import('./elements.mjs').Setup} setup
   * @param {import('./elements.mjs').Speaker} speaker
   * @param {import('./workbench.mjs').Workbench} bench
   */
  constructor(setup, speaker, bench) {
    this.#setup = setup
    this.#speaker = speaker
    this.#bench = bench
    this.#answer = new OwnAnswer(setup, speaker, bench.outcomes)
    the('own').hidden = false
    the('own-form').addEventListener('submit', (event) => event.preventDefault())
    the('own-clear').addEventListener('click', () => this.#clear())
    const ask = document.getElementById('own-ask-prices')
    if (ask !== null) {
      ask.hidden = false
      ask.addEventListener('click', (event) => {
        event.preventDefault()
        this.#goTo(`own-${this.#own.sections.find(({ name }) => name === 'prices')?.paths[0]}`)
      })
    }
    bench.followed = (words) => follow(words, this.#words.following, this.#numbers, speaker.numbers)
    bench.whenMoved(() => this.#takeOver())
    bench.whenAnswered(() => this.#tell())
    speaker.whenTaken(() => {
      for (const [key, number] of Object.entries(this.#understood)) this.#written.set(key, this.#text(key, number))
      this.#build()
    })
    this.#takeOver()
    this.#build()
  }

  get #own() {
    return this.#setup.own
  }

  get #words() {
    return this.#speaker.said.own
  }

  /** @param {string} path @returns {Value} */
  #value(path) {
    return /** @type {Value} */ (this.#speaker.said.description.values.find((value) => value.path === path))
  }

  /** Where the number of clients is asked for. */
  get #sizeSection() {
    const { groups } = this.#own.sizes
    return this.#own.sections.find(({ paths, further }) => groups.some(({ path }) => paths.includes(path) || further.includes(path)))?.name
  }

  get #paths() {
    return this.#own.sections.flatMap(({ paths, further }) => [...paths, ...further])
  }

  // ---------------------------------------------------------------------------------------------- The form

  #build() {
    const open = new Set(Array.from(document.querySelectorAll('#own-form details[open]'), (one) => one.id))
    const focused = document.activeElement?.id ?? ''
    const parts = this.#own.sections.map((section, place) => this.#section(section, place))
    the('own-fields').replaceChildren(...parts)
    for (const one of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll('#own-form details'))) if (open.size) one.open = open.has(one.id)
    if (focused.startsWith('own-')) document.getElementById(focused)?.focus()
    this.#show()
    this.#tell()
  }

  /**
   * @param {Own['sections'][number]} section
   * @param {number} place
   */
  #section({ name, paths, further }, place) {
    if (name === 'when') return this.#whenSection()
    /** @type {HTMLElement[]} */
    const fields = paths.map((path) => this.#field(path, this.#words.asks[path], this.#words.bases[path]))
    if (name === 'clients' && name === this.#sizeSection && this.#own.sizes.groups.length > 1) fields.unshift(this.#totalField())
    if (name === this.#sizeSection) fields.push(this.#followsField())
    if (further.length) {
      const more = made('summary', {}, this.#speaker.say('own_more'))
      fields.push(made('details', { id: `own-more-${name}` }, more, ...further.map((path) => this.#field(path, this.#words.asks[path], this.#words.bases[path]))))
    }
    const summary = made('summary', {}, this.#speaker.say(`own_${name}`), ' ', made('span', { class: 'soft', id: `own-count-${name}` }))
    const section = made('details', { id: `own-section-${name}` }, summary, ...fields)
    section.open = place === 0
    return section
  }

  /** When it begins, and how long it lasts: as the options at the levers. */
  #whenSection() {
    const fields = this.#own.when.map((choice) => {
      const words = this.#speaker.said.choices[choice]
      const id = `own-choice-${choice}`
      const options = Object.keys(this.#setup.choices[choice]).map((option) => made('option', { value: option }, words.options[option]))
      const select = made('select', { id, 'data-own-choice': choice }, ...options)
      select.value = this.#bench.optionOf(choice)
      select.addEventListener('change', () => {
        this.#isPutting = true
        this.#bench.take(choice, select.value)
        this.#isPutting = false
        this.#tell()
      })
      return made('div', { class: 'field' }, made('label', { for: id }, words.says), select)
    })
    return made('details', { id: 'own-section-when' }, made('summary', {}, this.#speaker.say('own_when'), ' ', made('span', { class: 'soft', id: 'own-count-when' })), ...fields)
  }

  #totalField() {
    const planned = this.#plannedTotal()
    const basis = this.#speaker.say('own_total_basis', { number: this.#speaker.numbers.number(planned, 0), names: this.#own.sizes.groups.map(({ path }) => this.#nameOf(path)).join(', ') })
    return this.#field(TOTAL, this.#words.total, basis)
  }

  #plannedTotal() {
    return this.#own.sizes.groups.reduce((sum, { number }) => sum + number, 0)
  }

  /** @param {string} path */
  #nameOf(path) {
    return this.#words.names[path] ?? this.#value(path).says
  }

  /**
   * @param {string} key
   * @param {string} asks
   * @param {string} basis
   */
  #field(key, asks, basis) {
    const id = `own-${key}`
    const value = this.#asked(key)
    const unit = value.kind === 'share' ? '%' : value.unit
    const input = made('input', {
      type: 'text',
      inputmode: 'decimal',
      id,
      autocomplete: 'off',
      'aria-describedby': `${id}-basis ${id}-error`,
      'data-own': key,
    })
    input.value = this.#written.get(key) ?? ''
    input.addEventListener('input', () => this.#entered(key, input.value))
    input.addEventListener('change', () => {
      this.#left.add(key)
      this.#entered(key, input.value, 0)
    })
    const row = made('div', { class: 'entry' }, input, ...(unit ? [made('span', {}, unit)] : []))
    return made(
      'div',
      { class: 'field' },
      made('label', { for: id }, asks),
      made('p', { class: 'soft', id: `${id}-basis` }, `${basis} ${this.#bounds(value)}`.trim()),
      row,
      made('p', { class: 'fault', id: `${id}-error`, hidden: 'hidden' }),
      made('p', { class: 'remark', id: `${id}-remark`, hidden: 'hidden' }),
    )
  }

  /** What may stand in a field: as a value of the flow. @param {string} key */
  #asked(key) {
    if (key !== TOTAL) return this.#value(key)
    return { kind: /** @type {const} */ ('count'), one: 1, unit: '', least: 1, most: null, above: null, low: null, high: null }
  }

  /** What may stand there, in words. @param {Pick<Value, 'least' | 'most' | 'kind' | 'one' | 'unit' | 'above'>} value */
  #bounds(value) {
    const { least, most } = value
    if (least !== null && most !== null) return this.#speaker.say('own_allowed_between', { least: this.#shown(value, least), most: this.#shown(value, most) })
    return least !== null && least > 0 ? this.#speaker.say('own_allowed_least', { least: this.#shown(value, least) }) : ''
  }

  /** @param {Pick<Value, 'kind' | 'one' | 'unit'>} value @param {number} number In base units. */
  #shown(value, number) {
    const { numbers } = this.#speaker
    if (value.kind === 'share') return numbers.measure(number, 'share')
    return numbers.number(number / value.one) + (value.unit ? `\u00a0${value.unit}` : '')
  }

  /** What a field holds of a number. @param {string} key @param {number} number */
  #text(key, number) {
    return this.#speaker.numbers.number(Number((number / this.#asked(key).one).toPrecision(12)))
  }

  // ---------------------------------------------------------------------------------------------- What is written

  /**
   * @param {string} key
   * @param {string} text
   * @param {number} [pause]
   */
  #entered(key, text, pause = PAUSE) {
    if (text.trim() === '') this.#written.delete(key)
    else this.#written.set(key, text)
    const isOfSizes = key === TOTAL || this.#own.sizes.groups.some(({ path }) => path === key)
    if (isOfSizes) this.#isSized = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(), pause)
  }

  /** What stands in the fields, as numbers, and what is wrong with it. */
  #read() {
    /** @type {Record<string, number>} */
    const given = {}
    /** @type {Map<string, string>} */
    const faults = new Map()
    for (const [key, text] of this.#written) {
      const value = this.#asked(key)
      const found = readEntered(text, value, this.#speaker.said.description.numbers, (number) => this.#shown(value, number))
      if ('number' in found) given[key] = found.number
      else if ('fault' in found) faults.set(key, this.#speaker.say(found.fault, found.parts))
    }
    this.#understood = { ...given }
    const total = given[TOTAL] ?? null
    delete given[TOTAL]
    if (total !== null) {
      const { groups } = this.#own.sizes
      const own = groups.reduce((sum, { path }) => sum + (given[path] ?? 0), 0)
      const isAll = groups.every(({ path }) => path in given)
      if (own > total || (isAll && own !== total)) {
        const parts = { own: this.#speaker.numbers.number(own, 0), total: this.#speaker.numbers.number(total, 0) }
        faults.set(TOTAL, this.#speaker.say('own_not_the_total', parts))
      }
    }
    for (const [path, fault] of this.#together(given)) if (!faults.has(path)) faults.set(path, fault)
    return { given, total, faults }
  }

  /** What numbers cannot be together: by the last of their fields. @param {Record<string, number>} given */
  #together(given) {
    /** @type {Map<string, string>} */
    const faults = new Map()
    const { written } = settled(this.#speaker.said.description.values, this.#own, { ...this.#elsewhere(this.#bench.set), ...given })
    const named = (/** @type {string[]} */ paths) => paths.map((path) => `${this.#value(path).says} ${this.#shown(this.#value(path), written.get(path) ?? NaN)}`).join(', ')
    const last = (/** @type {string[]} */ paths) => [...this.#written.keys()].filter((path) => path in given && paths.includes(path)).pop()
    for (const { paths, has_rest: hasRest, slack } of this.#speaker.said.description.together) {
      const field = last(paths)
      if (field === undefined) continue
      const all = paths.reduce((sum, path) => sum + (written.get(path) ?? 0), 0)
      const parts = { sum: this.#speaker.numbers.measure(all, 'share'), list: named(paths) }
      if (all > 1 + slack) faults.set(field, this.#speaker.say('own_shares_over', parts))
      else if (!hasRest && all < 1 - slack) faults.set(field, this.#speaker.say('own_shares_under', parts))
    }
    for (const { values } of this.#speaker.said.description.rising) {
      const paths = values.map(({ path }) => path)
      const field = last(paths)
      if (field === undefined) continue
      const ends = values.map(({ path, least, most }) => (path in given || least === null || most === null ? [written.get(path) ?? NaN, written.get(path) ?? NaN] : [least, most]))
      if (ends.some(([least], k) => k > 0 && ends[k - 1][1] > least)) faults.set(field, this.#speaker.say('own_not_rising', { list: named(paths) }))
    }
    return faults
  }

  #ask() {
    const { given, total, faults } = this.#read()
    this.#show()
    if (faults.size) return
    const stands = { ...this.#elsewhere(this.#bench.numbers), ...given }
    this.#scaled = this.#isSized ? scaled(this.#own.sizes, stands, total, this.#follows) : {}
    const set = { ...this.#scaled, ...given }
    /** @type {Record<string, number | null>} */
    const changes = {}
    for (const path of Object.keys(this.#mine)) if (!(path in set)) changes[path] = null
    for (const [path, number] of Object.entries(set)) if (this.#bench.numbers[path] !== number) changes[path] = number
    this.#mine = set
    if (Object.keys(changes).length) {
      this.#isPutting = true
      this.#bench.put(changes)
      this.#isPutting = false
    }
    this.#show()
    this.#tell()
  }

  /** What is set by others than the form. @param {Record<string, number>} set @returns {Record<string, number>} */
  #elsewhere(set) {
    return Object.fromEntries(Object.entries(set).filter(([path]) => !(path in this.#mine)))
  }

  /** Take over what was set elsewhere: by a lever, an address or a file. */
  #takeOver() {
    if (this.#isPutting) return
    const set = this.#bench.numbers
    const { groups } = this.#own.sizes
    if (groups.some(({ path }) => set[path] !== this.#mine[path])) {
      this.#isSized = false
      this.#written.delete(TOTAL)
    }
    this.#scaled = Object.fromEntries(Object.entries(this.#scaled).filter(([path, number]) => set[path] === number))
    for (const path of this.#paths) {
      if (path in this.#scaled) continue
      if (!(path in set)) this.#written.delete(path)
      else if (this.#numberIn(path, this.#written.get(path) ?? '') !== set[path]) this.#written.set(path, this.#text(path, set[path]))
    }
    const mine = [...Object.keys(this.#scaled), ...this.#written.keys()]
    this.#mine = Object.fromEntries(mine.filter((path) => path in set).map((path) => [path, set[path]]))
    this.#fill()
    if (document.getElementById('own-follows') !== null) this.#show()
  }

  /** Let the fields hold what stands in them. */
  #fill() {
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[data-own]')))
      input.value = this.#written.get(input.dataset.own ?? '') ?? ''
    for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll('[data-own-choice]')))
      select.value = this.#bench.optionOf(select.dataset.ownChoice ?? '')
  }

  /** @param {string} key @param {string} text */
  #numberIn(key, text) {
    const found = readEntered(text, this.#asked(key), this.#speaker.said.description.numbers, String)
    return 'number' in found ? found.number : null
  }

  #clear() {
    this.#written.clear()
    this.#left.clear()
    this.#isSized = false
    this.#fill()
    this.#ask()
    the('own').focus()
  }

  // ---------------------------------------------------------------------------------------------- What is said

  /** Say beside each field what is wrong with it, and above all of them which. */
  #show() {
    const { given, faults } = this.#read()
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('[data-own]'))) {
      const key = input.dataset.own ?? ''
      // While a number is still being written, it is not found fault with.
      const fault = this.#left.has(key) ? faults.get(key) : undefined
      tellAt(`${input.id}-error`, fault)
      if (fault === undefined) input.removeAttribute('aria-invalid')
      else input.setAttribute('aria-invalid', 'true')
      tellAt(`${input.id}-remark`, key in given ? this.#remark(key, given[key]) : undefined)
    }
    const told = [...faults].filter(([key]) => this.#left.has(key))
    the('own-summary').hidden = told.length === 0
    the('own-summary').replaceChildren(
      made('p', {}, this.#speaker.say(told.length === 1 ? 'own_fault' : 'own_faults', { count: String(told.length) })),
      made('ul', {}, ...told.map(([key, fault]) => made('li', {}, this.#link(key, fault)))),
    )
    for (const { name, paths, further } of this.#own.sections) {
      const all = [...paths, ...further]
      const count = all.filter((path) => path in given).length
      the(`own-count-${name}`).textContent = count ? this.#speaker.say('own_filled', { count: String(count), all: String(all.length) }) : ''
    }
    const clear = /** @type {HTMLButtonElement} */ (the('own-clear'))
    clear.disabled = this.#written.size === 0
    this.#showFollows()
  }

  /** @param {string} key @param {string} fault */
  #link(key, fault) {
    const link = made('a', { href: `#own-${key}` }, `${key === TOTAL ? this.#words.total : this.#words.asks[key]} ${fault}`)
    link.addEventListener('click', (event) => {
      event.preventDefault()
      this.#goTo(`own-${key}`)
    })
    return link
  }

  /** Go to a field, wherever it stands. @param {string} id */
  #goTo(id) {
    const field = document.getElementById(id)
    for (let above = field?.parentElement; above; above = above.parentElement) if (above instanceof HTMLDetailsElement) above.open = true
    field?.focus()
  }

  /** Outside of what the file takes to be possible: allowed, and said. @param {string} key @param {number} number */
  #remark(key, number) {
    const { low, high, ...value } = key === TOTAL ? this.#asked(key) : this.#value(key)
    if (low === null || high === null || (number >= low && number <= high)) return undefined
    return this.#speaker.say('own_outside', { low: this.#shown(value, low), high: this.#shown(value, high) })
  }

  /** What the numbers come to, with what follows, by path. */
  get #numbers() {
    return settled(this.#bench.values, this.#own, this.#bench.set).written
  }

  /** Ask what is to follow where there are more or fewer than in the plan. */
  #showFollows() {
    const { sizes } = this.#own
    const factor = wholeFactor(sizes, this.#bench.numbers)
    const fields = the('own-follows')
    fields.hidden = !this.#isSized || factor === 1
    if (fields.hidden) return
    the('own-sized').textContent = this.#speaker.say('own_sized', { factor: this.#speaker.numbers.number(Number(factor.toPrecision(2))) })
    const isSplit = this.#written.has(TOTAL)
    const others = sizes.groups.filter(({ path }) => !this.#written.has(path))
    for (const part of PARTS) the(`own-follow-${part}`).hidden = part === 'groups' ? isSplit || others.length === 0 : sizes[part].every(({ number }) => number === 0)
    const before = settled(this.#speaker.said.description.values, this.#own, {}).written
    const after = this.#numbers
    const sums = this.#own.sums.filter(({ path }) => /^(groups|targets)\./.test(path) && before.get(path) !== after.get(path))
    const paths = [...Object.keys(this.#scaled), ...sums.map(({ path }) => path)].filter((path) => !this.#written.has(path))
    const known = paths.filter((path) => this.#speaker.said.description.values.some((value) => value.path === path))
    const lines = known.map((path) => {
      const value = this.#value(path)
      const [was, is] = [before, after].map((numbers) => this.#shown(value, Number((numbers.get(path) ?? NaN).toPrecision(6))))
      return this.#speaker.say('own_change_of', { label: `${this.#nameOf(path)}:`, before: was, after: is })
    })
    the('own-followed').hidden = lines.length === 0
    the('own-followed-count').textContent = this.#speaker.say('own_followed', { count: String(lines.length) })
    the('own-followed-list').replaceChildren(...lines.map((line) => made('li', {}, line)))
  }

  #followsField() {
    const boxes = PARTS.map((part) => {
      const id = `own-follows-${part}`
      const box = made('input', { type: 'checkbox', id })
      box.checked = this.#follows[part]
      box.addEventListener('change', () => {
        this.#follows[part] = box.checked
        this.#ask()
      })
      return made('p', { class: 'check', id: `own-follow-${part}` }, box, made('label', { for: id }, this.#speaker.say(`own_follow_${part}`)))
    })
    const list = made('details', { id: 'own-followed' }, made('summary', { id: 'own-followed-count' }), made('ul', { id: 'own-followed-list' }))
    return made('fieldset', { id: 'own-follows', hidden: 'hidden' }, made('legend', { id: 'own-sized' }), ...boxes, list)
  }

  /** The answer with these numbers. */
  #tell() {
    const { isMoved, isDone, refusal, answers } = this.#bench
    the('own-side').hidden = !isMoved
    the('own-brief').hidden = !isMoved
    the('own-top').hidden = !isMoved
    if (!isMoved) return
    const { faults } = this.#read()
    this.#balanceSoon()
    if (refusal) the('own-said').replaceChildren()
    the('own-status').textContent = refusal ? refusal : faults.size ? this.#speaker.say('own_waits_for') : isDone ? '' : this.#speaker.say('own_running')
    if (refusal || !isDone || answers.length < 2 || !answers[1].replications) return
    const elements = this.#answer.elements(answers, this.#bench.followed, this.#moved())
    const brief = made('a', { href: '#own-answer' }, this.#speaker.say('own_brief', { headline: elements[0].textContent ?? '' }))
    brief.addEventListener('click', (event) => {
      event.preventDefault()
      the('own-side').scrollIntoView()
      the('own-side').focus()
    })
    the('own-brief').replaceChildren(brief)
    the('own-said').replaceChildren(...elements, ...this.#missing(), ...this.#trust())
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #balancing
  /** For which numbers, in which language, it was said what does not add up. */
  #balanced = ''

  /** Say what does not add up once for what is set, when its answer stands there. */
  #balanceSoon() {
    const { set, variant, isDone, refusal } = this.#bench
    const asked = JSON.stringify([set, variant, this.#speaker.language])
    if (asked === this.#balanced) return
    this.#balanced = ''
    clearTimeout(this.#balancing)
    the('own-balance').hidden = true
    if (!isDone && !refusal) return
    this.#balancing = setTimeout(() => {
      this.#balanced = asked
      this.#showBalance()
    }, STOOD)
  }

  /** Whether all that is to be said of what is set stands there. */
  get isTold() {
    return !this.#bench.isMoved || this.#balanced !== ''
  }

  /** Say what does not add up, as far as it does in the plan. */
  #showBalance() {
    const { balance, sizes } = this.#own
    const { values, questions } = this.#speaker.said.description
    const { numbers } = this.#speaker
    const plan = settled(values, this.#own, {})
    const own = settled(this.#bench.values, this.#own, this.#bench.set)
    // Dates and lengths are those of the plan here: with others, what comes in and is used is not known without a run.
    const isDated = this.#bench.variant === ''
    /** @type {(of: Map<string, number>) => (path: string) => number} */
    const from = (of) => (path) => of.get(path) ?? NaN
    const { following, groups, resources } = this.#words
    const lines = []
    const planned = drifts(balance, from(plan.atWork))
    if (isDated) drifts(balance, from(own.atWork)).forEach(({ groups: names, before, after, coming, holds, stay, stays }, k) => {
      const drift = after / before - 1
      if (!(Math.abs(drift) > MOST_DRIFT) || Math.abs(drift - (planned[k].after / planned[k].before - 1)) < NEWS) return
      const sized = names.filter((name) => sizes.groups.some(({ path }) => path === `groups.${name}.stock`))
      const parts = { coming: coming * DAYS_PER_MONTH, holds: holds * DAYS_PER_MONTH, stay: stay / DAYS_PER_MONTH, stays: stays / DAYS_PER_MONTH }
      const shown = Object.fromEntries(Object.entries(parts).map(([name, number]) => [name, numbers.number(Number(number.toPrecision(2)))]))
      const named = (sized.length ? sized : names).map((name) => groups[name]).join(', ')
      lines.push(this.#speaker.say('own_drift', { ...shown, names: named, before: numbers.number(before, 0), after: numbers.number(after, 0) }))
    })
    const asked = new Map(loads(balance, from(plan.atWork)).map((one) => [one.of.join(), one.share]))
    for (const { of, share, units, needed } of isDated ? loads(balance, from(own.atWork)) : []) {
      if (!(share > 1) || share < (asked.get(of.join()) ?? 0) * (1 + NEWS)) continue
      const isStaff = balance.resources[of[0]]?.each !== null
      const least = isStaff ? Math.ceil(10 * needed) / 10 : Math.ceil(needed)
      const names = of.map((name) => resources[name]).join(', ')
      const much = Number.isFinite(share) ? numbers.measure(Math.floor(100 * share) / 100, 'share') : numbers.number(share)
      lines.push(this.#speaker.say('own_load', { names, share: much, units: numbers.number(isStaff ? units : Math.round(units)), needed: numbers.number(least) }))
    }
    const known = new Set(misfits(balance, from(plan.written), from(plan.written)).map((one) => one.path + one.reading))
    for (const { target, reading, path, bound, planned: before, people, isPossible } of misfits(balance, from(plan.written), from(own.written))) {
      if (!isPossible && known.has(path + reading)) continue
      const question = questions.find((one) => one.target === target && one.reading === reading)
      const says = follow(question?.reads ?? question?.says ?? target, following, own.written, numbers)
      const parts = { says, bound: numbers.number(Math.abs(bound)), people: numbers.number(people, 0), planned: numbers.number(before, 0) }
      const fitting = numbers.number(Math.abs((bound * people) / before), 0)
      lines.push(this.#speaker.say(isPossible ? 'own_misfit' : 'own_cannot', { ...parts, fitting }))
    }
    the('own-balance').hidden = lines.length === 0
    the('own-unbalanced').replaceChildren(...lines.map((line) => made('li', {}, line)))
  }

  /** The targets that are others than in the plan though their words stay: by name, what they come to. */
  #moved() {
    const { following } = this.#words
    const { values, questions } = this.#speaker.said.description
    const [before, after] = [settled(values, this.#own, {}).written, this.#numbers]
    /** @type {Map<string, string>} */
    const found = new Map()
    for (const { target, path } of this.#own.balance.targets) {
      const bound = after.get(path) ?? NaN
      const says = questions.find((one) => one.target === target)?.says ?? ''
      if (bound !== before.get(path) && !(says in following)) found.set(target, this.#speaker.numbers.number(Math.abs(bound)))
    }
    return found
  }

  /** Which prices are missing for an amount. */
  #missing() {
    const left = this.#own.unpriced.filter((path) => !(path in this.#bench.numbers))
    if (!left.length) return []
    const names = this.#answer.list(left.map((path) => this.#words.resources[path.split('.')[1]]))
    const key = left.length < this.#own.unpriced.length ? 'own_prices_left' : left.length > 1 ? 'own_prices_fill' : 'own_prices_fill_one'
    return [made('p', {}, this.#speaker.say(key, { count: String(left.length), names }))]
  }

  /** @param {string} words */
  #quoted(words) {
    return this.#speaker.say('quoted', { words })
  }

  /** What the answer does not rest on: which numbers are still the plan's. */
  #trust() {
    const { numbers } = this.#bench
    const { sections, when, sizes } = this.#own
    const asked = [...(sizes.groups.length > 1 ? [TOTAL] : []), ...sections.flatMap(({ paths }) => paths)]
    const done = asked.filter((path) => this.#written.has(path)).length + when.filter((choice) => choice in this.#bench.taken).length
    const all = asked.length + when.length
    const counts = { done: String(done), all: String(all) }
    const lines = [this.#speaker.say(done < all ? 'own_trust' : 'own_trust_none', counts)]
    const most = this.#own.strongest.filter((path) => !(path in numbers)).map((path) => this.#quoted(this.#value(path).says))
    if (most.length) lines.push(this.#speaker.say('own_trust_most', { list: most.join(', ') }))
    const { literal, fixed } = this.#words
    const isSized = this.#own.sizes.groups.some(({ path }) => path in numbers)
    for (const [key, words] of /** @type {[string, string[]][]} */ ([['own_trust_words', literal], ['own_trust_sums', fixed]]))
      if (words.length && isSized) lines.push(this.#speaker.say(key, { list: words.map((one) => this.#quoted(one)).join(', ') }))
    return [made('h3', {}, this.#speaker.say('own_trust_heading')), made('ul', {}, ...lines.map((line) => made('li', {}, line)))]
  }
}

/** @param {string} id @param {string | undefined} text */
function tellAt(id, text) {
  const place = the(id)
  place.hidden = text === undefined
  place.textContent = text ?? ''
}
