import { randomUUID } from 'node:crypto'
import { plainScript } from '../../agent/build-tool.ts'
import type { Hook, HookEvent } from '../../agent/hook.ts'
import type { ScriptTool, ToolOutcome } from '../../agent/tool.ts'
import type { Log } from '../../io/log.ts'
import type { Generation } from '../../session/generation.ts'
import type { Report } from '../../session/report.ts'
import type { Toolbox } from '../toolbox.ts'
import { createFanOut, type FanOut, type Sink } from './fan-out.ts'

/** Events of one conversation that may wait for its hooks; beyond that the newest are dropped and counted. */
const WAITING_MAX = 200
/** How much of a hook's output is retained, in bytes: only the log reads it. */
const OUTPUT_MAX_BYTES = 1_024

interface HookSinkOptions {
  readonly log: Log
  /** Runs hooks like tools, in a toolbox of their own, so that ending a conversation's tools does not end its hooks. */
  readonly scripts: Pick<Toolbox, 'run' | 'endConversation' | 'close'>
}

/**
 * Runs the author's hooks: those of one conversation one after another, in order, those of different conversations in parallel. A slow or
 * failing hook delays neither the conversation nor anything else.
 */
export function hookSink({ log, scripts }: HookSinkOptions): Sink {
  const lanes = new Map<string, FanOut>()
  /** Conversations that are ending, by name. */
  const closing = new Map<string, Promise<void>>()

  async function run(hook: Hook, event: HookEvent, report: Report, { number, agent }: Generation): Promise<void> {
    const { conversation } = report
    const call = { callId: `hook-${randomUUID()}`, tool: asTool(event, hook), generation: number, agent: agent.name }
    const argumentsText = JSON.stringify({ hook: event, agent: agent.name, ...report })
    const outcome = await scripts.run({ ...call, argumentsText, conversation }).finished
    if (outcome.status !== 'ok') log.warn('a hook failed', { hook: event, conversation, ...failureFields(outcome) })
  }

  /**
   * The hooks of one conversation, in a queue of their own. They wait for an earlier conversation of the same name, whose end would end
   * them too.
   */
  function open(conversation: string): FanOut {
    const earlier = closing.get(conversation)
    const sink: Sink = {
      name: conversation,
      accepts: () => true,
      take(report, generation) {
        const event = hookEventOf(report.type)
        const hook = event && generation.agent.hooks[event]
        if (event === undefined || hook === undefined) return
        return earlier?.then(() => run(hook, event, report, generation)) ?? run(hook, event, report, generation)
      },
      close: () => earlier,
    }
    const onFailure = (_name: string, reason: string) =>
      log.warn('events are missing', { from: 'hooks', conversation, reason })
    const lane = createFanOut([sink], onFailure, WAITING_MAX)
    lanes.set(conversation, lane)
    return lane
  }

  return {
    name: 'hooks',
    accepts: (type) => hookEventOf(type) !== undefined,
    take(report, generation) {
      const known = lanes.get(report.conversation)
      if (known === undefined && Object.keys(generation.agent.hooks).length === 0) return
      const lane = known ?? open(report.conversation)
      lane.report(report, generation)
      if (report.type !== 'session.closed') return
      lanes.delete(report.conversation)
      const { conversation } = report
      const closed = lane.close().then(() => scripts.endConversation(conversation))
      closing.set(conversation, closed)
      void closed.then(() => closing.get(conversation) === closed && closing.delete(conversation))
    },
    async close() {
      await Promise.all([...closing.values(), ...[...lanes.values()].map((lane) => lane.close())])
      await scripts.close()
    },
  }
}

function hookEventOf(type: Report['type']): HookEvent | undefined {
  return type.startsWith('reload.') ? 'reload' : EVENTS[type]
}

const EVENTS: { readonly [type in Report['type']]?: HookEvent } = {
  'session.ready': 'session_started',
  'session.closed': 'session_ended',
  'item.created': 'conversation_item_created',
  'item.updated': 'conversation_item_updated',
  'tool.finished': 'tool_finished',
}

/** A hook runs as a tool does: the same contract, and the same care for its processes. */
function asTool(event: HookEvent, { run, cwd, timeoutMs, env }: Hook): ScriptTool {
  return { ...plainScript(`hook ${event}`, run, cwd), timeoutMs, env, maxOutputBytes: OUTPUT_MAX_BYTES }
}

function failureFields(outcome: Exclude<ToolOutcome, { status: 'ok' }>) {
  return { status: outcome.status, reason: outcome.message }
}
