// The page of a flow: opens what is packed in it, and starts its parts.
import { loadModel } from '../../portable/model.mjs'
import { WorkerError, fromText } from '../../portable/workers.mjs'
import { AheadBench } from './ahead.mjs'
import { Animation } from './animation.mjs'
import { Charts } from './charts.mjs'
import { Speaker, contentOf, tellFault, tellIn, the } from './elements.mjs'
import { OwnNumbers } from './own_numbers.mjs'
import { TargetTable } from './targets.mjs'
import { Workbench } from './workbench.mjs'

/** How many workers there are at most: each holds some 20 MB. */
const MAX_WORKERS = 16

/**
 * Let a reader take another language.
 *
 * @param {Speaker} speaker
 */
function offerLanguages(speaker) {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('[data-language]'))
  const mark = () => buttons.forEach((one) => one.setAttribute('aria-pressed', String(one.dataset.language === speaker.language)))
  buttons.forEach((one) => one.addEventListener('click', () => speaker.take(one.dataset.language ?? '')))
  speaker.whenTaken(mark)
  const group = buttons[0]?.parentElement
  if (group) group.hidden = false
}

/**
 * Open the page. What it says before this stands: that it is not whole. So it does for whoever has no words yet, or has them of a page that
 * was cut or damaged on its way.
 */
async function open() {
  const status = the('status')
  const notWhole = status.textContent ?? ''
  if (typeof DecompressionStream === 'undefined') return tellIn('status', status.dataset.noPacking ?? '')
  /** @type {Speaker | undefined} */
  let speaker
  /** @type {import('./elements.mjs').Setup | undefined} */
  let setup
  try {
    const [said, module, layout, packed, variants] = await Promise.all(['setup', 'module', 'layout', 'packed', 'variants'].map(contentOf))
    setup = /** @type {import('./elements.mjs').Setup} */ (parsed(said))
    speaker = new Speaker(setup)
    offerLanguages(speaker)
    tellIn('status', speaker.say('live_getting_ready'))
    const model = await loadModel({
      module,
      layout: parsed(layout),
      packed,
      variants,
      description: speaker.said.description,
      // A worker runs the same library, and nothing of the page.
      spawn: fromText(`${the('library').textContent}\npilotsim.serve(pilotsim.ownPort(), pilotsim.begin)`),
      workers: Math.min(navigator.hardwareConcurrency || 1, MAX_WORKERS),
    })
    const workbench = new Workbench(setup, model, speaker)
    const parts = {
      targets: new TargetTable(setup, model, speaker),
      workbench,
      animation: new Animation(setup, model, speaker, workbench),
      charts: new Charts(setup, model, speaker, workbench),
      own: new OwnNumbers(setup, speaker, workbench),
    }
    Object.assign(window, { page: { model, speaker, ...parts } })
  } catch (fault) {
    if (speaker !== undefined && fault instanceof WorkerError) {
      // What was worked out when the page was made stands in for what cannot be run.
      if (setup !== undefined && ['no_webassembly', 'refused'].includes(fault.code)) new AheadBench(setup, speaker)
      return tellFault(fault, speaker.said.words)
    }
    tellIn('status', '')
    tellIn('fault', `${notWhole} (${fault instanceof Error ? fault.message : fault})`)
  }
}

/** @param {ArrayBuffer} content @returns {any} */
function parsed(content) {
  return JSON.parse(new TextDecoder().decode(content))
}

void open()
