import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/server.ts'
import { type Cli, linesOf, runner } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'

const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

/** How long it takes to hear is more than any end waits for. */
const LONG_GREETING = 'Good morning, and welcome to all of you who listen. '.repeat(6)

/** An agent with a tool that takes a second. */
function digging(args: readonly string[], more = '', key?: string): Cli {
  const folder = mkdtempSync(join(tmpdir(), 'runner-ending-'))
  const tool = "{ name: dig, description: Digs., run: [sh, -c, 'sleep 1; echo gold'] }"
  const agent = `version: 1\nname: dig\ninstructions: You dig.\n${more}tools:\n  - ${tool}\n`
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(join(folder, 'dig.yaml'), agent)
  const service = key === undefined ? ['--offline'] : []
  const cli = runner(['start', 'dig.yaml', ...service, ...args], {
    cwd: folder,
    env: key === undefined ? {} : { INWORLD_API_KEY: key },
  })
  open.push(cli)
  return cli
}

test('SIGTERM lets the current answer be heard, and sends no further line', async () => {
  const cli = digging(['--audio-out', 'dug.wav', '--say', 'dig', '--say', 'and now?'])
  await cli.shows(/dig \{\}/)
  cli.child.kill('SIGTERM')
  expect(await cli.ended).toBe(143)
  expect(cli.stdout()).toMatch(/dig says: gold/)
  expect(cli.stdout()).not.toMatch(/and now|heard/)
  expect(cli.stdout()).toContain('SIGTERM came before all was said and done, so this run ends with 143')
})

test('SIGINT ends a --say run with 130, and a piped run with 0', async () => {
  const [said, piped] = [digging(['--say', 'dig']), digging([])]
  piped.type('dig')
  await Promise.all([said.shows(/dig \{\}/), piped.shows(/dig \{\}/)])
  for (const cli of [said, piped]) cli.child.kill('SIGINT')
  expect(await Promise.all([said.ended, piped.ended])).toEqual([130, 0])
})

test('SIGTERM does not wait for sound that nobody receives, and neither does a pending answer', async () => {
  const cli = digging(['--jsonl'], `greeting: ${LONG_GREETING}\n`)
  cli.type('{"type":"text","text":"dig"}')
  await cli.shows(/"tool.started"/)
  cli.child.kill('SIGTERM')
  expect(await cli.ended).toBe(0)
  expect(cli.stdout()).toMatch(/dig says: gold/)
  expect(cli.stdout()).not.toMatch(/"agent.heard"/)
})

test('SIGTERM waits eight seconds for sound sent to a program, and cuts off the rest', async () => {
  const cli = digging(['--jsonl', '--with-audio'], `greeting: ${LONG_GREETING}\n`)
  await cli.shows(/"agent.transcript"/)
  cli.child.kill('SIGTERM')
  expect(await cli.ended).toBe(0)
  const heard = linesOf(cli.stdout()).find(({ type }) => type === 'agent.heard')
  expect(heard?.ms).toBeGreaterThan(7_000)
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a run cleanly while it is still starting', async (signal) => {
  const cli = digging(['--jsonl', '--page', '--port', '0', '--journal', 'calls'])
  await cli.shows(/http:/)
  cli.child.kill(signal)
  expect(await cli.ended).toBe(0)
})

test('a second signal ends a run whose --audio-in is a pipe that nobody writes to', async () => {
  const pipe = join(mkdtempSync(join(tmpdir(), 'runner-pipe-')), 'pipe')
  spawnSync('mkfifo', [pipe])
  const cli = digging(['--jsonl', '--audio-in', pipe])
  // Opens once the runner has opened its end.
  const writer = await openFile(pipe, 'w')
  const again = setInterval(() => cli.child.kill('SIGTERM'), 20)
  expect(await cli.ended).toBe(143)
  clearInterval(again)
  await writer.close()
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a run that has lost the service and owes nothing, without a further attempt',
  async (signal) => {
    const emulator = await startEmulator({ voice: 'hum' })
    const cli = digging(['--base-url', emulator.url], '', 'key-1')
    cli.type('hello')
    await cli.shows(/You said: "hello"[^\n]*\n/)
    await emulator.close()
    await cli.shows(/refused; trying again in/)
    cli.child.kill(signal)
    expect(await cli.ended).toBe(0)
    expect(cli.stdout()).not.toMatch(/in a row/)
  },
)

test.each([
  ['SIGINT', 'SIGINT', 130, 'stopped'],
  ['a second SIGTERM', 'SIGTERM', 143, 'the process left at once'],
] as const)(
  '%s ends a tool that ignores signals, its children, and the journal',
  async (_what, signal, code, reason) => {
    const seconds = `${2_000_000 + process.pid}.${code}`
    const folder = mkdtempSync(join(tmpdir(), 'runner-ending-'))
    const stubborn = `'trap "" TERM INT; sleep ${seconds} & touch started; wait; sleep ${seconds}'`
    const tool = `{ name: dig, description: Digs., run: [sh, -c, ${stubborn}], timeout: 60s }`
    writeFileSync(join(folder, '.runner.yaml'), '')
    writeFileSync(join(folder, 'dig.yaml'), `version: 1\nname: dig\ninstructions: You dig.\ntools:\n  - ${tool}\n`)
    const cli = runner(['start', 'dig.yaml', '--offline', '--journal', 'calls', '--say', 'dig'], { cwd: folder })
    open.push(cli)
    await until(() => existsSync(join(folder, 'started')))
    cli.child.kill(signal)
    const again = setInterval(() => signal === 'SIGTERM' && cli.child.kill(signal), 20)
    expect(await cli.ended).toBe(code)
    clearInterval(again)
    const [file = ''] = readdirSync(join(folder, 'calls'))
    const last = linesOf(readFileSync(join(folder, 'calls', file), 'utf8')).at(-1)
    expect(last).toMatchObject({ type: 'session.closed', conversation: 'main', generation: 1, reason })
    await until(() => spawnSync('pgrep', ['-f', `sleep ${seconds}`]).status === 1)
  },
)
