import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { OFFERS_PER_SECOND } from '../../src/runner/generations/offer-pacer.ts'
import { type Cli, type Line, linesOf, projectCopy, runner } from '../helpers/cli.ts'

const COUNT = 200
const FEWER = 60
/** Conversations that are opened side by side. */
const BESIDE = 20
/** A service on a loaded machine is slow, not gone. */
const PATIENT = '\nreload: { ack_timeout: 30s }\nconnection: { connect_timeout: 1m, confirm_timeout: 1m }\n'
/** How long one step of them all may take on a loaded machine, and a whole test, in ms: it is work for a processor of its own. */
const LIMIT_MS = 180_000
const TEST_MS = 3 * LIMIT_MS
const agent = 'agents/support.yaml'
const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

/** So many conversations that have greeted, and every fourth of which is in the middle of a turn with a tool. */
async function begin(count: number) {
  const folder = projectCopy()
  appendFileSync(join(folder, agent), PATIENT)
  const cli = runner(['start', agent, '--jsonl', '--no-main'], { cwd: folder })
  open.push(cli)
  const seen = seenBy(cli)
  const names = Array.from({ length: count }, (_, index) => `c${index}`)
  for (let opened = 0; opened < count; opened += BESIDE) {
    for (const conversation of names.slice(opened, opened + BESIDE))
      cli.type(JSON.stringify({ type: 'conversation.open', conversation }))
    await seen('agent.transcript', Math.min(count, opened + BESIDE))
  }
  const busy = names.filter((_, index) => index % 4 === 0)
  for (const conversation of busy)
    cli.type(JSON.stringify({ type: 'text', text: 'where is order A-1042?', conversation }))
  await seen('tool.started', 1)
  const file = join(folder, agent)
  const edit = (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8')))
  return { cli, seen, names, busy, edit }
}

/** Returns a wait until that many different conversations have reported an event of a type. */
function seenBy(cli: Cli): (type: string, count: number) => Promise<void> {
  const conversationsByType = new Map<string, Set<unknown>>()
  createInterface({ input: cli.child.stdout }).on('line', (line) => {
    const { type, conversation } = JSON.parse(line) as Line
    conversationsByType.set(type, (conversationsByType.get(type) ?? new Set()).add(conversation))
  })
  return (type, count) =>
    expect.poll(() => conversationsByType.get(type)?.size ?? 0, { timeout: LIMIT_MS }).toBeGreaterThanOrEqual(count)
}

async function end(cli: Cli): Promise<readonly Line[]> {
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
  return linesOf(cli.stdout())
}

const ofType = (lines: readonly Line[], type: string) => lines.filter((line) => line.type === type)
const conversationsIn = (lines: readonly Line[]) => [...new Set(lines.map(({ conversation }) => conversation))].sort()

test('one save reaches 200 conversations, no faster than the rate limit, and disturbs none', {
  timeout: TEST_MS,
}, async () => {
  const { cli, seen, names, busy, edit } = await begin(COUNT)
  edit((text) => text.replace('voice: Sarah', 'voice: Olivia').replace('Hi, this', 'Ahoy, this'))
  await seen('reload.applied', COUNT)
  await seen('tool.finished', busy.length)
  const lines = await end(cli)

  const applied = ofType(lines, 'reload.applied')
  expect(conversationsIn(applied)).toEqual([...names].sort())
  expect(new Set(applied.map(({ fields }) => String(fields)))).toEqual(new Set(['voice']))
  const deferred = ofType(lines, 'reload.deferred')
  expect(conversationsIn(deferred)).toEqual([...names].sort())
  expect(new Set(deferred.map(({ fields }) => String(fields)))).toEqual(new Set(['greeting']))

  const times = ofType(lines, 'reload.sent').map(({ t }) => Number(t))
  expect(times).toHaveLength(COUNT)
  const least = ((COUNT - 1) * 1_000) / OFFERS_PER_SECOND
  // The busy ones may have to wait for their turn; a timer may be a millisecond early each time.
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(least * 0.8)

  for (const type of ['error', 'warning', 'reload.refused', 'reload.unconfirmed'])
    expect(ofType(lines, type)).toEqual([])
  expect(lines.filter(({ interrupted }) => interrupted)).toEqual([])
  const answers = ofType(lines, 'agent.transcript').filter(({ text }) => String(text).includes('shipped'))
  expect(conversationsIn(answers)).toEqual([...busy].sort())
})

test('a refused edit is sent by few conversations, and the others go on undisturbed', {
  timeout: TEST_MS,
}, async () => {
  const { cli, seen, names, edit } = await begin(FEWER)
  edit((text) => text.replace('voice: Sarah', 'voice: Nobody'))
  await cli.shows(/"type":"reload.refused"/)
  edit((text) => text.replace('voice: Nobody', 'voice: Olivia'))
  await seen('reload.applied', FEWER)
  const lines = await end(cli)
  const refused = ofType(lines, 'reload.refused')
  expect(conversationsIn(refused)).toEqual([...names].sort())
  expect(refused.filter(({ elsewhere }) => elsewhere !== true).length).toBeLessThan(FEWER / 2)
  expect(conversationsIn(ofType(lines, 'reload.applied'))).toEqual([...names].sort())
  expect(ofType(lines, 'error')).toEqual([])
})
