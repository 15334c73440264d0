// What a reader has written into a field, as a number.

/** @typedef {import('../../portable/model.mjs').Value} Value */

/**
 * What was read: a number in base units, nothing where nothing stands there, or the phrase that says what is wrong, with its parts.
 *
 * @typedef {{ number: number } | { empty: true } | { fault: string, parts: Record<string, string> }} Entered
 */

/** What ends a fraction may differ from the ends of a value by rounding alone. */
const ROUNDING = 1e-12

/**
 * Return a number of the unit in which the file writes a value, in base units: by the operations of the program, so that it is the same
 * number to the last bit.
 *
 * @param {number} number
 * @param {Pick<Value, 'kind' | 'one'>} value
 */
export function inBaseUnits(number, { kind, one }) {
  if (kind === 'share') return number / 100
  if (kind !== 'rate') return number * one
  const days = DAYS.find((own) => isAbout(1 / one, own))
  if (days !== undefined) return number / days
  return number / 100 / (DAYS.find((own) => isAbout(0.01 / one, own)) ?? 0.01 / one)
}

/**
 * Return a number in the unit in which the file writes a value, with as many digits as a file has.
 *
 * @param {number} base
 * @param {Pick<Value, 'one'>} value
 */
export function writtenIn(base, { one }) {
  return Number((base / one).toPrecision(12))
}

/** How many days each unit of time has: a minute, an hour, a day, a week, a month, a year. */
const DAYS = [1 / 1440, 1 / 24, 1, 7, 30.4375, 365.25]

/** Whether two numbers are the same but for rounding. @param {number} a @param {number} b */
function isAbout(a, b) {
  return Math.abs(a / b - 1) < 1e-9
}

/**
 * Read a number as people of a language write it: in the unit of the file, which may follow it.
 *
 * @param {string} text
 * @param {Pick<Value, 'kind' | 'one' | 'unit' | 'least' | 'most' | 'above'>} value
 * @param {Pick<import('../../portable/numbers.mjs').Style, 'decimal' | 'thousands'>} style
 * @param {(number: number) => string} show Writes a number in the unit of the file.
 * @returns {Entered}
 */
export function readEntered(text, value, style, show) {
  let digits = text.trim().replace(/[\s\u00a0\u202f]+/g, ' ')
  if (digits === '') return { empty: true }
  const unit = value.kind === 'share' ? '%' : value.unit
  if (unit && digits.toLowerCase().endsWith(unit.toLowerCase())) digits = digits.slice(0, -unit.length)
  if (value.kind === 'rate' || value.kind === 'share') digits = digits.replace(/%\s*$/, '')
  digits = digits.trim().replace(/\u2212/g, '-').replace(/(\d) (?=\d{3}(\D|$))/g, '$1')
  const other = style.decimal === ',' ? '.' : ','
  // One thousand, or one with three decimals: nobody but the writer knows.
  if (new RegExp(`^-?[1-9]\\d{0,2}(\\${other}\\d{3})+$`).test(digits)) {
    if (style.thousands !== other) return { fault: 'own_two_meanings', parts: { text: digits } }
    digits = digits.replaceAll(other, '')
  }
  digits = digits.replace(',', '.')
  if (!/^-?(\d+(\.\d*)?|\.\d+)$/.test(digits)) return { fault: 'own_no_number', parts: { text: text.trim() } }
  const number = inBaseUnits(Number(digits), value)
  if (!Number.isFinite(number)) return { fault: 'own_no_number', parts: { text: text.trim() } }
  if (value.kind === 'count' && !Number.isSafeInteger(number)) return { fault: 'own_whole', parts: { text: digits } }
  const { least, most, above } = value
  const isLow = (least !== null && number < least - ROUNDING) || (above !== null && number <= above)
  const isHigh = most !== null && number > most + ROUNDING
  if (!isLow && !isHigh) return { number: Math.min(most ?? Infinity, Math.max(least ?? -Infinity, number)) }
  const parts = { least: show(least ?? above ?? NaN), most: show(most ?? NaN) }
  if (least !== null && most !== null) return { fault: 'own_between', parts }
  if (isHigh) return { fault: 'own_at_most', parts }
  return { fault: least === null ? 'own_above' : 'own_at_least', parts }
}
