// What one replication of a flow comes to, worked out where the engine is: in a worker, or wherever else.
import { countDropOuts } from './drop_outs.mjs'
import { observe } from './monthly.mjs'
import { Variants } from './patches.mjs'
import { open } from './pilotsim.mjs'
import { useOf } from './use.mjs'

/**
 * What a worker is sent first.
 *
 * @typedef {object} Start
 * @property {WebAssembly.Module} module The compiled module.
 * @property {import('./memory.mjs').Layout} layout `kernel.json`.
 * @property {ArrayBuffer | Uint8Array} packed
 * @property {import('./monthly.mjs').Frame} frame
 * @property {ArrayBuffer | Uint8Array} [variants] Variants of the flow: see `Variants`.
 */

/**
 * What is asked of a replication.
 *
 * @typedef {object} Asked
 * @property {bigint} seed
 * @property {number} replication
 * @property {string} [variant] Which variant of the flow is run; the flow itself, unless given.
 * @property {import('./monthly.mjs').Frame} [frame] By which months a variant is counted.
 * @property {boolean[]} worlds Which worlds are run: true with the programme, false without.
 * @property {Record<string, number>} [set] Values that stand at a number of their own, by path, in base units.
 * @property {boolean} [fixed] Whether all other assumptions stand at their values rather than being drawn.
 * @property {boolean} [measures] Whether the targets are measured, which takes both worlds.
 * @property {boolean} [months] Whether each world is followed month by month.
 * @property {boolean} [dropOuts] Whether it is told where clients drop out, which takes measures.
 * @property {boolean} [journeys] Whether its journeys are given.
 * @property {boolean} [standing] Whether it is looked who stands still for ever, with the programme.
 */

/**
 * What a replication came to. Lists have an entry for each world that was asked for, in that order; or none.
 *
 * @typedef {object} Found
 * @property {Float64Array | null} measured The row of measured numbers: see `Flow.measure`.
 * @property {import('./monthly.mjs').Months[]} months
 * @property {import('./use.mjs').Use[]} use Of scarce things, month by month; where months were asked for.
 * @property {Int32Array[]} dropOuts With the programme, for each question of which it is told: see `drop_outs.mjs`.
 * @property {import('./journeys.mjs').Journeys[]} journeys
 * @property {import('./standstill.mjs').Standing | null} standing
 */

/**
 * Open a flow; what it returns carries out what is asked.
 *
 * @param {Start} start
 * @returns {(asked: Asked) => { result: Found, transfer: ArrayBuffer[] }}
 */
export function begin({ module, layout, packed, frame, variants }) {
  const kernel = { module, layout }
  const plan = open(kernel, packed)
  const patches = new Variants(variants)
  // The one that was run last is kept, beside the flow itself: each has memory of its own.
  let last = { name: '', flow: plan }
  /** @type {(name: string) => import('./pilotsim.mjs').Flow} */
  const flowOf = (name) => {
    if (name === '') return plan
    if (name !== last.name) last = { name, flow: open(kernel, patches.packed(name, packed)) }
    return last.flow
  }
  return ({ seed, replication, variant = '', frame: own = frame, worlds, set, fixed, measures = false, months = false, dropOuts = false, journeys = false, standing = false }) => {
    const flow = flowOf(variant)
    /** @type {Found} */
    const result = { measured: null, months: [], use: [], dropOuts: [], journeys: [], standing: null }
    for (const one of flow.replicate(seed, { replications: [replication], worlds, set, fixed, measures, marked: dropOuts, standing })) {
      result.measured = one.measured
      result.standing = one.standing
      for (const offered of months || dropOuts || journeys ? worlds : []) {
        const found = one.journeys(offered)
        if (months) {
          result.months.push(observe(found, own))
          result.use.push(useOf(found, one.numbers, flow.scarce, own.marks))
        }
        if (dropOuts && offered) {
          const by = { risks: flow.names.risks.length, from: flow.countedFrom, marks: one.marks }
          result.dropOuts = countDropOuts(found, flow.dropOuts, by)
        }
        if (journeys) result.journeys.push(found)
      }
    }
    return { result, transfer: buffersOf(result) }
  }
}

/**
 * Return the memory of all arrays in some content, each once.
 *
 * @param {any} content
 * @returns {ArrayBuffer[]}
 */
function buffersOf(content) {
  /** @type {Set<ArrayBuffer>} */
  const found = new Set()
  /** @type {(part: any) => void} */
  const look = (part) => {
    if (ArrayBuffer.isView(part)) found.add(/** @type {ArrayBuffer} */ (part.buffer))
    else if (part !== null && typeof part === 'object') Object.values(part).forEach(look)
  }
  look(content)
  return [...found]
}
