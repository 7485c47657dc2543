import { emitKeypressEvents, type Interface } from 'node:readline'
import { chord, editLine, emptyLine, hasRoom, insert, type Key, type TypedLine } from './line-editor.ts'

/** Lines that the up arrow finds again. */
const HISTORY_MAX = 100

/** How long what follows an Esc may take to be one key with it, such as an arrow, in ms: a terminal sends it in one go. */
const ESCAPE_MS = 50

/** The stream of keys of a terminal, such as `process.stdin`. */
export type KeySource = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }

interface Keyboard {
  readonly line: TypedLine
  /** Gives the terminal back to the shell for a while, or takes it again. */
  setRaw(isRaw: boolean): void
  close(): void
}

/** Reads a terminal key by key: one line under edit, with the lines before it. A pasted text stays one line, and none of it is a key. */
export function openKeyboard(options: {
  readonly input: KeySource
  readonly onChange: () => void
  readonly onLine: (text: string) => void
  /** What was pasted has no room: the line holds its beginning. */
  readonly onFull: () => void
  readonly onQuit: () => void
  /** Ctrl-C once more. */
  readonly onLeave: () => void
  /** Esc. */
  readonly onSilence: () => void
  /** Ctrl-Z. */
  readonly onSuspend: () => void
  /** Ctrl-L. */
  readonly onClear: () => void
}): Keyboard {
  const { input, onChange, onLine, onFull, onQuit, onLeave, onSilence, onSuspend, onClear } = options
  const history: string[] = []
  let line = emptyLine
  let underWay = emptyLine
  let shown = 0
  let pasting = false
  let isCutOff = false
  let wasInterrupted = false

  function submit(): void {
    const text = line.before + line.after
    if (text.trim() !== '' && history.at(-1) !== text) history.push(text)
    if (history.length > HISTORY_MAX) history.shift()
    shown = history.length
    line = emptyLine
    onLine(text)
  }

  /** What was being typed is found again below the newest line. */
  function recall(step: -1 | 1): void {
    if (shown === history.length) underWay = line
    shown = Math.max(0, Math.min(history.length, shown + step))
    const found = history[shown]
    line = found === undefined ? underWay : { before: found, after: '' }
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
      if (isCutOff) onFull()
      isCutOff = false
      return onChange()
    }
    if (pasting) {
      isCutOff ||= !hasRoom(line, typed)
      if (!isCutOff) line = insert(line, typed)
      return
    }
    switch (chord(key)) {
      case 'ctrl+c':
        return interrupt()
      case 'alt+escape':
        return onSilence()
      case 'ctrl+z':
        return onSuspend()
      case 'ctrl+l':
        return onClear()
      case 'return':
      case 'enter':
      case 'alt+return':
        return submit()
      case 'up':
      case 'ctrl+p':
        return recall(-1)
      case 'down':
      case 'ctrl+n':
        return recall(1)
      case 'ctrl+d':
        if (line.before === '' && line.after === '') return onQuit()
    }
    line = editLine(line, typed, key)
    onChange()
  }

  function setRaw(isRaw: boolean): void {
    if (input.isTTY === true) input.setRawMode?.(isRaw)
  }

  // It asks the interface for this wait alone.
  emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface)
  input.on('keypress', onKeypress)
  input.on('end', onQuit)
  input.on('error', onQuit)
  setRaw(true)
  input.resume()

  return {
    get line() {
      return line
    },
    setRaw,
    close() {
      input.off('keypress', onKeypress)
      input.off('end', onQuit)
      setRaw(false)
      input.pause()
    },
  }
}
