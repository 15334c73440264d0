// What the pilot changes, drawn: a point for each plan, and a line where nine runs in ten end. Text is text, and the numbers stand in a table.
import { drawing, drawn, inLines, sizeOfText, widthOf } from './shapes.mjs'

/** Below so many letters of width a label stands above what is drawn, and not beside it. */
const NARROW = 34
/** How wide it is at most, and a label beside it, in letters. */
const [WIDE, LABEL] = [50, 14]

/** @typedef {{ mean: number, low: number, high: number, text: string }} PlanNumbers */

/**
 * Return a chart of changes.
 *
 * @param {{ label: string, plans: PlanNumbers[] }[]} states
 * @param {string} says What it shows, for who cannot see it: at most 150 characters.
 * @param {string} zero What a change of nothing is called.
 * @param {number} room How much room there is, in pixels.
 */
export function chartOfChanges(states, says, zero, room) {
  const size = sizeOfText()
  const [row, line] = [1.6 * size, 1.3 * size]
  const width = Math.min(room, WIDE * size)
  const isAbove = width < NARROW * size
  const left = isAbove ? size : LABEL * size
  const all = states.flatMap(({ plans }) => plans.flatMap(({ low, high }) => [low, high]))
  const [least, most] = [Math.min(0, ...all), Math.max(0, ...all)]
  const reach = most - least || 1
  // Beside the longest line there is room for its number.
  const texts = states.flatMap(({ plans }) => plans.map(({ text }) => widthOf(text, size)))
  const right = width - Math.max(0, ...texts) - size
  const place = (/** @type {number} */ number) => left + ((number - least) / reach) * (right - left)
  const labels = states.map(({ label }) => inLines(label, isAbove ? width : (LABEL - 1) * size, size))
  const heights = states.map(({ plans }, which) => {
    const [words, lines] = [labels[which].length * line, plans.length * row]
    return (isAbove ? words + lines : Math.max(words, lines)) + 0.7 * size
  })
  const head = 1.8 * size
  const height = head + heights.reduce((sum, one) => sum + one, 0)
  const svg = drawing(Math.ceil(width), Math.ceil(height), says)
  svg.classList.add('changes')
  svg.append(drawn('line', { x1: place(0), x2: place(0), y1: head - 0.4 * size, y2: height, class: 'zero' }))
  svg.append(drawn('text', { x: place(0), y: size, 'text-anchor': 'middle', class: 'small' }, zero))
  let top = head
  states.forEach(({ plans }, which) => {
    labels[which].forEach((words, k) => svg.append(drawn('text', { x: 0, y: top + (k + 0.85) * line }, words)))
    let y = isAbove ? top + labels[which].length * line : top
    plans.forEach(({ mean, low, high, text }, k) => {
      const kind = k === 0 ? 'first' : k === plans.length - 1 ? 'latest' : 'kept'
      const middle = y + row / 2
      svg.append(drawn('line', { x1: place(low), x2: place(high), y1: middle, y2: middle, class: kind }))
      svg.append(k === 0 ? drawn('circle', { cx: place(mean), cy: middle, r: 0.36 * size, class: kind }) : diamond(place(mean), middle, 0.43 * size, kind))
      svg.append(drawn('text', { x: place(high) + 0.45 * size, y: middle + 0.35 * size, class: 'small' }, text))
      y += row
    })
    top += heights[which]
  })
  return svg
}

/** @param {number} x @param {number} y @param {number} r @param {string} kind */
function diamond(x, y, r, kind) {
  return drawn('path', { d: `M${x - r} ${y}L${x} ${y - r}L${x + r} ${y}L${x} ${y + r}Z`, class: kind })
}
