import type { Command } from 'commander'
import type { HistoryOptions } from '../commands/history.ts'
import type { ReloadOptions, RollbackOptions } from '../commands/reload.ts'
import type { StatusOptions } from '../commands/status.ts'
import { readWholeNumber } from './option-values.ts'
import { subcommand } from './subcommand.ts'

/** The commands that speak with a running process, or read what it keeps. */
export function addRunning(program: Command): void {
  const json = ['--json', 'for programs'] as const
  subcommand(program, 'status', 'generations and conversations of the running processes')
    .option(...json)
    .action(async (options: StatusOptions) => {
      const { status } = await import('../commands/status.ts')
      process.exitCode = await status(options)
    })
  subcommand(program, 'reload', 'have running processes look at their files now, and wait for what comes of it')
    .argument('[agent]', 'its name; all agents where it is left out')
    .option('--accept', 'take a save that is held')
    .option(...json)
    .action(async (agent: string | undefined, options: ReloadOptions) => {
      const { reload } = await import('../commands/reload.ts')
      process.exitCode = await reload(agent, options)
    })
  subcommand(program, 'rollback', 'make a new generation of an older content')
    .argument('<agent>', 'its name')
    .option(
      '--to <number>',
      'its number; where left out, the last confirmed one that differs from what is in force',
      readWholeNumber,
    )
    .option(...json)
    .action(async (agent: string, options: RollbackOptions) => {
      const { rollback } = await import('../commands/reload.ts')
      process.exitCode = await rollback(agent, options)
    })
  subcommand(program, 'history', 'the generations that are kept; needs no running process')
    .argument('[agent]', 'its name; all agents where it is left out')
    .option('--diff', 'what changed in each')
    .option(...json)
    .action(async (agent: string | undefined, options: HistoryOptions) => {
      const { history } = await import('../commands/history.ts')
      process.exitCode = await history(agent, options)
    })
}
