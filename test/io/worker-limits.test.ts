import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { until } from '../helpers/tools.ts'
import { workerBench } from './worker-bench.ts'

const workers = workerBench()
/** The clock of a script and a timer of ours may differ by so much, in ms. */
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

test('a worker that does not read has 16 MiB waiting for it, and is too busy for more', async () => {
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
