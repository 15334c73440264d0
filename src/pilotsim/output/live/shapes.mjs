// What drawings are made of: shapes, text that is text, and lines of words as wide as there is room for.

const SPACE = 'http://www.w3.org/2000/svg'
/** By what words are measured. @type {CanvasRenderingContext2D | null} */
let pen = null

/**
 * Make a shape.
 *
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
export function drawn(name, attributes, text) {
  const element = document.createElementNS(SPACE, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  if (text !== undefined) element.textContent = text
  return element
}

/**
 * Return an empty drawing. It is drawn in pixels of the page, so that its text is as large as that of the page.
 *
 * @param {number} width
 * @param {number} height
 * @param {string} says What it shows, for who cannot see it.
 */
export function drawing(width, height, says) {
  const svg = drawn('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': says, class: 'drawn' })
  svg.append(drawn('title', {}, says))
  return svg
}

/** How large the text of drawings is, in pixels: it follows that of the page. */
export function sizeOfText() {
  return 0.875 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
}

/** How wide words are where they are bold, in pixels. @param {string} words @param {number} size */
export function widthOf(words, size) {
  pen ??= document.createElement('canvas').getContext('2d')
  if (pen === null) return 0.6 * size * words.length
  pen.font = `700 ${size}px ${getComputedStyle(document.documentElement).fontFamily}`
  return pen.measureText(words).width
}

/**
 * Return words in lines, none longer than there is room for where a word allows it.
 *
 * @param {string} words
 * @param {number} width In pixels.
 * @param {number} size Of the text.
 */
export function inLines(words, width, size) {
  /** @type {string[]} */
  const lines = []
  for (const word of words.split(' ')) {
    const longer = `${lines[lines.length - 1]} ${word}`
    if (lines.length && widthOf(longer, size) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/**
 * Say the finding of a chart in at most so many letters: whole words.
 *
 * @param {string} words
 */
export function shortened(words, most = 150) {
  if (words.length <= most) return words
  return `${words.slice(0, words.lastIndexOf(' ', most - 2))} …`
}
