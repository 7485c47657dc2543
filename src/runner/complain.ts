import { escaped } from '../channels/printable.ts'

/** Tells on standard error why a command could not do what it was asked to; gives the exit code that says so. */
export function complain(message: string, code: number): number {
  process.stderr.write(`runner: ${process.stderr.isTTY ? escaped(message) : message}\n`)
  return code
}
