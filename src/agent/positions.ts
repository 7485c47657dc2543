import type { Position } from './diagnostic.ts'

/** Tells for offsets of a text (UTF-16 units from 0) the line and column; offsets outside it are moved to its ends. */
export function positionsIn(text: string): (offset: number) => Position {
  const starts = [0]
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1)
  return (offset) => {
    const at = Math.min(Math.max(0, offset), text.length)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= at) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: codePoints(text, starts[low] ?? 0, at) + 1, offset: at }
  }
}

function codePoints(text: string, start: number, end: number): number {
  let count = 0
  for (let index = start; index < end; count += 1) index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1
  return count
}
