// node portable.mjs LIBRARY KERNEL.wasm KERNEL.json PACKED SEED: at each line, run so many replications; say processor seconds of each.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [library, module, layout, packed, seed] = process.argv.slice(2)
const { load, open } = await import(library)
const flow = open(await load(readFileSync(module), JSON.parse(readFileSync(layout))), readFileSync(packed))
for await (const line of createInterface({ input: process.stdin })) {
  const many = Number(line)
  const replications = Array.from({ length: many }, (_, k) => k)
  const before = process.cpuUsage()
  let visits = 0
  for (const journeys of flow.run(seed, { replications, fixed: true })) visits += journeys.visits
  const { user, system } = process.cpuUsage(before)
  console.log(JSON.stringify({ seconds: (user + system) / 1e6 / many, visits }))
}
