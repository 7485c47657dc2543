import { type JsonlInput, parseJsonl } from './jsonl/input.ts'
import { splitLines } from './split-lines.ts'

/** The longest line of input, in bytes. */
const JSONL_LINE_BYTES_MAX = 16 * 1024 * 1024

interface JsonlReaderOptions {
  readonly input: AsyncIterable<Uint8Array | string> & { destroy?(): unknown }
  readonly onInput: (input: JsonlInput) => void
  /** Called with one sentence: the line's number, what was found and what is wanted. */
  readonly onBadLine: (message: string) => void
  readonly onEnd: () => void
  readonly lineBytesMax?: number
}

/**
 * Reads a program's lines, one JSON object each, until they end or `close()` releases the input. A bad line is reported, and reading goes
 * on.
 */
export function readJsonl(options: JsonlReaderOptions): { close(): void } {
  const { input, onInput, onBadLine, onEnd, lineBytesMax = JSONL_LINE_BYTES_MAX } = options
  let isClosed = false
  void run()
  return {
    close() {
      isClosed = true
      input.destroy?.()
    },
  }

  async function run(): Promise<void> {
    let number = 0
    try {
      for await (const line of splitLines(input, lineBytesMax)) {
        number += 1
        if (isClosed) return
        handleLine(line, number)
      }
    } catch (error) {
      if (!isClosed)
        onBadLine(`the input cannot be read any further: ${error instanceof Error ? error.message : error}`)
    }
    if (!isClosed) onEnd()
  }

  function handleLine(line: string, number: number): void {
    if (line.trim() === '') return
    if (Buffer.byteLength(line) > lineBytesMax) {
      return onBadLine(`line ${number}: longer than ${lineBytesMax} bytes; send sound in smaller pieces`)
    }
    const parsed = parseJsonl(line)
    if (typeof parsed === 'string') onBadLine(`line ${number}: ${parsed}`)
    else onInput(parsed)
  }
}
