import { tellFault } from './commands/faults.ts'
import { validate } from './commands/validate.ts'

/**
 * Runs `validate` with nothing but paths, without loading the command-line parser: it is what CI and hooks run all day. Returns whether it was
 * that; `main` in `cli.ts` handles everything else.
 */
export async function quickly(argv: readonly string[]): Promise<boolean> {
  const [command, ...paths] = argv
  if (command !== 'validate' || paths.length === 0 || paths.some((path) => path.startsWith('-'))) return false
  try {
    process.exitCode = await validate(paths, { failOn: 'error' })
  } catch (error) {
    process.exitCode = tellFault(error, argv)
  }
  return true
}
