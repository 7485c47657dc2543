import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Cli, linesOf, runner } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'

/** Accepts connections, and answers none. */
const mute = createServer()
const open: Cli[] = []

beforeAll(() => once(mute.listen(0, '127.0.0.1'), 'listening'))
afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})
afterAll(() => void mute.close())

/** An agent that greets for some seconds, and whose tool heeds no signal and has started another process. */
const AGENT = `version: 1
name: dig
instructions: You dig.
greeting: ${'Good morning, and welcome to all of you who listen. '.repeat(2)}
tools:
  - name: dig
    description: Digs.
    run: [sh, -c, 'trap "" TERM INT; sleep 600 & wait; sleep 600']
    timeout: 60s
`

/** A moment in the life of a run: what it is given, what shows that it has come, and what is done then. */
interface Moment {
  readonly args: readonly string[]
  readonly shows: RegExp
  readonly next?: (cli: Cli, folder: string) => unknown
  /** Something was still to be said, which the exit code tells. */
  readonly isOwed?: boolean
}

const TONE = Int16Array.from({ length: 48_000 }, (_, index) => Math.round(12_000 * Math.sin(index / 9)))

const MOMENTS: readonly (readonly [name: string, moment: Moment])[] = [
  ['nobody talks', { args: ['--offline', '--page', '--no-main', '--port', '0'], shows: /in a browser/ }],
  ['the service does not answer', { args: ['--online', '--jsonl', '--page', '--port', '0'], shows: /in a browser/ }],
  [
    'the caller speaks',
    {
      args: ['--offline', '--jsonl'],
      shows: /"agent.transcript",/,
      next(cli) {
        cli.type(JSON.stringify({ type: 'audio', audio: Buffer.from(TONE.buffer).toString('base64') }))
        return cli.shows(/"caller.speech"/)
      },
    },
  ],
  ['the agent speaks', { args: ['--offline', '--jsonl', '--with-audio'], shows: /"agent.audio"/ }],
  ['a tool runs', { args: ['--offline', '--say', 'dig'], shows: /dig \{\}/, isOwed: true }],
  [
    'an edit is sent',
    {
      args: ['--offline', '--jsonl'],
      shows: /"session.ready"/,
      async next(cli, folder) {
        writeFileSync(join(folder, 'dig.yaml'), AGENT.replace('You dig.', 'You dig deep.'))
        await cli.shows(/"reload.sent"/)
      },
    },
  ],
]

/** Starts a run in a folder of its own, and waits for the moment. */
async function runUpTo({ args, shows, next }: Moment) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-ending-'))
  mkdirSync(join(folder, 'tmp'))
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(join(folder, 'dig.yaml'), AGENT)
  const { port } = mute.address() as AddressInfo
  const env = {
    INWORLD_API_KEY: 'c2VjcmV0LXNlY3JldA==',
    INWORLD_BASE_URL: `ws://127.0.0.1:${port}`,
    TMPDIR: join(folder, 'tmp'),
  }
  const start = (more: readonly string[]) => {
    const cli = runner(['start', 'dig.yaml', ...more], { cwd: folder, env })
    open.push(cli)
    return cli
  }
  const cli = start(['--journal', 'calls', ...args])
  await cli.shows(shows)
  await next?.(cli, folder)
  return { cli, folder, start }
}

/** Processes that carry the folder in their environment, zombies aside. */
function leftIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'utf8').includes(folder)
    } catch {
      return false
    }
  })
}

function codeOf(signal: string, { isOwed = false }: Moment): number | null {
  if (signal === 'SIGKILL') return null
  return isOwed ? (signal === 'SIGINT' ? 130 : 143) : 0
}

describe.skipIf(process.platform !== 'linux')('any signal leaves no process and no half-written journal line', () => {
  test.each(MOMENTS)('while %s', async (_name, moment) => {
    await Promise.all(
      ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'].map((signal) => endBy(signal as NodeJS.Signals, moment)),
    )
  })
})

async function endBy(signal: NodeJS.Signals, moment: Moment): Promise<void> {
  const { cli, folder, start } = await runUpTo(moment)
  cli.child.kill(signal)
  // Where there is no terminal it asks for a reload: the run goes on.
  if (signal === 'SIGHUP') cli.child.kill('SIGTERM')
  expect([signal, await cli.ended]).toEqual([signal, codeOf(signal, moment)])
  expect(cli.stderr()).not.toMatch(/\bat .*:\d+:\d+/)
  if (signal === 'SIGKILL') expect(await start(['--offline', '--say', 'hello']).ended).toBe(0)
  await until(() => leftIn(folder).length === 0)
  for (const file of existsSync(join(folder, 'calls')) ? readdirSync(join(folder, 'calls')) : []) {
    const lines = linesOf(readFileSync(join(folder, 'calls', file), 'utf8'))
    if (signal !== 'SIGKILL') expect(lines.at(-1)).toMatchObject({ type: 'session.closed' })
  }
}
