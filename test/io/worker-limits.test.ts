import { readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { toolNamed } from '../helpers/agents.ts'
import { until } from '../helpers/tools.ts'
import { workerBench } from './worker-bench.ts'

const workers = workerBench()
/** The most that a script's clock and our timers may differ, in ms. */
const SLACK_MS = 5

test('each crash of a worker doubles the wait before it is started again', async () => {
  const { ask, script, startsFile } = workers()
  const file = script(`#!/bin/sh\necho '{"ready":1}'\nread -r line\ndate +%s%3N >> ${startsFile}\nexit 1`)
  const startsAfter = script(`#!/bin/sh\ndate +%s%3N >> ${startsFile}\nexec ${file}`)
  for (let count = 0; count < 4; count += 1) expect(await ask(startsAfter)).toMatchObject({ status: 'crashed' })
  const times = readFileSync(startsFile, 'utf8').trim().split('\n').map(Number)
  const waits = [1, 2, 3].map((start) => (times[2 * start] ?? 0) - (times[2 * start - 1] ?? 0))
  expect(waits.map((ms, index) => ms >= 100 * 2 ** index - SLACK_MS)).toEqual([true, true, true])
})

test('a worker that does not read its input is too busy once 16 MiB are pending', async () => {
  const { ask, start, script, logOf, runner } = workers()
  const deaf = script(`#!/bin/sh\necho '{"ready":1}'\nexec sleep 1000`)
  const argumentsText = JSON.stringify({ text: 'x'.repeat(1_048_576) })
  const waiting = Array.from({ length: 17 }, () => start([deaf], { mode: 'worker', argumentsText }))
  await until(() => logOf('worker is ready').length === 1)
  expect(await ask(deaf)).toEqual({ status: 'unavailable', message: 'it is too busy' })
  expect(logOf('tool ended')).toMatchObject([{ detail: 'it does not read its input' }])
  await runner.endConversation('main')
  for (const { finished } of waiting) expect(await finished).toMatchObject({ status: 'cancelled' })
})

test('an answer of a worker that is too long is charged to its own call', async () => {
  const { ask, start, worker, logOf } = workers()
  const script = worker("args.isLong ? 'x'.repeat(5_000_000) : new Promise(() => {})")
  const other = start([script], { mode: 'worker' })
  await until(() => logOf('worker is ready').length === 1)
  expect(await ask(script, { argumentsText: '{"isLong":true}' })).toMatchObject({ status: 'output_too_large' })
  expect(await other.finished).toEqual({ status: 'crashed', message: 'its answer to another call was too long' })
})

test('a thousand lines that are not messages crash a worker only if no answer comes in between', async () => {
  const { ask, script, logOf } = workers()
  const answer = String.raw`echo "$line" | sed 's/.*"id":"\([^"]*\)".*/{"id":"\1","output":"heard"}/'`
  const chatty = script(`#!/bin/sh\necho '{"ready":1}'\nwhile read -r line; do seq 600; ${answer}; done`)
  for (let count = 0; count < 3; count += 1) expect(await ask(chatty)).toEqual({ status: 'ok', output: 'heard' })
  expect(logOf('worker crashed')).toEqual([])
})

test('a worker that is no longer declared finishes its open call', async () => {
  const { start, script, logOf, runner, leftovers } = workers()
  const answer = String.raw`sleep 6; echo "$line" | sed 's/.*"id":"\([^"]*\)".*/{"id":"\1","output":"done"}/'`
  const slow = script(`#!/bin/sh\necho '{"ready":1}'\nread -r line\n(${answer}) &\ncat >/dev/null`)
  runner.prepare('support', [
    toolNamed('tried', { run: [slow], mode: 'worker', cwd: dirname(slow), timeoutMs: 60_000 }),
  ])
  const running = start([slow], { mode: 'worker' })
  await until(() => logOf('worker is ready').length === 1)
  runner.prepare('support', [])
  expect(await running.finished).toEqual({ status: 'ok', output: 'done' })
  await until(() => leftovers().length === 0)
})

test('a worker that crashes while its replacement starts gets no second replacement', async () => {
  const { ask, start, script, startsFile, starts, logOf } = workers()
  const [die, go] = ['die', 'go'].map((name) => `${startsFile}.${name}`)
  const waitFor = (file = '') => `while [ ! -e ${file} ]; do sleep 0.02; done`
  const text = (before: string, each: string) =>
    `#!/bin/sh\necho $$ >> ${startsFile}\n${before}\necho '{"ready":1}'\nwhile read -r line; do ${each}; done`
  const file = script(text('', `${waitFor(die)}; exit 1`))
  const dying = start([file], { mode: 'worker' })
  await until(() => logOf('worker is ready').length === 1)
  const answer = String.raw`sleep 1; echo "$line" | sed 's/.*"id":"\([^"]*\)".*/{"id":"\1","output":"new"}/'`
  writeFileSync(file, text(waitFor(go), answer))
  await nextTurn()
  const asked = ask(file)
  await expect.poll(starts).toHaveLength(2)
  writeFileSync(die ?? '', '')
  expect(await dying.finished).toMatchObject({ status: 'crashed' })
  writeFileSync(go ?? '', '')
  expect(await asked).toEqual({ status: 'ok', output: 'new' })
  expect(starts()).toHaveLength(2)
})
