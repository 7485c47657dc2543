import type { Command } from 'commander'
import type { HistoryOptions } from '../commands/history.ts'
import type { ReloadOptions, RollbackOptions } from '../commands/reload.ts'
import type { StatusOptions } from '../commands/status.ts'
import { readWholeNumber } from './option-values.ts'
import { subcommand } from './subcommand.ts'

const AGENT = 'its name, or its file; all agents where it is left out'
const RELOAD_EXITS =
  '0 done, 1 the file has faults, 2 wrong use, 4 no process runs here, 5 it is held, cannot be done, or the service refuses it or does not answer'

/** The commands that speak with a running process, or read what it keeps. */
export function addRunning(program: Command): void {
  const json = ['--json', 'JSON, for programs'] as const
  subcommand(program, 'status', 'generations and conversations of the running processes', {
    examples: ['runner status', 'runner status --json'],
    exits: '0 done, 2 wrong use, 4 no process runs here, or one does not answer',
  })
    .option(...json)
    .action(async (options: StatusOptions) => {
      const { status } = await import('../commands/status.ts')
      process.exitCode = await status(options)
    })
  subcommand(program, 'reload', 'have running processes look at their files now, and wait for what comes of it', {
    examples: ['runner reload', 'runner reload agents/support.yaml --accept'],
    exits: RELOAD_EXITS,
  })
    .argument('[agent]', AGENT)
    .option('--accept', 'take a save that is held')
    .option(...json)
    .action(async (agent: string | undefined, options: ReloadOptions) => {
      const { reload } = await import('../commands/reload.ts')
      process.exitCode = await reload(agent, options)
    })
  subcommand(program, 'rollback', 'make a new generation of an older content', {
    examples: ['runner rollback support', 'runner history support', 'runner rollback support --to 14'],
    exits: RELOAD_EXITS,
  })
    .argument('<agent>', 'its name, or its file')
    .option(
      '--to <number>',
      'the generation to go back to; where left out, the last confirmed one that differs from what is in force',
      readWholeNumber,
    )
    .option(...json)
    .action(async (agent: string, options: RollbackOptions) => {
      const { rollback } = await import('../commands/reload.ts')
      process.exitCode = await rollback(agent, options)
    })
  subcommand(program, 'history', 'the generations that are kept; needs no running process', {
    examples: ['runner history', 'runner history support --diff'],
    exits: '0 done, 1 none are kept, 2 wrong use',
  })
    .argument('[agent]', AGENT)
    .option('--diff', 'what changed in each')
    .option(...json)
    .action(async (agent: string | undefined, options: HistoryOptions) => {
      const { history } = await import('../commands/history.ts')
      process.exitCode = await history(agent, options)
    })
}
