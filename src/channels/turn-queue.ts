import { parseTypedInput } from './caller-commands.ts'
import type { CallerEvent } from './caller-event.ts'

/** The longest typed turn from a pipe, in bytes of UTF-8. */
export const LINE_BYTES_MAX = 65_536

interface TurnQueueOptions {
  /** The lines of a pipe (`splitLines`) or of `--say`. */
  readonly lines: AsyncIterable<string>
  readonly emit: (event: CallerEvent) => void
  /** Called for an empty line; without it, empty lines are skipped. */
  readonly onEmptyLine?: (() => void) | undefined
  readonly onWarning: (message: string) => void
  /** Called after the answer to the last line; at once if there was no line, with `hadLines` false. */
  readonly onEnd: (end: { readonly hadLines: boolean }) => void
}

interface TurnQueue {
  /**
   * To be called when nothing is being said, done or heard: the next line may go. The first line waits for it too, so as not to cut off a
   * greeting.
   */
  onQuiet(): void
  /** The line that waits to be said; null if none does. */
  waitingLine(): string | null
  close(): void
}

/**
 * Sends typed turns one after another, each after the answer to the one before; on hold there are no answers to wait for. `/pause`, `/hold`
 * and `/resume` stop and start the caller's sound.
 */
export function openTurnQueue({ lines, emit, onEmptyLine, onWarning, onEnd }: TurnQueueOptions): TurnQueue {
  let isQuiet = false
  let isOnHold = false
  let isClosed = false
  let waitingLine: string | null = null
  let wake = () => {}
  void run()

  return {
    onQuiet() {
      isQuiet = true
      wake()
    },
    waitingLine: () => waitingLine,
    close() {
      isClosed = true
      wake()
    },
  }

  async function run(): Promise<void> {
    let hadLines = false
    let number = 0
    try {
      for await (const line of lines) {
        number += 1
        if (isClosed) return
        if (line.trim() === '') {
          onEmptyLine?.()
          continue
        }
        hadLines = true
        await sendLine(line, number)
      }
    } catch (error) {
      if (!isClosed)
        onWarning(`the input cannot be read any further: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (hadLines) await waitForQuiet()
    if (!isClosed) onEnd({ hadLines })
  }

  async function sendLine(line: string, number: number): Promise<void> {
    if (Buffer.byteLength(line) > LINE_BYTES_MAX) {
      return onWarning(`line ${number} is longer than ${LINE_BYTES_MAX} bytes and was not said`)
    }
    const { type } = parseTypedInput(line)
    if (type === 'hold' || type === 'resume') isOnHold = type === 'hold'
    if (type === 'pause') return emit({ type: 'caller.paused' })
    if (type === 'hold') return emit({ type: 'caller.held' })
    if (type === 'resume') return emit({ type: 'caller.resumed' })
    waitingLine = line.trim()
    await waitForQuiet()
    if (isClosed) return
    isQuiet = false
    waitingLine = null
    emit({ type: 'caller.text', text: line.trim() })
  }

  function waitForQuiet(): Promise<void> {
    if (isQuiet || isOnHold || isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      wake = resolve
    })
  }
}
