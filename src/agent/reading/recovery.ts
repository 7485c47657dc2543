import type { Fault, TextEdit } from '../findings/fault.ts'
import { type MakeFault, readDocument, type YamlDocument } from '../parse.ts'
import type { RuleId } from '../rules.ts'
import type { Span } from './spans.ts'

/** How often a text is mended and read again. */
const MENDS_MAX = 8
/** Rules whose faults may be mended so. */
const MENDABLE: readonly RuleId[] = ['RV002', 'RV004', 'RV014']
/** How much is read again in all, in characters: half a second, where every line of it is wrong. */
const CHARACTERS_MAX = 120_000

/**
 * Reads a text as YAML 1.2. Where it breaks, and what is proposed there mends it, the rest is read as if that were written, so that all faults of
 * the file are told at once. Every place is one in the text as it stands.
 */
export function readWithRecovery(text: string, fault: MakeFault): YamlDocument {
  let document = readDocument(text, fault)
  const mended: Fault[] = []
  let mends: readonly TextEdit[] = []
  let characters = 0
  while (document.data === undefined && mended.length < MENDS_MAX) {
    const found = document.faults
      .map((slip) => ({ slip, ways: waysOf(slip, mends) }))
      .find(({ ways }) => ways.length > 0)
    if (found === undefined) break
    const { slip, ways } = found
    characters += ways.length * text.length
    if (characters > CHARACTERS_MAX) break
    const readings = ways.map((way) => readIn(way))
    const next = slip.recoveryCandidates === undefined ? readings[0] : clearest(readings, text)
    if (next === undefined) break
    mended.push({ ...slip, isRecovered: true })
    mends = next.mends
    document = next.document
  }
  return { ...document, faults: [...mended, ...document.faults] }

  function readIn(way: readonly TextEdit[]): Reading {
    const all = [...mends, ...way].sort((one, other) => one.start - other.start)
    const read = readMended(text, all, fault)
    const { offset } = read.faults.at(-1)?.place.start ?? { offset: 0 }
    return { way, mends: all, document: read, breaksAt: read.data === undefined ? offset : Number.POSITIVE_INFINITY }
  }
}

interface Reading {
  readonly way: readonly TextEdit[]
  /** With all that was mended before. */
  readonly mends: readonly TextEdit[]
  readonly document: YamlDocument
  /** Where the text breaks again. */
  readonly breaksAt: number
}

/** The reading that leads furthest; none where it is one of several, and where it breaks at, or just below, what was guessed: that comes of it. */
function clearest(readings: readonly Reading[], text: string): Reading | undefined {
  const furthest = Math.max(...readings.map(({ breaksAt }) => breaksAt))
  const [first, ...others] = readings.filter(({ breaksAt }) => breaksAt === furthest)
  // How wide the gaps in a text are says nothing.
  const saidBy = (reading: Reading | undefined) => JSON.stringify(reading?.document.data)?.replaceAll(' ', '')
  if (first === undefined || others.some((other) => saidBy(other) !== saidBy(first))) return undefined
  const isNear = ({ start }: TextEdit) => {
    const between = text.slice(Math.min(start, furthest), Math.max(start, furthest))
    return between.split('\n', 3).filter((line) => /^\s*[^\s#]/.test(line)).length < (start > furthest ? 1 : 2)
  }
  return furthest < text.length && first.way.some(isNear) ? undefined : first
}

/** What may be read in the place of a fault, beside what is read otherwise already; none where nothing is proposed, and where the text breaks again at a mend. */
function waysOf(fault: Fault, mends: readonly TextEdit[]): readonly (readonly TextEdit[])[] {
  const { rule, suggest: [right] = [], isRecovered, level, place, recovery, recoveryCandidates } = fault
  if (!MENDABLE.includes(rule) || isRecovered || level === 'warning') return []
  const proposed = right === undefined ? [] : [[{ start: place.start.offset, end: place.end.offset, newText: right }]]
  const isApart = (each: TextEdit) => mends.every((other) => each.end < other.start || each.start > other.end)
  return (recovery === undefined ? (recoveryCandidates ?? proposed) : [recovery]).filter((way) => way.every(isApart))
}

/** Reads a text with what is proposed in the place of what is wrong; the mends come in the order of their places. */
function readMended(text: string, mends: readonly TextEdit[], fault: MakeFault): YamlDocument {
  const pieces = mends.map(({ start, newText }, index) => text.slice(mends[index - 1]?.end ?? 0, start) + newText)
  const mended = pieces.join('') + text.slice(mends.at(-1)?.end ?? 0)
  const stretch = ([from, to]: Span): Span => [offsetOf(from), offsetOf(to)]
  const document = readDocument(mended, (rule, message, help, at, path) => {
    return fault(rule, message, help, stretch(at), path)
  })
  const spans = () =>
    document.spans().map((mark) => {
      return { ...mark, span: stretch(mark.span), keySpan: mark.keySpan === null ? null : stretch(mark.keySpan) }
    })
  const faults = document.faults.map((each): Fault => {
    const asWritten = ({ start, end, newText }: TextEdit) => ({ start: offsetOf(start), end: offsetOf(end), newText })
    const { recovery, recoveryCandidates } = each
    return {
      ...each,
      ...(recovery === undefined ? {} : { recovery: recovery.map(asWritten) }),
      ...(recoveryCandidates === undefined
        ? {}
        : { recoveryCandidates: recoveryCandidates.map((way) => way.map(asWritten)) }),
    }
  })
  return { ...document, faults, spans }

  /** Where a place of the mended text stands in the text; inside a mend, as far as both are alike there. */
  function offsetOf(offset: number): number {
    let more = 0
    for (const { start, end, newText } of mends) {
      const inside = offset - start - more
      if (inside < 0 || (inside === 0 && newText !== '')) break
      if (inside < newText.length) {
        const [alike, behind] = alikeIn(text.slice(start, end), newText)
        if (newText.length - inside <= behind) return end - (newText.length - inside)
        return start + Math.min(inside, alike)
      }
      more += newText.length - (end - start)
    }
    return offset - more
  }
}

/** How many characters of two texts are the same at the beginning, and at the end. */
function alikeIn(one: string, other: string): readonly [number, number] {
  const least = Math.min(one.length, other.length)
  let first = 0
  while (first < least && one[first] === other[first]) first += 1
  let last = 0
  while (last < least - first && one.at(-1 - last) === other.at(-1 - last)) last += 1
  return [first, last]
}
