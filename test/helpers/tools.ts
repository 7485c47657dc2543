import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ScriptTool, ToolOutcome } from '../../src/agent/tool.ts'
import { createToolRunner, type ToolRunner } from '../../src/io/tool-process.ts'
import type { RunningTool } from '../../src/io/tools/gated-call.ts'
import type { ScriptCall } from '../../src/io/tools/tool-attempt.ts'
import type { ToolTrace } from '../../src/io/tools/tool-trace.ts'
import { toolNamed } from './agents.ts'

/** How often a condition is checked, and how long it is waited for at most, in ms. */
const POLL_INTERVAL_MS = 20
const TIMEOUT_MS = 60_000

/** The scripts under test/fixtures/tools. */
export const TOOL_FIXTURES = fileURLToPath(new URL('../fixtures/tools', import.meta.url))

/** What differs from a call of a plain tool. */
export interface CallOverrides extends Partial<Omit<ScriptTool, 'kind' | 'run'>> {
  readonly argumentsText?: string
  readonly conversation?: string
  readonly callId?: string
  readonly generation?: number
}

/** A tool runner with folders of its own, and what it logged. */
export interface ToolBench {
  readonly runner: ToolRunner
  readonly stateRoot: string
  readonly logged: { readonly message: string; readonly fields: { readonly [key: string]: unknown } }[]
  readonly traced: ToolTrace[]
  /** Writes an executable script into a folder of the bench; gives its path. */
  script(text: string, name?: string): string
  call(run: readonly string[], given?: CallOverrides): ScriptCall
  start(run: readonly string[], given?: CallOverrides): RunningTool
  run(run: readonly string[], given?: CallOverrides): Promise<ToolOutcome>
  /** Marks a variable as a secret from now on. */
  hide(name: string): void
  /** Waits for a tool to write a file into its state directory. */
  written(name: string): Promise<string>
  /** Ids of processes, zombies aside, that carry this bench's state root in their environment. */
  leftovers(): readonly number[]
  close(): Promise<void>
}

/** A tool runner of its own; with `watched` off, neither log nor trace is kept. */
export function toolBench(
  baseEnv: NodeJS.ProcessEnv = process.env,
  { hidden = [], watched = true }: { readonly hidden?: readonly string[]; readonly watched?: boolean } = {},
): ToolBench {
  const root = mkdtempSync(join(tmpdir(), 'runner-bench-'))
  const stateRoot = join(root, 'state')
  const logged: ToolBench['logged'] = []
  const traced: ToolTrace[] = []
  let keys = hidden
  const runner = createToolRunner({
    baseEnv,
    stateRoot,
    hidden: () => keys,
    log: (message, fields) => watched && logged.push({ message, fields }),
    ...(watched ? { trace: (event) => traced.push(event) } : {}),
  })
  let calls = 0

  function call(run: readonly string[], given: CallOverrides = {}): ScriptCall {
    calls += 1
    const { argumentsText = '{}', conversation = 'main', callId = `call_${calls}`, generation = 1, ...rest } = given
    const { name = 'tried', ...settings } = rest
    const tool = toolNamed(name, { run, cwd: root, timeoutMs: 60_000, ...settings })
    return { callId, tool, argumentsText, agent: 'support', conversation, generation }
  }

  function start(run: readonly string[], given: CallOverrides = {}): RunningTool {
    return runner.run(call(run, given))
  }

  function leftovers(): readonly number[] {
    if (process.platform !== 'linux') return []
    const ids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
    return ids.filter((id) => readText(`/proc/${id}/environ`).includes(stateRoot)).map(Number)
  }

  return {
    runner,
    stateRoot,
    logged,
    traced,
    call,
    start,
    leftovers,
    hide(name) {
      keys = [...keys, name]
    },
    run: (run, given) => start(run, given).finished,
    script(text, name = `script-${readdirSync(root).length}.sh`) {
      const file = join(root, name)
      writeFileSync(file, text)
      chmodSync(file, 0o755)
      return file
    },
    async written(name) {
      const find = () =>
        existsSync(stateRoot)
          ? readdirSync(stateRoot)
              .map((folder) => join(stateRoot, folder, name))
              .find((file) => readText(file) !== '')
          : undefined
      await until(() => find() !== undefined)
      return readText(find() ?? '')
    },
    async close() {
      await runner.stop()
      await until(() => leftovers().length === 0)
      rmSync(root, { recursive: true })
    },
  }
}

/** Waits until a condition holds; on a loaded machine that may take long. */
export async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < TIMEOUT_MS / POLL_INTERVAL_MS; attempt += 1) {
    if (holds()) return
    await delay(POLL_INTERVAL_MS)
  }
  throw new Error(`waited in vain: ${holds}`)
}

/** Blocks this process for some ms, as if its machine slept. */
export function blockThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
