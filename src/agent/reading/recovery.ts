import type { Fault, TextEdit } from '../findings/fault.ts'
import { readDocument, type YamlDocument } from '../parse.ts'
import type { RuleId } from '../rules.ts'
import type { MakeFault, Span } from './spans.ts'

/** How often a text is corrected and read again. */
const RECOVERIES_MAX = 8
/** Rules whose faults may be corrected so. */
const RECOVERABLE_RULES: readonly RuleId[] = ['RV002', 'RV004', 'RV014']
/** How much is read again in all, in characters: half a second, where every line of it is wrong. */
const CHARACTERS_MAX = 120_000

/**
 * Reads a text as YAML 1.2. Where it breaks, and the suggestion there repairs it, the rest is read as if that were written, so that all
 * faults of the file are reported at once. Every place is one in the text as it stands.
 */
export function readWithRecovery(text: string, makeFault: MakeFault): YamlDocument {
  let document = readDocument(text, makeFault)
  const recovered: Fault[] = []
  let edits: readonly TextEdit[] = []
  let characters = 0
  while (document.data === undefined && recovered.length < RECOVERIES_MAX) {
    const found = document.faults
      .map((broken) => ({ broken, candidates: candidatesFor(broken, edits) }))
      .find(({ candidates }) => candidates.length > 0)
    if (found === undefined) break
    const { broken, candidates } = found
    characters += candidates.length * text.length
    if (characters > CHARACTERS_MAX) break
    const readings = candidates.map((candidate) => readWith(candidate))
    const next = broken.recoveryCandidates === undefined ? readings[0] : bestReading(readings, text)
    if (next === undefined) break
    recovered.push({ ...broken, isRecovered: true })
    edits = next.edits
    document = next.document
  }
  return { ...document, faults: [...recovered, ...document.faults] }

  function readWith(candidate: readonly TextEdit[]): Reading {
    const all = [...edits, ...candidate].sort((one, other) => one.start - other.start)
    const read = readEdited(text, all, makeFault)
    const { offset } = read.faults.at(-1)?.place.start ?? { offset: 0 }
    return {
      candidate,
      edits: all,
      document: read,
      breaksAt: read.data === undefined ? offset : Number.POSITIVE_INFINITY,
    }
  }
}

interface Reading {
  readonly candidate: readonly TextEdit[]
  /** With all corrections made before. */
  readonly edits: readonly TextEdit[]
  readonly document: YamlDocument
  /** Where the text breaks again. */
  readonly breaksAt: number
}

/**
 * The reading that gets furthest; none where several that differ do, or where it breaks at or just below what was guessed: the guess is the
 * cause.
 */
function bestReading(readings: readonly Reading[], text: string): Reading | undefined {
  const furthest = Math.max(...readings.map(({ breaksAt }) => breaksAt))
  const [first, ...others] = readings.filter(({ breaksAt }) => breaksAt === furthest)
  // How wide the gaps in a text are says nothing.
  const dataOf = (reading: Reading | undefined) => JSON.stringify(reading?.document.data)?.replaceAll(' ', '')
  if (first === undefined || others.some((other) => dataOf(other) !== dataOf(first))) return undefined
  const isNear = ({ start }: TextEdit) => {
    const between = text.slice(Math.min(start, furthest), Math.max(start, furthest))
    return between.split('\n', 3).filter((line) => /^\s*[^\s#]/.test(line)).length < (start > furthest ? 1 : 2)
  }
  return furthest < text.length && first.candidate.some(isNear) ? undefined : first
}

/** The corrections that may be tried for a fault; none where nothing is suggested, and where the text breaks again at an earlier correction. */
function candidatesFor(fault: Fault, edits: readonly TextEdit[]): readonly (readonly TextEdit[])[] {
  const { rule, suggest: [right] = [], isRecovered, level, place, recovery, recoveryCandidates } = fault
  if (!RECOVERABLE_RULES.includes(rule) || isRecovered || level === 'warning') return []
  const proposed = right === undefined ? [] : [[{ start: place.start.offset, end: place.end.offset, newText: right }]]
  const isApart = (edit: TextEdit) => edits.every((other) => edit.end < other.start || edit.start > other.end)
  return (recovery === undefined ? (recoveryCandidates ?? proposed) : [recovery]).filter((candidate) =>
    candidate.every(isApart),
  )
}

/** Reads a text with edits applied, which are in the order of their places; every place is one in the text without them. */
function readEdited(text: string, edits: readonly TextEdit[], makeFault: MakeFault): YamlDocument {
  const pieces = edits.map(({ start, newText }, index) => text.slice(edits[index - 1]?.end ?? 0, start) + newText)
  const edited = pieces.join('') + text.slice(edits.at(-1)?.end ?? 0)
  const toSpan = ([from, to]: Span): Span => [offsetOf(from), offsetOf(to)]
  const document = readDocument(edited, (rule, message, help, at, path) => {
    return makeFault(rule, message, help, toSpan(at), path)
  })
  const spans = () =>
    document.spans().map((value) => {
      return { ...value, span: toSpan(value.span), keySpan: value.keySpan === null ? null : toSpan(value.keySpan) }
    })
  const faults = document.faults.map((fault): Fault => {
    const inOriginal = ({ start, end, newText }: TextEdit) => ({ start: offsetOf(start), end: offsetOf(end), newText })
    const { recovery, recoveryCandidates } = fault
    return {
      ...fault,
      ...(recovery === undefined ? {} : { recovery: recovery.map(inOriginal) }),
      ...(recoveryCandidates === undefined
        ? {}
        : { recoveryCandidates: recoveryCandidates.map((candidate) => candidate.map(inOriginal)) }),
    }
  })
  return { ...document, faults, spans }

  /** The offset in the original of an offset in the edited text; inside an edit, as far as both are alike there. */
  function offsetOf(offset: number): number {
    let shift = 0
    for (const { start, end, newText } of edits) {
      const inside = offset - start - shift
      if (inside < 0 || (inside === 0 && newText !== '')) break
      if (inside < newText.length) {
        const [prefix, suffix] = commonEnds(text.slice(start, end), newText)
        if (newText.length - inside <= suffix) return end - (newText.length - inside)
        return start + Math.min(inside, prefix)
      }
      shift += newText.length - (end - start)
    }
    return offset - shift
  }
}

/** How many characters of two texts are the same at the beginning, and at the end. */
function commonEnds(one: string, other: string): readonly [number, number] {
  const shorter = Math.min(one.length, other.length)
  let first = 0
  while (first < shorter && one[first] === other[first]) first += 1
  let last = 0
  while (last < shorter - first && one.at(-1 - last) === other.at(-1 - last)) last += 1
  return [first, last]
}
