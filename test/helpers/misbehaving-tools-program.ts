// Runs every misbehaving tool several times in a process of its own, and prints what that left behind. Run with --expose-gc.
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { commandOf, MISBEHAVING_TOOLS, PRINTED_SECRET } from './misbehaving-tools.ts'
import { toolBench, until } from './tools.ts'

/** Runs before the measurement: they fill pools and caches. */
const WARM_TIMES = 3
const TIMES = 10
/** Measurements on the way: the allocator keeps what a busy moment took, while a leak grows from each to the next. */
const PARTS = 5

interface Usage {
  readonly heap: number
  readonly rss: number
  readonly descriptors: number
  readonly processes: number
}

const bench = toolBench({ ...process.env, SHOP_TOKEN: PRINTED_SECRET }, { watched: false })
await runAll(WARM_TIMES)
const before = await usage()
const residents = [before.rss]
for (let part = 0; part < PARTS; part += 1) {
  await runAll(TIMES / PARTS)
  residents.push((await usage()).rss)
}
const after = await usage()
await bench.close()
const growth: Usage = {
  heap: after.heap - before.heap,
  rss: PARTS * Math.min(...residents.slice(1).map((rss, index) => rss - (residents[index] ?? 0))),
  descriptors: after.descriptors - before.descriptors,
  processes: after.processes - before.processes,
}
process.stdout.write(`${JSON.stringify(growth)}\n`)

async function runAll(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await Promise.all(MISBEHAVING_TOOLS.map((nasty) => bench.run(commandOf(nasty), nasty.overrides)))
    await bench.runner.endConversation('main')
    await until(() => bench.leftovers().length === 0)
  }
}

/** Memory in bytes after a forced collection, open descriptors, and living children. */
async function usage(): Promise<Usage> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await delay(50)
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const descriptors = readdirSync('/proc/self/fd').length
  return { heap: heapUsed + external + arrayBuffers, rss, descriptors, processes: bench.leftovers().length }
}
