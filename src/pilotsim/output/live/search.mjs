// Finding a lever: as words are typed, only what holds them is left, and numbers that have no lever yet are offered.
import { made, the } from './elements.mjs'

/** How many numbers are offered at once. */
const OFFERED = 6

/** Lets a reader find what can be moved. */
export class LeverSearch {
  #speaker
  #field = /** @type {HTMLInputElement} */ (the('find'))

  /**
   * @param {import('./elements.mjs').Speaker} speaker
   * @param {() => { path: string, says: string }[]} others The numbers that have no lever.
   * @param {(path: string) => void} add Makes a lever of one.
   */
  constructor(speaker, others, add) {
    this.#speaker = speaker
    this.others = others
    this.add = add
    this.#field.addEventListener('input', () => this.show())
  }

  /** Show what holds the words that are typed. */
  show() {
    const words = wordsOf(this.#field.value)
    const holds = (/** @type {string} */ text) => words.every((word) => wordsOf(text).some((own) => own.includes(word)))
    let count = 0
    for (const lever of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.levers [data-lever]'))) {
      lever.hidden = !holds(lever.dataset.lever ?? '')
      count += Number(!lever.hidden)
    }
    const further = /** @type {HTMLDetailsElement} */ (the('levers-further'))
    if (words.length && further.querySelector('[data-lever]:not([hidden])')) further.open = true
    const found = words.length ? this.others().filter(({ says }) => holds(says)) : []
    const offered = found.slice(0, OFFERED).map(({ path, says }) => {
      const button = made('button', { type: 'button', class: 'quiet', 'data-path': path }, this.#speaker.say('start_find_add', { name: says }))
      button.addEventListener('click', () => {
        this.add(path)
        this.show()
      })
      return made('li', {}, button)
    })
    the('found').replaceChildren(...offered)
    the('found-count').textContent = words.length ? this.#speaker.say('start_find_count', { count: String(count + found.length) }) : ''
  }
}

/** @param {string} text */
function wordsOf(text) {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
}
