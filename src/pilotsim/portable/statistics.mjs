// Means, quantiles and intervals of replications: as `pilotsim.base.statistics` in Python, to the bit. What is no number is left out.

/**
 * What intervals and ranges are made by; it comes with the description of a flow.
 *
 * @typedef {object} Constants
 * @property {number[]} students The critical values of Student's t for 1, 2, ... degrees of freedom.
 * @property {[number, number]} ends The quantiles between which a range lies.
 */

/**
 * Independent numbers in short.
 *
 * @typedef {object} Summary
 * @property {number} mean NaN for no number.
 * @property {number} half Half the width of the interval of the mean, 95 in 100; NaN for fewer than two numbers. It shrinks with more.
 * @property {number} low Nine in ten lie between this
 * @property {number} high and this; that does not shrink.
 * @property {number} count How many numbers there are.
 */

/**
 * Return the mean of numbers, added up from the first to the last; NaN for none.
 *
 * @param {ArrayLike<number>} numbers
 * @returns {number}
 */
export function meanOf(numbers) {
  return sumOf(numbers) / numbers.length
}

/** @param {ArrayLike<number>} numbers */
function sumOf(numbers) {
  let sum = 0
  for (let k = 0; k < numbers.length; k++) sum += numbers[k]
  return sum
}

/**
 * Return a quantile of numbers in rising order, by definition 7 of Hyndman and Fan; NaN for none.
 *
 * @param {ArrayLike<number>} rising
 * @param {number} share
 * @returns {number}
 */
export function quantileOf(rising, share) {
  if (rising.length === 0) return NaN
  const place = (rising.length - 1) * share
  const below = Math.trunc(place)
  if (below >= rising.length - 1) return rising[rising.length - 1]
  const [low, high] = [rising[below], rising[below + 1]]
  const part = place - below
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part)
}

/**
 * Return the numbers of an array that exist.
 *
 * @param {ArrayLike<number>} numbers
 * @returns {Float64Array}
 */
function known(numbers) {
  return Float64Array.from(numbers).filter((number) => !Number.isNaN(number))
}

/**
 * Return numbers in short.
 *
 * @param {ArrayLike<number>} numbers
 * @param {Constants} constants
 * @returns {Summary}
 */
export function summarise(numbers, { students, ends }) {
  const there = known(numbers)
  const count = there.length
  const mean = meanOf(there)
  const rising = there.slice().sort()
  let half = NaN
  if (count > 1) {
    const spread = Math.sqrt(sumOf(there.map((number) => (number - mean) * (number - mean))) / (count - 1))
    const reach = (students[count - 2] * spread) / Math.sqrt(count)
    half = (mean + reach - (mean - reach)) / 2
  }
  return { mean, half, low: quantileOf(rising, ends[0]), high: quantileOf(rising, ends[1]), count }
}
