import { styleText } from 'node:util'
import { type FrameOptions, renderDiagnostic } from '../../agent/findings/code-frame.ts'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'

/** Draws diagnostics for one stream, and remembers the texts they point into. */
export interface Frames extends FrameRenderer {
  /** Remembers the text of files, by the names that diagnostics use. */
  addSources(sources: ReadonlyMap<string, string>): void
  /** Draws without colour, for readers who are not at the terminal. */
  readonly plain: FrameRenderer
}

/** Draws one diagnostic with its source lines. */
export interface FrameRenderer {
  frame(diagnostic: Diagnostic): string
}

/** `stream` decides on colour, non-ASCII lines and width; `margin` columns are left free. */
export function createFrames(stream: { readonly isTTY?: boolean; readonly columns?: number }, margin = 0): Frames {
  const sources = new Map<string, string>()
  const coloured = stream.isTTY && (process.env.NO_COLOR ?? '') === ''
  return {
    addSources(more) {
      for (const [file, text] of more) sources.set(file, text)
    },
    plain: createRenderer(sources, () => ({})),
    ...createRenderer(sources, () => ({
      ascii: !stream.isTTY || process.env.TERM === 'dumb',
      ...(stream.isTTY && stream.columns ? { width: stream.columns - margin } : {}),
      ...(coloured ? { paint: (style, text) => styleText(STYLES[style], text) } : {}),
    })),
  }
}

/** Options are read at each drawing, since the terminal's width changes. */
function createRenderer(sources: ReadonlyMap<string, string>, options: () => FrameOptions): FrameRenderer {
  return {
    frame: (diagnostic) => renderDiagnostic(diagnostic, sources.get(diagnostic.file), options()),
  }
}

const STYLES = { error: 'red', warning: 'yellow', note: 'cyan', dim: 'dim' } as const
