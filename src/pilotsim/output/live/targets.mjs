// The plan run in the reader's browser: the table of all targets in each reading, its buttons, its answer as a file.
import { isMetAnyway } from './answers.mjs'
import { saveAs, switchOff, tellFault, tellIn, the } from './elements.mjs'

/** How often numbers are drawn while runs come in, in milliseconds: at every frame it would take as long as the runs themselves. */
export const EVERY = 100
/** From how many runs on numbers are shown at all. */
export const SHOWN_FROM = 25

/** @typedef {import('../../portable/model.mjs').Answer} Answer */
/** @typedef {import('./elements.mjs').Setup} Setup */

/** Runs the plan, and fills in the table. */
export class TargetTable {
  /** @type {import('../../portable/model.mjs').Run<Answer> | undefined} */
  #run
  #drawn = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  /** @type {Answer | undefined} */
  #shown
  /** @type {(() => string) | undefined} */
  #status

  /**
   * @param {Setup} setup
   * @param {import('../../portable/model.mjs').Model} model
   * @param {import('./elements.mjs').Speaker} speaker
   */
  constructor(setup, model, speaker) {
    this.setup = setup
    this.model = model
    this.speaker = speaker
    this.kinds = new Map(model.description.questions.map(({ name, kind }) => [name, kind]))
    this.start = /** @type {HTMLButtonElement} */ (the('start'))
    this.stop = /** @type {HTMLButtonElement} */ (the('stop'))
    this.progress = /** @type {HTMLProgressElement} */ (the('progress'))
    this.start.addEventListener('click', () => void this.run())
    this.stop.addEventListener('click', () => this.#run?.stop())
    the('save').addEventListener('click', () => this.#save())
    speaker.whenTaken(() => this.#sayAgain())
    this.start.disabled = false
    this.#say(() => speaker.say('live_ready'))
  }

  /** Run what is still missing. */
  async run() {
    const { seed, replications, fixed } = this.setup
    tellIn('fault', '')
    this.#say(() => this.speaker.say('live_running'))
    this.stop.disabled = false
    switchOff(this.start)
    try {
      this.#run = this.model.ask({ seed, replications, fixed }, (answer) => this.#tell(answer))
      const answer = await this.#run.done
      this.#show(answer, 1)
      const isDone = answer.replications === replications
      const key = isDone ? 'live_done' : (['live_stopped_before', 'live_stopped_one'][answer.replications] ?? 'live_stopped')
      this.#say(() => this.speaker.say(key, this.#counts(answer)))
      this.start.disabled = isDone
      if (!answer.replications) return
      if (!isDone) this.start.textContent = this.speaker.say('live_go_on')
      // For programs that open the page.
      Object.assign(window, { answer: this.#record(answer) })
    } catch (fault) {
      this.start.disabled = false
      tellFault(fault, this.speaker.said.words)
    } finally {
      clearTimeout(this.#timer)
      this.#timer = undefined
      switchOff(this.stop)
    }
  }

  /** Say something, and again whenever another language is taken. @param {() => string} words */
  #say(words) {
    this.#status = words
    tellIn('status', words())
  }

  #sayAgain() {
    if (this.#status !== undefined) tellIn('status', this.#status())
    if (this.#shown === undefined) return
    this.#show(this.#shown, 1)
    if (!this.start.disabled) this.start.textContent = this.speaker.say('live_go_on')
  }

  /** Show what has come in, ten times a second. @param {Answer} answer */
  #tell(answer) {
    if (this.#timer !== undefined) return
    const rest = answer.replications === SHOWN_FROM ? 0 : Math.max(0, EVERY - (performance.now() - this.#drawn))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#run !== undefined) this.#show(this.#run.answer())
    }, rest)
  }

  /** @param {Answer} answer */
  #counts(answer) {
    const { numbers } = this.speaker
    return { done: numbers.number(answer.replications, 0), count: numbers.number(this.setup.replications, 0) }
  }

  /**
   * @param {Answer} answer
   * @param {number} [from] From how many runs on its numbers are shown.
   */
  #show(answer, from = Math.min(SHOWN_FROM, this.setup.replications)) {
    this.#drawn = performance.now()
    this.progress.value = answer.replications
    the('count').textContent = this.speaker.say('live_progress', this.#counts(answer))
    if (answer.replications < from) return
    this.#shown = answer
    the('save').hidden = false
    for (const verdict of answer.judged.verdicts) this.#showVerdict(verdict)
  }

  /** @param {import('../../portable/verdicts.mjs').Verdict} verdict */
  #showVerdict(verdict) {
    const { numbers } = this.speaker
    const { name, expected, half, low, high, interval, anyway, ends_known: areKnown } = verdict
    const row = /** @type {HTMLElement} */ (document.querySelector(`tr[data-question="${CSS.escape(name)}"]`))
    const kind = this.kinds.get(name) ?? 'real'
    const isReduction = 'reduction' in row.dataset
    /** @type {(number: number) => string} */
    const measured = (number) => (isReduction ? numbers.fewer(number, kind, half) : numbers.measure(number, kind, half))
    /** @type {(number: string) => string} */
    const atLeast = (number) => this.speaker.say('at_least_so_much', { number })
    const range = () => {
      if (!areKnown[0]) return atLeast(numbers.measure(low, kind))
      if (!areKnown[1]) return numbers.openRange(low, high, kind, atLeast)
      return isReduction ? numbers.rangeOfFewer(low, high, kind) : numbers.range(low, high, kind)
    }
    const grade = this.speaker.said.description.grades.find((one) => one.name === verdict.verdict)
    const says = grade?.says ?? verdict.verdict
    const texts = {
      expected: verdict.bounded ? atLeast(measured(expected)) : measured(expected),
      range: range(),
      anyway: measured(anyway),
      chance: numbers.probability(verdict.probability, interval),
      interval: verdict.replications ? numbers.probabilityRange(...interval) : '',
      verdict: isMetAnyway(verdict, this.setup, this.speaker) ? this.speaker.say('met_anyway', { word: says }) : says,
    }
    for (const [part, text] of Object.entries(texts)) {
      const place = /** @type {HTMLElement} */ (row.querySelector(`.${part}`))
      if (place.textContent !== text) place.textContent = text
    }
  }

  /** The answer for programs, with what the page stands for. @param {Answer} answer */
  #record(answer) {
    return { ...this.setup.of, ...answer.toJSON() }
  }

  #save() {
    if (this.#shown === undefined) return
    saveAs(textOf(this.#record(this.#shown)), `${this.model.description.flow}.json`, 'application/json')
  }
}

/**
 * Return an answer as the text of a file. The seed stands there as a number of all its digits, which no number here holds above 2^53.
 *
 * @param {object} record
 */
function textOf(record) {
  return `${JSON.stringify(record, null, 1)}\n`.replace(/\n "seed": "(\d+)"/, '\n "seed": $1')
}
