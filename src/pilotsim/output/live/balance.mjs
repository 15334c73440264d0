// What must balance: who is there with who comes and leaves, what is used with what is, what is aimed at with how many there are.
//
// `balance.py` says what belongs together; here it is worked out from the numbers that a reader fills in, without any run.

/** @typedef {[number, string][]} Weighted A sum of values, each with how much it counts. */
/** @typedef {(path: string) => number} NumberOf */

/**
 * The clients of a group without the programme: states, and clocks between them.
 *
 * @typedef {object} Chain
 * @property {number} home
 * @property {number[]} counted 1 for a state that is counted, else 0.
 * @property {{ from: number, to: number, rates: string[], factors: Record<string, string | Record<string, string> | null> }[]} clocks
 * @property {[number, string | null][]} places
 * @property {string} stock
 * @property {string | null} arrivals
 *
 * @typedef {{ normal: string[] } | { categories: Record<string, string> } | { shares: Record<string, { stock: string, arrivals: string }> }} Trait
 * @typedef {{ home: string, groups: Record<string, Chain>, traits: Record<string, Trait>, nodes: [number, number][] }} Stock
 *
 * @typedef {object} StageData
 * @property {{ mean: Weighted, working: boolean }[]} parts
 * @property {string | null} times
 * @property {[string, string | null][]} next
 * @property {{ rates: string[], factor: number, to: string }[]} clocks
 * @property {{ of: string[], units: string }[]} needs
 *
 * @typedef {object} Balance
 * @property {[number, number]} days From which day of the run to which anything is measured.
 * @property {number} run Days of the run.
 * @property {number} per_working_day Days for each working day.
 * @property {Stock[]} stocks
 * @property {{ group: string, stage: string, stock: string, arrivals: string }[]} stays
 * @property {Record<string, StageData>} stages
 * @property {{ group: string, stage: string, stock: string, is_at_home: boolean, rates: Weighted }[]} entries
 * @property {{ stage: string, from: string[], groups: string[], openings: number, admits: string | null }[]} draws
 * @property {Record<string, { units: Weighted, each: string | null }>} resources
 * @property {{ target: string, reading: string | null, path: string, is_change: boolean, groups: string[] }[]} targets
 */

/** How far a stock may drift, as a share of what it is at the start: as in the notices of the program. */
export const MOST_DRIFT = 0.15
/** What may be left out of the number of moves in a run. */
const LEFT_OUT = 1e-12
const MAX_MOVES = 20_000
/** Of how many chains it is kept what they come to: what a reader sets is seldom how fast a clock runs. */
const MAX_KEPT = 64
/** How many stages a client is followed through at most: who goes round for longer is counted too little, never too much. */
const MAX_STEPS = 200
const HOME = 'starts_in'

/**
 * A stock that does not stay as it is: what it becomes, and what would hold it.
 *
 * @typedef {object} Drift
 * @property {string[]} groups
 * @property {number} before How many there are.
 * @property {number} after How many there would be in the end, with as many coming.
 * @property {number} coming How many come per day.
 * @property {number} holds How many would have to come per day.
 * @property {number} stay How long each stays in all for the stock to hold with those who come: before / coming, in days.
 * @property {number} stays How long each stays as the numbers are: before / holds, in days.
 */

/**
 * Return how each stock drifts without the programme; with no numbers where its clocks run too fast for that to be told.
 *
 * @param {Balance} balance
 * @param {NumberOf} numberOf
 * @returns {Drift[]}
 */
export function drifts(balance, numberOf) {
  const found = balance.stocks.map((stock) => driftOf(stock, numberOf, balance.days))
  for (const { group, stage, stock, arrivals } of balance.stays) {
    const [before, coming] = [numberOf(stock), numberOf(arrivals)]
    const stays = stayIn(balance, stage, numberOf)
    if (!(stays > 0) || !Number.isFinite(stays)) continue
    found.push({ groups: [group], before, after: coming * stays, coming, holds: before / stays, stay: before / coming, stays })
  }
  return found
}

/**
 * @param {Stock} stock
 * @param {NumberOf} numberOf
 * @param {[number, number]} days
 * @returns {Drift}
 */
function driftOf(stock, numberOf, days) {
  let [before, left, gained, coming] = [0, 0, 0, 0]
  const groups = Object.keys(stock.groups)
  for (const [name, chain] of Object.entries(stock.groups)) {
    const found = solved(stock, chain, numberOf, days)
    if (found === null) return { groups, before: NaN, after: NaN, coming: NaN, holds: NaN, stay: NaN, stays: NaN }
    const { counted, stayed } = found
    const places = placesOf(chain, numberOf)
    const ofStock = weightsOf(stock, name, 'stock', numberOf)
    const there = numberOf(chain.stock)
    // What is there at the first of both days; at the very start all are where they begin.
    const at = days.map((day, k) =>
      day === 0 ? dot(places, chain.counted) : ofStock.reduce((sum, weight, row) => sum + weight * dot(places, counted[k][row]), 0),
    )
    before += there * at[0]
    left += there * at[1]
    if (chain.arrivals === null) continue
    const ofComing = weightsOf(stock, name, 'arrivals', numberOf)
    const each = stayed.map((rows) => ofComing.reduce((sum, weight, row) => sum + weight * rows[row][chain.home], 0))
    const rate = numberOf(chain.arrivals)
    coming += rate
    before += rate * each[0]
    left += rate * each[0]
    gained += rate * (each[1] - each[0])
  }
  const holds = gained > 0 ? (coming * (before - left)) / gained : NaN
  return { groups, before, after: left + gained, coming, holds: Math.max(0, holds), stay: before / coming, stays: before / holds }
}

/**
 * How likely a client is counted after so many days, and the integral of this: by day, combination of traits and first state.
 *
 * @param {Stock} stock
 * @param {Chain} chain
 * @param {NumberOf} numberOf
 * @param {[number, number]} days
 */
function solved(stock, chain, numberOf, days) {
  const points = Object.values(stock.traits).map((trait) => pointsOf(trait, stock.nodes, numberOf))
  const rows = combinations(points)
  const names = Object.keys(stock.traits)
  const size = chain.counted.length
  const rates = rows.map((row) => {
    const matrix = Array.from({ length: size }, () => new Float64Array(size))
    for (const { from, to, rates, factors } of chain.clocks) {
      if (from === to) continue
      let speed = rates.reduce((product, path) => product * numberOf(path), 1)
      for (const [trait, factor] of Object.entries(factors)) speed *= factorAt(factor, trait === 'group' ? null : row[names.indexOf(trait)], numberOf)
      matrix[from][to] += speed
    }
    return matrix
  })
  const key = [rates.map((matrix) => matrix.map((row) => row.join()).join(';')).join('/'), chain.counted.join(), days.join()].join('|')
  const known = kept.get(key)
  if (known !== undefined) return known
  const found = uniformised(rates, chain.counted, days)
  if (kept.size >= MAX_KEPT) kept.delete([...kept.keys()][0])
  kept.set(key, found)
  return found
}

/** @type {Map<string, ReturnType<typeof uniformised>>} What chains come to, by their rates. */
const kept = new Map()

/**
 * Null where clocks run too fast for it to be worked out.
 *
 * @param {Float64Array[][]} rates By combination, from state to state per day.
 * @param {number[]} counted
 * @param {[number, number]} days
 */
function uniformised(rates, counted, days) {
  const leaving = rates.map((matrix) => matrix.map((row) => row.reduce((sum, one) => sum + one, 0)))
  const fastest = Math.max(1e-9, ...leaving.flat())
  const moves = days.map((day) => fastest * day)
  const furthest = Math.max(...moves)
  if (!(furthest <= MAX_MOVES)) return null
  let here = rates.map(() => Float64Array.from(counted))
  const empty = () => days.map(() => rates.map(() => new Float64Array(counted.length)))
  const [atEnd, overTime] = [empty(), empty()]
  const logarithm = moves.map((one) => -one)
  const reached = days.map(() => 0)
  const most = Math.floor(furthest + 12 * Math.sqrt(furthest) + 40)
  for (let number = 0; number < most; number++) {
    days.forEach((_, k) => {
      const weight = Math.exp(logarithm[k])
      reached[k] += weight
      const rest = Math.max(0, 1 - reached[k]) / fastest
      here.forEach((row, c) =>
        row.forEach((one, state) => {
          atEnd[k][c][state] += weight * one
          overTime[k][c][state] += rest * one
        }),
      )
      logarithm[k] += Math.log(moves[k]) - Math.log(number + 1)
    })
    if (number > furthest && reached.every((one) => 1 - one < LEFT_OUT)) break
    here = here.map((row, c) => row.map((one, state) => (1 - leaving[c][state] / fastest) * one + dot(rates[c][state], row) / fastest))
  }
  return { counted: atEnd, stayed: overTime }
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function dot(a, b) {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k]
  return sum
}

/**
 * @param {string | Record<string, string> | null} factor
 * @param {string | number | null} point
 * @param {NumberOf} numberOf
 */
function factorAt(factor, point, numberOf) {
  if (factor === null) return 1
  if (typeof factor === 'object') return typeof point === 'string' && point in factor ? numberOf(factor[point]) : 1
  if (point === null) return numberOf(factor)
  return numberOf(factor) ** Number(point)
}

/** @param {Trait} trait @param {[number, number][]} nodes @param {NumberOf} numberOf @returns {(string | number)[]} */
function pointsOf(trait, nodes, numberOf) {
  if ('categories' in trait) return Object.keys(trait.categories)
  if (!('normal' in trait)) return [0, 1]
  const [mean, deviation] = trait.normal.map(numberOf)
  return nodes.map(([node]) => mean + deviation * Math.SQRT2 * node)
}

/** @param {(string | number)[][]} points */
function combinations(points) {
  return points.reduce((rows, own) => rows.flatMap((row) => own.map((one) => [...row, one])), /** @type {(string | number)[][]} */ ([[]]))
}

/**
 * @param {Stock} stock
 * @param {string} group
 * @param {'stock' | 'arrivals'} origin
 * @param {NumberOf} numberOf
 */
function weightsOf({ traits, nodes }, group, origin, numberOf) {
  let found = [1]
  for (const trait of Object.values(traits)) {
    const own = 'normal' in trait ? nodes.map(([, weight]) => weight) : sharesOf(trait, group, origin, numberOf)
    found = found.flatMap((weight) => own.map((one) => weight * one))
  }
  return found
}

/**
 * @param {Exclude<Trait, { normal: string[] }>} trait
 * @param {string} group
 * @param {'stock' | 'arrivals'} origin
 * @param {NumberOf} numberOf
 */
function sharesOf(trait, group, origin, numberOf) {
  if ('shares' in trait) {
    const share = numberOf(trait.shares[group][origin])
    return [1 - share, share]
  }
  const shares = Object.values(trait.categories).map(numberOf)
  const all = shares.reduce((sum, one) => sum + one, 0)
  return shares.map((one) => one / all)
}

/** @param {Chain} chain @param {NumberOf} numberOf */
function placesOf({ places, counted }, numberOf) {
  const found = counted.map(() => 0)
  const given = places.reduce((sum, [, share]) => sum + (share === null ? 0 : numberOf(share)), 0)
  for (const [state, share] of places) found[state] += share === null ? Math.max(0, 1 - given) : numberOf(share)
  const all = found.reduce((sum, one) => sum + one, 0)
  return found.map((one) => one / all)
}

// ---------------------------------------------------------------------------------------------- What is used

/**
 * What is used of something, or of several that stand in for each other.
 *
 * @typedef {object} Load
 * @property {string[]} of
 * @property {number} share How much of it is asked for on average over the run, of 1.
 * @property {number} units How much there is.
 * @property {number} needed How much it would take.
 */

/**
 * Return how much is asked for of what is scarce, on average over the run: by those who are there at the start and those who come or are drawn
 * in, as far as the run lasts. At least so much: nobody is followed for ever.
 *
 * @param {Balance} balance
 * @param {NumberOf} numberOf
 * @returns {Load[]}
 */
export function loads(balance, numberOf) {
  /** @type {Map<string, { of: string[], asked: number }>} */
  const asked = new Map()
  /** @type {(times: Map<string, { of: string[], time: number }>, rate: number, there: number) => void} */
  const add = (times, rate, there) => {
    for (const [key, { of, time }] of times) {
      if (!(time > 0)) continue
      // What of the time lies within the run: of who is there at first, and of who comes during it.
      const within = (time / balance.run) * (1 - Math.exp(-balance.run / time))
      const own = asked.get(key) ?? { of, asked: 0 }
      own.asked += rate * time * (1 - within) + there * within
      asked.set(key, own)
    }
  }
  for (const { stage, rates, stock, is_at_home: isAtHome } of balance.entries)
    add(heldFrom(balance, stage, stage, numberOf), weighted(rates, numberOf), isAtHome ? numberOf(stock) : 0)
  for (const { stage, groups, openings, admits } of balance.draws) {
    const own = balance.entries.filter(({ group }) => groups.includes(group))
    const there = own.reduce((sum, { stock, rates }) => sum + numberOf(stock) + weighted(rates, numberOf) * balance.run, 0)
    const most = admits === null ? Infinity : openings * numberOf(admits)
    const home = own[0]?.stage ?? ''
    add(heldFrom(balance, stage, home, numberOf), Math.min(there, most) / balance.run, 0)
  }
  return [...asked.values()].map(({ of, asked }) => {
    const [each] = of.map((name) => balance.resources[name]?.each ?? null)
    const one = each === null || each === undefined ? 1 : numberOf(each)
    const units = of.reduce((sum, name) => sum + weighted(balance.resources[name]?.units ?? [[NaN, '']], numberOf), 0)
    return { of, share: asked / (units * one), units, needed: asked / one }
  })
}

/**
 * Return for how long one who comes into a stage holds what is scarce, in all, by what it is.
 *
 * @param {Balance} balance
 * @param {string} first
 * @param {string} home Where its group starts: who is back there has to come in anew.
 * @param {NumberOf} numberOf
 */
function heldFrom(balance, first, home, numberOf) {
  /** @type {Map<string, { of: string[], time: number }>} */
  const held = new Map()
  let here = new Map([[first, 1]])
  for (let step = 0; step < MAX_STEPS && here.size; step++) {
    /** @type {Map<string, number>} */
    const next = new Map()
    for (const [name, part] of here) {
      const stage = balance.stages[name]
      if (stage === undefined) continue
      const { time, ways } = passage(balance, stage, numberOf)
      if (Number.isFinite(time))
        for (const { of, units } of stage.needs) {
          const own = held.get(of.join()) ?? { of, time: 0 }
          own.time += part * time * numberOf(units)
          held.set(of.join(), own)
        }
      for (const [to, share] of ways) {
        const place = to === HOME ? home : to
        if (place !== home && part * share > 1e-6) next.set(place, (next.get(place) ?? 0) + part * share)
      }
    }
    here = next
  }
  return held
}

/**
 * How long a client is in a stage on average, and where it goes on to: clocks run until its length is over.
 *
 * @param {Balance} balance
 * @param {StageData} stage
 * @param {NumberOf} numberOf
 * @returns {{ time: number, ways: [string, number][] }}
 */
function passage(balance, { parts, times, next, clocks }, numberOf) {
  const lengths = parts.map(({ mean, working }) => weighted(mean, numberOf) * (working ? balance.per_working_day : 1))
  // Of several, all of which must be over, the longest mean is the least that the whole can be.
  const length = parts.length ? Math.max(...lengths) * (times === null ? 1 : numberOf(times)) : Infinity
  const speeds = clocks.map(({ rates, factor }) => factor * rates.reduce((product, path) => product * numberOf(path), 1))
  const all = speeds.reduce((sum, one) => sum + one, 0)
  const finished = all > 0 ? Math.exp(-all * length) : Number.isFinite(length) ? 1 : 0
  const time = all > 0 ? (1 - finished) / all : length
  const given = next.reduce((sum, [, share]) => sum + (share === null ? 0 : numberOf(share)), 0)
  /** @type {[string, number][]} */
  const onward = next.map(([to, share]) => [to, finished * (share === null ? Math.max(0, 1 - given) : numberOf(share))])
  /** @type {[string, number][]} */
  const pulled = clocks.map(({ to }, k) => [to, all > 0 ? ((1 - finished) * speeds[k]) / all : 0])
  return { time, ways: [...onward, ...pulled].filter(([, share]) => share > 0) }
}

/** How long a client is in a stage on average, in days. @param {Balance} balance @param {string} stage @param {NumberOf} numberOf */
function stayIn(balance, stage, numberOf) {
  const own = balance.stages[stage]
  return own === undefined ? NaN : passage(balance, own, numberOf).time
}

/** @param {Weighted} sum @param {NumberOf} numberOf */
function weighted(sum, numberOf) {
  return sum.reduce((all, [weight, path]) => all + weight * numberOf(path), 0)
}

// ---------------------------------------------------------------------------------------------- What is aimed at

/**
 * A target that is a number of people, against how many there are.
 *
 * @typedef {object} Fit
 * @property {string} target
 * @property {string | null} reading
 * @property {string} path
 * @property {number} bound
 * @property {number} planned Of how many it is in the plan.
 * @property {number} people Of how many it is now.
 * @property {boolean} isPossible Whether so many can become fewer at all.
 */

/**
 * Return the targets that are as in the plan though the number of people that they are of is not, and those that cannot be met by any.
 *
 * @param {Balance} balance
 * @param {NumberOf} plannedOf
 * @param {NumberOf} numberOf
 * @returns {Fit[]}
 */
export function misfits(balance, plannedOf, numberOf) {
  /** @type {Fit[]} */
  const found = []
  for (const { target, reading, path, is_change: isChange, groups } of balance.targets) {
    const stocks = balance.entries.filter(({ group }) => groups.includes(group)).map(({ stock }) => stock)
    const [planned, people] = [plannedOf, numberOf].map((of) => stocks.reduce((sum, stock) => sum + of(stock), 0))
    const bound = numberOf(path)
    const isPossible = !isChange || -bound <= people
    const isAsPlanned = bound === plannedOf(path) && people !== planned && planned > 0 && bound !== 0
    if (!isPossible || isAsPlanned) found.push({ target, reading, path, bound, planned, people, isPossible })
  }
  return found
}
