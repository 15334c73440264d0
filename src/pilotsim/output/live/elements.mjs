// What the parts of the page share: its elements, the words of the language that a reader has taken, and what is packed in it.
import { NumberWriter } from '../../portable/numbers.mjs'

/**
 * What the page says, by the keys of the catalogue; what stands in braces is filled in.
 *
 * @typedef {Record<string, string>} Words
 */

/**
 * What is said in a language.
 *
 * @typedef {object} Language
 * @property {string[]} texts Those of the elements that were made with the page, by their numbers.
 * @property {Words} words
 * @property {Record<string, string>} states What each state is called inside a sentence.
 * @property {Record<string, { says: string, options: Record<string, string> }>} choices
 * @property {import('./dates.mjs').DateStyle} dates How it writes dates.
 * @property {{ risks: Record<string, string>, bounds: Record<string, string> }} charts What risks and bounds are called inside a sentence.
 * @property {import('./own_numbers.mjs').OwnWords} own
 * @property {import('./ahead.mjs').AheadWords} ahead
 * @property {import('./money.mjs').MoneyWords} money
 * @property {import('../../portable/model.mjs').Description} description
 */

/**
 * What the page goes by.
 *
 * @typedef {object} Setup
 * @property {{ file: string, digest: string, scenario: string | null, changes: object[] }} of What the page stands for.
 * @property {string} seed In digits.
 * @property {boolean} fixed Whether all assumptions stand at their values.
 * @property {number} replications
 * @property {string} language The language that the page opens in.
 * @property {Record<string, Language>} languages
 * @property {Lever[]} levers
 * @property {Record<string, Record<string, Record<string, number> | null>>} choices Of each choice the options that the page can run, with the
 *   numbers that make them; none for what the plan takes, and null for what is built into a packed flow.
 * @property {{ moved: string[], coming: string[] }} inflow The paths that are set for all who come, and those of how many come.
 * @property {Record<string, string[]>} variants Of each variant that is packed beside the flow the options that cannot be taken on top of it.
 * @property {Record<string, Record<string, Record<string, string>>>} written What is set by options that the file does not have, by choice.
 * @property {import('./own_numbers.mjs').Own} own
 * @property {import('./ahead.mjs').Ahead} ahead
 * @property {Record<string, string>} units What follows the number of a value in the file, by path; nothing where nothing does.
 * @property {ChartedPlan} charted What the charts show of the plan.
 * @property {string[][]} stage_rows The stages by name, in the rows of the map.
 * @property {{ counted: string, states: string[] } | null} effect Among whom the effect is counted first, and in which states.
 * @property {{ spent: string[], all: string[], has_net: boolean } | null} economy The lines of the budget: those that cost, and all; and whether
 *   these are more.
 * @property {number[]} too_large What the engine says of more people, or visits, than it has room for.
 * @property {number} likely_from From which chance on a target is likely met.
 * @property {Record<string, string>} answers What the word of a verdict answers to whether a target is met.
 */

/**
 * What the charts show of the plan: by the name of a stage, or of a resource, as it goes on; by question how many there are in each cell.
 *
 * @typedef {object} ChartedPlan
 * @property {number} followed In how many runs clients are followed to where they drop out.
 * @property {number} runs
 * @property {Record<string, import('./over_time.mjs').Series>} waits
 * @property {Record<string, import('./over_time.mjs').Series>} use
 * @property {string[]} drawing The stages that draw clients: they wait for no place there.
 * @property {Record<string, Record<string, number>>} drop_outs
 * @property {Record<string, string>} shown Of each target the question that is shown.
 * @property {Record<string, string>} kinds How it is said of a question what is met.
 * @property {Record<string, string>} states The state of a question that asks for more or fewer in one.
 */

/**
 * A number that a reader can move, in the unit that the file writes it in.
 *
 * @typedef {{ path: string, low: number, high: number, step: number, decided: boolean }} Lever
 */

/** @param {string} id */
export const the = (id) => /** @type {HTMLElement} */ (document.getElementById(id))

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {(string | Node)[]} content
 * @returns {HTMLElementTagNameMap[T]}
 */
export function made(tag, attributes = {}, ...content) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== '' || name === 'value') element.setAttribute(name, value)
  element.append(...content)
  return element
}

/**
 * Return what a block of the page holds: gzip as base64. Gzip holds a checksum, so what has been damaged is not taken for what it was.
 *
 * @param {string} id
 * @returns {Promise<ArrayBuffer>}
 */
export async function contentOf(id) {
  const text = atob(the(id).textContent ?? '')
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer()
}

/**
 * Fill in a phrase. What is put within quotation marks gets inner ones for its own, as `language/quotes.py` gives them.
 *
 * @param {string} phrase
 * @param {Record<string, string>} parts
 */
export function fill(phrase, parts) {
  return phrase.replace(/\{(\w+)\}/g, (whole, name, place) => {
    const part = parts[name]
    if (part === undefined) return whole
    return quotesOf(phrase.slice(0, place)).isOpen ? quotesOf(String(part)).inner : part
  })
}

/**
 * A text with inner quotation marks in place of its outer ones, and whether one is left open.
 *
 * @param {string} text
 */
function quotesOf(text) {
  let isOpen = false
  const inner = text.replace(/[\u00ab\u201c\u00bb\u201d]/g, (sign) => {
    const opens = sign === '\u00ab' || sign === '\u201c'
    // Where nothing is open, a closing sign opens in Swedish.
    isOpen = opens || (sign === '\u201d' && !isOpen)
    return opens ? '\u2018' : '\u2019'
  })
  return { inner, isOpen }
}

/** The language that a reader has taken. */
export class Speaker {
  #setup
  /** @type {(() => void)[]} */
  #listeners = []

  /** @param {Setup} setup */
  constructor(setup) {
    this.#setup = setup
    this.language = setup.language
    this.numbers = new NumberWriter(this.said.description.numbers)
  }

  /** What is said in this language. */
  get said() {
    return this.#setup.languages[this.language]
  }

  /**
   * Return a phrase with its parts filled in.
   *
   * @param {string} key
   * @param {Record<string, string>} [parts]
   */
  say(key, parts = {}) {
    return fill(this.said.words[key], parts)
  }

  /** What a state is called inside a sentence. @param {string} name */
  state(name) {
    return this.said.states[name]
  }

  /**
   * Do something whenever another language is taken, after the texts that were made with the page have been exchanged.
   *
   * @param {() => void} work
   */
  whenTaken(work) {
    this.#listeners.push(work)
  }

  /** @param {string} language */
  take(language) {
    if (!(language in this.#setup.languages) || language === this.language) return
    this.language = language
    this.numbers = new NumberWriter(this.said.description.numbers)
    document.documentElement.lang = language
    const { texts } = this.said
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-said]')))
      place.textContent = texts[Number(place.dataset.said)]
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-said-label]')))
      place.setAttribute('aria-label', texts[Number(place.dataset.saidLabel)])
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-said-cell]')))
      place.dataset.label = texts[Number(place.dataset.saidCell)]
    for (const work of this.#listeners) work()
  }
}

/**
 * Switch a button off. Where it has the focus, that goes to what the page says, and is not lost.
 *
 * @param {HTMLButtonElement} button
 */
export function switchOff(button) {
  if (document.activeElement === button) the('status').focus()
  button.disabled = true
}

/**
 * @param {string} id
 * @param {string} text
 */
export function tellIn(id, text) {
  const place = the(id)
  place.textContent = text
  if (id === 'fault') place.hidden = text === ''
}

/**
 * Tell whether a flow has more people, or more visits of theirs, than can be worked with here.
 *
 * @param {unknown} fault
 * @param {Setup} setup
 */
export function isTooLarge(fault, { too_large }) {
  return fault instanceof Error && 'status' in fault && too_large.some((status) => status === fault.status)
}

/**
 * Say in words what went wrong.
 *
 * @param {unknown} fault
 * @param {Words} words
 */
export function tellFault(fault, words) {
  const code = fault instanceof Error && 'code' in fault ? fault.code : ''
  const what = fault instanceof Error ? fault.message : String(fault)
  tellIn('status', '')
  if (code === 'no_webassembly') tellIn('fault', words.live_no_webassembly)
  else if (code === 'refused') tellIn('fault', words.live_refused)
  else tellIn('fault', fill(words.live_failed, { what }))
}

/**
 * Offer a text as a file.
 *
 * @param {string} text
 * @param {string} name
 * @param {string} type
 */
export function saveAs(text, name, type) {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
