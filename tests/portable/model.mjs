// node model.mjs FOLDER KERNEL.wasm KERNEL.json PACKED DESCRIPTION QUESTIONS WORKERS [VARIANTS]: what a model answers, as JSON.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [folder, module, layout, packed, description, questions, workers, variants] = process.argv.slice(2)
const from = (name) => import(pathToFileURL(`${folder}/${name}.mjs`).href)
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const { differences, loadModel } = await from('model')
const { bytesOf } = await from('journeys')
const { spawn } = await from('node')

const said = read(description)
const model = await loadModel({
  module: readFileSync(module),
  layout: read(layout),
  packed: readFileSync(packed),
  description: said,
  variants: variants === undefined ? undefined : readFileSync(variants),
  spawn,
  workers: Number(workers),
})
const ASKED = {
  ask: async (question) => {
    const progress = []
    const answer = await model.ask(question, ({ replications }) => progress.push(replications)).done
    return { progress, months: answer.months(), ...answer.toJSON() }
  },
  compare: async (one, other) => {
    const run = model.compare(one, other)
    const [before, after] = await run.done
    return differences(before, after, said.statistics)
  },
  journeys: async (question) => createHash('sha256').update(bytesOf(await model.journeys(question))).digest('hex'),
  stop: async (question, after) => {
    const run = model.ask(question, ({ replications }) => replications >= after && run.stop())
    const answer = await run.done
    return { replications: answer.replications, values: answer.toJSON().values }
  },
}
const found = []
for (const [name, ...given] of read(questions)) {
  try {
    found.push(await ASKED[name](...given))
  } catch (fault) {
    found.push({ fault: fault.message })
  }
}
model.close()
// What has no number in JSON is null; arrays of numbers are lists.
console.log(JSON.stringify(found, (_, part) => (ArrayBuffer.isView(part) ? Array.from(part) : part)))
