import { writeSync } from 'node:fs'

const STANDARD_OUTPUT = 1

/**
 * Writes to standard output like `process.stdout`, without loading that if the text is taken at once: loading it takes longer than
 * validating a file. The rest, and every failure, is left to `process.stdout`.
 */
export function writeStandardOutput(text: string, onError: (error: NodeJS.ErrnoException) => void): void {
  let rest = Buffer.from(text)
  try {
    while (rest.byteLength > 0) rest = rest.subarray(writeSync(STANDARD_OUTPUT, rest))
  } catch {
    process.stdout.on('error', onError)
    process.stdout.write(rest)
  }
}

/**
 * Standard error for messages that may be lost: if its disk is full or its reader has ended, nothing else fails. It is opened on demand, since
 * loading it takes longer than validating a file.
 */
export function standardError(): NodeJS.WriteStream {
  const { stderr } = process
  if (stderr.listenerCount('error') === 0) stderr.on('error', () => {})
  return stderr
}

/** Everything that comes on a stream until its end, or one byte more than the limit: enough to know that it is too much. */
export async function readStream(input: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of input) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length > bytesMax) break
  }
  return Buffer.concat(chunks).subarray(0, bytesMax + 1)
}
