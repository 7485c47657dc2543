import type { Writable } from 'node:stream'
import { CUT_OFF_MARK, type Display, LABELS, type NoteKind } from './display.ts'
import { toPrintable } from './printable.ts'

/**
 * For a pipe: one line per turn, no colour, no cursor; the agent's words are written as they come. It ends quietly when the reader is gone.
 */
export function openPlainDisplay({
  output,
  onQuit,
}: {
  readonly output: Writable
  readonly onQuit: () => void
}): Display {
  let isSpeaking = false
  let endsInSpace = false
  let isClosed = false
  output.on('error', () => {
    isClosed = true
    onQuit()
  })

  function write(text: string): void {
    if (!isClosed) output.write(text)
  }

  function agentSaid(delta: string): void {
    const text = toPrintable(delta).replace(/\s*\n\s*/g, ' ')
    const words = isSpeaking ? text : text.trimStart()
    if (words === '') return
    write(isSpeaking ? words : `${label(LABELS.agent)}${words}`)
    isSpeaking = true
    endsInSpace = words.endsWith(' ')
  }

  function agentEnded(): void {
    if (isSpeaking) write('\n')
    isSpeaking = false
  }

  function agentCutOff(): void {
    if (isSpeaking) write(endsInSpace ? CUT_OFF_MARK : ` ${CUT_OFF_MARK}`)
    agentEnded()
  }

  function note(kind: NoteKind, text: string): void {
    agentEnded()
    const lines = toPrintable(text).trimEnd().split('\n')
    write(lines.map((line, index) => `${label(index === 0 ? LABELS[kind] : '')}${line}`.trimEnd()).join('\n'))
    write('\n')
  }

  return { agentSaid, agentEnded, agentCutOff, note, close: agentEnded }
}

function label(word: string): string {
  return word.padEnd(7)
}
