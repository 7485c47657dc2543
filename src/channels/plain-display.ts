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

  function agentEnded(interrupted: boolean): void {
    if (!isSpeaking) return
    isSpeaking = false
    write(`${interrupted ? `${endsInSpace ? '' : ' '}${CUT_OFF_MARK}` : ''}\n`)
  }

  function note(kind: NoteKind, text: string): void {
    agentEnded(false)
    const lines = toPrintable(text).trimEnd().split('\n')
    write(lines.map((line, index) => `${label(index === 0 ? LABELS[kind] : '')}${line}`.trimEnd()).join('\n'))
    write('\n')
  }

  return { agentSaid, agentEnded, note, close: () => agentEnded(false) }
}

function label(word: string): string {
  return word.padEnd(7)
}
