import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Bench, quantile, type Row } from './bench.ts'
import { RUNNER, temporaryFolder } from './processes.ts'

const CALLERS = 200
const ROUNDS = 5
/** When sound is measured, in ms after all callers have begun: while V8 still compiles what runs often, and once it has. */
const EARLY_AT_MS = 1_000
const WARM_AT_MS = 12_000
/** How long it is measured each time, in ms. */
const MEASURE_MS = 4_000
/** One tick of the process clock of Linux, in µs. */
const TICK_US = 10_000

export const bench: Bench = {
  title: `sound of ${CALLERS} pages through one runner, beside a bare relay`,
  async run() {
    if (process.platform !== 'linux') return [{ title: 'CPU per frame is read from /proc: Linux alone', rows: [] }]
    const names = ['bare relay', 'bare relay (again)', 'runner'] as const
    const results = new Map<string, Relayed[]>(names.map((name) => [name, []]))
    for (let round = 0; round < ROUNDS; round += 1) {
      const turn = round % names.length
      for (const name of [...names.slice(turn), ...names.slice(0, turn)])
        results.get(name)?.push(await measure(name === 'runner' ? 'runner' : 'bare'))
    }
    const rows = (unit: Row['unit'], figure: (relayed: Relayed) => number): readonly Row[] =>
      names.map((name) => ({ name, unit, samples: (results.get(name) ?? []).map(figure) }))
    const notes = [
      'one sample a round; the service is a process of its own that measures instead of listening, so that its own work is small',
    ]
    const goal = 'at most 1.3×'
    return [
      {
        title: 'CPU per frame in the first seconds, with what V8 needs to compile',
        baseline: names[0],
        rows: rows('µs', ({ early }) => early.cpuUs),
        goal,
        notes,
      },
      {
        title: 'CPU per frame from then on',
        baseline: names[0],
        rows: rows('µs', ({ warm }) => warm.cpuUs),
        goal,
      },
      {
        title: 'added latency, p50 of each round',
        baseline: names[0],
        rows: rows('ms', ({ early }) => early.p50),
        goal,
      },
      {
        title: 'added latency, p99 of each round',
        baseline: names[0],
        rows: rows('ms', ({ early }) => early.p99),
        goal,
      },
    ]
  },
}

/** What one relay needed. */
interface Relayed {
  readonly early: Measured
  readonly warm: Measured
}

interface Measured {
  readonly cpuUs: number
  readonly p50: number
  readonly p99: number
}

async function measure(which: 'runner' | 'bare'): Promise<Relayed> {
  const service = launch([relayScript('service')])
  const port = await service.line()
  const url = `ws://127.0.0.1:${port}`
  const relay = which === 'bare' ? launch([relayScript('bare'), url]) : launchRunner(url)
  const relayPort =
    which === 'bare' ? await relay.line() : ((await relay.line(/http:\S+:(\d+)/)).match(/:(\d+)/) ?? [])[1]
  const path = which === 'bare' ? '' : '/channel'
  const callers = launch([relayScript('callers'), `ws://127.0.0.1:${relayPort}${path}`, which, String(CALLERS)])
  await callers.line(/ready/)
  await pause(EARLY_AT_MS)
  const early = await measureWindow(relay, service)
  await pause(WARM_AT_MS - EARLY_AT_MS - MEASURE_MS)
  const warm = await measureWindow(relay, service)
  for (const { child } of [callers, relay, service]) child.kill('SIGKILL')
  return { early, warm }
}

async function measureWindow(relay: Launched, service: Launched): Promise<Measured> {
  const before = cpuTicks(relay.child)
  service.write('reset')
  await pause(MEASURE_MS)
  const ticks = cpuTicks(relay.child) - before
  service.write('report')
  const latencies: readonly number[] = JSON.parse(await service.line())
  return {
    cpuUs: (ticks * TICK_US) / latencies.length,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  }
}

function launchRunner(url: string) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(
    join(folder, 'agent.yaml'),
    `version: 1\nname: bench\ninstructions: You listen.\nconnection: { base_url: "${url}" }\n`,
  )
  const args = [RUNNER, 'start', 'agent.yaml', '--online', '--page', '--no-main', '--port', '0']
  return launch(args, { cwd: folder, env: { ...process.env, INWORLD_API_KEY: 'bench' } })
}

function relayScript(name: string): string {
  return fileURLToPath(new URL(`relay/${name}.ts`, import.meta.url))
}

/** A process whose lines, of both outputs, are awaited. */
interface Launched {
  readonly child: ChildProcess
  write(line: string): void
  /** The next line that matches. */
  line(pattern?: RegExp): Promise<string>
}

function launch(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Launched {
  const child = spawn(process.execPath, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  const waiting: { readonly pattern: RegExp; readonly found: (line: string) => void }[] = []
  const unread: string[] = []
  const take = (line: string) => {
    const index = waiting.findIndex(({ pattern }) => pattern.test(line))
    if (index < 0) unread.push(line)
    else waiting.splice(index, 1)[0]?.found(line)
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', take)
  child.on('exit', (code) => {
    if (code !== null && code !== 0)
      throw new Error(`${args.join(' ')} ended with ${code}: ${unread.slice(-5).join('\n')}`)
  })
  return {
    child,
    write: (line: string) => child.stdin.write(`${line}\n`),
    line(pattern = /./): Promise<string> {
      const index = unread.findIndex((line) => pattern.test(line))
      if (index >= 0) return Promise.resolve(unread.splice(index, 1)[0] ?? '')
      return new Promise((found) => waiting.push({ pattern, found }))
    },
  }
}

/** CPU time of a process, in ticks (proc(5): utime and stime). */
function cpuTicks({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
