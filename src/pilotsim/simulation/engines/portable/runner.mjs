// node runner.mjs KERNEL.wasm KERNEL.json SEED OFFERED PACKED...: the fingerprints of the replications of each packed flow, as JSON.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { bytesOf, load, open } from './pilotsim.mjs'

const fingerprint = (journeys) => createHash('sha256').update(bytesOf(journeys)).digest('hex')

const [module, layout, seed, offered, ...files] = process.argv.slice(2)
const kernel = await load(readFileSync(module), JSON.parse(readFileSync(layout)))
const found = files.map((file) => Array.from(open(kernel, readFileSync(file)).run(seed, { offered: offered === 'true' }), fingerprint))
console.log(JSON.stringify(found))
