import { styleText } from 'node:util'
import { type FrameOptions, renderDiagnostic } from '../agent/code-frame.ts'
import type { Diagnostic } from '../agent/diagnostic.ts'

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

/** `stream` decides on colour and on lines drawn with more than ASCII. */
export function createFrames(stream: { readonly isTTY?: boolean }): Frames {
  const sources = new Map<string, string>()
  const coloured = stream.isTTY && (process.env.NO_COLOR ?? '') === ''
  return {
    keep(more) {
      for (const [file, text] of more) sources.set(file, text)
    },
    plain: drawWith(sources, {}),
    ...drawWith(sources, {
      ascii: !stream.isTTY || process.env.TERM === 'dumb',
      ...(coloured ? { paint: (style, text) => styleText(STYLES[style], text) } : {}),
    }),
  }
}

function drawWith(sources: ReadonlyMap<string, string>, options: FrameOptions): Drawing {
  return {
    frame: (diagnostic) => renderDiagnostic(diagnostic, sources.get(diagnostic.file), options),
  }
}

const STYLES = { error: 'red', warning: 'yellow', note: 'cyan', dim: 'dim' } as const
