import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createToolRunner } from '../../src/io/tool-process.ts'
import { toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'
import { toolBench } from '../helpers/tools.ts'

/** How long a thousand processes in a row may take on a loaded machine, in ms. */
const LIMIT_MS = 600_000
/** How long the answer of a call is, so that it shows where many are kept. */
const ANSWER_BYTES = 10_000

test.runIf(process.platform === 'linux')(
  'a thousand calls in a row leave no descriptor open',
  { timeout: LIMIT_MS },
  async () => {
    const stateRoot = mkdtempSync(join(tmpdir(), 'runner-tools-'))
    const runner = createToolRunner({ baseEnv: process.env, stateRoot, hidden: () => [], log: () => {} })
    const tool = toolNamed('true', { run: ['/bin/true'], timeoutMs: 60_000 })
    const call = (callId: string) =>
      runner.run({ callId, tool, argumentsText: '{}', agent: 'support', conversation: 'main', generation: 1 }).finished
    await call('first')
    await runner.endConversation('main')
    const before = descriptors()
    for (let count = 0; count < 1000; count += 1) expect((await call(`row_${count}`)).status).toBe('ok')
    await runner.endConversation('main')
    await expect.poll(descriptors).toBeLessThanOrEqual(before)
    await runner.stop()
    rmSync(stateRoot, { recursive: true })
  },
)

test.runIf(process.platform === 'linux')(
  'a thousand calls of a worker in a row, and 64 at once, leave no descriptor open and take no second process',
  async () => {
    const bench = toolBench(process.env, { watched: false })
    const text = `#!/usr/bin/env node
import { serve } from '${root}/tools/lib/worker.ts'
serve(() => process.pid)`
    const worker = bench.script(text, 'worker.ts')
    const call = () => bench.run([worker], { mode: 'worker', timeoutMs: 60_000 })
    const first = await call()
    const before = descriptors()
    for (let count = 0; count < 1000; count += 1) expect(await call()).toEqual(first)
    const ends = await Promise.all(Array.from({ length: 64 }, call))
    expect(ends).toEqual(ends.map(() => first))
    expect(descriptors()).toBeLessThanOrEqual(before)
    await bench.close()
  },
)

test('what a call of a worker held is let go soon after it, not with the next full collection of all garbage', async () => {
  const bench = toolBench(process.env, { watched: false })
  const text = `#!/usr/bin/env node
import { serve } from '${root}/tools/lib/worker.ts'
serve(() => 'x'.repeat(${ANSWER_BYTES}))`
  const tool = toolNamed('long', { run: [bench.script(text, 'worker.ts')], mode: 'worker', timeoutMs: 60_000 })
  const stateRoot = mkdtempSync(join(tmpdir(), 'runner-tools-'))
  const runner = createToolRunner({ baseEnv: process.env, stateRoot, hidden: () => [], log: () => {} })
  let calls = 0
  const callInTurn = async (count: number) => {
    for (let left = count; left > 0; left -= 1) {
      calls += 1
      const call = {
        callId: `call_${calls}`,
        argumentsText: '{}',
        agent: 'support',
        conversation: 'main',
        generation: 1,
      }
      expect((await runner.run({ ...call, tool }).finished).status).toBe('ok')
    }
  }
  await callInTurn(100)
  collectGarbage()
  const [callsBefore, bytesBefore] = [calls, oldBytes()]
  for (let round = 0; round < 50; round += 1) {
    await Promise.all(Array.from({ length: 8 }, () => callInTurn(2)))
    collectGarbage({ type: 'minor' })
  }
  expect(oldBytes() - bytesBefore).toBeLessThan(((calls - callsBefore) * ANSWER_BYTES) / 2)
  await runner.stop()
  await bench.close()
  rmSync(stateRoot, { recursive: true })
})

/** Collects what was made since the last two times alone, or everything. */
function collectGarbage(how: { readonly type?: 'minor' } = {}): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')(how)
}

/** What lies where a full collection alone looks. */
function oldBytes(): number {
  const { space_used_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space') ?? {}
  return space_used_size ?? Number.NaN
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}
