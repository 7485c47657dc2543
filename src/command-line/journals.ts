import type { Command } from 'commander'
import { subcommand } from './subcommand.ts'

const EXITS = '0 done, 2 wrong usage, 3 not found, or cannot be read'

export function addLogs(program: Command): void {
  subcommand(
    program,
    'logs',
    'read what --journal wrote: the conversations in a folder or the events in a file, with statistics',
    {
      examples: ['runner start agents/support.yaml --journal calls', 'runner logs calls'],
      exits: EXITS,
    },
  )
    .argument('<folder|file.jsonl>')
    .action(async (path: string) => {
      const { logs } = await import('../commands/logs.ts')
      process.exitCode = await logs(path)
    })
}

export function addTranscript(program: Command): void {
  subcommand(program, 'transcript', 'print a conversation that --journal wrote, as readable text', {
    examples: ['runner transcript "calls/$(ls -t calls | head -1)"'],
    exits: EXITS,
  })
    .argument('<file.jsonl>')
    .action(async (path: string) => {
      const { transcript } = await import('../commands/transcript.ts')
      process.exitCode = await transcript(path)
    })
}
