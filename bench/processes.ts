import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built program, as a user runs it. */
export const RUNNER = fileURLToPath(new URL('../bin/runner.js', import.meta.url))

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new folder for what a bench writes; removed when the process exits. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-bench-'))
  folders.push(folder)
  return folder
}

/** How a process is started, and what it may end with. */
export interface Launch {
  readonly cwd?: string
  /** Exit codes that mean that the work was done; a tool that finds faults ends with 1. */
  readonly codes?: readonly number[]
}

/** Runs `node …args` to its end, as a bench case: the time is that of the whole process. An exit code that was not expected is a failed bench. */
export function runNode(args: readonly string[], { cwd, codes = [0] }: Launch = {}, env = process.env): void {
  const { status, stderr, error } = spawnSync(process.execPath, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== null && codes.includes(status)) return
  throw new Error(`node ${args.slice(0, 3).join(' ')} … ended with ${status}: ${error?.message ?? stderr.toString()}`)
}

/** The most memory that `node …args` held at once, in MB. */
export function peakMemory(args: readonly string[], launch: Launch = {}): number {
  return usage(args, launch, 'process.resourceUsage().maxRSS') / 1024
}

/** Time that all threads of `node …args` spent on processors, in ms: what else the machine does counts for less. */
export function processorTime(args: readonly string[], launch: Launch = {}): number {
  return usage(args, launch, 'process.cpuUsage().user + process.cpuUsage().system') / 1_000
}

/** A figure that the process itself takes at its end. */
function usage(args: readonly string[], launch: Launch, figure: string): number {
  const folder = temporaryFolder()
  const probe = join(folder, 'usage.cjs')
  const result = join(folder, 'usage.txt')
  const code = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(result)}, String(${figure})))`
  writeFileSync(probe, code)
  runNode(['--require', probe, ...args], launch)
  return Number(readFileSync(result, 'utf8'))
}
