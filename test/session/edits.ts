import type { Agent } from '../../src/agent/agent.ts'
import type { ServiceError } from '../../src/realtime/server-event.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { edit, goOn, live, reports, type Story, server, updated } from './story.ts'

export const pirate = agentWith({ instructions: 'Speak like a pirate.' })
export const asPirate = updated({ instructions: 'Speak like a pirate.' })
export const unsolicited = updated({ instructions: 'You are at the desk.', providerData: { memory: { state: {} } } })
export const ack: SessionEvent = { type: 'timer.fired', timer: 'ack' }

/** A session with an update in flight. */
export function inFlight(agent: Agent = pirate): Story {
  return goOn(live(), edit(2, agent))
}

export function refusal(changes: Partial<ServiceError> = {}): SessionEvent {
  const none = { type: 'invalid_request_error', code: 'invalid_value', message: 'No.', param: null, event_id: null }
  return server({ type: 'error', error: { ...none, ...changes } })
}

/** The reported outcomes of edits: type without `reload.`, and the fields. */
export function outcomes(story: Story) {
  return reports(story).flatMap((report) =>
    'fields' in report && report.type !== 'reload.sent' ? [[report.type.replace('reload.', ''), ...report.fields]] : [],
  )
}
