import type { Writable } from 'node:stream'

/** The most bytes that may wait for a worker that does not read. */
const BYTES_MAX = 16 * 1_048_576

/** The standard input of a worker. */
interface WorkerInput {
  /** Sends a line; those of one moment are sent together. */
  write(line: string): void
  /** Whether the worker has left too much unread. */
  readonly isFull: boolean
  /** Closes it, behind what was written. */
  end(): void
}

export function createWorkerInput(stdin: Writable): WorkerInput {
  let unsent = ''
  return {
    write(line) {
      unsent += line
      if (unsent.length > line.length) return
      process.nextTick(() => {
        stdin.write(unsent)
        unsent = ''
      })
    },
    get isFull() {
      return stdin.writableLength > BYTES_MAX
    },
    end: () => process.nextTick(() => stdin.end()),
  }
}
