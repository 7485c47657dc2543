import type { Agent } from '../../src/agent/agent.ts'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import type { Response, ServerEvent, ServiceError } from '../../src/realtime/server-event.ts'
import type { Effect } from '../../src/session/effect.ts'
import type { SessionEvent, TimerName } from '../../src/session/event.ts'
import type { Report } from '../../src/session/report.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession, type SessionState } from '../../src/session/state.ts'
import { step } from '../../src/session/step.ts'
import { agentWith } from '../helpers/agents.ts'

/** What came of a list of events: the state at the end, and the orders that they gave. */
export interface Story {
  readonly state: SessionState
  readonly effects: readonly Effect[]
}

export const moment = { now: 1_000_000, chance: 0 }

export function begin(agent: Agent = agentWith()): Story {
  const [state, effects] = settle(newSession('main', moment, { number: 1, agent }))
  return { state, effects }
}

/** Continues a story; the effects are those of these events alone. */
export function goOn(story: Story, ...events: readonly SessionEvent[]): Story {
  return goOnAt(0, story, ...events)
}

/** The same, this long after the story's beginning, in ms. */
export function goOnAt(ms: number, story: Story, ...events: readonly SessionEvent[]): Story {
  let { state } = story
  const effects: Effect[] = []
  for (const event of events) {
    const [next, more] = step(state, event, { ...moment, now: moment.now + ms })
    state = next
    effects.push(...more)
  }
  return { state, effects }
}

/** A session that has been confirmed. If it has MCP servers, they have not listed their tools in time. */
export function live(agent: Agent = agentWith()): Story {
  const opened = [{ type: 'socket.opened' }, server({ type: 'session.created', session: {} })] as const
  return goOn(begin(agent), ...opened, { type: 'timer.fired', timer: 'servers' }, updated())
}

export function server(event: ServerEvent): SessionEvent {
  return { type: 'server', event }
}

export function updated(session: { readonly [key: string]: unknown } = {}): SessionEvent {
  return server({ type: 'session.updated', session })
}

export function response(id: string, changes: Partial<Response> = {}): Response {
  return { id, status: 'in_progress', output: [], ...changes }
}

/** A response begins; `request` is the event id that the service returns, if it does. */
export function created(id: string, request?: string): SessionEvent {
  return server({ type: 'response.created', response: response(id, request === undefined ? {} : { request }) })
}

/** A response begins, and the item of its words is announced; none of them has come. */
export function announced(id: string): readonly SessionEvent[] {
  const item = { id: `${id}-item`, type: 'message', role: 'assistant', status: 'in_progress' }
  return [
    created(id),
    server({ type: 'response.output_item.added', response_id: id, item }),
    server({ type: 'conversation.item.added', item }),
  ]
}

export function done(id: string, changes: Partial<Response> = {}): SessionEvent {
  const output = [{ id: `${id}-item`, type: 'message', role: 'assistant' }]
  return server({ type: 'response.done', response: response(id, { status: 'completed', output, ...changes }) })
}

/** A response that ends with a call of each of these tools, as `call_<name>`. */
export function doneWithCalls(id: string, ...names: readonly string[]): SessionEvent {
  const output = names.map((name) => ({
    id: `item_${name}`,
    type: 'function_call',
    call_id: `call_${name}`,
    name,
    arguments: '{"a":1}',
    status: 'completed',
  }))
  return done(id, { output })
}

export function toolDone(name: string, output = 'fine'): SessionEvent {
  return { type: 'tool.finished', callId: `call_${name}`, outcome: { status: 'ok', output }, ms: 5 }
}

/** An error of the service: a refused request without details, with these changes. */
export function failure(changes: Partial<ServiceError>): SessionEvent {
  const none = { type: 'invalid_request_error', code: null, message: 'No.', param: null, event_id: null }
  return server({ type: 'error', error: { ...none, ...changes } })
}

export const opened: SessionEvent = { type: 'socket.opened' }

export const sessionCreated = server({ type: 'session.created', session: {} })

/** The connection is lost, without a reason. */
export const lost: SessionEvent = { type: 'socket.closed', code: 1006, reason: '' }

/** The next attempt after a loss, up to the opening update: its confirmation is missing. */
export const reopening = [fired('retry'), opened, sessionCreated] as const

/** The caller begins to speak, stops, and what they said becomes an item. */
export const started = server({ type: 'input_audio_buffer.speech_started', item_id: 'u' })
export const stopped = server({ type: 'input_audio_buffer.speech_stopped', item_id: 'u' })
export const committed = server({ type: 'input_audio_buffer.committed', item_id: 'u' })

/** All of the agent's sound was heard. */
export const drained: SessionEvent = { type: 'playback.drained' }

export function fired(timer: TimerName): SessionEvent {
  return { type: 'timer.fired', timer }
}

export function edit(number: number, agent: Agent): SessionEvent {
  return { type: 'agent.loaded', generation: number, agent, noticedAt: moment.now }
}

export function text(words: string): SessionEvent {
  return { type: 'caller.text', text: words }
}

export function sent(story: Story): readonly ClientEvent[] {
  return story.effects.flatMap((effect) => (effect.type === 'send' ? [effect.event] : []))
}

export function sentTypes(story: Story): readonly string[] {
  return sent(story).map(({ type }) => type)
}

export function reports(story: Story): readonly Report[] {
  return story.effects.flatMap((effect) => (effect.type === 'report' ? [effect.report] : []))
}

export function reported<Type extends Report['type']>(
  story: Story,
  type: Type,
): readonly Extract<Report, { type: Type }>[] {
  return reports(story).filter((report): report is Extract<Report, { type: Type }> => report.type === type)
}

export function effectTypes(story: Story): readonly string[] {
  return story.effects.map(({ type }) => type)
}

/** The duration of each start of this timer, in ms. */
export function timerDurations(story: Story, timer: TimerName): readonly number[] {
  return story.effects.flatMap((effect) => (effect.type === 'startTimer' && effect.timer === timer ? [effect.ms] : []))
}
