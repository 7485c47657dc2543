import type { Position } from '../findings/diagnostic.ts'

/** Finds for offsets of a text (UTF-16 units from 0) the line and column; offsets outside it are moved to its ends. */
export function positionFinder(text: string): (offset: number) => Position {
  const starts = [0]
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1)
  const codePoints = codePointCounter(text)
  return (offset) => {
    const at = Math.min(Math.max(0, offset), text.length)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= at) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: codePoints(at) - codePoints(starts[low] ?? 0) + 1, offset: at }
  }
}

/** Units between two counts that are stored, so that no line is counted from its start for each fault in it. */
const STRIDE = 1_024

/** Counts the code points before an offset. */
function codePointCounter(text: string): (offset: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (offset) => offset
  const counts = [0]
  for (let start = 0; start < text.length; start += STRIDE) {
    counts.push((counts.at(-1) ?? 0) + countCodePoints(text, start, Math.min(start + STRIDE, text.length)))
  }
  return (offset) => {
    const block = Math.floor(offset / STRIDE)
    return (counts[block] ?? 0) + countCodePoints(text, block * STRIDE, offset)
  }
}

/** The second half of a pair counts for nothing. */
function countCodePoints(text: string, start: number, end: number): number {
  let found = end - start
  for (let index = start; index < end; index += 1) {
    const isSecond = isLowSurrogate(text.charCodeAt(index)) && index > 0 && isHighSurrogate(text.charCodeAt(index - 1))
    if (isSecond) found -= 1
  }
  return found
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
