import { fileSuggestion } from '../io/files/file-suggestion.ts'
import { standardError } from '../io/standard-error.ts'
import { complain } from '../runner/complain.ts'
import { EXIT } from '../runner/exit-code.ts'

/**
 * Reports a bug of runner in one line, with its stack if asked for; a fault of the environment is reported as such. Returns the exit code.
 */
export function tellFault(error: unknown, argv: readonly string[]): number {
  const { syscall, code } = (error ?? {}) as NodeJS.ErrnoException
  if (syscall === 'uv_cwd')
    return complain('the working folder has been removed: change into one that is there', EXIT.notDone)
  const debug = argv.includes('--debug') || process.env.DEBUG === 'runner'
  if (code === 'ERR_ACCESS_DENIED' && !debug)
    return complain(`Node's --permission forbids it: ${(error as Error).message}`, EXIT.notDone)
  const message = error instanceof Error ? ((debug ? error.stack : undefined) ?? error.message) : String(error)
  standardError().write(`runner: internal fault: ${message}${debug ? '' : ' (--debug shows where)'}\n`)
  return EXIT.notDone
}

/** From here on, `leaveWithoutOutput` and `standardError` handle readers that are gone and full disks. */
export function bearLostOutput(): void {
  process.stdout.on('error', leaveWithoutOutput)
  standardError()
}

/** Exits when standard output takes no more: quietly if its reader has read enough (`runner logs calls | head`), else saying why. */
export function leaveWithoutOutput({ code, message }: NodeJS.ErrnoException): void {
  // EIO from a closed terminal means that the reader is gone; from a file it is a disk error.
  if (code === 'EPIPE' || (code === 'EIO' && process.stdout.isTTY)) return
  standardError().write(`runner: standard output could not be written: ${message}\n`)
  process.exit(EXIT.notDone)
}

/** The message for a path that names no file. */
export function nothingMatches(path: string): string {
  if (path === '-') return 'nothing matches -; what comes in on standard input is checked with --stdin --stdin-filename'
  const named = path === '' ? 'an empty name' : path
  return `nothing matches ${named}${fileSuggestion(path) || '; name an agent file, a folder or a glob'}`
}
