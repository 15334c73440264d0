// node workers.mjs FOLDER PACKED FRAME KERNEL.wasm KERNEL.json SEED COUNT: what runs come to with one, two and three workers, as JSON.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [folder, packed, frame, wasm, layout, seed, count] = process.argv.slice(2)
const from = (name) => import(pathToFileURL(`${folder}/${name}.mjs`).href)
const { bytesOf } = await from('journeys')
const { load } = await from('pilotsim')
const { Pool } = await from('workers')
const { spawn } = await from('node')

const kernel = await load(readFileSync(wasm), JSON.parse(readFileSync(layout, 'utf8')))
const start = { ...kernel, packed: readFileSync(packed), frame: JSON.parse(readFileSync(frame, 'utf8')) }
const said = []
for (const size of [1, 2, 3]) {
  const pool = new Pool(spawn, start, { size })
  const tasks = Array.from({ length: Number(count) }, (_, replication) => ({
    seed: BigInt(seed),
    replication,
    worlds: [true, false],
    months: true,
    journeys: true,
  }))
  const order = []
  const results = await pool.carryOut(tasks, (place) => order.push(place)).done
  pool.close()
  said.push({
    order,
    fingerprints: results.map(({ journeys }) =>
      journeys.map((one) => createHash('sha256').update(bytesOf(one)).digest('hex')),
    ),
    months: results.map(({ months }) =>
      months.map((one) => Object.fromEntries(Object.entries(one).map(([name, array]) => [name, Array.from(array)]))),
    ),
  })
}
console.log(JSON.stringify(said))
