import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { pidNamespace } from '../../src/io/processes/processes.ts'
import { type Cli, type CliOptions, projectCopy, runner } from '../helpers/cli.ts'

export const agent = 'agents/support.yaml'
/** The processes that a test started; killed after it. */
export const started: Cli[] = []

afterEach(() => {
  for (const cli of started.splice(0)) cli.child.kill('SIGKILL')
})

/** A running process in a project of its own. */
export async function begin(options: CliOptions = {}): Promise<{ readonly folder: string; readonly cli: Cli }> {
  const folder = options.cwd ?? projectCopy()
  const cli = runner(['start', agent, '--jsonl'], { ...options, cwd: folder })
  started.push(cli)
  await cli.shows(/"type":"agent.transcript",/)
  return { folder, cli }
}

/** What a command of another terminal prints, and its exit code. */
export async function command(folder: string, args: readonly string[], env: { readonly [name: string]: string } = {}) {
  const cli = runner(args, { cwd: folder, env, noInput: true })
  const code = await cli.ended
  return { code, stdout: cli.stdout(), stderr: cli.stderr() }
}

/** Saves a change of the agent file. */
export function edit(folder: string, change: (text: string) => string): void {
  const file = join(folder, agent)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

export const voice = (from: string, to: string) => (text: string) => text.replace(`voice: ${from}`, `voice: ${to}`)

/** Where a process records itself. */
export function recordPath(folder: string, pid: number | undefined): string {
  return join(folder, `.runner/run/${pid}-${pidNamespace()}.json`)
}

/** What the only running process of a project recorded of itself. */
export function record(folder: string) {
  const [name = ''] = readdirSync(join(folder, '.runner/run'))
  return JSON.parse(readFileSync(join(folder, '.runner/run', name), 'utf8'))
}
