// What is typed at a lever, or pressed beside it, as a number: itself, or a step from the plan. As `files/relative.py` reads it for `--set`.
import { writtenIn } from './entered.mjs'

/** @typedef {import('../../portable/model.mjs').Value} Value */

const SIGNED = /^(\+|-|\u2212|\*|×|x(?= ?\d))\s*(.+)$/i
const POINTS = /^([\d.,]+)\s*(?:pp|points?|percentage points?|prosentpoeng|procentenheter|procentenhet)$/i
const PER_CENT = /^([\d.,]+)\s*%$/

/**
 * A button beside a lever, with what is typed for it.
 *
 * @typedef {{ says: string, typed: string }} Step
 */

/**
 * Read a step from the plan: `+10`, `-1`, `+20 %`, `*1,2`.
 *
 * @param {string} text
 * @param {Pick<Value, 'kind' | 'one' | 'unit' | 'least'>} value
 * @param {number} planned What it is in the plan, in base units.
 * @returns {{ number: number } | { fault: string, parts: Record<string, string> } | null} A number in the unit of the file; nothing where no
 *   step stands there; or the phrase that says what is wrong.
 */
export function readStep(text, value, planned) {
  const found = SIGNED.exec(text.trim())
  if (found === null) return null
  const [, sign, written] = found
  const isLess = sign === '-' || sign === '\u2212'
  const amount = written.trim()
  const before = writtenIn(planned, value)
  const fault = (/** @type {string} */ key) => ({ fault: key, parts: { text: text.trim(), points: `${isLess ? '\u2212' : '+'}${amount.replace(/\s*%$/, '')}` } })
  // Where a number may be less than 0, this could be one.
  if (isLess && (value.least === null || value.least < 0) && !Number.isNaN(plain(amount))) return null
  if (!isLess && sign !== '+') {
    const times = plain(amount)
    return Number.isNaN(times) ? fault('step_no_number') : { number: exactly(before * times) }
  }
  const change = changeOf(amount, value, before)
  if (change === 'two') return fault('step_two_meanings')
  if (Number.isNaN(change)) return fault('step_no_number')
  return { number: exactly(before + (isLess ? -change : change)) }
}

/**
 * @param {string} amount
 * @param {Pick<Value, 'kind' | 'unit'>} value
 * @param {number} before
 * @returns {number | 'two'}
 */
function changeOf(amount, { kind, unit }, before) {
  const points = POINTS.exec(amount)
  if (points !== null) return kind === 'share' ? plain(points[1]) : NaN
  const part = PER_CENT.exec(amount)
  if (kind === 'share') return part !== null || !Number.isNaN(plain(amount)) ? 'two' : NaN
  if (part !== null) return (before * plain(part[1])) / 100
  const isWithUnit = unit !== '' && amount.toLowerCase().endsWith(unit.toLowerCase())
  return plain(isWithUnit ? amount.slice(0, -unit.length) : amount)
}

/** @param {string} text */
function plain(text) {
  const digits = text.trim().replace(',', '.')
  return /^(\d+(\.\d*)?|\.\d+)$/.test(digits) ? Number(digits) : NaN
}

/** With as many digits as a file has. @param {number} number */
function exactly(number) {
  return Number(number.toPrecision(12))
}

/**
 * Return the steps that are offered beside a lever: by what people say of such a number.
 *
 * @param {Pick<Value, 'kind' | 'one'>} value
 * @param {number} planned In base units.
 * @param {string} points What percentage points are called.
 * @returns {Step[]}
 */
export function stepsOf(value, planned, points) {
  const number = writtenIn(planned, value)
  const both = (/** @type {string} */ text, /** @type {string} */ typed = text) => [
    { says: `\u2212${text}`, typed: `-${typed}` },
    { says: `+${text}`, typed: `+${typed}` },
  ]
  if (value.kind === 'share') return both(`5\u00a0${points}`, '5 pp')
  if (value.kind === 'count' && number < 10) return both('1')
  const isWhole = value.kind !== 'count' || Number.isInteger(number / 5)
  const fifth = isWhole ? both('20\u00a0%', '20 %') : []
  if (value.kind !== 'count') return fifth
  return [...fifth, ...(number > 10 ? both('10') : both('10').slice(1))]
}
