import type { Readable } from 'node:stream'
import { readLines } from './lines.ts'
import { OUTPUT_BYTES_MAX } from './tool-contract.ts'

/** The most characters read of one line; the rest of the line is dropped. */
const LINE_CHARACTERS_MAX = 8_192

/** Collects a stream up to the limit; beyond it, drops everything and calls `onTooMuch` once. */
export function collectOutput(stream: Readable, onTooMuch: () => void): () => Buffer {
  let chunks: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= OUTPUT_BYTES_MAX) {
      chunks.push(chunk)
      return
    }
    chunks = []
    stream.destroy()
    onTooMuch()
  })
  return () => Buffer.concat(chunks)
}

/** The last line of a Node process ended by an error, and the lines between it and the error's message: the stack, its fields, a hint. */
const NODE_VERSION = /^Node\.js v\d+\.\d+\.\d+\S*$/
const BELOW_MESSAGE = /^[\s}(]/

interface StderrLines {
  /** The last line so far that is not blank; of a Node error, its message. An incomplete line counts as ended from now on. */
  lastLine(): string
}

/** Passes on each line that is not blank, with its number, and remembers the last one. */
export function readStderr(stream: Readable, onLine: (line: string, count: number) => void): StderrLines {
  let last = ''
  let messageLine = ''
  let count = 0
  const { finish } = readLines(stream, LINE_CHARACTERS_MAX, { onLine: handleLine })
  return {
    lastLine() {
      finish()
      return last
    },
  }

  function handleLine(line: string): void {
    const trimmed = line.trim()
    if (!BELOW_MESSAGE.test(line) && !NODE_VERSION.test(trimmed)) messageLine = trimmed
    last = NODE_VERSION.test(trimmed) && messageLine !== '' ? messageLine : trimmed
    count += 1
    onLine(trimmed, count)
  }
}

/** Resolves when nothing more can come from a stream. */
export function streamEnd(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('end', resolve)
    stream.once('close', resolve)
  })
}
