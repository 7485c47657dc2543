import type { ReportedSession, SessionObject } from '../realtime/session-object.ts'
import { authorPath } from './compile.ts'
import { leaves, type Path, sameData, valueAt } from './leaves.ts'

/**
 * What a `session.updated` says of an update of ours. One that shows what we changed confirms it; one that shows the old
 * values was unasked (the service sends such after a memory cycle); one that shows none of them is silent. Where it is not
 * known what the session was like before, it has to differ from everything that it may have been.
 */
export type Verdict = 'confirmed' | 'silent' | 'unasked'

export function verdictOf(echo: ReportedSession, update: SessionObject, before: readonly SessionObject[]): Verdict {
  const verdicts = before.map((held) => verdictAgainst(echo, update, held))
  if (verdicts.includes('unasked')) return 'unasked'
  return verdicts.includes('confirmed') ? 'confirmed' : 'silent'
}

function verdictAgainst(echo: ReportedSession, update: SessionObject, held: SessionObject): Verdict {
  const changed = leaves(update).filter(({ path, value }) => !sameData(value, valueAt(held, path)))
  const shown = changed.filter(({ path }) => echoed(echo, path) !== undefined)
  if (shown.length === 0) return 'silent'
  return shown.some(({ path, value }) => matches(path, value, echoed(echo, path))) ? 'confirmed' : 'unasked'
}

/** What the service shows otherwise than it was asked for. */
export interface Mismatch {
  readonly field: string
  readonly asked: unknown
  readonly shown: unknown
}

/** Settings that a confirmation shows otherwise than they were asked for; a key it leaves out is no mismatch. */
export function mismatches(echo: ReportedSession, accepted: SessionObject): readonly Mismatch[] {
  return leaves(accepted).flatMap(({ path, value: asked }) => {
    const shown = echoed(echo, path)
    const field = authorPath(path.join('.'))
    return field === null || shown === undefined || matches(path, asked, shown) ? [] : [{ field, asked, shown }]
  })
}

/** The echoed value at a path; a format may come back as a bare string. */
function echoed(echo: ReportedSession, path: Path): unknown {
  const parent = valueAt(echo, path.slice(0, -1))
  if (path.at(-2) !== 'format' || typeof parent !== 'string') return valueAt(echo, path)
  return path.at(-1) === 'type' ? (SHORT_NAMES[parent] ?? parent) : undefined
}

const SHORT_NAMES: { readonly [name: string]: string } = {
  pcm16: 'audio/pcm',
  g711_ulaw: 'audio/pcmu',
  g711_alaw: 'audio/pcma',
}

function matches([first]: Path, asked: unknown, shown: unknown): boolean {
  if (first === 'instructions' && typeof asked === 'string' && typeof shown === 'string') {
    return shown.trimEnd().endsWith(asked.trimEnd())
  }
  if (first === 'output_modalities' && Array.isArray(asked) && Array.isArray(shown)) {
    return sameData([...asked].sort(), [...shown].sort())
  }
  if (first === 'tools' && Array.isArray(asked) && Array.isArray(shown)) {
    return asked.length === shown.length && asked.every((tool, index) => isShownAs(tool, shown[index]))
  }
  return sameData(asked, shown)
}

/** A tool is the same when whatever is shown of it is; what the service leaves out or adds does not count. */
function isShownAs(tool: unknown, shown: unknown): boolean {
  return ['name', 'description', 'parameters'].every((key) => {
    const value = valueAt(shown, [key])
    return value === undefined || sameData(valueAt(tool, [key]), value)
  })
}
