import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Cli, linesOf, runner } from '../helpers/cli.ts'

const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

const AGENT = `version: 1
name: desk
instructions: You help with reports.
tools:
  - { name: monthly_report, description: Make the report of a month., run: ./report.sh, background: true, timeout: 1m }
  - { name: get_time, description: The current time., run: ./time.sh }
`

/** A project whose report is not ready before the file `ready` is there. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-background-'))
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(join(folder, 'desk.yaml'), AGENT)
  const report = `until [ -e ready ]; do sleep 0.05; done\necho '{"orders":12}'`
  for (const [name, text] of [
    ['report.sh', report],
    ['time.sh', 'echo 12:30'],
  ] as const)
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  return folder
}

function start(folder: string, ...args: readonly string[]): Cli {
  const cli = runner(['start', 'desk.yaml', '--offline', ...args], { cwd: folder })
  open.push(cli)
  return cli
}

test('a background call delays neither the conversation nor an edit, and its result is spoken when it arrives', async () => {
  const folder = project()
  const cli = start(folder, '--jsonl')
  const say = (text: string) => cli.type(JSON.stringify({ type: 'text', text }))
  say('make the monthly report')
  await cli.shows(/"agent.transcript",.*monthly_report has begun/)
  say('what time is it')
  await cli.shows(/"agent.transcript",.*12:30/)
  writeFileSync(join(folder, 'desk.yaml'), AGENT.replace('with reports', 'with all reports'))
  await cli.shows(/"reload.applied"/)
  writeFileSync(join(folder, 'ready'), '')
  await cli.shows(/"agent.transcript",.*Here is what monthly_report found: orders: 12/)
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
  const lines = linesOf(cli.stdout())
  const tools = lines.filter(({ type }) => type === 'tool.started' || type === 'tool.finished')
  expect(tools).toMatchObject([
    { type: 'tool.started', name: 'monthly_report', background: true },
    { type: 'tool.started', name: 'get_time' },
    { type: 'tool.finished', name: 'get_time', status: 'ok' },
    { type: 'tool.finished', name: 'monthly_report', status: 'ok', output: '{"orders":12}', background: true },
  ])
  const answers = lines.filter(({ type }) => type === 'response.finished')
  expect(answers).toHaveLength(5)
})

test('a background call is marked as such in the terminal, and the end of input waits for it', async () => {
  const folder = project()
  const cli = start(folder, '--say', 'make the monthly report', '--say', 'what time is it')
  await cli.shows(/get_time says: 12:30/)
  writeFileSync(join(folder, 'ready'), '')
  expect(await cli.ended).toBe(0)
  const shown = cli.stdout()
  expect(shown).toMatch(
    /tool +monthly_report \{\} \(in the background\)\n[\s\S]*monthly_report ok in \d+ ms: \{"orders":12\}/,
  )
  expect(shown).toMatch(/Here is what monthly_report found: orders: 12/)
})

test('tool list marks background tools', async () => {
  const list = runner(['tool', 'list', 'desk.yaml'], { cwd: project(), noInput: true })
  expect(await list.ended).toBe(0)
  expect(list.stdout()).toMatch(/^monthly_report\n.*\n.*\n {2}within 60 s in the background, /m)
  expect(list.stdout()).toMatch(/^get_time\n.*\n.*\n {2}within 8 s, /m)
})
