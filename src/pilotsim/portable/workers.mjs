// Workers that each hold an engine, and the tasks they are handed: one at a time, in any order, with results in the order of the tasks.
//
//   const pool = new Pool(() => port, start, { size: 2 })      // `start` is sent to each worker once
//   const work = pool.carryOut(tasks, (place, result) => { ... })
//   work.stop()                                                // hands out no more
//   const results = await work.done                            // in the order of the tasks, whoever did them
//
// In the worker stands `serve(port, begin)`: `begin(start)` returns what carries a task out. A worker cannot be interrupted while it
// computes and shares no memory with the page, so that stopping is handing out no more. One that does not come back in time after that,
// or dies, or falls silent, is ended and replaced; a task that a worker died of twice ends its work with an error. Nothing waits for ever.

/** How many tasks a worker has in hand: one being done, one waiting, so that none is idle while a message is on its way. */
const IN_HAND = 2
/** How often a task is handed out before it counts as what its workers died of. */
const MAX_TRIES = 2

/**
 * One end of a line between a page and a worker.
 *
 * @typedef {object} Port
 * @property {(message: any, transfer: ArrayBuffer[]) => void} post Send a message.
 * @property {() => void} end End the worker.
 * @property {(message: any) => void} onMessage What is done with a message; set by whoever listens.
 * @property {(words: string) => void} onFault What is done when the worker has died; set by whoever listens.
 */

/**
 * What a task gave, and the memory that goes over with it rather than being copied.
 *
 * @typedef {{ result: any, transfer: ArrayBuffer[] }} Done
 */

/** Something that workers could not do. `code` says what, for whoever has words of their own for it. */
export class WorkerError extends Error {
  /**
   * @param {'no_webassembly' | 'refused' | 'died' | 'silent' | 'failed' | 'closed'} code `no_webassembly`: it is switched off; `refused`: no
   *   worker could be started; `died` and `silent`: one ended, or no longer answered, at the same task again; `failed`: a task threw an
   *   error; `closed`: the pool was closed.
   * @param {string} message
   * @param {number | undefined} [status] The engine's, where it was the engine.
   */
  constructor(code, message, status) {
    super(message)
    this.name = 'WorkerError'
    this.code = code
    this.status = status
  }
}

/**
 * What is to be done, and what has come of it.
 *
 * @typedef {object} Task
 * @property {Work} work
 * @property {number} place In the work.
 * @property {any} asked
 * @property {number} tries
 */

/** Tasks that belong together. */
class Work {
  /** @type {(results: any[]) => void} */
  #resolve = () => {}
  /** @type {(fault: Error) => void} */
  #reject = () => {}
  /** @type {(isStopped: boolean) => void} */
  #onOver

  /**
   * @param {any[]} asked
   * @param {(place: number, result: any) => void} onResult
   * @param {(isStopped: boolean) => void} onOver
   */
  constructor(asked, onResult, onOver) {
    this.onResult = onResult
    this.#onOver = onOver
    /** @type {any[]} In the order of the tasks; undefined where there is none yet. */
    this.results = new Array(asked.length).fill(undefined)
    this.finished = 0
    this.isOver = false
    this.isStopped = false
    /** @type {Task[]} What is still to be handed out. */
    this.waiting = asked.map((one, place) => ({ work: this, place, asked: one, tries: 0 }))
    /** @type {Promise<any[]>} The results, with those missing that were not done when it was stopped. */
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever looks at the results alone must not be told of an error in another way as well.
    this.done.catch(() => {})
    if (!asked.length) this.#end(false)
  }

  /** Hand out no more. What has come in stands, and `done` gives it. */
  stop() {
    this.#end(true)
  }

  /** @param {Error} fault */
  fail(fault) {
    if (this.isOver) return
    this.isOver = true
    this.waiting = []
    this.#reject(fault)
    this.#onOver(true)
  }

  /**
   * @param {number} place
   * @param {any} result
   */
  take(place, result) {
    if (this.isOver) return
    this.results[place] = result
    this.finished++
    this.onResult(place, result)
    if (this.finished === this.results.length) this.#end(false)
  }

  /** @param {boolean} isStopped */
  #end(isStopped) {
    if (this.isOver) return
    this.isOver = true
    this.isStopped = isStopped
    this.waiting = []
    this.#resolve(this.results)
    this.#onOver(isStopped)
  }
}

/** A worker, as the page knows it. */
class Hand {
  /** @type {Map<number, Task>} What it was handed and has not given back, in order. */
  inHand = new Map()
  isReady = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined

  /** @param {Port} port */
  constructor(port) {
    this.port = port
  }
}

/** Workers that carry tasks out. */
export class Pool {
  /** @type {() => Port} */
  #spawn
  /** @type {any} */
  #start
  #size
  #patience
  #grace
  /** @type {Set<Hand>} */
  #hands = new Set()
  /** @type {Work[]} */
  #works = []
  #number = 0
  /** @type {WorkerError | undefined} */
  #broken = undefined

  /**
   * @param {() => Port} spawn Starts a worker.
   * @param {any} start What each is sent first.
   * @param {object} [options]
   * @param {number} [options.size] How many workers.
   * @param {number} [options.patience] After how many milliseconds without a word a worker with work in hand counts as dead.
   * @param {number} [options.grace] How many milliseconds a worker has to finish what it has in hand of a work that was stopped.
   */
  constructor(spawn, start, { size = 1, patience = 300_000, grace = 500 } = {}) {
    this.#spawn = spawn
    this.#start = start
    this.#size = Math.max(1, Math.floor(size))
    this.#patience = patience
    this.#grace = grace
    for (let k = 0; k < this.#size; k++) this.#add()
  }

  /** How many workers there are. */
  get size() {
    return this.#size
  }

  /**
   * Have tasks carried out, after those of the works before.
   *
   * @param {any[]} tasks What can be sent to a worker.
   * @param {(place: number, result: any) => void} [onResult] Called as results come in, in any order.
   * @returns {Work}
   */
  carryOut(tasks, onResult = () => {}) {
    const work = new Work(tasks, onResult, (isStopped) => {
      this.#works = this.#works.filter((one) => !one.isOver)
      if (isStopped) later(() => this.#endThoseAtWorkOn(work), this.#grace)
    })
    if (this.#broken !== undefined) work.fail(this.#broken)
    if (!work.isOver) this.#works.push(work)
    this.#feed()
    return work
  }

  /** End all workers. What is under way ends with an error. */
  close() {
    this.#break(new WorkerError('closed', 'the workers have been ended'))
  }

  #add() {
    if (this.#broken !== undefined) return
    try {
      const hand = new Hand(this.#spawn())
      hand.port.onMessage = (message) => this.#hear(hand, message)
      hand.port.onFault = (words) => this.#lose(hand, 'died', words)
      this.#hands.add(hand)
      hand.port.post({ start: this.#start }, [])
      this.#watch(hand)
    } catch (fault) {
      this.#break(new WorkerError('refused', `no worker could be started: ${wordsOf(fault)}`))
    }
  }

  /** Hand out work to whoever has too little, evenly. */
  #feed() {
    for (let most = 1; most <= IN_HAND; most++)
      for (const hand of this.#hands)
        if (hand.inHand.size < most) {
          const task = this.#works.find((work) => work.waiting.length)?.waiting.shift()
          if (task === undefined) return
          task.tries++
          hand.inHand.set(++this.#number, task)
          hand.port.post({ number: this.#number, asked: task.asked }, [])
          if (hand.inHand.size === 1) this.#watch(hand)
        }
  }

  /**
   * @param {Hand} hand
   * @param {{ isReady?: boolean, number?: number, result?: any, fault?: { message: string, status?: number } }} message
   */
  #hear(hand, { isReady, number, result, fault }) {
    if (!this.#hands.has(hand)) return
    hand.isReady = true
    const task = number === undefined ? undefined : hand.inHand.get(number)
    if (number !== undefined) hand.inHand.delete(number)
    this.#watch(hand)
    if (isReady) return
    if (fault !== undefined) {
      const error = new WorkerError('failed', fault.message, fault.status)
      if (task === undefined) this.#break(error)
      else task.work.fail(error)
    } else task?.work.take(task.place, result)
    this.#feed()
  }

  /** Wait for a word of a worker that has something to do. @param {Hand} hand */
  #watch(hand) {
    clearTimeout(hand.timer)
    if (!hand.isReady || hand.inHand.size)
      hand.timer = setTimeout(() => this.#lose(hand, 'silent', 'a worker no longer answered'), this.#patience)
  }

  /**
   * A worker is no more: what it had in hand goes to others, unless it died of it.
   *
   * @param {Hand} hand
   * @param {'died' | 'silent'} code
   * @param {string} words
   */
  #lose(hand, code, words) {
    if (!this.#hands.has(hand)) return
    // The first is what it was doing; the others only waited.
    const [doing] = hand.inHand.values()
    const tasks = this.#dismiss(hand)
    if (!hand.isReady) {
      this.#break(new WorkerError('refused', words || 'no worker could be started'))
      return
    }
    for (const task of tasks) {
      if (task !== doing) task.tries--
      if (task.tries >= MAX_TRIES) task.work.fail(new WorkerError(code, words || 'a worker ended at its task, and so did the next'))
    }
    this.#add()
    this.#feed()
  }

  /**
   * End a worker, and put back what it had in hand.
   *
   * @param {Hand} hand
   * @returns {Task[]}
   */
  #dismiss(hand) {
    clearTimeout(hand.timer)
    this.#hands.delete(hand)
    hand.port.end()
    const tasks = [...hand.inHand.values()].filter((task) => !task.work.isOver)
    for (const task of [...tasks].reverse()) task.work.waiting.unshift(task)
    return tasks
  }

  /** Replace the workers that still do something of a work that is over. @param {Work} work */
  #endThoseAtWorkOn(work) {
    for (const hand of [...this.#hands])
      if ([...hand.inHand.values()].some((task) => task.work === work)) {
        for (const task of this.#dismiss(hand)) task.tries--
        this.#add()
      }
    this.#feed()
  }

  /** @param {WorkerError} fault */
  #break(fault) {
    this.#broken ??= fault
    for (const hand of [...this.#hands]) this.#dismiss(hand)
    for (const work of [...this.#works]) work.fail(this.#broken)
  }
}

/**
 * Do, in a worker, what is asked for over a port.
 *
 * @param {Port} port
 * @param {(start: any) => ((asked: any) => Done) | Promise<(asked: any) => Done>} begin
 */
export function serve(port, begin) {
  /** @type {Promise<(asked: any) => Done>} */
  let carryOut = Promise.reject(new Error('a task came before the start'))
  carryOut.catch(() => {})
  port.onMessage = async ({ start, number, asked }) => {
    try {
      if (start !== undefined) {
        carryOut = Promise.resolve(begin(start))
        await carryOut
        port.post({ isReady: true }, [])
        return
      }
      const { result, transfer } = (await carryOut)(asked)
      port.post({ number, result }, transfer)
    } catch (fault) {
      const status = fault instanceof Error && 'status' in fault ? fault.status : undefined
      port.post({ number, fault: { message: wordsOf(fault), status } }, [])
    }
  }
}

/**
 * Return what starts a worker of a browser from the text of a script: pages from a disk may start no other.
 *
 * @param {string} text
 * @returns {() => Port}
 */
export function fromText(text) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
  return () => {
    const worker = new Worker(address)
    /** @type {Port} */
    const port = {
      post: (message, transfer) => worker.postMessage(message, transfer),
      end: () => worker.terminate(),
      onMessage: () => {},
      onFault: () => {},
    }
    worker.onmessage = ({ data }) => port.onMessage(data)
    worker.onmessageerror = () => port.onFault('a message could not be read')
    worker.onerror = (event) => {
      event.preventDefault()
      port.onFault(event.message)
    }
    return port
  }
}

/**
 * Return the port of a worker of a browser, as it stands inside of it.
 *
 * @returns {Port}
 */
export function ownPort() {
  /** @type {any} */
  const scope = globalThis
  /** @type {Port} */
  const port = {
    post: (message, transfer) => scope.postMessage(message, transfer),
    end: () => scope.close(),
    onMessage: () => {},
    onFault: () => {},
  }
  scope.onmessage = (/** @type {MessageEvent} */ { data }) => port.onMessage(data)
  return port
}

/** @param {unknown} fault */
function wordsOf(fault) {
  return fault instanceof Error ? fault.message : String(fault)
}

/**
 * Do something later, without keeping a program waiting that has nothing else to do.
 *
 * @param {() => void} what
 * @param {number} milliseconds
 */
function later(what, milliseconds) {
  /** @type {any} */
  const timer = setTimeout(what, milliseconds)
  if (typeof timer === 'object') timer.unref()
}
