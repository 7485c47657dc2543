import type { Writable } from 'node:stream'

/** The most bytes that may wait for a slow reader: about ten minutes of an agent's sound (PCM16 at 24 kHz in base64). */
const WAITING_BYTES_MAX = 40_000_000

interface JsonlOutputOptions {
  readonly output: Writable
  /** Called with the number of events lost to a slow reader, once it reads again. */
  readonly onLost: (count: number) => void
  /** Called when the reader is gone. */
  readonly onGone: () => void
  readonly waitingBytesMax?: number
}

interface JsonlOutput {
  write(report: object): void
  /** Resolves when the reader has taken everything, or is gone. */
  close(): Promise<void>
}

/** Writes one event per line. A slow reader is waited for up to a limit; beyond it, whole events are dropped and counted. */
export function openJsonlOutput(options: JsonlOutputOptions): JsonlOutput {
  const { output, onLost, onGone, waitingBytesMax = WAITING_BYTES_MAX } = options
  let isGone = false
  let lost = 0

  output.on('error', () => {
    if (isGone) return
    isGone = true
    onGone()
  })
  output.on('drain', () => {
    const count = lost
    lost = 0
    if (count > 0) onLost(count)
  })

  return {
    write(report) {
      if (isGone) return
      const line = `${JSON.stringify(report)}\n`
      if (output.writableLength > 0 && output.writableLength + Buffer.byteLength(line) > waitingBytesMax) lost += 1
      else output.write(line)
    },
    close() {
      if (isGone || output.writableLength === 0) return Promise.resolve()
      return new Promise((resolve) => {
        output.once('error', () => resolve())
        output.write('', () => resolve())
      })
    },
  }
}
