import type { Faults } from '../faults.ts'

/** Parses faults from a command line, `name` or `name=value`; returns them together, or a sentence on what is wrong. */
export function parseFaults(orders: readonly string[]): Faults | string {
  let faults: Faults = {}
  for (const order of orders) {
    const [name = '', ...rest] = order.split('=')
    const word = Object.hasOwn(FAULT_WORDS, name) ? FAULT_WORDS[name] : undefined
    if (word === undefined) return `there is no fault "${name}"; there are: ${Object.keys(FAULT_WORDS).join(', ')}`
    const value = rest.length === 0 ? null : rest.join('=')
    const read = word(value)
    if (typeof read === 'string')
      return `the fault ${name} is given as ${`${name}${read}`.replaceAll(' =', ` ${name}=`)}`
    faults = { ...faults, ...read }
  }
  return faults
}

/** Turns each fault's value into the fault, or says how to write it. docs/emulator.md explains each. */
export const FAULT_WORDS: { readonly [name: string]: (value: string | null) => Faults | string } = {
  refuse: (value) => {
    const [status, times] = numbersOf(value)
    if (status === undefined || status < 400 || status > 599) return '=<status>, or =<status>:<times>'
    return { refuseUpgrade: { status, ...(times === undefined ? {} : { times }) } }
  },
  exhausted: counted((exhausted) => ({ exhausted })),
  'refuse-updates': counted((times) => ({ refuseUpdates: { times, message: 'Refused on order.' } })),
  'refuse-setting': setting((path) => ({ refuseParam: `session.${path}` })),
  'pass-over': setting((passOver) => ({ passOver })),
  'ignore-updates': counted((ignoreUpdates) => ({ ignoreUpdates })),
  'bare-errors': (value) => flag(value, { bareErrors: true }),
  'unasked-updates': (value) => flag(value, { unaskedUpdated: true }),
  close: (value) => {
    const [events, code = 1_006] = numbersOf(value)
    const isCode = code === 1_000 || (code > 1_000 && code < 5_000 && ![1_004, 1_005, 1_015].includes(code))
    if (events === undefined || events === 0 || !isCode) return '=<events>, or =<events>:<code>'
    return { closeAfter: { events, code, times: 1 } }
  },
  stall: counted((stallResponses) => ({ stallResponses })),
  fail: counted((failResponses) => ({ failResponses })),
  'late-deltas': (value) => flag(value, { lateDeltas: true }),
  'own-follow-ups': (value) => flag(value, { ownFollowUps: true }),
  'nameless-calls': (value) => flag(value, { namelessCalls: true }),
  'double-text': (value) => flag(value, { doubleText: true }),
  'empty-audio': (value) => flag(value, { emptyAudio: true }),
  'beta-names': (value) => flag(value, { betaNames: true }),
  'created-twice': (value) => flag(value, { createdTwice: true }),
  'late-speech': (value) => flag(value, { lateSpeech: true }),
  'manual-speech': (value) => flag(value, { manualSpeech: true }),
  'turn-suggestions': (value) => flag(value, { turnSuggestions: true }),
  'late-transcripts': (value) => {
    const [lateTranscriptsMs, more] = numbersOf(value ?? '500')
    return !lateTranscriptsMs || more !== undefined ? ', or =<ms>' : { lateTranscriptsMs }
  },
  'lose-transcripts': counted((loseTranscripts) => ({ loseTranscripts })),
  'revised-transcripts': (value) => flag(value, { revisedTranscripts: true }),
  'transcript-pieces': (value) => flag(value, { snapshotTranscription: false }),
  ping: (value) => {
    const [seconds, more] = numbersOf(value ?? '1')
    return !seconds || more !== undefined ? ', or =<seconds>' : { pingEveryMs: seconds * 1_000 }
  },
}

/** A fault that happens `n` times; once without a value. */
function counted(faults: (times: number) => Faults): (value: string | null) => Faults | string {
  return (value) => {
    const [times, more] = numbersOf(value ?? '1')
    return !times || more !== undefined ? ', or =<times>' : faults(times)
  }
}

function setting(faults: (path: string) => Faults): (value: string | null) => Faults | string {
  return (value) => (value ? faults(value.replace(/^session\./, '')) : '=<path>, such as =audio.output.speed')
}

function flag(value: string | null, faults: Faults): Faults | string {
  return value === null ? faults : ' alone'
}

/** The numbers of `429:2`; empty for anything else. */
function numbersOf(value: string | null): readonly number[] {
  return value !== null && /^\d{1,6}(:\d{1,6})?$/.test(value) ? value.split(':').map(Number) : []
}
