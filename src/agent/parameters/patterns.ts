import { mayBacktrackExponentially } from '../regex/ambiguity.ts'
import { createMatcher } from '../regex/match.ts'
import { UnboundedPattern } from '../regex/parse.ts'

/**
 * Whether a pattern is safe, may backtrack exponentially in other engines, cannot be matched in bounded time, or is none; the last two with
 * the reason.
 */
type Verdict = 'fine' | 'ambiguous' | { readonly unbounded: string } | { readonly invalid: string }

/** How many verdicts are cached; beyond that all are dropped. */
const VERDICTS_MAX = 1_000
/** Many agents use the same few patterns. */
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
