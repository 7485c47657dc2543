import type { Readable } from 'node:stream'
import { readLines } from './lines.ts'
import { OUTPUT_BYTES_MAX } from './tool-contract.ts'

/** Longest stretch of one line that is kept, in characters; the rest of the line is dropped. */
const LINE_CHARACTERS_MAX = 8_192

/** Keeps what a stream says up to the limit; beyond it, forgets it and calls `onTooMuch` once. */
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

/** The last line of a Node that ends by an error, and what stands between it and the error's own words: the stack, its fields, a hint. */
const NODE_VERSION = /^Node\.js v\d+\.\d+\.\d+\S*$/
const BELOW_ITS_WORDS = /^[\s}(]/

interface Words {
  /** The last line so far that is not blank, of a Node's error its words; one without its line break counts from now on as ended. */
  lastLine(): string
}

/** Hands over each line that is not blank, with its number, as it comes, and keeps what may be the last words of its process. */
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
