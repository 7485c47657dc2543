// Calls a worker whose answers are long, and prints how many bytes of them survive minor collections. Run with --expose-gc.
import { getHeapSpaceStatistics } from 'node:v8'
import { root } from './cli.ts'
import { toolBench } from './tools.ts'

const ROUNDS = 50
const AT_ONCE = 16
const ANSWER_BYTES = 10_000

const bench = toolBench(process.env, { watched: false })
const text = `#!/usr/bin/env node
import { serve } from '${root}/tools/lib/worker.mts'
serve(() => 'x'.repeat(${ANSWER_BYTES}))`
const script = bench.script(text, 'worker.ts')
let ok = 0
await callAll()
globalThis.gc?.()
const before = oldBytes()
for (let round = 0; round < ROUNDS; round += 1) {
  await callAll()
  globalThis.gc?.({ type: 'minor' })
}
const kept = oldBytes() - before
await bench.close()
process.stdout.write(`${JSON.stringify({ ok, answered: ROUNDS * AT_ONCE * ANSWER_BYTES, kept })}\n`)

async function callAll(): Promise<void> {
  const calls = Array.from({ length: AT_ONCE }, () => bench.run([script], { mode: 'worker', timeoutMs: 60_000 }))
  for (const { status } of await Promise.all(calls)) ok += status === 'ok' ? 1 : 0
}

/** What lies where a full collection alone looks. */
function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? Number.NaN
}
