// Workers of Node for `workers.mjs`; and, where this file is started as one, that worker.
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { begin } from './replications.mjs'
import { serve } from './workers.mjs'

/** @typedef {import('./workers.mjs').Port} Port */

/**
 * Start a worker of Node.
 *
 * @returns {Port}
 */
export function spawn() {
  const worker = new Worker(new URL(import.meta.url))
  /** @type {Port} */
  const port = {
    post: (message, transfer) => worker.postMessage(message, transfer),
    end: () => void worker.terminate(),
    onMessage: () => {},
    onFault: () => {},
  }
  worker.on('message', (message) => port.onMessage(message))
  worker.on('messageerror', () => port.onFault('a message could not be read'))
  worker.on('error', (fault) => port.onFault(fault.message))
  worker.on('exit', () => port.onFault('a worker ended'))
  return port
}

if (!isMainThread && parentPort !== null) {
  const line = parentPort
  /** @type {Port} */
  const port = {
    post: (message, transfer) => line.postMessage(message, transfer),
    end: () => line.close(),
    onMessage: () => {},
    onFault: () => {},
  }
  line.on('message', (message) => port.onMessage(message))
  serve(port, begin)
}
