import type { Fault } from '../findings/fault.ts'
import type { MakeFault } from './spans.ts'

/** One line of a text, and where it stands. */
export interface Line {
  readonly start: number
  readonly indent: number
  /** Without its indentation, its line end and the space before that. */
  readonly content: string
}

/** How many lines above a fault are looked at. */
const LINES_ABOVE_MAX = 500

/** What is space to YAML on a line. */
const SPACE = ' \t\r'

/** The line that holds an offset. */
export function lineAt(text: string, offset: number): Line {
  // What is looked for before the first sign is found at that one.
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const lineEnd = text.indexOf('\n', start)
  let end = lineEnd < 0 ? text.length : lineEnd
  while (end > start && SPACE.includes(text.charAt(end - 1))) end -= 1
  const line = text.slice(start, end)
  const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0
  return { start, indent, content: line.slice(indent) }
}

/** The lines above one that hold something, the nearest first. */
export function linesAbove(text: string, { start }: Line): readonly Line[] {
  const found: Line[] = []
  for (let at = start; at > 0 && found.length < LINES_ABOVE_MAX; ) {
    const line = lineAt(text, at - 1)
    if (line.content !== '' && !line.content.startsWith('#')) found.push(line)
    at = line.start
  }
  return found
}

/** Makes the fault of a line, or of its first characters; a suggestion replaces all of them. */
export type MakeLineFault = (message: string, help: string, length?: number, suggest?: string) => Fault

export function lineFaultMaker({ start, indent, content }: Line, makeFault: MakeFault): MakeLineFault {
  return (message, help, length = content.length, suggest) => {
    const found = makeFault('RV002', message, help, [start + indent, start + indent + length])
    return suggest === undefined ? found : { ...found, suggest: [suggest] }
  }
}

/** As much of a text as a message holds. */
export function truncate(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
