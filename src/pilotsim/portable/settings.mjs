// What may be set in a flow: what a flow file could say as well, as `bounds.py` describes it.

/** What rounding may add to a share that a shared value multiplies. */
const ROUNDING = 1e-9

/**
 * What values may only be together.
 *
 * @typedef {object} Together
 * @property {{ says: string, from: string | null, paths: string[], has_rest: boolean, slack: number }[]} together Shares that add up to one
 *   whole, or with a rest to no more; from each date at which they change.
 * @property {{ says: string, values: { path: string, least: number | null, most: number | null }[] }[]} rising None of them is less than the
 *   one before, over their whole ranges; null for what follows other values.
 * @property {{ path: string, by: string, by_most: number, forms: { path: string, most: number }[] }[]} scaled Shares that a shared value
 *   multiplies: what each is, and becomes, stays below one whole.
 * @property {{ stage: string, next: string[], times: string | null, parts: string[][] }[]} lengths Of which values the length of each stage
 *   is made: no client may go round without time passing.
 */

/** Holds what is set against what a file could say. */
export class Settings {
  #flow
  #description
  /** @type {Map<string, number>} The slot of each value of the flow, by its path. */
  #slots

  /**
   * @param {import('./pilotsim.mjs').Flow} flow
   * @param {import('./model.mjs').Description} description
   */
  constructor(flow, description) {
    this.#flow = flow
    this.#description = description
    this.#slots = new Map(flow.names.values.map((path, slot) => [path, slot]))
    /** @type {Map<string, import('./model.mjs').Value>} What can be set, by path. */
    this.values = new Map(description.values.map((value) => [value.path, value]))
  }

  /**
   * Refuse what the file could not say: a run would be of no flow at all.
   *
   * @param {Record<string, number>} set
   */
  check(set) {
    if (Object.keys(set).length === 0) return
    for (const [path, number] of Object.entries(set)) this.#checkOne(path, number)
    const written = this.#flow.written(set)
    /** @type {(path: string) => number} */
    const numberOf = (path) => written[this.#slots.get(path) ?? -1]
    // What is set, with what that becomes from dates on.
    const isSet = new Set(Object.keys(set).flatMap((path) => [path, ...(this.values.get(path)?.becomes ?? [])]))
    this.#checkSums(numberOf)
    this.#checkRising(numberOf, isSet)
    this.#checkScaled(set, isSet)
    this.#checkCircles(numberOf, isSet)
  }

  /**
   * @param {string} path
   * @param {number} number
   */
  #checkOne(path, number) {
    const value = this.values.get(path)
    if (value === undefined) throw new RangeError(`the flow has no value '${path}' that can be set here`)
    const isNumber = value.kind === 'count' ? Number.isSafeInteger(number) : Number.isFinite(number)
    const { least, most, above } = value
    if (!isNumber || number < (least ?? -Infinity) || number > (most ?? Infinity) || number <= (above ?? -Infinity))
      throw new RangeError(`'${path}' cannot be ${number}`)
  }

  /** @param {(path: string) => number} numberOf */
  #checkSums(numberOf) {
    for (const { says, from, paths, has_rest: hasRest, slack } of this.#description.together) {
      const total = paths.reduce((sum, path) => sum + numberOf(path), 0)
      if (total <= 1 + slack && (hasRest || total >= 1 - slack)) continue
      const since = from === null ? '' : ` from ${from}`
      throw new RangeError(`${says}: the shares add up to ${Number((100 * total).toPrecision(4))} %${since}`)
    }
  }

  /**
   * @param {(path: string) => number} numberOf
   * @param {Set<string>} isSet
   */
  #checkRising(numberOf, isSet) {
    for (const { says, values } of this.#description.rising) {
      const ends = values.map(({ path, least, most }) => {
        if (!isSet.has(path) && least !== null && most !== null) return [least, most]
        return [numberOf(path), numberOf(path)]
      })
      if (ends.some(([least], k) => k > 0 && ends[k - 1][1] > least))
        throw new RangeError(`${says}: the shortest comes first and the longest last, over their whole ranges`)
    }
  }

  /**
   * @param {Record<string, number>} set
   * @param {Set<string>} isSet
   */
  #checkScaled(set, isSet) {
    for (const { path, by, by_most: byMost, forms } of this.#description.scaled) {
      // What is set itself is scaled no more.
      if (path in set) continue
      const most = Math.max(...forms.map((form) => (isSet.has(form.path) ? set[form.path] : form.most)))
      if (most * (set[by] ?? byMost) > 1 + ROUNDING) throw new RangeError(`'${path}' may become more than 100 % where '${by}' is high`)
    }
  }

  /**
   * @param {(path: string) => number} numberOf
   * @param {Set<string>} isSet
   */
  #checkCircles(numberOf, isSet) {
    /** @type {(path: string) => boolean} */
    const isZero = (path) => {
      const value = this.values.get(path)
      const stands = isSet.has(path) || value === undefined || (!(Number(value.low) < Number(value.high)) && value.becomes.length === 0)
      return stands && numberOf(path) === 0
    }
    const { lengths } = this.#description
    const instant = lengths.filter(({ times, parts }) => (times !== null && isZero(times)) || parts.every((part) => part.every(isZero)))
    const next = new Map(instant.map((one) => [one.stage, one.next]))
    for (const start of next.keys()) {
      const reached = new Set(next.get(start))
      for (const stage of reached) for (const after of next.get(stage) ?? []) reached.add(after)
      if (reached.has(start)) throw new RangeError(`stages.${start}.next: clients can go round without time passing`)
    }
  }
}
