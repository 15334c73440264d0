// The charts of a page: those of the plan at once, and beside them those of what a reader tries, once anybody looks.
import { isTooLarge, made, tellFault, the } from './elements.mjs'
import { Losses } from './losses.mjs'
import { sizeOfText } from './shapes.mjs'
import { OverTime, SHORT, fullest, meanOver } from './over_time.mjs'

/** How long after the last move, and between looks whether the levers have their answer, in milliseconds. */
const AFTER = 250
/** So many units overbooked on average are worth a word. */
const FEW_UNITS = 0.05
/** How wide a chart over time is at least, in letters. */
const NARROW = 22
/** How wide a chart of losses is at most, in letters. */
const MOST_WIDE = 30
/** How far apart charts are, in pixels. */
const GAP = 32
/** Of a stage or a resource that one of two plans does not have. @type {Series} */
const NOTHING = { mean: [], low: [], high: [] }

/** @typedef {import('./elements.mjs').Setup} Setup */
/** @typedef {import('./over_time.mjs').Series} Series */
/** @typedef {import('../../portable/model.mjs').Answer} Answer */

/**
 * What the charts show of a plan.
 *
 * @typedef {object} Charted
 * @property {string[]} marks The dates that open and close its months.
 * @property {Map<string, Series>} waits By the name of the stage.
 * @property {Map<string, Series>} use By the name of the resource.
 * @property {Map<string, import('./losses.mjs').Counts>} dropOuts By the name of the question.
 */

export class Charts {
  #setup
  #model
  #speaker
  #workbench
  #losses
  #overTime
  /** @type {Charted} */
  #plan
  /** @type {Charted[]} The plan and what is tried, of the same runs; nothing where nothing is tried. */
  #pair = []
  #isSeen = false
  #asked = 0
  /** @type {import('../../portable/model.mjs').Run<Answer[]> | undefined} */
  #run
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  #width = 0

  /**
   * @param {Setup} setup
   * @param {import('../../portable/model.mjs').Model} model
   * @param {import('./elements.mjs').Speaker} speaker
   * @param {import('./workbench.mjs').Workbench} workbench
   */
  constructor(setup, model, speaker, workbench) {
    this.#setup = setup
    this.#model = model
    this.#speaker = speaker
    this.#workbench = workbench
    this.#losses = new Losses(speaker, (stage) => this.#nameOf('stages', stage))
    this.#overTime = new OverTime(speaker)
    const { waits, use, drop_outs: dropOuts } = setup.charted
    const byName = (/** @type {Record<string, Series>} */ series) => new Map(Object.entries(series))
    const counts = Object.entries(dropOuts).map(([name, cells]) => /** @type {[string, Map<string, number>]} */ ([name, new Map(Object.entries(cells))]))
    this.#plan = { marks: model.description.marks, waits: byName(waits), use: byName(use), dropOuts: new Map(counts) }
    speaker.whenTaken(() => this.#draw())
    workbench.whenMoved(() => this.#askSoon())
    addEventListener('beforeprint', () => this.#open())
    the('losses').hidden = Object.keys(setup.charted.shown).length === 0
    the('over-time').hidden = this.#plan.waits.size + this.#plan.use.size === 0
    const place = the('losses').hidden ? the('over-time-charts') : the('losses-charts')
    this.#width = place.clientWidth
    this.#draw()
    new ResizeObserver(() => {
      if (place.clientWidth === this.#width) return
      this.#width = place.clientWidth
      this.#draw()
    }).observe(place)
    // What is tried is run for who looks at it.
    const observer = new IntersectionObserver((found) => {
      if (!found.some(({ isIntersecting }) => isIntersecting)) return
      observer.disconnect()
      this.#isSeen = true
      this.#askSoon()
    })
    for (const name of ['losses', 'over-time']) observer.observe(the(name))
  }

  /** Whether the charts show what is set. */
  get isDone() {
    return this.#timer === undefined && this.#run === undefined
  }

  /** What is shown: of the plan, and of what is tried. */
  get shown() {
    return this.#pair.length ? this.#pair : [this.#plan]
  }

  #askSoon() {
    if (!this.#isSeen) return
    clearTimeout(this.#timer)
    this.#run?.stop()
    this.#timer = setTimeout(() => void this.#ask(), AFTER)
  }

  async #ask() {
    const mine = ++this.#asked
    const { set, variant } = this.#workbench
    if (Object.keys(set).length === 0 && variant === '') {
      this.#timer = this.#run = undefined
      this.#pair = []
      return this.#draw()
    }
    // The answer at the levers comes first.
    if (!this.#workbench.isDone) return this.#askSoon()
    const { seed, fixed, charted } = this.#setup
    const question = { seed, fixed, replications: charted.followed, months: true }
    try {
      this.#run = this.#model.compare(question, { ...question, set, variant })
      this.#timer = undefined
      const answers = await this.#run.done
      if (mine !== this.#asked) return
      this.#run = undefined
      if (answers.some(({ replications }) => replications < charted.followed)) return
      this.#pair = answers.map((answer, which) => chartedOf(answer, this.#model.describe(which ? variant : '')))
      this.#draw()
    } catch (fault) {
      if (mine !== this.#asked) return
      this.#timer = this.#run = undefined
      // What cannot be is said at the levers.
      if (!(fault instanceof RangeError) && !isTooLarge(fault, this.#setup)) tellFault(fault, this.#speaker.said.words)
    }
  }

  // ---------------------------------------------------------------------------------------------- Drawing

  #draw() {
    if (this.#width === 0) return
    this.#drawLosses()
    this.#drawOverTime()
  }

  #drawLosses() {
    const { charted } = this.#setup
    const { questions } = this.#speaker.said.description
    const place = the('losses-charts')
    const open = new Set([...place.querySelectorAll(':scope > details')].flatMap((one) => (/** @type {HTMLDetailsElement} */ (one).open ? /** @type {HTMLElement} */ (one).dataset.question ?? '' : [])))
    const isFirst = place.childElementCount === 0
    const runs = this.#speaker.numbers.number(charted.followed, 0)
    the('losses-of').textContent = this.#speaker.say(this.#pair.length ? 'charts_of_pair' : 'charts_of_plan', { runs })
    const shown = Object.values(charted.shown).flatMap((name, order) => {
      const question = questions.find((one) => one.name === name)
      if (question === undefined) return []
      const told = { ...question, kind: charted.kinds[name], state: name in charted.states ? this.#speaker.state(charted.states[name]) : '' }
      const counts = this.shown.map(({ dropOuts }) => dropOuts.get(name) ?? new Map())
      const { finding, content } = this.#losses.of(told, counts, Math.min(this.#width, MOST_WIDE * sizeOfText()))
      const reading = question.reads === null ? '' : ` ${this.#speaker.say('losses_reading', { reading: question.reads })}`
      const details = made(
        'details',
        { 'data-question': name },
        made('summary', {}, made('span', { class: 'name' }, question.says), made('span', { class: 'finding' }, finding)),
        made('p', { class: 'soft' }, `${this.#speaker.say('losses_bound', { bound: this.#speaker.said.charts.bounds[name] })}${reading}`),
        ...content,
      )
      details.open = isFirst ? order === 0 : open.has(name)
      return details
    })
    place.replaceChildren(...shown)
  }

  #drawOverTime() {
    const { numbers } = this.#speaker
    const runs = numbers.number(this.#pair.length ? this.#setup.charted.followed : this.#setup.charted.runs, 0)
    the('over-time-of').textContent = this.#speaker.say(this.#pair.length ? 'charts_of_pair' : 'charts_of_plan', { runs })
    const most = Math.max(1, Math.min(3, Math.floor((this.#width + GAP) / (NARROW * sizeOfText() + GAP))))
    // Of four, none is left alone.
    const columnsOf = (/** @type {number} */ count) => (count === 4 && most === 3 ? 2 : most)
    const roomFor = (/** @type {number} */ count) => ({ months, width: Math.floor((this.#width - GAP * (columnsOf(count) - 1)) / columnsOf(count)) })
    // What is tried may last longer.
    const marks = this.shown.map((one) => one.marks).reduce((one, other) => (other.length > one.length ? other : one))
    const months = this.#overTime.months(marks)
    const grid = (/** @type {Element[]} */ figures) => {
      const found = made('div', { class: 'grid' }, ...figures)
      found.style.gridTemplateColumns = `repeat(${columnsOf(figures.length)}, minmax(0, 1fr))`
      return found
    }
    const isOver = (/** @type {Series[]} */ series, /** @type {number} */ bound) => series.some(({ high }) => high.some((number) => number !== null && number >= bound))
    const waits = this.#seriesOf('waits', 'stages').filter(({ name }) => !this.#setup.charted.drawing.includes(name))
    const long = waits.filter(({ series }) => isOver(series, SHORT))
    const short = waits.filter((one) => !long.includes(one)).map(({ says }) => says)
    const use = this.#seriesOf('use', 'resources')
    const content = /** @type {Element[]} */ ([])
    if (waits.length) {
      content.push(made('h3', {}, this.#speaker.say('over_time_waits')))
      content.push(grid(long.map(({ says, series }) => this.#overTime.figure(this.#mostOf('wait', says, series, months), series, 'duration', roomFor(long.length)))))
      if (short.length) content.push(made('p', { class: 'soft' }, this.#speaker.say('waits_short', { stages: this.#joined(short) })))
    }
    if (use.length) {
      content.push(made('h3', {}, this.#speaker.say('over_time_use')))
      content.push(grid(use.map(({ says, series }) => this.#overTime.figure(this.#mostOf('use', says, series, months), series, 'share', roomFor(use.length)))))
      for (const { says, series } of use) {
        const beyond = meanOver(series[series.length - 1].overbooked ?? [])
        if (beyond >= FEW_UNITS) content.push(made('p', { class: 'soft' }, `${says}: ${this.#speaker.say('support_overbooked', { left_out: numbers.number(beyond, 1) })}`))
      }
    }
    the('over-time-charts').replaceChildren(...content)
  }

  /**
   * What is shown of each stage or resource of which the plan, or what is tried, has numbers.
   *
   * @param {'waits' | 'use'} what
   * @param {'stages' | 'resources'} of
   */
  #seriesOf(what, of) {
    const names = [...new Set(this.shown.flatMap((one) => [...one[what].keys()]))]
    return names.map((name) => ({ name, says: this.#nameOf(of, name), series: this.shown.map((one) => one[what].get(name) ?? NOTHING) }))
  }

  /** What a stage or a resource is called. @param {'stages' | 'resources'} of @param {string} name */
  #nameOf(of, name) {
    const { description } = this.#speaker.said
    const variant = this.#model.variants.has(this.#workbench.variant) ? this.#workbench.variant : ''
    const known = [description, this.#model.variants.described(variant, this.#speaker.language, description)]
    return known.flatMap((one) => one[of]).find((one) => one.name === name)?.says ?? name
  }

  /**
   * The finding of a chart over time.
   *
   * @param {'wait' | 'use'} what
   * @param {string} name
   * @param {Series[]} series
   * @param {string[]} months
   */
  #mostOf(what, name, series, months) {
    const { numbers } = this.#speaker
    const written = (/** @type {number | null | undefined} */ number) =>
      what === 'wait' ? numbers.measure(number ?? NaN, 'duration') : numbers.measure(Math.round(100 * (number ?? NaN)) / 100, 'share')
    const [plan, now] = [series[0], series[series.length - 1]]
    const [then, most] = [fullest(plan), fullest(now)]
    const over = (/** @type {Series} */ { mean, full }) => ({ mean: written(meanOver(mean)), full: written(meanOver(full ?? [])) })
    const parts = { name, month: months[most] ?? '–', most: written(now.mean[most]), ...over(now) }
    const before = { plan_month: months[then] ?? '–', plan: written(plan.mean[then]), plan_mean: over(plan).mean, plan_full: over(plan).full }
    return this.#speaker.say(`over_time_${what}_${series.length > 1 ? 'tried' : 'most'}`, { ...parts, ...before })
  }

  /** @param {string[]} names */
  #joined(names) {
    return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${this.#speaker.say('and')} ${names[names.length - 1]}`
  }

  /** On paper nothing can be opened. What was closed is so again afterwards, also where it was drawn anew. */
  #open() {
    const all = () => /** @type {NodeListOf<HTMLDetailsElement>} */ (the('losses-charts').querySelectorAll(':scope > details'))
    const closed = new Set([...all()].flatMap((one) => (one.open ? [] : [one.dataset.question])))
    for (const one of all()) one.open = true
    addEventListener('afterprint', () => all().forEach((one) => (one.open = !closed.has(one.dataset.question))), { once: true })
  }
}

/**
 * @param {Answer} answer
 * @param {import('../../portable/model.mjs').Description} description Of what was run.
 * @returns {Charted}
 */
function chartedOf(answer, { marks, stages, resources }) {
  const { waits, use, full, overbooked } = answer.bands()
  const known = (/** @type {{ name: string }[]} */ names, /** @type {import('../../portable/model.mjs').Band[]} */ bands) =>
    new Map(names.flatMap(({ name }, place) => (bands[place].mean.every(Number.isNaN) ? [] : [/** @type {[string, Series]} */ ([name, seriesOf(bands[place])])])))
  const ofResources = known(resources, use)
  resources.forEach(({ name }, place) => {
    const own = ofResources.get(name)
    if (own) Object.assign(own, { full: seriesOf(full[place]).mean, overbooked: seriesOf(overbooked[place]).mean })
  })
  return { marks, waits: known(stages, waits), use: ofResources, dropOuts: answer.dropOuts() }
}

/** @param {import('../../portable/model.mjs').Band} band @returns {Series} */
function seriesOf({ mean, low, high }) {
  const plain = (/** @type {Float64Array} */ numbers) => Array.from(numbers, (number) => (Number.isNaN(number) ? null : number))
  return { mean: plain(mean), low: plain(low), high: plain(high) }
}
