// What follows the numbers that are set, outside of any run: values that are sums of others, and words with numbers in them.

/** @typedef {import('../../portable/model.mjs').Value} Value */

/**
 * The steps of a sum: numbers, paths of values, and what joins the two before it (`neg` turns the one before it).
 *
 * @typedef {(number | string)[]} Steps
 *
 * @typedef {{ path: string, kind: Value['kind'], least: number | null, most: number | null, steps: Steps }} FollowingSum
 * @typedef {{ steps: Steps, decimals: number | null, kind: Value['kind'], one: number, unit: string }} Blank
 */

/** @type {Record<string, (a: number, b: number) => number>} */
const JOINS = { '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b }

/**
 * @param {Steps} steps
 * @param {(path: string) => number} numberOf
 */
export function workOut(steps, numberOf) {
  /** @type {number[]} */
  const piled = []
  for (const step of steps) {
    if (typeof step === 'number') piled.push(step)
    else if (step === 'neg') piled.push(-Number(piled.pop()))
    else if (step in JOINS) {
      const last = Number(piled.pop())
      piled.push(JOINS[step](Number(piled.pop()), last))
    } else piled.push(numberOf(step))
  }
  return piled[0]
}

/**
 * Return what all values come to with what is set, by path, in base units: as the file has them, and at work, where shared values have raised
 * and multiplied what they raise and multiply.
 *
 * @param {Value[]} values
 * @param {{ sums: FollowingSum[], sharing: { raised: [string, string][], scaled: [string, string][] } }} following
 * @param {Record<string, number>} set
 * @returns {{ written: Map<string, number>, atWork: Map<string, number> }}
 */
export function settled(values, { sums, sharing }, set) {
  const written = new Map(values.map(({ path, number }) => [path, number ?? Infinity]))
  const isSet = new Set(Object.keys(set))
  for (const { path, becomes } of values)
    if (path in set)
      for (const one of becomes) {
        written.set(one, set[path])
        isSet.add(one)
      }
  for (const [path, number] of Object.entries(set)) written.set(path, number)
  const atWork = new Map(written)
  /** @type {(path: string) => number} */
  const of = (path) => written.get(path) ?? NaN
  for (const [path, power] of sharing.raised) if (!isSet.has(path)) atWork.set(path, of(path) ** of(power))
  for (const [path, factor] of sharing.scaled) if (!isSet.has(path)) atWork.set(path, of(path) * of(factor))
  for (const { path, kind, least, most, steps } of sums) {
    if (isSet.has(path)) continue
    const found = workOut(steps, (name) => atWork.get(name) ?? NaN)
    const within = Math.min(most ?? Infinity, Math.max(least ?? -Infinity, found))
    const number = kind === 'count' ? Math.floor(within + 0.5) : within
    written.set(path, number)
    atWork.set(path, number)
  }
  return { written, atWork }
}

/**
 * Return words with the numbers that are set; words that hold none stay as they are.
 *
 * @param {string} words As they are in the plan.
 * @param {Record<string, (string | Blank)[]>} pieces
 * @param {Map<string, number>} numbers
 * @param {import('../../portable/numbers.mjs').NumberWriter} writer
 */
export function follow(words, pieces, numbers, writer) {
  const found = pieces[words]
  if (found === undefined) return words
  return found.map((piece) => (typeof piece === 'string' ? piece : written(piece, numbers, writer))).join('')
}

/**
 * @param {Blank} blank
 * @param {Map<string, number>} numbers
 * @param {import('../../portable/numbers.mjs').NumberWriter} writer
 */
function written({ steps, decimals, one, unit }, numbers, writer) {
  const number = workOut(steps, (path) => numbers.get(path) ?? NaN) / one
  const digits = decimals === null ? Number(number.toPrecision(6)) : Number(number.toFixed(decimals))
  const text = String(Math.abs(digits)).includes('e') ? writer.number(digits) : writer.number(digits, decimalsOf(digits))
  return unit ? `${text}\u00a0${unit}` : text
}

/** @param {number} number */
function decimalsOf(number) {
  return (String(number).split('.')[1] ?? '').length
}
