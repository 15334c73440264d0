// Sorts names as a page does.
import { compareNames } from '../../src/pilotsim/portable/numbers.mjs'

const { names, language } = JSON.parse(process.argv[2])
process.stdout.write(JSON.stringify(names.sort((/** @type {string} */ one, /** @type {string} */ other) => compareNames(one, other, language))))
