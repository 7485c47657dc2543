import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ScriptTool } from '../src/agent/tool.ts'
import { createToolRunner, type ToolRunner } from '../src/io/tool-process.ts'
import { toolNamed } from '../test/helpers/agents.ts'
import { temporaryFolder } from './processes.ts'

/** A tool runner for measuring, with a folder for its scripts. */
export interface ToolHarness {
  readonly folder: string
  readonly runner: ToolRunner
  script(name: string, text: string): string
  /** One call, as a conversation makes it; any end but `ok` is a failed bench. */
  call(tool: ScriptTool, argumentsText: string): Promise<string>
  close(): Promise<void>
}

/** The caller must close it. */
export function createToolHarness(): ToolHarness {
  const folder = temporaryFolder()
  const runner = createToolRunner({
    baseEnv: process.env,
    stateRoot: join(folder, 'state'),
    hidden: () => [],
    log: () => {},
  })
  let calls = 0
  return {
    folder,
    runner,
    script(name, text) {
      const file = join(folder, name)
      writeFileSync(file, text)
      chmodSync(file, 0o755)
      return file
    },
    async call(tool, argumentsText) {
      calls += 1
      const about = { agent: 'bench', conversation: 'main', generation: 1 }
      const outcome = await runner.run({ callId: `call_${calls}`, tool, argumentsText, ...about }).finished
      if (outcome.status !== 'ok') throw new Error(`${tool.name} ended as ${outcome.status}: ${outcome.message}`)
      return outcome.output
    },
    async close() {
      await runner.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A script tool with the defaults of the file format, and time enough. */
export function scriptTool(run: readonly string[], cwd: string, changes: Partial<ScriptTool> = {}): ScriptTool {
  return toolNamed('bench', { run, cwd, agentFolder: cwd, timeoutMs: 20_000, ...changes })
}
