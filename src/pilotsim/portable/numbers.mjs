// Numbers as people of a language write them: as `pilotsim.language.numbers` in Python, sign for sign.

const SPACE = '\u00a0'
const MINUS = '\u2212'
const DASH = '\u2013'
const NONE = '\u2013'
const GROUPED_FROM = 1_000
const DAYS_PER_MONTH = 30.4375
/** Half an interval from which percentage points have no decimal: the decimal would be chance. */
const WHOLE_POINTS_FROM = 0.01 - 1e-9

/**
 * How a language writes numbers.
 *
 * @typedef {object} Style
 * @property {string} decimal
 * @property {string} thousands
 * @property {[string, string]} day One day, and several.
 * @property {string} to
 * @property {string} points Percentage points.
 * @property {string} per_month
 * @property {string} unlimited
 * @property {string} so_many_fewer `{number}` stands for the number.
 * @property {string} so_many_more
 */

/** @typedef {'share' | 'duration' | 'rate' | 'count' | 'number' | 'real'} Kind */

/** The numbers of one language, as text. */
export class NumberWriter {
  /** @param {Style} style */
  constructor(style) {
    this.style = style
  }

  /**
   * A number with so many decimals; three digits that count, and no idle zeros, unless said. NaN is a dash.
   *
   * @param {number} number
   * @param {number} [decimals]
   * @returns {string}
   */
  number(number, decimals) {
    if (Number.isNaN(number)) return NONE
    if (!Number.isFinite(number)) return this.style.unlimited
    const digits = decimals === undefined ? threeDigits(number) : fixed(number, decimals)
    const [whole, rest = ''] = digits.replace('-', '').split('.')
    const grouped = Number(whole) >= GROUPED_FROM ? whole.replace(/\B(?=(\d{3})+$)/g, this.style.thousands) : whole
    return (Number(digits) < 0 ? MINUS : '') + grouped + (rest ? this.style.decimal + rest : '')
  }

  /**
   * A measured number, in base units, with its unit.
   *
   * @param {number} number
   * @param {Kind} kind
   * @param {number} [half] Half its interval, which says how exactly it is known.
   * @returns {string}
   */
  measure(number, kind, half = NaN) {
    if (Number.isNaN(number)) return NONE
    if (kind === 'share' && half >= WHOLE_POINTS_FROM && number >= 0.01 && number <= 0.99)
      return this.number(100 * number, 0) + SPACE + '%'
    const digits = this.#digits(number, kind, Math.abs(number))
    return digits + this.#unit(kind, digits === '1')
  }

  /**
   * A range with its unit once.
   *
   * @param {number} low
   * @param {number} high
   * @param {Kind} kind
   * @returns {string}
   */
  range(low, high, kind) {
    if (Number.isNaN(low) || Number.isNaN(high)) return NONE
    const [first, last] = this.#alike(low, high, kind)
    if (first === last) return this.measure(low, kind)
    const joint = low >= 0 && !/[<>]/.test(first + last) ? DASH : ` ${this.style.to} `
    return first + joint + last + this.#unit(kind)
  }

  /**
   * A range whose upper end is the least that it can be.
   *
   * @param {number} low
   * @param {number} high
   * @param {Kind} kind
   * @param {(number: string) => string} atLeast Says that something is at least so much.
   * @returns {string}
   */
  openRange(low, high, kind, atLeast) {
    const first = this.#digits(low, kind, Math.max(Math.abs(low), Math.abs(high)))
    return `${first} ${this.style.to} ${atLeast(this.measure(high, kind))}`
  }

  /**
   * A number that is held against a bound which asks for fewer of something: so many fewer, or so many more.
   *
   * @param {number} number
   * @param {Kind} kind
   * @param {number} [half]
   * @returns {string}
   */
  fewer(number, kind, half = NaN) {
    if (Number.isNaN(number)) return NONE
    const size = this.measure(Math.abs(number), kind, half)
    if (!/[1-9]/.test(size)) return size
    return fill(number < 0 ? this.style.so_many_fewer : this.style.so_many_more, size)
  }

  /**
   * A range of numbers that are held against such a bound.
   *
   * @param {number} low
   * @param {number} high
   * @param {Kind} kind
   * @returns {string}
   */
  rangeOfFewer(low, high, kind) {
    if (Number.isNaN(low + high)) return NONE
    if (low < 0 && high > 0) {
      const isLarge = Math.max(-low, high) >= 19.5
      const [first, last] = [low, high].map((end) => this.fewer(isLarge ? roundEven(end) : end, kind))
      return `${first} ${this.style.to} ${last}`
    }
    const [least, most] = [Math.abs(low), Math.abs(high)].sort((a, b) => a - b)
    return fill(low < 0 ? this.style.so_many_fewer : this.style.so_many_more, this.range(least, most, kind))
  }

  /**
   * A probability in whole per cent, never 0 or 100: no number of runs can show that.
   *
   * @param {number} probability
   * @param {[number, number]} [interval] Where all runs agree, its end is what can be said.
   * @returns {string}
   */
  probability(probability, interval) {
    if (Number.isNaN(probability)) return NONE
    let [lowest, highest] = [0.01, 0.99]
    if (interval !== undefined) {
      lowest = Math.max(lowest, Math.ceil(100 * interval[1]) / 100)
      highest = Math.min(highest, Math.floor(100 * interval[0]) / 100)
    }
    if (probability <= 0 || (probability < 0.01 && lowest === 0.01)) return `<${SPACE}${this.number(100 * lowest, 0)}${SPACE}%`
    if (probability >= 1 || (probability > 0.99 && highest === 0.99)) return `>${SPACE}${this.number(100 * highest, 0)}${SPACE}%`
    return this.number(Math.min(99, Math.max(1, 100 * probability)), 0) + SPACE + '%'
  }

  /**
   * The interval of a probability in whole per cent, rounded outwards.
   *
   * @param {number} low
   * @param {number} high
   * @returns {string}
   */
  probabilityRange(low, high) {
    return this.range(Math.floor(100 * low + 1e-9) / 100, Math.ceil(100 * high - 1e-9) / 100, 'share')
  }

  /**
   * A mean difference with half its interval and one unit; of shares in percentage points.
   *
   * @param {number} mean
   * @param {number} half NaN where it is not known.
   * @param {Kind} kind
   * @returns {string}
   */
  difference(mean, half, kind) {
    if (Number.isNaN(mean)) return NONE
    const isKnown = Number.isFinite(half)
    const size = isKnown ? Math.max(Math.abs(mean), Math.abs(half)) : Math.abs(mean)
    let digits = this.#change(mean, kind, size)
    if (!digits.startsWith('+') && !digits.startsWith(MINUS)) digits = '0'
    if (isKnown) {
      const reach = this.#change(half, kind, size).replace(/^\++/, '')
      if (/[1-9]/.test(reach)) digits += ` ± ${reach}`
    }
    if (digits === '0') return digits
    return digits + (kind === 'share' ? SPACE + this.style.points : this.#unit(kind))
  }

  /**
   * @param {number} number
   * @param {Kind} kind
   * @param {number} size
   */
  #change(number, kind, size) {
    if (number === 0) return '0'
    const digits = kind === 'share' ? this.number(Math.abs(100 * number), 1) : this.#digits(Math.abs(number), kind, size)
    return /[1-9]/.test(digits) ? (number < 0 ? MINUS : '+') + digits : digits
  }

  /**
   * The digits of a measure; `size` is the largest number beside it, which sets the decimals of days and clients.
   *
   * @param {number} number
   * @param {Kind} kind
   * @param {number} size
   * @returns {string}
   */
  #digits(number, kind, size) {
    if (kind === 'share') return this.#percent(number)
    if (kind === 'rate') return this.number(number * DAYS_PER_MONTH)
    if (size >= 19.5 || number === roundEven(number)) return this.number(number, 0)
    if (kind === 'duration' && Math.abs(number) < 0.05) return '0'
    return this.number(number, size >= 1 || kind === 'duration' ? 1 : 2)
  }

  /**
   * The digits of two numbers beside each other, with as many decimals; none and all of a share stay 0 and 100.
   *
   * @param {number} low
   * @param {number} high
   * @param {Kind} kind
   * @returns {string[]}
   */
  #alike(low, high, kind) {
    const size = Math.max(Math.abs(low), Math.abs(high))
    const shown = [low, high].map((number) => this.#digits(number, kind, size))
    const most = Math.max(...shown.map((digits) => (digits.split(this.style.decimal)[1] ?? '').length))
    return [low, high].map((number, place) => {
      const isBound = number === 0 || (kind === 'share' && number === 1)
      if (isBound || /[<>]/.test(shown[place][0]) || kind === 'rate') return shown[place]
      return this.number(kind === 'share' ? 100 * number : number, most)
    })
  }

  /** @param {number} share */
  #percent(share) {
    const percent = 100 * share
    if (Math.abs(percent - roundEven(percent)) < 1e-9) return this.number(percent, 0)
    if (percent > 0 && percent < 0.05) return `<${SPACE}${this.number(0.1, 1)}`
    if (percent >= 99.95 && percent < 100) return `>${SPACE}${this.number(99.9, 1)}`
    return this.number(percent, 1)
  }

  /**
   * @param {Kind} kind
   * @param {boolean} [isOne]
   */
  #unit(kind, isOne = false) {
    if (kind === 'share') return SPACE + '%'
    if (kind === 'duration') return SPACE + this.style.day[isOne ? 0 : 1]
    return kind === 'rate' ? SPACE + this.style.per_month : ''
  }
}

/**
 * @param {string} phrase
 * @param {string} number
 */
function fill(phrase, number) {
  return phrase.replace('{number}', () => number)
}

/** @param {number} number */
function threeDigits(number) {
  if (number === 0) return '0'
  const before = Math.floor(Math.log10(Math.abs(number))) + 1
  const digits = fixed(number, Math.min(Math.max(0, 3 - before), 6))
  return digits.includes('.') ? digits.replace(/0+$/, '').replace(/\.$/, '') : digits
}

/**
 * Write a number with so many decimals; one that lies just between two goes to the even one, as in Python.
 *
 * @param {number} number
 * @param {number} decimals
 */
function fixed(number, decimals) {
  const nearest = number.toFixed(decimals)
  const inFull = number.toFixed(Math.min(100, decimals + 40))
  const rest = inFull.slice(inFull.indexOf('.') + 1 + decimals)
  if (!/^50*$/.test(rest) || /[02468]$/.test(nearest)) return nearest
  // Just between: `toFixed` went away from zero, to an odd digit; the other one is even.
  const cut = inFull.slice(0, inFull.length - rest.length)
  return cut.endsWith('.') ? cut.slice(0, -1) : cut
}

/** @param {number} number */
function roundEven(number) {
  return Number(fixed(number, 0))
}

/**
 * Which of two names comes first for people of a language, for `sort`.
 *
 * Norwegian sorts `aa` as `å`, last of all; an abbreviation such as AAP begins with an A.
 *
 * @param {string} one
 * @param {string} other
 * @param {string} language
 * @returns {number}
 */
export function compareNames(one, other, language) {
  // The grapheme joiner is not shown, and keeps the two letters apart.
  const [first, second] = [one, other].map((name) => name.replaceAll('AA', 'A\u034fA'))
  return first.localeCompare(second, language)
}
