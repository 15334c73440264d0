// What follows when there are more or fewer clients than in the plan: how the others are, what comes, what is aimed at, what there is room for.
import { inBaseUnits } from './entered.mjs'

/**
 * A number of the plan that may follow the number of clients.
 *
 * @typedef {{ path: string, number: number, kind: import('../../portable/numbers.mjs').Kind, one: number, base: string | null }} Sized `base`: what it is before it
 *   becomes this, at a date or in a period.
 */

/**
 * What of a plan may follow.
 *
 * @typedef {object} Sizes
 * @property {(Sized & { weight: number })[]} groups Who is there at the start, or who comes: how many clients there are, each with its weight.
 * @property {Sized[]} coming
 * @property {Sized[]} targets
 * @property {Sized[]} capacity
 */

/**
 * What a reader lets follow.
 *
 * @typedef {{ groups: boolean, coming: boolean, targets: boolean, capacity: boolean }} Follows
 */

/** The parts of the plan that may follow, in the order in which they are asked about. */
export const PARTS = /** @type {const} */ (['groups', 'coming', 'targets', 'capacity'])

/**
 * How many times as many clients there are as in the plan; null where nothing was said of them.
 *
 * @param {Sizes} sizes
 * @param {Record<string, number>} given
 * @param {number | null} total How many there are in all, where that was said.
 */
export function factorOf({ groups }, given, total) {
  const named = groups.filter(({ path }) => path in given)
  const planned = sum(named.map(({ number, weight }) => weight * number))
  const own = sum(named.map(({ path, weight }) => weight * given[path]))
  if (total === null) return planned > 0 ? own / planned : null
  const rest = sum(groups.map(({ number, weight }) => weight * number)) - planned
  return rest > 0 ? (total - own) / rest : null
}

/**
 * Return what follows, by path, in base units.
 *
 * @param {Sizes} sizes
 * @param {Record<string, number>} given
 * @param {number | null} total
 * @param {Follows} follows
 * @returns {Record<string, number>}
 */
export function scaled(sizes, given, total, follows) {
  const factor = factorOf(sizes, given, total)
  if (factor === null || !(factor >= 0)) return {}
  /** @type {Record<string, number>} */
  const found = {}
  const others = sizes.groups.filter(({ path }) => !(path in given))
  if (total !== null) {
    const shares = split(total - sum(sizes.groups.map(({ path }) => given[path] ?? 0)), others.map(({ number }) => number))
    others.forEach(({ path }, k) => (found[path] = shares[k]))
  } else if (follows.groups) for (const one of others) found[one.path] = times(one, factor)
  const whole = wholeFactor(sizes, { ...given, ...found })
  const all = PARTS.flatMap((part) => sizes[part])
  for (const part of /** @type {const} */ (['coming', 'targets', 'capacity']))
    // A number that somebody gives holds at all dates.
    if (follows[part]) for (const one of sizes[part]) if (!(one.path in given) && !(one.base !== null && one.base in given)) found[one.path] = times(one, whole)
  for (const { path, number } of all) if (found[path] === number) delete found[path]
  // Where it is another at first, what it becomes is said as well, or it would be as at first.
  for (const one of all) if (one.base !== null && one.base in found && !(one.path in given)) found[one.path] ??= one.number
  return found
}

/**
 * How many times as many clients there are in all.
 *
 * @param {Sizes} sizes
 * @param {Record<string, number>} set
 */
export function wholeFactor({ groups }, set) {
  const planned = sum(groups.map(({ number, weight }) => weight * number))
  return planned > 0 ? sum(groups.map(({ path, number, weight }) => weight * (set[path] ?? number))) / planned : 1
}

/**
 * Split a whole number as others are to each other, into whole numbers that add up to it.
 *
 * @param {number} whole
 * @param {number[]} as
 */
export function split(whole, as) {
  const all = sum(as)
  const exact = as.map((one) => (all > 0 ? (whole * one) / all : 0))
  const found = exact.map(Math.floor)
  const left = Math.round(whole - sum(found))
  const byRest = exact.map((one, k) => [one - found[k], k]).sort((a, b) => b[0] - a[0] || a[1] - b[1])
  for (const [, k] of byRest.slice(0, left)) found[k] += 1
  return found
}

/**
 * @param {Sized} sized
 * @param {number} factor
 */
function times({ number, kind, one }, factor) {
  if (number === 0) return 0
  const found = number * factor
  // Of what there was one, there is one at least; posts go by tenths.
  if (kind === 'count') return number > 0 ? Math.max(1, Math.round(found)) : Math.round(found)
  if (kind === 'real') return Math.round(found)
  if (kind === 'number') return Math.max(0.1, Math.round(10 * found) / 10)
  return inBaseUnits(Number((found / one).toPrecision(3)), { kind, one })
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((all, one) => all + one, 0)
}
