import type { Fault, Mend } from '../findings/fault.ts'
import { type Document, type MakeFault, readDocument } from '../parse.ts'
import type { Stretch } from './marks.ts'

/** How often a text is mended and read again. */
const MENDS_MAX = 8
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
  while (document.data === undefined && mends.length < MENDS_MAX && text.length <= CHARACTERS_MAX) {
    const next = document.faults.flatMap((each) => mendOf(each, mends) ?? []).at(0)
    if (next === undefined) break
    mended.push({ ...next.fault, isReadOn: true })
    mends = [...mends, next.mend].sort((one, other) => one.start - other.start)
    document = readMended(text, mends, fault)
  }
  return { ...document, faults: [...mended, ...document.faults] }
}

/** What mends a fault; null where nothing is proposed, and where the text breaks again at a mend. */
function mendOf(fault: Fault, mends: readonly Mend[]): { readonly fault: Fault; readonly mend: Mend } | null {
  const { rule, suggest: [right] = [], isReadOn, level, place } = fault
  if ((rule !== 'RV002' && rule !== 'RV014') || isReadOn || level === 'warning') return null
  const [start, end] = [place.start.offset, place.end.offset]
  const mend = fault.mend ?? (right === undefined ? null : { start, end, right })
  const isApart = mends.every((other) => mend !== null && (mend.end < other.start || mend.start > other.end))
  return mend !== null && isApart ? { fault, mend } : null
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
    if (each.mend === undefined) return each
    const [start, end] = stretch([each.mend.start, each.mend.end])
    return { ...each, mend: { ...each.mend, start, end } }
  })
  return { ...document, faults, marks }

  /** Where a place of the mended text stands in the text; inside a mend, as far as both are alike there. */
  function offsetOf(offset: number): number {
    let more = 0
    for (const { start, end, right } of mends) {
      const inside = offset - start - more
      if (inside <= 0) break
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
