import type { Fault, Mend } from '../findings/fault.ts'
import { type Document, type MakeFault, readDocument } from '../parse.ts'
import type { RuleId } from '../rules.ts'
import type { Stretch } from './marks.ts'

/** How often a text is mended and read again. */
const MENDS_MAX = 8
/** Rules whose faults may be mended so. */
const MENDABLE: readonly RuleId[] = ['RV002', 'RV004', 'RV014']
/** How long a text may be that is read again, in characters. */
const CHARACTERS_MAX = 60_000

/**
 * Reads a text as YAML 1.2. Where it breaks, and what is proposed there mends it, the rest is read as if that were written, so that all faults of
 * the file are told at once. Every place is one in the text as it stands.
 */
export function readOn(text: string, fault: MakeFault): Document {
  let document = readDocument(text, fault)
  const mended: Fault[] = []
  let mends: readonly Mend[] = []
  while (document.data === undefined && mended.length < MENDS_MAX && text.length <= CHARACTERS_MAX) {
    const slip = document.faults.find((each) => waysOf(each, mends).length > 0)
    if (slip === undefined) break
    const [first, ...others] = waysOf(slip, mends).map((way) => readIn(way))
    if (first === undefined) break
    const furthest = others.reduce((one, other) => (other.breaksAt > one.breaksAt ? other : one), first)
    // What breaks in a line that was mended by guess comes of that.
    const isGuess = others.length > 0 && furthest.document.data === undefined
    if (isGuess && furthest.way.some(({ start }) => isOnOneLine(text, start, furthest.breaksAt))) break
    mended.push({ ...slip, isReadOn: true })
    mends = furthest.mends
    document = furthest.document
  }
  return { ...document, faults: [...mended, ...document.faults] }

  function readIn(way: readonly Mend[]) {
    const all = [...mends, ...way].sort((one, other) => one.start - other.start)
    const read = readMended(text, all, fault)
    const breaksAt = read.data === undefined ? read.faults.at(-1)?.place.start.offset : undefined
    return { way, mends: all, document: read, breaksAt: breaksAt ?? text.length }
  }
}

/** What may be read in the place of a fault, beside what is read otherwise already; none where nothing is proposed, and where the text breaks again at a mend. */
function waysOf(fault: Fault, mends: readonly Mend[]): readonly (readonly Mend[])[] {
  const { rule, suggest: [right] = [], isReadOn, level, place } = fault
  if (!MENDABLE.includes(rule) || isReadOn || level === 'warning') return []
  const [start, end] = [place.start.offset, place.end.offset]
  const ways = fault.mends ?? (right === undefined ? [] : [[{ start, end, right }]])
  const isApart = (mend: Mend) => mends.every((other) => mend.end < other.start || mend.start > other.end)
  return ways.filter((way) => way.every(isApart))
}

function isOnOneLine(text: string, one: number, other: number): boolean {
  return !text.slice(Math.min(one, other), Math.max(one, other)).includes('\n')
}

/** Reads a text with what is proposed in the place of what is wrong; the mends come in the order of their places. */
function readMended(text: string, mends: readonly Mend[], fault: MakeFault): Document {
  const pieces = mends.map(({ start, right }, index) => text.slice(mends[index - 1]?.end ?? 0, start) + right)
  const mended = pieces.join('') + text.slice(mends.at(-1)?.end ?? 0)
  const stretch = ([from, to]: Stretch): Stretch => [offsetOf(from), offsetOf(to)]
  const document = readDocument(mended, (rule, message, help, at, path) => {
    return fault(rule, message, help, stretch(at), path)
  })
  const marks = () =>
    document.marks().map((mark) => {
      return { ...mark, at: stretch(mark.at), keyAt: mark.keyAt === null ? null : stretch(mark.keyAt) }
    })
  const faults = document.faults.map((each): Fault => {
    if (each.mends === undefined) return each
    const asWritten = ({ start, end, right }: Mend) => ({ start: offsetOf(start), end: offsetOf(end), right })
    return { ...each, mends: each.mends.map((way) => way.map(asWritten)) }
  })
  return { ...document, faults, marks }

  /** Where a place of the mended text stands in the text; inside a mend, as far as both are alike there. */
  function offsetOf(offset: number): number {
    let more = 0
    for (const { start, end, right } of mends) {
      const inside = offset - start - more
      if (inside < 0 || (inside === 0 && right !== '')) break
      if (inside < right.length) {
        const [alike, behind] = alikeIn(text.slice(start, end), right)
        if (right.length - inside <= behind) return end - (right.length - inside)
        return start + Math.min(inside, alike)
      }
      more += right.length - (end - start)
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
