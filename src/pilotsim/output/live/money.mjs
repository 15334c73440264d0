// Amounts as people say them: as `amount_in_words` and `amounts_in_words` of `pilotsim.output.views.economy` in Python, sign for sign.
import { NumberWriter } from '../../portable/numbers.mjs'
import { roundEven } from './people.mjs'

const MILLION = 1_000_000
const SPACE = '\u00a0'
const MINUS = '\u2212'
const DASH = '\u2013'
/** Below which amount it is rounded to what; above these, to the thousand. */
const STEPS = [
  [1, 0.01],
  [100, 1],
  [1000, 10],
  [100_000, 100],
]

/**
 * What amounts are called in a language.
 *
 * @typedef {{ currency: string, million: string, millions: string }} MoneyWords
 */

/** The amounts of one language, in words. */
export class MoneyWriter {
  /**
   * @param {MoneyWords} words
   * @param {import('../../portable/numbers.mjs').Style} style
   */
  constructor(words, style) {
    this.words = words
    this.numbers = new NumberWriter(style)
  }

  /** @param {number} amount */
  one(amount) {
    const shown = rounded(amount)
    const digits = this.#digits(shown, Math.abs(shown))
    return digits + SPACE + this.#unit(digits, Math.abs(shown))
  }

  /** Between what amounts something lies, both in the unit that the larger has. @param {number} low @param {number} high */
  range(low, high) {
    const ends = [rounded(low), rounded(high)]
    const size = Math.max(...ends.map(Math.abs))
    const [first, last] = ends.map((end) => this.#digits(end, size))
    const joint = ends[0] < 0 ? ` ${this.numbers.style.to} ` : DASH
    const digits = first === last ? first : first + joint + last
    return digits + SPACE + this.#unit(digits, size)
  }

  /** @param {number} amount @param {number} size The largest beside it, which sets the unit. */
  #digits(amount, size) {
    if (isInMillions(size)) return this.numbers.number(amount / MILLION)
    return this.numbers.number(amount, Math.abs(amount) > 0 && Math.abs(amount) < 1 ? 2 : 0)
  }

  /** @param {string} digits @param {number} size */
  #unit(digits, size) {
    const { currency, million, millions } = this.words
    if (!isInMillions(size)) return currency
    return (digits.replace(MINUS, '') === '1' ? million : millions) + SPACE + currency
  }
}

/** @param {number} size */
function isInMillions(size) {
  return size >= MILLION && size < Infinity
}

/** @param {number} amount */
function rounded(amount) {
  if (!Number.isFinite(amount)) return amount
  const size = Math.abs(amount)
  const [, step] = STEPS.find(([least]) => size < least) ?? [Infinity, 1000]
  return step * roundEven(amount / step)
}
