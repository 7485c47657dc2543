import { characterTest } from './match.ts'
import { type Pattern, parsePattern } from './parse.ts'

/** Atoms of a pattern beyond which it is not looked at: the work grows with their square. */
const ATOMS_MAX = 120

/**
 * Whether an engine that goes back may take for ever over a text that almost fits: where one stretch of text can be read in two ways, and
 * again and again, each repetition doubles the ways. `(a+)+$` is the usual case.
 */
export function mayBacktrackExponentially(source: string): boolean {
  const graph = graphOf(parsePattern(source))
  if (graph === null) return false
  const { atoms, follow, duplicateSteps } = graph
  const reach = atoms.map((_, from) => reachable(from, follow))
  if (duplicateSteps.some(([from, to]) => reach[to]?.has(from))) return true
  return hasAmbiguousLoop(atoms, follow)
}

interface Graph {
  readonly atoms: readonly ReadonlySet<number>[]
  /** Atoms that may come directly behind an atom. */
  readonly follow: readonly ReadonlySet<number>[]
  /** Steps from atom to atom that can be made in two ways. */
  readonly duplicateSteps: readonly (readonly [number, number])[]
}

interface Ends {
  readonly first: readonly number[]
  readonly last: readonly number[]
  readonly isEmpty: boolean
}

/** The pattern as atoms and the steps between them (the position automaton). */
function graphOf(pattern: Pattern): Graph | null {
  const sources: string[] = []
  const follow: Set<number>[] = []
  const duplicateSteps: [number, number][] = []
  try {
    walk(pattern)
  } catch (error) {
    if (error === TOO_MANY_ATOMS) return null
    throw error
  }
  const samples = samplesOf(sources)
  const atoms = sources.map((source) => {
    const fits = characterTest(source)
    return new Set(samples.flatMap((sample, index) => (fits(sample) ? [index] : [])))
  })
  return { atoms, follow, duplicateSteps }

  function join(last: readonly number[], first: readonly number[]): void {
    for (const from of last) {
      for (const to of first) {
        if (follow[from]?.has(to)) duplicateSteps.push([from, to])
        else follow[from]?.add(to)
      }
    }
  }

  function walk(part: Pattern): Ends {
    switch (part.type) {
      case 'atom':
        if (sources.length >= ATOMS_MAX) throw TOO_MANY_ATOMS
        sources.push(part.source)
        follow.push(new Set())
        return { first: [sources.length - 1], last: [sources.length - 1], isEmpty: false }
      case 'sequence':
        return part.parts.map(walk).reduce(concatenate, { first: [], last: [], isEmpty: true })
      case 'alternation': {
        const ends = part.parts.map(walk)
        return {
          first: ends.flatMap(({ first }) => first),
          last: ends.flatMap(({ last }) => last),
          isEmpty: ends.some(({ isEmpty }) => isEmpty),
        }
      }
      case 'repetition':
        return repeat(part)
      case 'assertion':
        return { first: [], last: [], isEmpty: true }
      case 'lookahead':
        walk(part.part)
        return { first: [], last: [], isEmpty: true }
      default:
        return part satisfies never
    }
  }

  function concatenate(left: Ends, right: Ends): Ends {
    join(left.last, right.first)
    return {
      first: left.isEmpty ? [...left.first, ...right.first] : left.first,
      last: right.isEmpty ? [...left.last, ...right.last] : right.last,
      isEmpty: left.isEmpty && right.isEmpty,
    }
  }

  function repeat({ part, min, max }: Extract<Pattern, { type: 'repetition' }>): Ends {
    const copies = max === Number.POSITIVE_INFINITY ? Math.max(1, min) : Math.max(min, Math.min(max, min + 2))
    let ends: Ends = { first: [], last: [], isEmpty: true }
    // From the end, since a copy that may be left out is left out with all behind it: one text fits no two of them.
    for (let copy = copies - 1; copy >= 0; copy -= 1) {
      const each = walk(part)
      const isLast = copy === copies - 1
      if (isLast && max === Number.POSITIVE_INFINITY) join(each.last, each.first)
      const rest = concatenate(each, ends)
      ends = copy >= min ? { ...rest, isEmpty: true } : rest
    }
    return ends
  }
}

const TOO_MANY_ATOMS = new Error('too many atoms')

/** Characters that tell the atoms of a pattern apart: those it names, their neighbours, and some of each usual kind. */
function samplesOf(sources: readonly string[]): readonly string[] {
  const points = new Set<number>([
    0x20, 0x09, 0x0a, 0x30, 0x39, 0x41, 0x5a, 0x5f, 0x61, 0x7a, 0x2d, 0x2e, 0xe9, 0x4e2d, 0x1f600,
  ])
  for (const source of sources) {
    for (const character of unescapePoints(source)) {
      const point = character.codePointAt(0) ?? 0
      for (const near of [point - 1, point, point + 1]) if (near >= 0 && near <= 0x10ffff) points.add(near)
    }
  }
  return [...points].map((point) => String.fromCodePoint(point))
}

/** An atom with the characters that it names by their numbers. */
function unescapePoints(source: string): string {
  return source.replaceAll(/\\(?:u\{(\w+)\}|u(\w{4})|x(\w\w))/g, (_, ...numbers: string[]) =>
    String.fromCodePoint(Number.parseInt(numbers.slice(0, 3).join(''), 16)),
  )
}

function reachable(from: number, follow: readonly ReadonlySet<number>[]): ReadonlySet<number> {
  const found = new Set<number>([from])
  const open = [from]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const to of follow[next] ?? []) {
      if (!found.has(to)) {
        found.add(to)
        open.push(to)
      }
    }
  }
  return found
}

/** Whether two different ways lead from an atom back to itself over the same text: a walk of pairs that leaves the diagonal and comes back. */
function hasAmbiguousLoop(atoms: readonly ReadonlySet<number>[], follow: readonly ReadonlySet<number>[]): boolean {
  const size = atoms.length
  const forward: Set<number>[] = Array.from({ length: size * size }, () => new Set())
  const backward: Set<number>[] = Array.from({ length: size * size }, () => new Set())
  const overlap = (left: number, right: number) => [...(atoms[left] ?? [])].some((sample) => atoms[right]?.has(sample))
  for (let left = 0; left < size; left += 1) {
    for (let right = 0; right < size; right += 1) {
      for (const leftNext of follow[left] ?? []) {
        for (const rightNext of follow[right] ?? []) {
          if (!overlap(leftNext, rightNext)) continue
          forward[left * size + right]?.add(leftNext * size + rightNext)
          backward[leftNext * size + rightNext]?.add(left * size + right)
        }
      }
    }
  }
  return atoms.some((_, atom) => {
    const away = reachable(atom * size + atom, forward)
    const back = reachable(atom * size + atom, backward)
    return [...away].some((pair) => pair % size !== Math.floor(pair / size) && back.has(pair))
  })
}
