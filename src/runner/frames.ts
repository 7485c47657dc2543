import { styleText } from 'node:util'
import { type FrameOptions, renderDiagnostic, renderFrame } from '../agent/code-frame.ts'
import type { Diagnostic } from '../agent/diagnostic.ts'

/** Diagnostics as people read them, with the lines they speak of. */
export interface Frames {
  /** Remembers the text of files, by the name that diagnostics use. */
  keep(sources: ReadonlyMap<string, string>): void
  frame(diagnostic: Diagnostic): string
  /** One place in a file that is kept. */
  frameAt(place: { readonly file: string; readonly line: number; readonly column: number }): string
}

/** `stream` decides on colour and on lines drawn with more than ASCII. */
export function createFrames(stream: { readonly isTTY?: boolean }): Frames {
  const sources = new Map<string, string>()
  const options: FrameOptions = {
    ascii: !stream.isTTY || process.env.TERM === 'dumb',
    ...(stream.isTTY && (process.env.NO_COLOR ?? '') === ''
      ? { paint: (style, text) => styleText(STYLES[style], text) }
      : {}),
  }
  return {
    keep(more) {
      for (const [file, text] of more) sources.set(file, text)
    },
    frame: (diagnostic) => renderDiagnostic(diagnostic, sources.get(diagnostic.file), options),
    frameAt({ file, line, column }) {
      const position = { line, column, offset: 0 }
      return renderFrame(
        { file, start: position, end: { ...position, line: line + 1 } },
        sources.get(file) ?? '',
        options,
      ).join('\n')
    },
  }
}

const STYLES = { error: 'red', warning: 'yellow', note: 'cyan', dim: 'dim' } as const
