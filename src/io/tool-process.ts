import { join } from 'node:path'
import type { ScriptTool, ToolOutcome } from '../agent/tool.ts'
import { createChildren } from './processes/child.ts'
import { createOrphanKiller } from './processes/orphans.ts'
import type { RunningTool, ToolPorts } from './tools/gated-call.ts'
import { createScriptFiles } from './tools/script-file.ts'
import { type ScriptCall, startScriptAttempt } from './tools/tool-attempt.ts'
import { type OpenCall, runCall } from './tools/tool-call.ts'
import { failure, misconfiguration } from './tools/tool-contract.ts'
import { createToolFolders } from './tools/tool-folders.ts'
import { createLauncher } from './tools/tool-launch.ts'
import type { ToolVariables } from './tools/tool-variables.ts'
import { createWorkers } from './workers.ts'

export interface ToolRunner {
  run(call: ScriptCall): RunningTool
  /** Starts the workers among an agent's tools, and releases those no longer declared. */
  prepare(agent: string, tools: readonly ScriptTool[]): void
  /** Ends what still runs for a conversation, and removes its state directory. */
  endConversation(conversation: string): Promise<void>
  /** Ends every tool with its children, and starts none any more. */
  stop(): Promise<void>
}

interface ToolRunnerOptions extends ToolVariables, ToolPorts {
  /** Folder for the state directories of conversations. */
  readonly stateRoot: string
}

/** Runs tools as processes by contract version 1. Must run on the main thread, since a death signal follows the thread that forked. */
export function createToolRunner(options: ToolRunnerOptions): ToolRunner {
  const { log, trace } = options
  const scripts = createScriptFiles(join(options.stateRoot, 'pinned'))
  const launcher = createLauncher(options, scripts)
  const children = createChildren()
  const folders = createToolFolders(options.stateRoot)
  const shared = { log, trace, launcher, children, killOrphans: createOrphanKiller() }
  const workers = createWorkers({ ...shared, folders })
  /** A list, since entries once in a busy Map are garbage-collected late, with everything they refer to. */
  const open: { readonly call: ScriptCall; readonly running: OpenCall }[] = []
  let isStopping = false

  return {
    run(call) {
      if (isStopping) return unstartedCall(failure('cancelled', 'the runner is stopping'))
      const running = startCall(call)
      const entry = { call, running }
      open.push(entry)
      void running.cleanedUp.then(() => open.splice(open.indexOf(entry), 1))
      return running
    },
    prepare(agent, tools) {
      if (!isStopping) workers.prepare(agent, tools)
    },
    endConversation,
    async stop() {
      isStopping = true
      await Promise.all([...new Set(open.map(({ call }) => call.conversation))].map(endConversation))
      await workers.stop()
      await Promise.all(folders.conversations().map(endConversation))
      children.close()
      scripts.close()
    },
  }

  /** A folder that cannot be made is an outcome like any other. */
  function startCall(call: ScriptCall): OpenCall {
    try {
      const stateDir = call.tool.mode === 'worker' ? '' : folders.folderOf(call.conversation)
      const startAttempt = (deadlineMs: number) =>
        call.tool.mode === 'worker'
          ? workers.startAttempt(call, deadlineMs)
          : startScriptAttempt(call, deadlineMs, { ...shared, stateDir })
      return runCall(call, { log, trace, startAttempt, earlierCalls: earlierCallsLike(call) })
    } catch (error) {
      const { outcome, detail } = misconfiguration(String(error))
      log('tool could not be launched', { tool: call.tool.name, call_id: call.callId, detail })
      return unstartedCall(outcome)
    }
  }

  /** Earlier calls with the same id that are not cleaned up yet: some models reuse ids. */
  function earlierCallsLike({ conversation, callId }: ScriptCall): readonly Promise<void>[] {
    const same = open.filter(({ call }) => call.callId === callId && call.conversation === conversation)
    return same.map(({ running }) => running.cleanedUp)
  }

  async function endConversation(conversation: string): Promise<void> {
    const removeFolder = folders.detach(conversation)
    const own = open.filter(({ call }) => call.conversation === conversation).map(({ running }) => running)
    for (const running of own) running.cancel()
    await Promise.all(own.map((running) => running.cleanedUp))
    try {
      await removeFolder()
    } catch (error) {
      log('a state directory could not be removed', { conversation, detail: String(error) })
    }
  }
}

function unstartedCall(outcome: ToolOutcome): OpenCall {
  return { finished: Promise.resolve(outcome), cleanedUp: Promise.resolve(), cancel() {} }
}
