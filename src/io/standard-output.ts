import { writeSync } from 'node:fs'

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

const STANDARD_OUTPUT = 1
