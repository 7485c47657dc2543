import { readTyped } from './caller-commands.ts'
import type { CallerEvent } from './caller-event.ts'

/** The longest typed turn from a pipe, in bytes of UTF-8. */
export const LINE_BYTES_MAX = 65_536

interface LinesOptions {
  /** The lines of a pipe (`splitLines`) or of `--say`. */
  readonly lines: AsyncIterable<string>
  readonly emit: (event: CallerEvent) => void
  /** Called for an empty line; without it, empty lines are skipped. */
  readonly onBlank?: (() => void) | undefined
  readonly onWarning: (message: string) => void
  /** Called after the answer to the last line; at once if there was no line, with `any` false. */
  readonly onEnd: (end: { readonly any: boolean }) => void
}

interface Lines {
  /** Nothing is being said, done or heard: the next line may go. The first line waits for it too, so as not to cut off a greeting. */
  quiet(): void
  close(): void
}

/**
 * Sends typed turns one after another, each after the answer to the one before; on hold there are no answers to wait for. `/pause`, `/hold`
 * and `/resume` stop and start the caller's sound.
 */
export function openLines({ lines, emit, onBlank, onWarning, onEnd }: LinesOptions): Lines {
  let isQuiet = false
  let isOnHold = false
  let isClosed = false
  let wake = () => {}
  void run()

  return {
    quiet() {
      isQuiet = true
      wake()
    },
    close() {
      isClosed = true
      wake()
    },
  }

  async function run(): Promise<void> {
    let any = false
    let number = 0
    try {
      for await (const line of lines) {
        number += 1
        if (isClosed) return
        if (line.trim() === '') {
          onBlank?.()
          continue
        }
        any = true
        await give(line, number)
      }
    } catch (error) {
      if (!isClosed)
        onWarning(`the input cannot be read any further: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (any) await untilQuiet()
    if (!isClosed) onEnd({ any })
  }

  async function give(line: string, number: number): Promise<void> {
    if (Buffer.byteLength(line) > LINE_BYTES_MAX) {
      return onWarning(`line ${number} is longer than ${LINE_BYTES_MAX} bytes and was not said`)
    }
    const { type } = readTyped(line)
    if (type === 'hold' || type === 'resume') isOnHold = type === 'hold'
    if (type === 'pause') return emit({ type: 'caller.paused' })
    if (type === 'hold') return emit({ type: 'caller.held' })
    if (type === 'resume') return emit({ type: 'caller.resumed' })
    await untilQuiet()
    if (isClosed) return
    isQuiet = false
    emit({ type: 'caller.text', text: line.trim() })
  }

  function untilQuiet(): Promise<void> {
    if (isQuiet || isOnHold || isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      wake = resolve
    })
  }
}
