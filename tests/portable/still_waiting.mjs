// node still_waiting.mjs KERNEL.wasm KERNEL.json PACKED SETUP: what the page says of who still waits and who stands still, in the plan and in each setting.
import { readFileSync } from 'node:fs'
import { Speaker } from '../../src/pilotsim/output/live/elements.mjs'
import { Outcomes } from '../../src/pilotsim/output/live/outcomes.mjs'
import { OwnAnswer } from '../../src/pilotsim/output/live/own_answer.mjs'
import { standingInWords } from '../../src/pilotsim/output/live/standing.mjs'
import { loadModel } from '../../src/pilotsim/portable/model.mjs'
import { spawn } from '../../src/pilotsim/portable/node.mjs'

const [module, layout, packed, given] = process.argv.slice(2)
const { setup, replications, sets } = JSON.parse(readFileSync(given, 'utf8'))
const model = await loadModel({
  module: readFileSync(module),
  layout: JSON.parse(readFileSync(layout, 'utf8')),
  packed: readFileSync(packed),
  description: setup.languages[setup.language].description,
  spawn,
  workers: 1,
})
const answers = []
for (const set of sets) answers.push(await model.ask({ replications, set }).done)
model.close()
const speaker = new Speaker(setup)
const outcomes = new Outcomes(setup, speaker)
const own = new OwnAnswer(setup, speaker, outcomes)
console.log(
  JSON.stringify({
    numbers: answers.map(({ judged }) => judged.verdicts.map(({ base, waiting }) => ({ base, waiting }))),
    beside: outcomes.targets(answers).map(({ cells }) => cells.map(({ notes }) => notes)),
    standing: answers.map((answer) => answer.standing()),
    said: answers.map((answer) => standingInWords(answer, speaker)),
    own: answers.map((answer) => own.targets(answer).map(({ notes }) => notes)),
  }),
)
