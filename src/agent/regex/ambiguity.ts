import { atomTest } from './match.ts'
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
  const { atoms, follow, doubled } = graph
  const reach = atoms.map((_, from) => reachable(from, follow))
  if (doubled.some(([from, to]) => reach[to]?.has(from))) return true
  return hasTwoWays(atoms, follow)
}

interface Graph {
  readonly atoms: readonly ReadonlySet<number>[]
  /** Atoms that may come directly behind an atom. */
  readonly follow: readonly ReadonlySet<number>[]
  /** Steps from atom to atom that can be made in two ways. */
  readonly doubled: readonly (readonly [number, number])[]
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
  const doubled: [number, number][] = []
  try {
    walk(pattern)
  } catch (error) {
    if (error === TOO_MANY) return null
    throw error
  }
  const samples = samplesOf(sources)
  const atoms = sources.map((source) => {
    const fits = atomTest(source)
    return new Set(samples.flatMap((sample, index) => (fits(sample) ? [index] : [])))
  })
  return { atoms, follow, doubled }

  function join(last: readonly number[], first: readonly number[]): void {
    for (const from of last) {
      for (const to of first) {
        if (follow[from]?.has(to)) doubled.push([from, to])
        else follow[from]?.add(to)
      }
    }
  }

  function walk(part: Pattern): Ends {
    switch (part.type) {
      case 'atom':
        if (sources.length >= ATOMS_MAX) throw TOO_MANY
        sources.push(part.source)
        follow.push(new Set())
        return { first: [sources.length - 1], last: [sources.length - 1], isEmpty: false }
      case 'row':
        return part.parts.map(walk).reduce(row, { first: [], last: [], isEmpty: true })
      case 'either': {
        const ends = part.parts.map(walk)
        return {
          first: ends.flatMap(({ first }) => first),
          last: ends.flatMap(({ last }) => last),
          isEmpty: ends.some(({ isEmpty }) => isEmpty),
        }
      }
      case 'repeat':
        return repeat(part)
      case 'edge':
        return { first: [], last: [], isEmpty: true }
      case 'ahead':
        walk(part.part)
        return { first: [], last: [], isEmpty: true }
      default:
        return part satisfies never
    }
  }

  function row(one: Ends, other: Ends): Ends {
    join(one.last, other.first)
    return {
      first: one.isEmpty ? [...one.first, ...other.first] : one.first,
      last: other.isEmpty ? [...one.last, ...other.last] : other.last,
      isEmpty: one.isEmpty && other.isEmpty,
    }
  }

  function repeat({ part, min, max }: Extract<Pattern, { type: 'repeat' }>): Ends {
    const copies = max === Number.POSITIVE_INFINITY ? Math.max(1, min) : Math.max(min, Math.min(max, min + 2))
    let ends: Ends = { first: [], last: [], isEmpty: true }
    for (let copy = 0; copy < copies; copy += 1) {
      const each = walk(part)
      const isLast = copy === copies - 1
      if (isLast && max === Number.POSITIVE_INFINITY) join(each.last, each.first)
      ends = row(ends, copy >= min ? { ...each, isEmpty: true } : each)
    }
    return min === 0 ? { ...ends, isEmpty: true } : ends
  }
}

const TOO_MANY = new Error('too many atoms')

/** Characters that tell the atoms of a pattern apart: those it names, their neighbours, and some of each usual kind. */
function samplesOf(sources: readonly string[]): readonly string[] {
  const points = new Set<number>([
    0x20, 0x09, 0x0a, 0x30, 0x39, 0x41, 0x5a, 0x5f, 0x61, 0x7a, 0x2d, 0x2e, 0xe9, 0x4e2d, 0x1f600,
  ])
  for (const source of sources) {
    for (const character of source) {
      const point = character.codePointAt(0) ?? 0
      for (const near of [point - 1, point, point + 1]) if (near >= 0 && near < 0xd800) points.add(near)
    }
  }
  return [...points].map((point) => String.fromCodePoint(point))
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
function hasTwoWays(atoms: readonly ReadonlySet<number>[], follow: readonly ReadonlySet<number>[]): boolean {
  const size = atoms.length
  const forward: Set<number>[] = Array.from({ length: size * size }, () => new Set())
  const backward: Set<number>[] = Array.from({ length: size * size }, () => new Set())
  const meet = (one: number, other: number) => [...(atoms[one] ?? [])].some((sample) => atoms[other]?.has(sample))
  for (let one = 0; one < size; one += 1) {
    for (let other = 0; other < size; other += 1) {
      for (const oneNext of follow[one] ?? []) {
        for (const otherNext of follow[other] ?? []) {
          if (!meet(oneNext, otherNext)) continue
          forward[one * size + other]?.add(oneNext * size + otherNext)
          backward[oneNext * size + otherNext]?.add(one * size + other)
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
