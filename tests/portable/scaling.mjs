// Says what follows from how many clients there are, and reads what is written into fields and files.
import { readFileSync } from 'node:fs'
import { readEntered } from '../../src/pilotsim/output/live/entered.mjs'
import { scaled, split } from '../../src/pilotsim/output/live/scaling.mjs'
import { SettingsFault, readSettings } from '../../src/pilotsim/output/live/settings_file.mjs'

const { questions } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
/** @type {Record<string, (...given: any[]) => any>} */
const known = {
  scaled,
  split,
  entered: (text, value, style) => readEntered(text, value, style, String),
  file: (text, values, units) => {
    try {
      return readSettings(text, { flow: 'office', values: new Map(Object.entries(values)), units, choices: { who: { all: {} } }, written: {}, added: {} })
    } catch (fault) {
      if (!(fault instanceof SettingsFault)) throw fault
      return { fault: fault.key, line: fault.line }
    }
  },
}
process.stdout.write(JSON.stringify(questions.map((/** @type {any[]} */ [name, ...given]) => known[name](...given))))
