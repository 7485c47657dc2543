import { cpus, loadavg } from 'node:os'
import { quantile } from './bench.ts'

/** How often the fixed piece of work is done. */
const ROUNDS = 40

/** What else the machine is doing, in one line: the spread of a fixed piece of work, and the load. */
export function measureNoise(): string {
  const samples = Array.from({ length: ROUNDS }, () => {
    const before = performance.now()
    work()
    return performance.now() - before
  })
  const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile(samples, share)) as [number, number, number]
  const load = loadavg()[0] ?? 0
  return (
    `a fixed loop took ${middle.toFixed(1)} ms, p10 to p90 ${low.toFixed(1)} to ${high.toFixed(1)} ` +
    `(${(high / low).toFixed(2)}×); load ${load.toFixed(1)} on ${cpus().length} cores, Node ${process.versions.node}`
  )
}

function work(): number {
  let sum = 0
  for (let step = 0; step < 6_000_000; step += 1) sum = (sum + step * 31) % 1_000_003
  return sum
}
