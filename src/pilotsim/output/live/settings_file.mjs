// A file that a page has saved, or somebody has written: what is set, and which options are taken. What is wrong in it is told with its place.

import { recognised } from './decisions.mjs'
import { inBaseUnits } from './entered.mjs'

/** @typedef {import('../../portable/model.mjs').Value} Value */

/**
 * What a file is read against.
 *
 * @typedef {object} Known
 * @property {string} flow
 * @property {Map<string, Value>} values
 * @property {Record<string, string>} units What follows the number of a value in the file, by path.
 * @property {Record<string, Record<string, unknown>>} choices
 * @property {Record<string, string>} added What stands in the file beside prices, and is there already.
 * @property {import('./elements.mjs').Setup['written']} written What is set by options that the file does not have.
 */

/** What is wrong in a file: a phrase and its parts; the line, where it is known. */
export class SettingsFault extends Error {
  /**
   * @param {string} key
   * @param {Record<string, string>} parts
   * @param {number | null} line
   */
  constructor(key, parts = {}, line = null) {
    super(key)
    this.key = key
    this.parts = parts
    this.line = line
  }
}

/**
 * Read the text of such a file.
 *
 * @param {string} text
 * @param {Known} known
 * @returns {{ set: Record<string, number>, taken: Record<string, string> }} Numbers in base units.
 */
export function readSettings(text, known) {
  const saved = parsed(text)
  const lineOf = (/** @type {string} */ name) => lineWith(text, name)
  if (!isRecord(saved) || !isRecord(saved.set ?? {}) || !isRecord(saved.choose ?? {})) throw new SettingsFault('own_file_shape')
  if (saved.flow !== undefined && saved.flow !== known.flow) throw new SettingsFault('own_file_flow', { flow: String(saved.flow), own: known.flow }, lineOf('flow'))
  /** @type {Record<string, string>} */
  const taken = {}
  for (const [choice, option] of Object.entries(saved.choose ?? {})) {
    if (known.choices[choice] === undefined) throw new SettingsFault('own_file_choice', { choice }, lineOf(choice))
    if (known.choices[choice][String(option)] === undefined) throw new SettingsFault('own_file_option', { choice, option: String(option) }, lineOf(choice))
    taken[choice] = String(option)
  }
  const { taken: dated, rest } = recognised(known.written, saved.set ?? {})
  Object.assign(taken, dated)
  /** @type {Record<string, number>} */
  const set = {}
  for (const [path, found] of Object.entries(rest)) {
    if (known.added[path] === found) continue
    const value = known.values.get(path)
    if (value === undefined) throw new SettingsFault('own_file_path', { path }, lineOf(path))
    set[path] = numberOf(path, found, value, known.units[path] ?? '', lineOf(path))
  }
  return { set, taken }
}

/**
 * @param {string} path
 * @param {unknown} found
 * @param {Value} value
 * @param {string} unit
 * @param {number | null} line
 */
function numberOf(path, found, value, unit, line) {
  const match = /^\s*([-\u2212]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*(.*?)\s*$/i.exec(typeof found === 'number' || typeof found === 'string' ? String(found) : '')
  if (match === null) throw new SettingsFault('own_file_number', { path, found: JSON.stringify(found) }, line)
  // A number for another unit would be another number.
  if (plain(match[2]) !== plain(unit)) throw new SettingsFault('own_file_unit', { path, found: String(found), unit: `${Number(((value.number ?? value.one) / value.one).toPrecision(6))}${unit}` }, line)
  const number = inBaseUnits(Number(match[1].replace('\u2212', '-')), value)
  const { least, most, above, kind } = value
  const isOut = number < (least ?? -Infinity) || number > (most ?? Infinity) * (1 + 1e-12) || number <= (above ?? -Infinity)
  if (isOut || !Number.isFinite(number) || (kind === 'count' && !Number.isSafeInteger(number))) throw new SettingsFault('own_file_range', { path, found: String(found) }, line)
  return Math.min(number, most ?? Infinity)
}

/** A unit for one or for several. @param {string} unit */
function plain(unit) {
  return unit.trim().replace(/\s+/g, ' ').replace(/s$/, '')
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : ''
    const place = /position (\d+)/.exec(message)
    const end = place === null ? (/end of|Unterminated/i.test(message) ? text.length : null) : Number(place[1])
    throw new SettingsFault('own_file_json', {}, end === null ? null : text.slice(0, end).split('\n').length)
  }
}

/** @param {unknown} found @returns {found is Record<string, any>} */
function isRecord(found) {
  return typeof found === 'object' && found !== null && !Array.isArray(found)
}

/** @param {string} text @param {string} name */
function lineWith(text, name) {
  const line = text.split('\n').findIndex((one) => one.includes(JSON.stringify(name)))
  return line < 0 ? null : line + 1
}
