// Takes every tool out of the drawer so often, in a process of its own, and prints what that left behind. Run with --expose-gc.
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { commandOf, DRAWER, DRAWER_SECRET } from './drawer.ts'
import { toolBench, until } from './tools.ts'

/** The first times fill pools and caches. */
const WARM_TIMES = 3
const TIMES = 10

interface Left {
  readonly heap: number
  readonly rss: number
  readonly descriptors: number
  readonly processes: number
}

const bench = toolBench({ ...process.env, SHOP_TOKEN: DRAWER_SECRET }, { watched: false })
await takeOut(WARM_TIMES)
const before = await left()
await takeOut(TIMES / 2)
const half = await left()
await takeOut(TIMES / 2)
const after = await left()
await bench.close()
const grown: Left = {
  heap: after.heap - before.heap,
  // The allocator keeps what the busiest moment took, which is more on a loaded machine, and once: what leaks grows in each half.
  rss: 2 * Math.min(half.rss - before.rss, after.rss - half.rss),
  descriptors: after.descriptors - before.descriptors,
  processes: after.processes - before.processes,
}
process.stdout.write(`${JSON.stringify(grown)}\n`)

async function takeOut(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await Promise.all(DRAWER.map((nasty) => bench.run(commandOf(nasty), nasty.given)))
    await bench.runner.endConversation('main')
    await until(() => bench.leftovers().length === 0)
  }
}

/** Memory in bytes after a forced collection, open descriptors, and living children. */
async function left(): Promise<Left> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.()
    await delay(50)
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const descriptors = readdirSync('/proc/self/fd').length
  return { heap: heapUsed + external + arrayBuffers, rss, descriptors, processes: bench.leftovers().length }
}
