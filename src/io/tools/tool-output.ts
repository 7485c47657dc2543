import type { Readable } from 'node:stream'
import { readLines } from './lines.ts'
import { OUTPUT_BYTES_MAX } from './tool-contract.ts'

/** The most characters kept of one line; the rest of the line is dropped. */
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
const BELOW_ITS_WORDS = /^[\s}(]/

interface Words {
  /** The last line so far that is not blank; of a Node error, its message. An incomplete line counts as ended from now on. */
  lastLine(): string
}

/** Passes on each line that is not blank, with its number, and remembers what may be the process's last words. */
export function readWords(stream: Readable, onLine: (line: string, count: number) => void): Words {
  let last = ''
  let words = ''
  let count = 0
  const { finish } = readLines(stream, LINE_CHARACTERS_MAX, { onLine: take })
  return {
    lastLine() {
      finish()
      return last
    },
  }

  function take(line: string): void {
    const kept = line.trim()
    if (!BELOW_ITS_WORDS.test(line) && !NODE_VERSION.test(kept)) words = kept
    last = NODE_VERSION.test(kept) && words !== '' ? words : kept
    count += 1
    onLine(kept, count)
  }
}

/** Resolves when nothing more can come from a stream. */
export function atEnd(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    stream.once('end', resolve)
    stream.once('close', resolve)
  })
}
