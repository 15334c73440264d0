// Days of a run as dates, written as the program writes them.

/** How a language writes dates: a day with its month, in braces, and the months. @typedef {{ day: string, months: string[] }} DateStyle */

const DAY = 86_400_000

/**
 * Return the date of a day of the run.
 *
 * @param {number} day Counted from the start.
 * @param {{ marks: string[], frame: { marks: number[] } }} description
 */
export function dateOf(day, { marks, frame }) {
  return new Date(Date.parse(marks[0]) + (day - frame.marks[0]) * DAY)
}

/**
 * Return which month of the run a day lies in, the first being 1.
 *
 * @param {number} day
 * @param {number[]} marks
 */
export function monthOf(day, marks) {
  const next = marks.findIndex((mark) => mark > day)
  return next < 0 ? marks.length - 1 : Math.max(1, next)
}

/** @param {Date} date @param {DateStyle} style */
export function writtenDate(date, style) {
  return style.day.replace('{day}', String(date.getUTCDate())).replace('{month}', writtenMonth(date, style))
}

/** @param {Date} date @param {DateStyle} style */
export function writtenMonth(date, { months }) {
  return `${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`
}
