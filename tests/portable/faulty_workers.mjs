// node faulty_workers.mjs FOLDER CASE: what comes of workers that die, fall silent or throw, as JSON. They only multiply by ten.
import { pathToFileURL } from 'node:url'

const [folder, asked] = process.argv.slice(2)
const { Pool, serve } = await import(pathToFileURL(`${folder}/workers.mjs`).href)

/** Workers in this thread; `behave(task, worker)` may throw, return 'die' or 'silence', or a number of milliseconds. */
function workers(behave, begin = () => {}) {
  const told = { spawned: 0, ended: 0, handed: 0 }
  const spawn = () => {
    const number = told.spawned++
    let isThere = true
    // One task after the other, as in a thread of its own.
    let busy = Promise.resolve()
    const page = { onMessage: () => {}, onFault: () => {} }
    const inner = { onMessage: () => {}, onFault: () => {}, end: () => {}, post: (message) => setTimeout(() => isThere && page.onMessage(message)) }
    serve(inner, (start) => {
      begin(start)
      return (task) => ({ result: 10 * task, transfer: [] })
    })
    const post = (message) =>
      setTimeout(() => {
        if (!isThere) return
        if (message.asked === undefined) return inner.onMessage(message)
        told.handed++
        let does
        try {
          does = behave(message.asked, number)
        } catch (fault) {
          return inner.post({ number: message.number, fault: { message: fault.message, status: fault.status } })
        }
        if (does === 'die') {
          // Behind what it said before.
          return setTimeout(() => {
            isThere = false
            page.onFault('out of memory')
          }, 20)
        }
        if (does === 'silence') busy = new Promise(() => {})
        busy = busy.then(() => new Promise((done) => setTimeout(done, does ?? 0))).then(() => inner.onMessage(message))
      })
    const end = () => {
      if (isThere) told.ended++
      isThere = false
    }
    return Object.assign(page, { post, end })
  }
  return { spawn, told }
}

const fault = (work) => work.done.then(() => ({}), ({ code, message, status }) => ({ code, message, status }))
const range = (count) => Array.from({ length: count }, (_, k) => k)

const CASES = {
  'one dies': async () => {
    const { spawn, told } = workers((task, worker) => (worker === 0 && task === 2 ? 'die' : 0))
    const pool = new Pool(spawn, {}, { size: 2 })
    return { results: await pool.carryOut(range(6)).done, spawned: told.spawned }
  },
  'all die of one task': async () => {
    let tried = 0
    const { spawn } = workers((task) => (task === 3 && ++tried ? 'die' : 0))
    const pool = new Pool(spawn, {}, { size: 2 })
    const { code, message } = await fault(pool.carryOut(range(6)))
    return { code, message, after: await pool.carryOut(range(2)).done, tried }
  },
  'one falls silent': async () => {
    const { spawn, told } = workers((task, worker) => (worker === 0 && task === 0 ? 'silence' : 0))
    const pool = new Pool(spawn, {}, { size: 2, patience: 100 })
    return { results: await pool.carryOut(range(4)).done, spawned: told.spawned }
  },
  refused: async () => {
    const spawn = () => {
      const port = { post: () => setTimeout(() => port.onFault('')), end: () => {}, onMessage: () => {}, onFault: () => {} }
      return port
    }
    const pool = new Pool(spawn, {}, { size: 2 })
    const first = await fault(pool.carryOut(range(2)))
    const second = await fault(pool.carryOut(range(2)))
    return { codes: [first.code, second.code], message: second.message }
  },
  'fails to start': async () => {
    const { spawn } = workers(
      () => 0,
      () => {
        throw new Error('this is no packed flow')
      },
    )
    const { code, message } = await fault(new Pool(spawn, {}, { size: 2 }).carryOut(range(2)))
    return { code, message }
  },
  'a task throws': async () => {
    const { spawn } = workers((task) => {
      if (task === 4) throw Object.assign(new Error('too many clients'), { status: 1 })
    })
    const pool = new Pool(spawn, {}, { size: 2 })
    return { ...(await fault(pool.carryOut(range(8)))), after: await pool.carryOut(range(2)).done }
  },
  stopped: async () => {
    const { spawn, told } = workers(() => 0)
    const pool = new Pool(spawn, {}, { size: 1 })
    const work = pool.carryOut(range(8), (place) => place === 2 && work.stop())
    const results = await work.done
    return { results: Array.from(results, (one) => one ?? null), is_stopped: work.isStopped, handed: told.handed, after: await pool.carryOut(range(2)).done }
  },
  'stopped at a long task': async () => {
    const { spawn, told } = workers((task) => (task === 5 ? 60_000 : 0))
    const pool = new Pool(spawn, {}, { size: 1, grace: 50 })
    const work = pool.carryOut([5, 6])
    setTimeout(() => work.stop(), 50)
    await work.done
    const after = await pool.carryOut(range(2)).done
    return { ended: told.ended, after }
  },
  closed: async () => {
    const { spawn, told } = workers(() => 1000)
    const pool = new Pool(spawn, {}, { size: 2 })
    const work = pool.carryOut(range(4))
    pool.close()
    const codes = [await fault(work), await fault(pool.carryOut(range(1)))].map(({ code }) => code)
    return { codes, ended: told.ended }
  },
  'nothing asked': async () => ({ results: await new Pool(workers(() => 0).spawn, {}, { size: 1 }).carryOut([]).done }),
  'many workers': async () => {
    const { spawn, told } = workers(() => 0)
    return { results: await new Pool(spawn, {}, { size: 5 }).carryOut(range(2)).done, handed: told.handed }
  },
}

console.log(JSON.stringify(await CASES[asked]()))
// Tasks that would take a minute are not waited for.
process.exit(0)
