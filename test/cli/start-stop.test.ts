import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Cli, projectCopy, runner } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'
import { agent, started } from './running-process.ts'

/** How often a run is started and ended; START_STOPS=500 for a night's worth. */
const START_STOPS = Number(process.env.START_STOPS ?? 6)
const EACH_MS = 60_000

/** Ways to end a run. One that ends at once leaves what the next start removes. */
const ENDS: readonly { readonly end: (cli: Cli) => unknown; readonly isAbrupt?: boolean }[] = [
  { end: (cli) => cli.child.kill('SIGTERM') },
  { end: (cli) => cli.type('{"type":"stop"}') },
  { end: (cli) => cli.child.kill('SIGKILL'), isAbrupt: true },
  { end: (cli) => cli.child.kill('SIGINT') },
  { end: (cli) => [cli.child.kill('SIGTERM'), cli.child.kill('SIGTERM')], isAbrupt: true },
  { end: (cli) => cli.child.stdin.end() },
]

test.skipIf(process.platform !== 'linux')(
  'runs started and ended one after another leave no port, file or process',
  async () => {
    const folder = projectCopy()
    const temporary = join(folder, 'tmp')
    mkdirSync(temporary)
    const port = await freePort()
    const args = [
      'start',
      agent,
      '--jsonl',
      '--page',
      '--port',
      String(port),
      '--metrics-port',
      String(await freePort()),
    ]
    let before: readonly string[] = []
    for (let run = 1; run <= START_STOPS; run += 1) {
      const cli = runner(args, { cwd: folder, env: { TMPDIR: temporary } })
      started.push(cli)
      expect(await cli.shows(/in a browser: .*/)).toBe(`in a browser: http://127.0.0.1:${port}`)
      cli.type('{"type":"text","text":"lookup order A-1042"}')
      await cli.shows(run % 2 === 0 ? /"tool.started"/ : /"agent.transcript",[^\n]*shipped/)
      const { end, isAbrupt = false } = ENDS[run % ENDS.length] ?? {}
      end?.(cli)
      await cli.ended
      expect(cli.stderr()).not.toMatch(/\bat .*:\d+:\d+|Warning/)
      await until(() => processesIn(folder).length === 0)
      if (isAbrupt) continue
      const left = [...readdirSync(temporary), ...readdirSync(join(folder, '.runner/run')), ...readdirSync(folder)]
      if (run === 1) before = left
      expect(left).toEqual(before)
    }
    expect(before).not.toContainEqual(expect.stringMatching(/^runner-|\.sock$|\.json$/))
  },
  START_STOPS * EACH_MS,
)

/** Processes that carry the folder in their environment, zombies aside. */
function processesIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'utf8').includes(folder)
    } catch {
      return false
    }
  })
}

/** A port that nobody listens on, below those that systems give to outgoing connections. */
function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 20_000)
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(freePort()))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)))
  })
}
