import type { Command } from 'commander'
import type { HistoryOptions } from '../commands/history.ts'
import type { ReloadOptions, RollbackOptions } from '../commands/reload.ts'
import type { StatusOptions } from '../commands/status.ts'
import { parseWholeNumber } from './option-values.ts'
import { subcommand } from './subcommand.ts'

const AGENT = 'its name or its file (default: all agents)'
const RELOAD_EXITS =
  '0 done, 1 the file has faults, 2 wrong usage, 4 no running process found, 5 held, not possible, or the service refused or did not answer'

/** Adds the commands that talk to a running process, or read what it keeps. */
export function addProcessCommands(program: Command): void {
  const json = ['--json', 'print JSON, for programs'] as const
  subcommand(program, 'status', 'show the running processes: generations, conversations, held saves', {
    examples: ['runner status', 'runner status --json'],
    exits: '0 done, 2 wrong usage, 4 no running process found, or one does not answer',
  })
    .option(...json)
    .action(async (options: StatusOptions) => {
      const { status } = await import('../commands/status.ts')
      process.exitCode = await status(options)
    })
  subcommand(program, 'reload', 'make running processes read their files now, and report the result', {
    examples: ['runner reload', 'runner reload agents/support.yaml --accept'],
    exits: RELOAD_EXITS,
  })
    .argument('[agent]', AGENT)
    .option('--accept', 'accept a held save')
    .option(...json)
    .action(async (agent: string | undefined, options: ReloadOptions) => {
      const { reload } = await import('../commands/reload.ts')
      process.exitCode = await reload(agent, options)
    })
  subcommand(program, 'rollback', 'go back: publish an older content as a new generation', {
    examples: ['runner rollback support', 'runner history support', 'runner rollback support --to 14'],
    exits: RELOAD_EXITS,
  })
    .argument('<agent>', 'its name or its file')
    .option(
      '--to <number>',
      'the generation to go back to (default: the last confirmed one that differs from the current one)',
      parseWholeNumber,
    )
    .option(...json)
    .action(async (agent: string, options: RollbackOptions) => {
      const { rollback } = await import('../commands/reload.ts')
      process.exitCode = await rollback(agent, options)
    })
  subcommand(program, 'history', 'list the generations that are kept; needs no running process', {
    examples: ['runner history', 'runner history support --diff'],
    exits: '0 done, 1 none are kept, 2 wrong usage',
  })
    .argument('[agent]', AGENT)
    .option('--diff', 'show what changed in each')
    .option(...json)
    .action(async (agent: string | undefined, options: HistoryOptions) => {
      const { history } = await import('../commands/history.ts')
      process.exitCode = await history(agent, options)
    })
}
