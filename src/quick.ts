import { tellFault } from './commands/faults.ts'
import { validate } from './commands/validate.ts'

/**
 * `validate` with nothing but paths, without what reads a command line: it is what CI and hooks run all day. Says whether it was that; anything
 * else is for `main` in `cli.ts`.
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
