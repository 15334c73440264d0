// Who stands still for ever, and where nobody can ever start, in words: as `pilotsim check` says it of the plan.

/** @typedef {import('./elements.mjs').Speaker} Speaker */
/** @typedef {import('../../portable/standstill.mjs').Amount} Amount */

/** So many kinds of clients are told of. */
const TOLD = 3

/**
 * @param {import('../../portable/model.mjs').Answer} answer
 * @param {Speaker} speaker
 * @returns {string[]} A sentence each; none where everybody may go on.
 */
export function standingInWords(answer, speaker) {
  const { runs, found, first, never } = answer.standing()
  const { stages, resources } = speaker.said.description
  const { numbers } = speaker
  /** @param {Amount[]} amounts */
  const inWords = (amounts) =>
    amounts
      .map(([what, units]) =>
        what < resources.length ? speaker.say('stands_units', { units: numbers.number(units, 0), resource: resources[what].says }) : speaker.say('stands_room', { stage: stages[what - resources.length].says }),
      )
      .join(' + ')
  const sentences = never.map(({ stage, resource, needed, most }) =>
    speaker.say('never_starts', { stage: stages[stage].says, resource: resources[resource].says, needed: numbers.number(needed, 0), most: numbers.number(most, 0) }),
  )
  if (!found) return sentences
  // Those who hold something first: they lock the others out.
  const rows = [...first].sort((one, other) => Number(!one.holds.length) - Number(!other.holds.length) || other.clients - one.clients)
  const who = rows.slice(0, TOLD).map(({ stage, clients, holds, wants }) =>
    speaker.say(holds.length ? 'stands_holding' : 'stands_waiting', {
      clients: numbers.number(clients, 0),
      stage: stages[stage].says,
      holds: inWords(holds),
      wants: wants.map(inWords).join(' / '),
    }),
  )
  return [...sentences, speaker.say('stands_still', { count: numbers.number(found, 0), runs: numbers.number(runs, 0), who: who.join('; ') })]
}
