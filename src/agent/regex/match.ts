import { type Pattern, parsePattern, UnboundedPattern } from './parse.ts'

/** One step of a compiled pattern; `to` are the steps that may follow. */
type Step =
  | { readonly type: 'character'; readonly matches: (character: string) => boolean; to: number }
  | { readonly type: 'split'; to: readonly number[] }
  | { readonly type: 'assertion'; readonly edge: '^' | '$' | 'b' | 'B'; to: number }
  | { readonly type: 'lookahead'; readonly start: number; readonly isNegative: boolean; to: number }
  | { readonly type: 'end' }

/** Most steps of one pattern: counts such as {1000} are written out. */
const STEPS_MAX = 5_000
/** Most that is looked at for one text, in steps; what takes longer does not fit. About a second. */
const VISITS_MAX = 5_000_000

interface Matcher {
  test(text: string): boolean
  toString(): string
}

/** A regular expression (flag `u`) that never goes back, so that no text takes it for ever. Throws where the pattern cannot be read so. */
export function createMatcher(source: string): Matcher {
  new RegExp(source, 'u')
  const steps: Step[] = []
  const end = add({ type: 'end' })
  const start = compile(parsePattern(source), end)
  return {
    test: (text) => search([...text], { steps, start, isUnanchored: true, from: 0, budget: { steps: VISITS_MAX } }),
    toString: () => `/${source}/u`,
  }

  function add(step: Step): number {
    if (steps.length >= STEPS_MAX) throw new UnboundedPattern('is too large')
    steps.push(step)
    return steps.length - 1
  }

  /** Builds backwards: gives the step that begins a part, which ends at `to`. */
  function compile(pattern: Pattern, to: number): number {
    switch (pattern.type) {
      case 'atom':
        return add({ type: 'character', matches: characterTest(pattern.source), to })
      case 'sequence':
        return pattern.parts.reduceRight((next, part) => compile(part, next), to)
      case 'alternation':
        return add({ type: 'split', to: pattern.parts.map((part) => compile(part, to)) })
      case 'repetition':
        return repeat(pattern, to)
      case 'assertion':
        return add({ type: 'assertion', edge: pattern.edge, to })
      case 'lookahead':
        return add({ type: 'lookahead', start: compile(pattern.part, end), isNegative: pattern.isNegative, to })
      default:
        return pattern satisfies never
    }
  }

  function repeat({ part, min, max }: Extract<Pattern, { type: 'repetition' }>, to: number): number {
    let next = to
    if (max === Number.POSITIVE_INFINITY) {
      const loop: { type: 'split'; to: readonly number[] } = { type: 'split', to: [] }
      next = add(loop)
      loop.to = [compile(part, next), to]
    } else for (let count = min; count < max; count += 1) next = add({ type: 'split', to: [compile(part, next), to] })
    for (let count = 0; count < min; count += 1) next = compile(part, next)
    return next
  }
}

/** Whether one character is what an atom of a pattern says. */
export function characterTest(source: string): (character: string) => boolean {
  if ([...source].length === 1 && source !== '.') return (character) => character === source
  const whole = new RegExp(`^(?:${source})$`, 'u')
  return (character) => whole.test(character)
}

interface Search {
  readonly steps: readonly Step[]
  readonly start: number
  readonly isUnanchored: boolean
  readonly from: number
  readonly budget: { steps: number }
}

/** All ways at once, one character at a time. */
function search(text: readonly string[], { steps, start, isUnanchored, from, budget }: Search): boolean {
  const visitedAt = new Uint32Array(steps.length)
  let current: number[] = []
  for (let at = from; at <= text.length; at += 1) {
    const next: number[] = []
    if (at === from || isUnanchored) current.push(start)
    while (current.length > 0) {
      const index = current.pop() ?? 0
      if (visitedAt[index] === at + 1) continue
      visitedAt[index] = at + 1
      budget.steps -= 1
      if (budget.steps < 0) return false
      const step = steps[index]
      if (step === undefined) continue
      if (step.type === 'end') return true
      if (step.type === 'split') current.push(...step.to)
      else if (step.type === 'character') {
        if (at < text.length && step.matches(text[at] ?? '')) next.push(step.to)
      } else if (step.type === 'assertion') {
        if (holdsAt(step.edge, text, at)) current.push(step.to)
      } else if (search(text, { steps, start: step.start, isUnanchored: false, from: at, budget }) !== step.isNegative)
        current.push(step.to)
    }
    if (next.length === 0 && !isUnanchored) return false
    current = next
  }
  return false
}

function holdsAt(edge: '^' | '$' | 'b' | 'B', text: readonly string[], at: number): boolean {
  if (edge === '^') return at === 0
  if (edge === '$') return at === text.length
  return (isWord(text[at - 1]) !== isWord(text[at])) === (edge === 'b')
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character)
}
