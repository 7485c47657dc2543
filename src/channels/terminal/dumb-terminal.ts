import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import type { CallerEvent } from '../caller-event.ts'
import type { Display } from '../display.ts'
import { openPlainDisplay } from '../plain-display.ts'
import { createTypedTurns } from './typed-turns.ts'

interface DumbTerminalOptions {
  readonly input: NodeJS.ReadableStream
  readonly output: Writable
  readonly emit: (event: CallerEvent) => void
  readonly onQuit: () => void
  readonly onEmptyLine?: (() => void) | undefined
}

/** A person at a terminal that cannot move its cursor (TERM=dumb) and echoes what is typed itself. */
export function openDumbTerminal({ input, output, emit, onQuit, onEmptyLine }: DumbTerminalOptions): Display {
  const plain = openPlainDisplay({ output, onQuit })
  const typed = createTypedTurns({ emit, onQuit, note: plain.note, onEmptyLine })
  const lines = createInterface({ input, terminal: false })
  lines.on('line', (line) => {
    if (typed.handleLine(line) !== null) plain.agentCutOff()
  })
  lines.on('close', onQuit)
  lines.on('error', onQuit)

  return {
    ...plain,
    note(kind, text) {
      const placement = kind === 'caller' ? typed.placeReport(text) : 'new'
      if (placement === 'new') plain.note(kind, text)
      else plain.agentCutOff()
    },
    close() {
      lines.off('close', onQuit)
      lines.close()
      plain.close()
    },
  }
}
