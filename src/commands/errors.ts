import { fileSuggestion } from '../io/files/file-suggestion.ts'
import { standardError } from '../io/standard-streams.ts'
import { EXIT } from '../runner/exit-code.ts'
import { printError } from '../runner/printing/print-error.ts'

/**
 * Reports a bug of runner in one line, with its stack if asked for; a fault of the environment is reported as such. Returns the exit code.
 */
export function reportInternalError(error: unknown, argv: readonly string[]): number {
  const { syscall, code } = (error ?? {}) as NodeJS.ErrnoException
  if (syscall === 'uv_cwd')
    return printError('the working folder has been removed: change into one that is there', EXIT.failed)
  const debug = argv.includes('--debug') || process.env.DEBUG === 'runner'
  if (code === 'ERR_ACCESS_DENIED' && !debug)
    return printError(`Node's --permission forbids it: ${(error as Error).message}`, EXIT.failed)
  const message = error instanceof Error ? ((debug ? error.stack : undefined) ?? error.message) : String(error)
  standardError().write(`runner: internal fault: ${message}${debug ? '' : ' (--debug shows where)'}\n`)
  return EXIT.failed
}

/** From here on, `exitOnOutputError` and `standardError` handle readers that are gone and full disks. */
export function handleOutputErrors(): void {
  process.stdout.on('error', exitOnOutputError)
  standardError()
}

/** Exits when standard output takes no more: quietly if its reader has read enough (`runner logs calls | head`), else saying why. */
export function exitOnOutputError({ code, message }: NodeJS.ErrnoException): void {
  // EIO from a closed terminal means that the reader is gone; from a file it is a disk error.
  if (code === 'EPIPE' || (code === 'EIO' && process.stdout.isTTY)) return
  standardError().write(`runner: standard output could not be written: ${message}\n`)
  process.exit(EXIT.failed)
}

/** The message for a path that names no file. */
export function noMatchMessage(path: string): string {
  if (path === '-') return 'nothing matches -; what comes in on standard input is checked with --stdin --stdin-filename'
  const named = path === '' ? 'an empty name' : path
  return `nothing matches ${named}${fileSuggestion(path) || '; name an agent file, a folder or a glob'}`
}
