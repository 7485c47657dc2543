/** Tells a fault of ours in one line, with the place where that is asked for. Gives the exit code. */
export function tellFault(error: unknown, argv: readonly string[]): number {
  const debug = argv.includes('--debug') || process.env.DEBUG === 'runner'
  const message = error instanceof Error ? ((debug ? error.stack : undefined) ?? error.message) : String(error)
  process.stderr.write(`runner: internal fault: ${message}${debug ? '' : ' (--debug shows where)'}\n`)
  return 3
}

/** Who reads the output has read enough: `runner logs calls | head`. */
export function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
