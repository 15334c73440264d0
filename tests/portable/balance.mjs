// Works out what must balance, of content that stands in a file.
import { readFileSync } from 'node:fs'
import { drifts, loads, misfits } from '../../src/pilotsim/output/live/balance.mjs'
import { settled } from '../../src/pilotsim/output/live/following.mjs'

const { values, own, sets } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const plan = settled(values, own, {})
const said = sets.map((set) => {
  const { written, atWork } = settled(values, own, set)
  /** @type {(numbers: Map<string, number>) => (path: string) => number} */
  const of = (numbers) => (path) => numbers.get(path) ?? NaN
  const begins = performance.now()
  const drifting = drifts(own.balance, of(atWork))
  const took = performance.now() - begins
  return {
    took,
    written: Object.fromEntries(written),
    drifts: drifting,
    loads: loads(own.balance, of(atWork)),
    misfits: misfits(own.balance, of(plan.written), of(written)),
  }
})
process.stdout.write(JSON.stringify(said, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? null : value)))
