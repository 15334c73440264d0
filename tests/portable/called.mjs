// node called.mjs FOLDER < CALLS: what functions of the library give, as JSON: [module, path of the function, arguments, made by] each.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [folder] = process.argv.slice(2)
// What JSON has no number for goes as a word.
const WORDS = { NaN, Infinity, '-Infinity': -Infinity }
const given = JSON.parse(readFileSync(0, 'utf8'), (_, part) => (typeof part === 'string' && part in WORDS ? WORDS[part] : part))
const said = []
for (const [module, name, parts, made] of given) {
  const library = await import(pathToFileURL(`${folder}/${module}.mjs`).href)
  const [first, method] = name.split('.')
  said.push(method === undefined ? library[first](...parts) : new library[first](...made)[method](...parts))
}
console.log(JSON.stringify(said, (_, part) => (typeof part === 'number' && !Number.isFinite(part) ? String(part) : part)))
