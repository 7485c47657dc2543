import { emitKeypressEvents, type Interface } from 'node:readline'
import { chord, editLine, emptyLine, fits, insert, type Key, type TypedLine } from './line-editor.ts'

/** The most lines that the up arrow recalls. */
const HISTORY_MAX = 100

/** How long the rest of an escape sequence, such as an arrow key's, may take after Esc, in ms: terminals send it in one go. */
const ESCAPE_MS = 50

/** A terminal's stream of keys, such as `process.stdin`. */
export type KeySource = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }

interface Keyboard {
  readonly line: TypedLine
  /** Turns raw mode on or off, to hand the terminal back to the shell for a while. */
  setRaw(isRaw: boolean): void
  close(): void
}

/** Reads a terminal key by key into one edited line, with a history. Pasted text stays in one line, and none of it acts as a key. */
export function openKeyboard(options: {
  readonly input: KeySource
  readonly onChange: () => void
  readonly onLine: (text: string) => void
  /** Pasted text did not fit: the line holds its beginning. */
  readonly onPasteTruncated: () => void
  readonly onQuit: () => void
  /** Ctrl-C again. */
  readonly onForceQuit: () => void
  /** Esc. */
  readonly onSilence: () => void
  /** Ctrl-Z. */
  readonly onSuspend: () => void
  /** Ctrl-L. */
  readonly onClear: () => void
}): Keyboard {
  const { input, onChange, onLine, onPasteTruncated, onQuit, onForceQuit, onSilence, onSuspend, onClear } = options
  const history: string[] = []
  let line = emptyLine
  let draft = emptyLine
  let historyIndex = 0
  let isPasting = false
  let isPasteTruncated = false
  let wasInterrupted = false

  function submit(): void {
    const text = line.before + line.after
    if (text.trim() !== '' && history.at(-1) !== text) history.push(text)
    if (history.length > HISTORY_MAX) history.shift()
    historyIndex = history.length
    line = emptyLine
    onLine(text)
  }

  /** Moves through the history; the line being typed is kept below the newest entry. */
  function recall(step: -1 | 1): void {
    if (historyIndex === history.length) draft = line
    historyIndex = Math.max(0, Math.min(history.length, historyIndex + step))
    const recalled = history[historyIndex]
    line = recalled === undefined ? draft : { before: recalled, after: '' }
    onChange()
  }

  function interrupt(): void {
    const isAgain = wasInterrupted
    wasInterrupted = true
    if (isAgain) onForceQuit()
    else onQuit()
  }

  function onKeypress(typed: string | undefined, key: Key): void {
    if (key.name === 'paste-start' || key.name === 'paste-end') {
      isPasting = key.name === 'paste-start'
      if (isPasteTruncated) onPasteTruncated()
      isPasteTruncated = false
      return onChange()
    }
    if (isPasting) {
      isPasteTruncated ||= !fits(line, typed)
      if (!isPasteTruncated) line = insert(line, typed)
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

  // Only this option of the interface is read.
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
