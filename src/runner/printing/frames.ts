import { styleText } from 'node:util'
import { type FrameOptions, renderDiagnostic } from '../../agent/findings/code-frame.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'

/** Diagnostics as people read them, with the lines they speak of. */
export interface Frames extends Drawing {
  /** Remembers the text of files, by the name that diagnostics use. */
  keep(sources: ReadonlyMap<string, string>): void
  /** The same without colour, for whoever is not at the terminal. */
  readonly plain: Drawing
}

interface Drawing {
  frame(diagnostic: Diagnostic): string
}

/** `stream` decides on colour, on lines drawn with more than ASCII, and how wide they are, `margin` columns left out. */
export function createFrames(stream: { readonly isTTY?: boolean; readonly columns?: number }, margin = 0): Frames {
  const sources = new Map<string, string>()
  const coloured = stream.isTTY && (process.env.NO_COLOR ?? '') === ''
  return {
    keep(more) {
      for (const [file, text] of more) sources.set(file, text)
    },
    plain: drawWith(sources, () => ({})),
    ...drawWith(sources, () => ({
      ascii: !stream.isTTY || process.env.TERM === 'dumb',
      ...(stream.isTTY && stream.columns ? { width: stream.columns - margin } : {}),
      ...(coloured ? { paint: (style, text) => styleText(STYLES[style], text) } : {}),
    })),
  }
}

/** How wide the terminal is, is asked for at each drawing. */
function drawWith(sources: ReadonlyMap<string, string>, options: () => FrameOptions): Drawing {
  return {
    frame: (diagnostic) => renderDiagnostic(diagnostic, sources.get(diagnostic.file), options()),
  }
}

const STYLES = { error: 'red', warning: 'yellow', note: 'cyan', dim: 'dim' } as const
