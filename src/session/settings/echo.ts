import { valueText } from '../../agent/value-text.ts'
import type { ReportedSession, SessionObject } from '../../realtime/session-object.ts'
import { authorPath } from './compile.ts'
import { deepEqual, leaves, type Path, valueAt } from './leaves.ts'

/**
 * What a `session.updated` says of our update. It confirms the update if it shows what we changed, in our words or its own; it was unsolicited
 * if it shows the old values (the service sends such after a memory cycle); it is silent if it shows neither, or nothing that tells the two
 * apart.
 */
export type EchoVerdict = 'confirmed' | 'silent' | 'unsolicited'

/** What the service might also have shown without ever receiving the update. */
interface PriorSettings {
  readonly accepted: SessionObject
  /** What else the settings may have been, since an earlier update had no certain answer. */
  readonly possiblyAccepted: readonly SessionObject[]
  /** What it echoed last: the accepted settings, in its own words. */
  readonly reported: ReportedSession
}

/** The verdict on an echo, which must differ from everything the session may have been before. */
export function judgeEcho(echo: ReportedSession, update: SessionObject, before: PriorSettings): EchoVerdict {
  const verdicts = [before.accepted, ...before.possiblyAccepted].map((held) =>
    verdictAgainst(held, { echo, update, before }),
  )
  if (verdicts.includes('unsolicited')) return 'unsolicited'
  return verdicts.includes('confirmed') ? 'confirmed' : 'silent'
}

interface EchoContext {
  readonly echo: ReportedSession
  readonly update: SessionObject
  readonly before: PriorSettings
}

function verdictAgainst(held: SessionObject, { echo, update, before }: EchoContext): EchoVerdict {
  const signs = leaves(update).flatMap(({ path, value: asked }) => {
    const old = valueAt(held, path)
    if (deepEqual(asked, old)) return []
    const wasAccepted = deepEqual(asked, valueAt(before.accepted, path))
    const [shown, shownBefore] = [echoedValue(echo, path), echoedValue(before.reported, path)]
    return [classifySetting(path, { asked, old, shown, shownBefore, wasAccepted })]
  })
  if (signs.includes('new')) return 'confirmed'
  return signs.includes('old') ? 'unsolicited' : 'silent'
}

interface EchoedSetting {
  readonly asked: unknown
  readonly old: unknown
  readonly shown: unknown
  readonly shownBefore: unknown
  /** We ask for what was accepted before: what was shown then is the service's wording of it. */
  readonly wasAccepted: boolean
}

/**
 * Whether a changed setting is shown as requested or as before, or cannot tell. A value that is new but not as requested is our setting in
 * other words.
 */
function classifySetting(
  path: Path,
  { asked, old, shown, shownBefore, wasAccepted }: EchoedSetting,
): 'new' | 'old' | 'none' {
  if (shown === undefined) return 'none'
  const isSameWord = deepEqual(shown, shownBefore)
  const isNew = matches(path, asked, shown) || (wasAccepted && isSameWord)
  const isOld = matches(path, old, shown)
  if (isNew && isOld) return breakTie(path, asked, old)
  if (isNew) return 'new'
  if (isOld || shownBefore === undefined) return 'old'
  return isSameWord ? 'old' : 'new'
}

/** Decides when both fit. A prompt may be the end of the one before: what is shown is then the longer of the two. */
function breakTie([first]: Path, asked: unknown, old: unknown): 'new' | 'old' | 'none' {
  if (first !== 'instructions') return 'none'
  return valueText(asked).trimEnd().length > valueText(old).trimEnd().length ? 'new' : 'old'
}

/** A setting that the service shows differently from what was requested. */
export interface Mismatch {
  readonly field: string
  readonly asked: unknown
  readonly shown: unknown
}

/** Settings that a confirmation shows differently from what was requested; a missing key is no mismatch. */
export function findMismatches(echo: ReportedSession, accepted: SessionObject): readonly Mismatch[] {
  return leaves(accepted).flatMap(({ path, value: asked }) => {
    const shown = echoedValue(echo, path)
    const field = authorPath(path.join('.'))
    return field === null || shown === undefined || matches(path, asked, shown) ? [] : [{ field, asked, shown }]
  })
}

/** The echoed value at a path; a format may come back as a bare string. */
function echoedValue(echo: ReportedSession, path: Path): unknown {
  const parent = valueAt(echo, path.slice(0, -1))
  if (path.at(-2) !== 'format' || typeof parent !== 'string') return valueAt(echo, path)
  return path.at(-1) === 'type' ? (FORMAT_ALIASES[parent] ?? parent) : undefined
}

const FORMAT_ALIASES: { readonly [name: string]: string } = {
  pcm16: 'audio/pcm',
  g711_ulaw: 'audio/pcmu',
  g711_alaw: 'audio/pcma',
}

/** Whether a value is shown as requested. Numbers may come back in 32-bit precision. */
function matches([first]: Path, asked: unknown, shown: unknown): boolean {
  if (first === 'instructions' && typeof asked === 'string' && typeof shown === 'string') {
    return shown.trimEnd().endsWith(asked.trimEnd())
  }
  if (first === 'output_modalities' && Array.isArray(asked) && Array.isArray(shown)) {
    return deepEqual([...asked].sort(), [...shown].sort())
  }
  if (first === 'tools' && Array.isArray(asked) && Array.isArray(shown)) {
    return asked.length === shown.length && asked.every((tool, index) => isToolShownAs(tool, shown[index]))
  }
  if (typeof asked === 'number' && typeof shown === 'number') return Math.fround(asked) === Math.fround(shown)
  return deepEqual(asked, shown)
}

/** Whether a tool is shown as requested; what the service leaves out or adds does not count. */
function isToolShownAs(tool: unknown, shown: unknown): boolean {
  return ['name', 'description', 'parameters'].every((key) => {
    const value = valueAt(shown, [key])
    return value === undefined || deepEqual(valueAt(tool, [key]), value)
  })
}
