import type { Writable } from 'node:stream'

/** The most bytes that may wait for a slow reader: about ten minutes of an agent's sound (PCM16 at 24 kHz in base64). */
const QUEUED_BYTES_MAX = 40_000_000

interface JsonlOutputOptions {
  readonly output: Writable
  /** Called with the number of events lost to a slow reader, once it reads again. */
  readonly onDropped: (count: number) => void
  /** Called when the reader is gone. */
  readonly onClosed: () => void
  readonly queuedBytesMax?: number
}

interface JsonlOutput {
  write(report: object): void
  /** Resolves when the reader has taken everything, or is gone. */
  close(): Promise<void>
}

/** Writes one event per line. A slow reader is waited for up to a limit; beyond it, whole events are dropped and counted. */
export function openJsonlOutput(options: JsonlOutputOptions): JsonlOutput {
  const { output, onDropped, onClosed, queuedBytesMax = QUEUED_BYTES_MAX } = options
  let isClosed = false
  let dropped = 0

  output.on('error', () => {
    if (isClosed) return
    isClosed = true
    onClosed()
  })
  output.on('drain', () => {
    const count = dropped
    dropped = 0
    if (count > 0) onDropped(count)
  })

  return {
    write(report) {
      if (isClosed) return
      const line = `${JSON.stringify(report)}\n`
      if (output.writableLength > 0 && output.writableLength + Buffer.byteLength(line) > queuedBytesMax) dropped += 1
      else output.write(line)
    },
    close() {
      if (isClosed || output.writableLength === 0) return Promise.resolve()
      return new Promise((resolve) => {
        output.once('error', () => resolve())
        output.write('', () => resolve())
      })
    },
  }
}
