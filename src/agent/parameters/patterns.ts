import { mayBacktrackExponentially } from '../regex/ambiguity.ts'
import { createMatcher } from '../regex/match.ts'
import { UnboundedPattern } from '../regex/parse.ts'

/** What a pattern is: one that others may take for ever over, one that no bounded time is enough for, or none at all, each with the reason. */
type Verdict = 'fine' | 'ambiguous' | { readonly unbounded: string } | { readonly invalid: string }

/** Patterns that were looked at; beyond that all are looked at anew. */
const VERDICTS_MAX = 1_000
/** Many agents ask for the same few forms. */
const verdicts = new Map<string, Verdict>()

export function patternVerdict(source: string): Verdict {
  const before = verdicts.get(source)
  if (before !== undefined) return before
  const verdict = judgePattern(source)
  if (verdicts.size >= VERDICTS_MAX) verdicts.clear()
  verdicts.set(source, verdict)
  return verdict
}

/** Whether a text is a pattern that can be checked in time that grows with what it is held against alone. */
export function isSafePattern(source: string): boolean {
  return typeof patternVerdict(source) === 'string'
}

function judgePattern(source: string): Verdict {
  try {
    createMatcher(source)
    return mayBacktrackExponentially(source) ? 'ambiguous' : 'fine'
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return error instanceof UnboundedPattern ? { unbounded: message } : { invalid: message }
  }
}
