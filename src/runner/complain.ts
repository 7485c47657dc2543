import { escaped } from '../channels/printable.ts'
import { standardError } from '../io/standard-error.ts'

/** Tells on standard error why a command could not do what it was asked to; gives the exit code that says so. */
export function complain(message: string, code: number): number {
  const output = standardError()
  output.write(`runner: ${output.isTTY ? escaped(message) : message}\n`)
  return code
}
