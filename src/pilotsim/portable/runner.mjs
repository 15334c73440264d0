// node runner.mjs KERNEL.wasm KERNEL.json SEED COUNT PACKED...: what so many replications of each packed flow come to, as JSON: the
// fingerprints of their journeys with the programme and without, of all drawn numbers, of all measures and of the verdicts, and these.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { bitsOf, bytesOf } from './journeys.mjs'
import { load, open } from './pilotsim.mjs'
import { bytesOfVerdicts } from './verdicts.mjs'

/**
 * @param {...NodeJS.ArrayBufferView} parts
 */
const digest = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')

const [module, layout, seed, count, ...files] = process.argv.slice(2)
const kernel = await load(readFileSync(module), JSON.parse(readFileSync(layout, 'utf-8')))
const replications = Array.from({ length: Number(count) }, (_, k) => k)
const found = files.map((file) => {
  const flow = open(kernel, readFileSync(file))
  const rows = new Float64Array(replications.length * flow.width)
  const runs = Array.from(flow.replicate(seed, { replications }), ({ replication, numbers, measured, journeys }) => {
    const row = /** @type {Float64Array} */ (measured)
    rows.set(row, replication * flow.width)
    const [offered, without] = [true, false].map((one) => digest(bytesOf(journeys(one))))
    return { numbers: bitsOf(numbers), measures: bitsOf(row.subarray(0, flow.measured)), offered, without }
  })
  const judged = flow.judge(rows)
  return {
    flow: flow.name,
    journeys: [runs.map(({ offered }) => offered), runs.map(({ without }) => without)],
    numbers: digest(...runs.map(({ numbers }) => numbers)),
    measures: digest(...runs.map(({ measures }) => measures)),
    verdicts: digest(bytesOfVerdicts(judged)),
    judged: { verdicts: judged.verdicts, readings: judged.readings },
  }
})
console.log(JSON.stringify(found))
