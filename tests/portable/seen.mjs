// node seen.mjs FOLDER KERNEL.wasm KERNEL.json PACKED DESCRIPTION QUESTION PAGE: what a reader of a page sees of some runs, as JSON.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [folder, module, layout, packed, description, question, page] = process.argv.slice(2)
const from = (place, name) => import(pathToFileURL(`${place}/${name}.mjs`).href)
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const { loadModel } = await from(folder, 'model')
const { spawn } = await from(folder, 'node')
const { Course } = await from(page, 'course')

const said = read(description)
const model = await loadModel({ module: readFileSync(module), layout: read(layout), packed: readFileSync(packed), description: said, spawn })
const { replications, days, ...setting } = read(question)
const answer = await model.ask({ ...setting, replications, months: true }).done
const courses = []
for (const offered of [true, false])
  for (let replication = 0; replication < replications; replication++) {
    const course = new Course(await model.journeys({ ...setting, replication, offered }), said.frame)
    // Forward and back again: where one comes from makes no difference.
    const at = new Int32Array(course.clients).fill(-1)
    const onward = days.map((day) => course.countsOf(course.at(day, at)))
    const back = days.toReversed().map((day) => course.countsOf(course.at(day, at)))
    const taken = days.map((day) => {
      const { stage, waits, place } = course.steps
      const places = Array.from(course.at(day)).filter((step) => step >= 0 && stage[step] >= 0)
      return [places.length, new Set(places.map((step) => `${stage[step]} ${waits[step]} ${place[step]}`)).size]
    })
    courses.push({ offered, replication, onward, back: back.toReversed(), taken, present: course.present })
  }
model.close()
const found = { courses, bands: answer.bands(), dropOuts: Object.fromEntries([...answer.dropOuts()].map(([name, counts]) => [name, Object.fromEntries(counts)])) }
console.log(JSON.stringify(found, (_, part) => (ArrayBuffer.isView(part) ? Array.from(part) : part)))
