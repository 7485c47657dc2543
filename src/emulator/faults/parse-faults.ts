import type { Faults } from '../faults.ts'

/** Parses faults from a command line, `name` or `name=value`; returns them together, or a sentence on what is wrong. */
export function parseFaults(texts: readonly string[]): Faults | string {
  let faults: Faults = {}
  for (const text of texts) {
    const [name = '', ...rest] = text.split('=')
    const parser = Object.hasOwn(FAULT_PARSERS, name) ? FAULT_PARSERS[name] : undefined
    if (parser === undefined) return `there is no fault "${name}"; there are: ${Object.keys(FAULT_PARSERS).join(', ')}`
    const value = rest.length === 0 ? null : rest.join('=')
    const parsed = parser(value)
    if (typeof parsed === 'string')
      return `the fault ${name} is given as ${`${name}${parsed}`.replaceAll(' =', ` ${name}=`)}`
    faults = { ...faults, ...parsed }
  }
  return faults
}

/** Turns each fault's value into the fault, or says how to write it. docs/emulator.md explains each. */
export const FAULT_PARSERS: { readonly [name: string]: (value: string | null) => Faults | string } = {
  refuse: (value) => {
    const [status, times] = parseNumbers(value)
    if (status === undefined || status < 400 || status > 599 || times === 0) return '=<status>, or =<status>:<times>'
    return { refuseUpgrade: { status, ...(times === undefined ? {} : { times }) } }
  },
  exhausted: countParser((exhausted) => ({ exhausted })),
  'refuse-updates': countParser((times) => ({ refuseUpdates: { times, message: 'Refused on order.' } })),
  'refuse-setting': settingParser((path) => ({ refuseParam: `session.${path}` })),
  'pass-over': settingParser((passOver) => ({ passOver })),
  'ignore-updates': countParser((ignoreUpdates) => ({ ignoreUpdates })),
  'bare-errors': (value) => parseFlag(value, { bareErrors: true }),
  'unasked-updates': (value) => parseFlag(value, { unaskedUpdated: true }),
  close: (value) => {
    const [events, code = 1_006] = parseNumbers(value)
    if (!events || !isCloseCode(code)) return '=<events>, or =<events>:<code>'
    return { closeAfter: { events, code, times: 1 } }
  },
  stall: countParser((stallResponses) => ({ stallResponses })),
  fail: countParser((failResponses) => ({ failResponses })),
  'late-deltas': (value) => parseFlag(value, { lateDeltas: true }),
  'own-follow-ups': (value) => parseFlag(value, { ownFollowUps: true }),
  'nameless-calls': (value) => parseFlag(value, { namelessCalls: true }),
  'double-text': (value) => parseFlag(value, { doubleText: true }),
  'empty-audio': (value) => parseFlag(value, { emptyAudio: true }),
  'beta-names': (value) => parseFlag(value, { betaNames: true }),
  'created-twice': (value) => parseFlag(value, { createdTwice: true }),
  'late-speech': (value) => parseFlag(value, { lateSpeech: true }),
  'manual-speech': (value) => parseFlag(value, { manualSpeech: true }),
  'turn-suggestions': (value) => parseFlag(value, { turnSuggestions: true }),
  'late-transcripts': (value) => {
    const [lateTranscriptsMs, more] = parseNumbers(value ?? '500')
    return !lateTranscriptsMs || more !== undefined ? ', or =<ms>' : { lateTranscriptsMs }
  },
  'lose-transcripts': countParser((loseTranscripts) => ({ loseTranscripts })),
  'revised-transcripts': (value) => parseFlag(value, { revisedTranscripts: true }),
  'transcript-pieces': (value) => parseFlag(value, { snapshotTranscription: false }),
  ping: (value) => {
    const [seconds, more] = parseNumbers(value ?? '1')
    return !seconds || more !== undefined ? ', or =<seconds>' : { pingEveryMs: seconds * 1_000 }
  },
}

/** Whether a connection can be closed with this code: those of RFC 6455 that may be sent, and 1006 for one that breaks. */
function isCloseCode(code: number): boolean {
  const isProtocolCode = code >= 1_000 && code <= 1_014 && code !== 1_004 && code !== 1_005
  return isProtocolCode || (code >= 3_000 && code <= 4_999)
}

/** A fault that happens `n` times; once without a value. */
function countParser(faults: (times: number) => Faults): (value: string | null) => Faults | string {
  return (value) => {
    const [times, more] = parseNumbers(value ?? '1')
    return !times || more !== undefined ? ', or =<times>' : faults(times)
  }
}

function settingParser(faults: (path: string) => Faults): (value: string | null) => Faults | string {
  return (value) => (value ? faults(value.replace(/^session\./, '')) : '=<path>, such as =audio.output.speed')
}

function parseFlag(value: string | null, faults: Faults): Faults | string {
  return value === null ? faults : ' alone'
}

/** The numbers of `429:2`; empty for anything else. */
function parseNumbers(value: string | null): readonly number[] {
  return value !== null && /^\d{1,6}(:\d{1,6})?$/.test(value) ? value.split(':').map(Number) : []
}
