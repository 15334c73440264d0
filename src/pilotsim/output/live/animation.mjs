// One run as one sees it: clients as dots that go from stage to stage, while a clock runs. What it shows stands there in words and as a table.
import { Course } from './course.mjs'
import { dateOf, monthOf, writtenDate } from './dates.mjs'
import { isTooLarge, made, tellFault, the } from './elements.mjs'

/** How long a step takes, and how long a dot is on its way at least, in seconds. */
const STEP_TAKES = 0.6
const ON_ITS_WAY = 0.5
const WEEK = 7
/** How often numbers are written while it plays, in milliseconds; and how long a change of the setting is waited for. */
const EVERY = 100
const AFTER = 250
/** How far apart dots are at least and at most, and on how much of the map there would be room for all, in pixels. */
const [CLOSE, WIDE, DEEP] = [3.5, 8.5, 230]
/** So many stages of a row stand beside those of other rows; more have a row of their own. */
const BESIDE = 3
/** How wide the box of a stage is at least, in letters of the page. */
const LEAST_WIDE = 9

/** @typedef {import('./elements.mjs').Setup} Setup */

/**
 * Where the dots of a stage are, in pixels of the map: those who wait from `top` on, the others from `rest` on.
 *
 * @typedef {{ left: number, top: number, rest: number, across: number }} Yard
 */

export class Animation {
  #setup
  #model
  /** Which variant of the flow is shown; the flow itself by none. */
  #variant = ''
  #speaker
  #workbench
  /** @type {Course | undefined} */
  #course
  /** @type {Int32Array} The step of each client. */
  #at = new Int32Array(0)
  #moment = 0
  /** Where it stops by itself, in days; null where it plays on. @type {number | null} */
  #until = null
  #isPlaying = false
  /** How many days pass in a second; below 0 where it goes back. */
  #pace = 0
  /** How long before a moment what began is still on its way, in days. */
  #way = 0
  #last = 0
  #written = 0
  #asked = 0
  #isSeen = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** @type {Map<number, { yard: HTMLElement, count: HTMLElement }>} By stage. */
  #boxes = new Map()
  /** @type {(Yard | undefined)[]} By stage. */
  #yards = []
  #apart = WIDE
  #stillness = matchMedia('(prefers-reduced-motion: reduce)')

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
    const run = /** @type {HTMLInputElement} */ (the('see-run'))
    run.max = String(setup.replications)
    run.addEventListener('change', () => {
      run.value = String(Math.min(setup.replications, Math.max(1, Math.round(Number(run.value)) || 1)))
      this.#askSoon(0)
    })
    document.getElementById('see-world')?.addEventListener('change', () => this.#askSoon(0))
    the('see-play').addEventListener('click', () => (this.#isPlaying ? this.#rest() : this.#play()))
    for (const [name, step] of /** @type {[string, () => number][]} */ ([
      ['see-month-back', () => this.#mark(-1)],
      ['see-week-back', () => this.#moment - WEEK],
      ['see-week-on', () => this.#moment + WEEK],
      ['see-month-on', () => this.#mark(1)],
    ]))
      the(name).addEventListener('click', () => this.#goTo(step()))
    const slider = this.#slider
    slider.max = String(this.#horizon)
    slider.addEventListener('input', () => this.#show(Number(slider.value)))
    the('see-speed').addEventListener('change', () => this.#isPlaying && this.#play())
    the('see-table').addEventListener('toggle', () => this.#tell())
    speaker.whenTaken(() => this.#sayAgain())
    workbench.whenMoved(() => this.#askSoon(AFTER))
    this.#build()
    the('see').hidden = false
    new ResizeObserver(() => this.#layOut()).observe(the('see-map'))
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint())
    // Nobody waits for a run that nobody looks at.
    const observer = new IntersectionObserver(
      (found) => {
        if (!found.some(({ isIntersecting }) => isIntersecting)) return
        observer.disconnect()
        this.#isSeen = true
        this.#askSoon(0)
      },
      { rootMargin: '400px' },
    )
    observer.observe(the('see'))
  }

  /** The moment that is shown, in days from the start. */
  get moment() {
    return this.#moment
  }

  /** Whether it plays, or is on its way to where a step leads. */
  get isMoving() {
    return this.#isPlaying || this.#until !== null
  }

  /** The run that is shown; nothing before it has been seen. */
  get course() {
    return this.#course
  }

  get #slider() {
    return /** @type {HTMLInputElement} */ (the('see-moment'))
  }

  /** What is said of the flow that is shown, in the language that a reader has taken. */
  get #description() {
    return this.#model.variants.described(this.#variant, this.#speaker.language, this.#speaker.said.description)
  }

  get #horizon() {
    const { marks } = this.#description.frame
    return marks[marks.length - 1]
  }

  // ---------------------------------------------------------------------------------------------- The run

  /** @param {number} wait In milliseconds. */
  #askSoon(wait) {
    if (!this.#isSeen) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#ask(), wait)
  }

  async #ask() {
    const mine = ++this.#asked
    const { set, variant } = this.#workbench
    const world = /** @type {HTMLSelectElement | null} */ (document.getElementById('see-world'))
    const { seed, fixed } = this.#setup
    const replication = Number(/** @type {HTMLInputElement} */ (the('see-run')).value) - 1
    try {
      const journeys = await this.#model.journeys({ seed, fixed, set, variant, replication, offered: world?.value !== 'without' })
      if (mine !== this.#asked) return
      // A variant may last longer, or end before the moment that is shown.
      const isOther = variant !== this.#variant
      this.#variant = variant
      if (isOther) this.#build()
      this.#slider.max = String(this.#horizon)
      this.#moment = Math.min(this.#moment, this.#horizon)
      this.#course = new Course(journeys, this.#description.frame)
      const key = Object.keys(set).length || variant ? 'see_setting' : 'see_plan'
      the('see-setting').textContent = this.#speaker.say(key)
      the('see-setting').dataset.key = key
      this.#layOut()
    } catch (fault) {
      // What cannot be is said at the levers; here the run before it stays.
      if (mine === this.#asked && !(fault instanceof RangeError) && !isTooLarge(fault, this.#setup)) tellFault(fault, this.#speaker.said.words)
    }
  }

  // ---------------------------------------------------------------------------------------------- The clock

  /** The mark of a month next to where it stands. @param {1 | -1} side */
  #mark(side) {
    const { marks } = this.#description.frame
    const onward = side > 0 ? marks.find((mark) => mark > this.#moment) : marks.findLast((mark) => mark < this.#moment)
    return onward ?? this.#moment
  }

  #play() {
    if (this.#course === undefined) return
    if (this.#moment >= this.#horizon) this.#moment = 0
    const isMoving = this.isMoving
    this.#isPlaying = true
    this.#until = null
    this.#pace = Number(/** @type {HTMLSelectElement} */ (the('see-speed')).value)
    this.#way = ON_ITS_WAY * this.#pace
    the('see-says').setAttribute('aria-live', 'off')
    this.#button()
    if (!isMoving) this.#begin()
  }

  /** @param {number} moment In days. */
  #goTo(moment) {
    const to = Math.min(this.#horizon, Math.max(0, moment))
    if (this.#stillness.matches || this.#course === undefined || to === this.#moment) return this.#show(to)
    const isMoving = this.isMoving
    this.#isPlaying = false
    this.#button()
    this.#until = to
    this.#pace = (to - this.#moment) / STEP_TAKES
    this.#way = Math.abs(ON_ITS_WAY * this.#pace)
    if (!isMoving) this.#begin()
  }

  /** Show a moment, with all where they are then. @param {number} moment */
  #show(moment) {
    this.#moment = moment
    this.#rest()
  }

  /** Stand still, and say what there is to see. */
  #rest() {
    this.#isPlaying = false
    this.#until = null
    this.#way = 0
    this.#button()
    the('see-says').setAttribute('aria-live', 'polite')
    this.#tell()
    this.#paint()
  }

  #button() {
    the('see-play').textContent = this.#speaker.say(this.#isPlaying ? 'see_pause' : 'see_play')
  }

  #begin() {
    this.#last = performance.now()
    requestAnimationFrame((now) => this.#frame(now))
  }

  /** @param {number} now */
  #frame(now) {
    if (!this.isMoving) return
    const seconds = Math.min(0.25, Math.max(0, (now - this.#last) / 1000))
    if (this.#stillness.matches && this.#isPlaying) {
      // A week at once, and no faster than one can look.
      if (now - this.#last < 1000 * Math.max(0.5, WEEK / this.#pace)) return void requestAnimationFrame((next) => this.#frame(next))
      this.#way = 0
      this.#moment += WEEK
    } else this.#moment += seconds * this.#pace
    this.#last = now
    const end = this.#until ?? this.#horizon
    if (this.#pace > 0 ? this.#moment >= end : this.#moment <= end) return this.#show(end)
    if (now - this.#written >= EVERY) {
      this.#written = now
      this.#tell()
    }
    this.#paint()
    requestAnimationFrame((next) => this.#frame(next))
  }

  // ---------------------------------------------------------------------------------------------- In words

  /** Write the clock and how many are where; the sentence where it stands still. */
  #tell() {
    const { say, numbers } = this.#speech
    const day = Math.floor(this.#moment)
    const { marks } = this.#description.frame
    const months = String(marks.length - 1)
    const month = String(monthOf(day, marks))
    const date = writtenDate(dateOf(day, this.#description), this.#speaker.said.dates)
    const clock = say('see_clock', { date, month, months })
    the('see-clock').textContent = clock
    this.#slider.value = String(day)
    this.#slider.setAttribute('aria-valuetext', clock)
    if (this.#course === undefined) return
    const { here, waiting } = this.#course.counts(this.#moment)
    for (const [stage, { count }] of this.#boxes) {
      const text = waiting[stage]
        ? say('see_here_waiting', { count: numbers.number(here[stage], 0), waiting: numbers.number(waiting[stage], 0) })
        : numbers.number(here[stage], 0)
      if (count.textContent !== text) count.textContent = text
    }
    if (/** @type {HTMLDetailsElement} */ (the('see-table')).open) this.#fillTable(here, waiting)
    if (!this.isMoving) the('see-says').textContent = this.#sentence(date, here, waiting)
  }

  get #speech() {
    return { say: (/** @type {string} */ key, parts = {}) => this.#speaker.say(key, parts), numbers: this.#speaker.numbers }
  }

  /**
   * @param {string} date
   * @param {Int32Array} here
   * @param {Int32Array} waiting
   */
  #sentence(date, here, waiting) {
    const { say, numbers } = this.#speech
    /** @type {(counts: Int32Array) => { stage: string, count: string }} */
    const most = (counts) => {
      const stage = counts.indexOf(Math.max(...counts))
      return { stage: this.#description.stages[stage].says, count: numbers.number(counts[stage], 0) }
    }
    const sum = (/** @type {Int32Array} */ counts) => counts.reduce((all, one) => all + one, 0)
    const [all, waits] = [sum(here), sum(waiting)]
    if (!all) return say('see_nobody', { date })
    const first = say('see_says', { date, all: numbers.number(all, 0), ...most(here) })
    if (!waits) return `${first} ${say('see_none_waits')}`
    return `${first} ${say(waits === 1 ? 'see_one_waits' : 'see_waits', { all: numbers.number(waits, 0), ...most(waiting) })}`
  }

  /**
   * @param {Int32Array} here
   * @param {Int32Array} waiting
   */
  #fillTable(here, waiting) {
    const { numbers } = this.#speaker
    const { stages, frame } = this.#description
    const labels = ['see_here', 'see_of_them_wait'].map((key) => `${this.#speaker.say(key)}:`)
    const shown = [...this.#boxes.keys()].map((stage) =>
      made(
        'tr',
        { 'data-stage': stages[stage].name },
        made('th', { scope: 'row' }, stages[stage].says),
        made('td', { class: 'number', 'data-label': labels[0] }, numbers.number(here[stage], 0)),
        made('td', { class: 'number', 'data-label': labels[1] }, frame.queues[stage] ? numbers.number(waiting[stage], 0) : '–'),
      ),
    )
    the('see-rows').replaceChildren(...shown)
  }

  #sayAgain() {
    this.#build()
    this.#button()
    const setting = the('see-setting')
    if (setting.dataset.key) setting.textContent = this.#speaker.say(setting.dataset.key)
    this.#layOut()
  }

  // ---------------------------------------------------------------------------------------------- The map

  /** Make a box for each stage, in the rows of the map. */
  #build() {
    const { stages } = this.#description
    const places = new Map(stages.map(({ name }, stage) => [name, stage]))
    const known = new Set(this.#setup.stage_rows.flat())
    // A variant may have stages that the plan has not.
    const others = stages.map(({ name }) => name).filter((name) => !known.has(name))
    const rows = [...this.#setup.stage_rows.slice(0, -1), others, ...this.#setup.stage_rows.slice(-1)].map((names) => names.flatMap((name) => places.get(name) ?? []))
    this.#boxes = new Map()
    const box = (/** @type {number} */ stage) => {
      // Before a run is there nothing is counted; the space keeps the line.
      const count = made('span', { class: 'count' }, '\u00a0')
      const yard = made('div', { class: 'yard' })
      const head = made('div', { class: 'head' }, made('span', { class: 'name' }, stages[stage].says), count)
      this.#boxes.set(stage, { yard, count })
      return made('div', { class: 'box', 'data-stage': stages[stage].name }, head, yard)
    }
    // Short rows follow each other as words do in a line, with an arrow between them.
    the('see-boxes').replaceChildren(...rows.map((row) => made('div', { class: 'row' }, ...row.map(box))))
  }

  /** Give each stage as much room as it takes at its fullest, and find where that is. */
  #layOut() {
    const course = this.#course
    if (course === undefined) return
    this.#at = new Int32Array(course.clients).fill(-1)
    const map = the('see-map')
    const width = map.clientWidth
    this.#apart = Math.min(WIDE, Math.max(CLOSE, Math.sqrt((width * DEEP) / Math.max(1, course.present))))
    const apart = this.#apart
    for (const [stage, { yard }] of this.#boxes) {
      const most = course.most[2 * stage] + course.most[2 * stage + 1]
      const box = /** @type {HTMLElement} */ (yard.parentElement)
      // Whose box is emptier takes less of a row; where nobody comes in this run there is none.
      box.style.flexGrow = String(10 + most)
      box.hidden = most === 0
    }
    for (const row of /** @type {HTMLCollectionOf<HTMLElement>} */ (the('see-boxes').children)) {
      const boxes = /** @type {HTMLElement[]} */ ([...row.children]).filter(({ hidden }) => !hidden)
      row.hidden = boxes.length === 0
      const isWide = boxes.length > BESIDE
      row.classList.toggle('wide', isWide)
      row.style.flexGrow = String(boxes.reduce((sum, one) => sum + Number(one.style.flexGrow), 0))
      // As wide as its boxes are many, whatever is written in them: else all would move with every number.
      row.style.flexBasis = isWide ? '100%' : `${LEAST_WIDE * boxes.length}rem`
      const all = boxes.reduce((sum, one) => sum + Number(one.style.flexGrow), 0)
      // In a row of many a full stage has as large a part of the width as of the clients.
      for (const one of boxes) one.style.flexBasis = isWide ? `max(${LEAST_WIDE - 1.5}rem, ${Math.round((80 * Number(one.style.flexGrow)) / all)}%)` : `${LEAST_WIDE}rem`
      boxes.forEach((one, place) => one.classList.toggle('next', place === 0 && row.previousElementSibling !== null))
    }
    this.#yards = []
    const rows = [...this.#boxes].map(([stage, { yard }]) => {
      const across = Math.max(1, Math.floor(yard.clientWidth / apart))
      const waiting = Math.ceil(course.most[2 * stage] / across)
      const others = Math.ceil(course.most[2 * stage + 1] / across)
      return { stage, yard, across, waiting, others: Math.max(waiting ? 0 : 1, others) }
    })
    const gap = apart / 2
    for (const { yard, waiting, others } of rows) yard.style.height = `${(waiting + others) * apart + (waiting && others ? gap : 0)}px`
    const origin = map.getBoundingClientRect()
    for (const { stage, yard, across, waiting } of rows) {
      const { left, top } = yard.getBoundingClientRect()
      const y = top - origin.top
      this.#yards[stage] = { left: left - origin.left, top: y, rest: waiting ? y + waiting * apart + gap : y, across }
    }
    const canvas = /** @type {HTMLCanvasElement} */ (the('see-canvas'))
    const scale = devicePixelRatio || 1
    canvas.width = Math.round(map.clientWidth * scale)
    canvas.height = Math.round(map.clientHeight * scale)
    this.#tell()
    this.#paint()
  }

  /** Draw all dots where they are. */
  #paint() {
    const course = this.#course
    const canvas = /** @type {HTMLCanvasElement} */ (the('see-canvas'))
    const pen = canvas.getContext('2d')
    if (course === undefined || pen === null) return
    const style = getComputedStyle(canvas)
    const scale = devicePixelRatio || 1
    const radius = 0.36 * this.#apart
    pen.setTransform(scale, 0, 0, scale, 0, 0)
    pen.clearRect(0, 0, canvas.width / scale, canvas.height / scale)
    pen.fillStyle = pen.strokeStyle = style.color
    pen.lineWidth = Math.max(1, 0.16 * this.#apart)
    const { stage, waits, begins, place } = course.steps
    const dots = new Path2D()
    const rings = new Path2D()
    course.at(this.#moment, this.#at)
    this.#at.forEach((step, client) => {
      if (step < 0) return
      let [x, y] = this.#placeOf(stage[step], waits[step], place[step])
      const age = this.#moment - begins[step]
      if (age < this.#way && step > course.first[client]) {
        const [fromX, fromY] = this.#placeOf(stage[step - 1], waits[step - 1], place[step - 1])
        if (Number.isNaN(x)) [x, y] = [fromX, fromY]
        const part = age / this.#way
        const done = part * part * (3 - 2 * part)
        if (!Number.isNaN(fromX)) [x, y] = [fromX + done * (x - fromX), fromY + done * (y - fromY)]
      }
      if (Number.isNaN(x) || stage[step] < 0) return
      const [path, size] = waits[step] ? [rings, radius - pen.lineWidth / 2] : [dots, radius]
      path.moveTo(x + size, y)
      path.arc(x, y, size, 0, 2 * Math.PI)
    })
    pen.fill(dots)
    pen.stroke(rings)
  }

  /**
   * @param {number} stage
   * @param {number} isWait
   * @param {number} place
   */
  #placeOf(stage, isWait, place) {
    const yard = this.#yards[stage]
    if (yard === undefined) return [NaN, NaN]
    const row = Math.floor(place / yard.across)
    const top = isWait ? yard.top : yard.rest
    return [yard.left + (place - row * yard.across + 0.5) * this.#apart, top + (row + 0.5) * this.#apart]
  }
}
