import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { OFFERS_PER_SECOND } from '../../src/runner/spread.ts'
import { type Cli, type Line, linesOf, projectCopy, runner } from '../helpers/cli.ts'

const COUNT = 200
const FEWER = 60
const agent = 'agents/support.yaml'
const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

/** So many conversations that have greeted, and every fourth of which is in the middle of a turn with a tool. */
async function begin(count: number) {
  const folder = projectCopy()
  const cli = runner(['start', agent, '--jsonl', '--no-main'], { cwd: folder })
  open.push(cli)
  const names = Array.from({ length: count }, (_, index) => `c${index}`)
  for (const conversation of names) cli.type(JSON.stringify({ type: 'conversation.open', conversation }))
  await seen(cli, 'agent.transcript', count)
  const busy = names.filter((_, index) => index % 4 === 0)
  for (const conversation of busy)
    cli.type(JSON.stringify({ type: 'text', text: 'where is order A-1042?', conversation }))
  await seen(cli, 'tool.started', 1)
  const file = join(folder, agent)
  const edit = (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8')))
  return { cli, names, busy, edit }
}

/** Resolves once so many different conversations have told it. */
async function seen(cli: Cli, type: string, count: number): Promise<void> {
  const some = new RegExp(`"type":"${type}",[^\\n]*"conversation":"c\\d+"`, 'g')
  const told = () =>
    new Set([...cli.stdout().matchAll(some)].map(([line]) => /"conversation":"(c\d+)"/.exec(line)?.[1]))
  await expect.poll(() => told().size).toBeGreaterThanOrEqual(count)
}

async function end(cli: Cli): Promise<readonly Line[]> {
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
  return linesOf(cli.stdout())
}

const of = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type)
const whose = (lines: readonly Line[]) => [...new Set(lines.map(({ conversation }) => conversation))].sort()

test('one save reaches two hundred conversations, no faster than the rate, and disturbs none', async () => {
  const { cli, names, busy, edit } = await begin(COUNT)
  edit((text) => text.replace('voice: Sarah', 'voice: Olivia').replace('Hi, this', 'Ahoy, this'))
  await seen(cli, 'reload.applied', COUNT)
  await seen(cli, 'tool.finished', busy.length)
  const lines = await end(cli)

  const applied = of(lines, 'reload.applied')
  expect(whose(applied)).toEqual([...names].sort())
  expect(new Set(applied.map(({ fields }) => String(fields)))).toEqual(new Set(['voice']))
  const deferred = of(lines, 'reload.deferred')
  expect(whose(deferred)).toEqual([...names].sort())
  expect(new Set(deferred.map(({ fields }) => String(fields)))).toEqual(new Set(['greeting']))

  const times = of(lines, 'reload.sent').map(({ t }) => Number(t))
  expect(times).toHaveLength(COUNT)
  const least = ((COUNT - 1) * 1_000) / OFFERS_PER_SECOND
  // The busy ones may have to wait for their turn; a timer may be a millisecond early each time.
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(least * 0.8)

  for (const type of ['error', 'warning', 'reload.refused', 'reload.unconfirmed']) expect(of(lines, type)).toEqual([])
  expect(lines.filter(({ interrupted }) => interrupted)).toEqual([])
  const answers = of(lines, 'agent.transcript').filter(({ text }) => String(text).includes('shipped'))
  expect(whose(answers)).toEqual([...busy].sort())
})

test('what the service refuses is asked for by few, and the others go on', async () => {
  const { cli, names, edit } = await begin(FEWER)
  edit((text) => text.replace('voice: Sarah', 'voice: Nobody'))
  await cli.shows(/"type":"reload.refused"/)
  edit((text) => text.replace('voice: Nobody', 'voice: Olivia'))
  await seen(cli, 'reload.applied', FEWER)
  const lines = await end(cli)
  const refused = of(lines, 'reload.refused')
  expect(whose(refused)).toEqual([...names].sort())
  expect(refused.filter(({ elsewhere }) => elsewhere !== true).length).toBeLessThan(FEWER / 2)
  expect(whose(of(lines, 'reload.applied'))).toEqual([...names].sort())
  expect(of(lines, 'error')).toEqual([])
})
