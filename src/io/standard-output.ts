import { writeSync } from 'node:fs'

/**
 * Writes to standard output as `process.stdout` does, without bringing it along where the text is taken at once: what makes it up takes longer to
 * load than a file to validate. What is left, and every failure, is for `process.stdout`.
 */
export function writeOut(text: string, onError: (error: NodeJS.ErrnoException) => void): void {
  let rest = Buffer.from(text)
  try {
    while (rest.byteLength > 0) rest = rest.subarray(writeSync(STANDARD_OUTPUT, rest))
  } catch {
    process.stdout.on('error', onError)
    process.stdout.write(rest)
  }
}

const STANDARD_OUTPUT = 1
