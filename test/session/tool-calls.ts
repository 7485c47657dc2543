import type { ToolOutcome } from '../../src/agent/tool.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { created, done, reported, type Story } from './story.ts'

/** A response that ends with these calls, `name` or `name:id`. */
export function calls(id: string, ...names: readonly string[]): readonly SessionEvent[] {
  const output = names.map((call) => {
    const [name = '', callId = name] = call.split(':')
    const item = { id: `item_${callId}`, type: 'function_call', call_id: callId, name, arguments: '{}' }
    return { ...item, status: 'completed' }
  })
  return [created(id), done(id, { output })]
}

export function ended(callId: string, outcome: ToolOutcome = { status: 'ok', output: 'fine' }): SessionEvent {
  return { type: 'tool.finished', callId, outcome, ms: 5 }
}

/** Ids of the calls whose tools are started. */
export function launched(story: Story): readonly string[] {
  return story.effects.flatMap((effect) => (effect.type === 'runTool' ? [effect.callId] : []))
}

/** Each call that ends, with its status. */
export function finished(story: Story): readonly string[] {
  return reported(story, 'tool.finished').map(({ call_id, status }) => `${call_id} ${status}`)
}
