import { createMatcher } from '../regex/match.ts'

/** Patterns that were looked at; beyond that all are looked at anew. */
const PATTERNS_MAX = 1_000
/** Many agents ask for the same few forms. */
const patterns = new Map<string, boolean>()

/** Whether a text is a pattern that can be checked in time that grows with what it is held against alone. */
export function isPattern(source: string): boolean {
  const before = patterns.get(source)
  if (before !== undefined) return before
  if (patterns.size >= PATTERNS_MAX) patterns.clear()
  const is = compiles(source)
  patterns.set(source, is)
  return is
}

function compiles(source: string): boolean {
  try {
    createMatcher(source)
    return true
  } catch {
    return false
  }
}
