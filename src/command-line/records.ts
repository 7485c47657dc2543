import type { Command } from 'commander'
import { subcommand } from './subcommand.ts'

export function addLogs(program: Command): void {
  subcommand(program, 'logs', 'what --journal wrote: the conversations of a folder or the events of one, with figures')
    .argument('<folder|file.jsonl>')
    .action(async (path: string) => {
      const { logs } = await import('../commands/logs.ts')
      process.exitCode = await logs(path)
    })
}

export function addTranscript(program: Command): void {
  subcommand(program, 'transcript', 'a conversation that --journal wrote, as people read one')
    .argument('<file.jsonl>')
    .action(async (path: string) => {
      const { transcript } = await import('../commands/transcript.ts')
      process.exitCode = await transcript(path)
    })
}
