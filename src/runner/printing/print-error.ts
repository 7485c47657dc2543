import { escapeUnprintable } from '../../channels/printable.ts'
import { standardError } from '../../io/standard-streams.ts'

/** Prints on standard error why a command failed, and returns its exit code. */
export function printError(message: string, code: number): number {
  const output = standardError()
  output.write(`runner: ${output.isTTY ? escapeUnprintable(message) : message}\n`)
  return code
}
