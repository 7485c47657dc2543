import { reportInternalError } from './commands/errors.ts'
import { validate } from './commands/validate.ts'

/**
 * Runs `validate` with nothing but paths, without loading the command-line parser: it is what CI and hooks run all day. Returns whether it did;
 * `main` in `cli.ts` handles everything else.
 */
export async function validateQuickly(argv: readonly string[]): Promise<boolean> {
  const [command, ...paths] = argv
  if (command !== 'validate' || paths.length === 0 || paths.some((path) => path.startsWith('-'))) return false
  try {
    process.exitCode = await validate(paths, { failOn: 'error' })
  } catch (error) {
    process.exitCode = reportInternalError(error, argv)
  }
  return true
}
