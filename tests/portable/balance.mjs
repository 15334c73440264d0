// Works out what must balance, of content that stands in a file.
import { readFileSync } from 'node:fs'
import { drifts, loads, misfits } from '../../src/pilotsim/output/live/balance.mjs'
import { settled } from '../../src/pilotsim/output/live/following.mjs'

const { values, own, sets } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const plan = settled(values, own, {})
// What is worked out is kept in a map: how often that happens while something is worked out.
let keeps = 0
const keep = Map.prototype.set
Map.prototype.set = function (key, value) {
  keeps++
  return keep.call(this, key, value)
}
const said = sets.map((set) => {
  const { written, atWork } = settled(values, own, set)
  /** @type {(numbers: Map<string, number>) => (path: string) => number} */
  const of = (numbers) => (path) => numbers.get(path) ?? NaN
  keeps = 0
  const drifting = drifts(own.balance, of(atWork))
  return {
    kept: keeps,
    written: Object.fromEntries(written),
    drifts: drifting,
    loads: loads(own.balance, of(atWork)),
    misfits: misfits(own.balance, of(plan.written), of(written)),
  }
})
process.stdout.write(JSON.stringify(said, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? null : value)))
