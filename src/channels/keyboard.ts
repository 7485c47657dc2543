import { emitKeypressEvents } from 'node:readline'
import { editLine, emptyLine, type Key, type TypedLine } from './line-editor.ts'

/** Lines that the up arrow finds again. */
const HISTORY_MAX = 100

/** The stream of keys of a terminal, such as `process.stdin`. */
export type KeySource = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }

interface Keyboard {
  readonly line: TypedLine
  close(): void
}

/** Reads a terminal key by key: one line under edit, with the lines before it. A pasted text stays one line. */
export function openKeyboard(options: {
  readonly input: KeySource
  readonly onChange: () => void
  readonly onLine: (text: string) => void
  readonly onQuit: () => void
  /** Ctrl-C once more. */
  readonly onLeave: () => void
}): Keyboard {
  const { input, onChange, onLine, onQuit, onLeave } = options
  const history: string[] = []
  let line = emptyLine
  let shown = 0
  let pasting = false
  let wasInterrupted = false

  function submit(): void {
    const text = line.before + line.after
    if (text.trim() !== '' && history.at(-1) !== text) history.push(text)
    if (history.length > HISTORY_MAX) history.shift()
    shown = history.length
    line = emptyLine
    onLine(text)
  }

  function recall(step: -1 | 1): void {
    shown = Math.max(0, Math.min(history.length, shown + step))
    line = { before: history[shown] ?? '', after: '' }
    onChange()
  }

  function interrupt(): void {
    const isAgain = wasInterrupted
    wasInterrupted = true
    if (isAgain) onLeave()
    else onQuit()
  }

  function onKeypress(typed: string | undefined, key: Key): void {
    if (key.name === 'paste-start' || key.name === 'paste-end') {
      pasting = key.name === 'paste-start'
      return
    }
    const isEmpty = line.before === '' && line.after === ''
    if (key.ctrl === true && key.name === 'c') return interrupt()
    if (key.ctrl === true && key.name === 'd' && isEmpty) return onQuit()
    if ((key.name === 'return' || key.name === 'enter') && !pasting) return submit()
    if (key.name === 'up') return recall(-1)
    if (key.name === 'down') return recall(1)
    line = editLine(line, typed, key)
    onChange()
  }

  emitKeypressEvents(input)
  input.on('keypress', onKeypress)
  input.on('end', onQuit)
  input.on('error', onQuit)
  if (input.isTTY === true) input.setRawMode?.(true)
  input.resume()

  return {
    get line() {
      return line
    },
    close() {
      input.off('keypress', onKeypress)
      input.off('end', onQuit)
      if (input.isTTY === true) input.setRawMode?.(false)
      input.pause()
    },
  }
}
