import type { ClientEvent } from '../realtime/client-event.ts'
import type { Effect } from './effect.ts'
import type { Moment } from './event.ts'
import type { Report, ReportBody } from './report.ts'
import type { Request, SessionState } from './state.ts'

/** What came of an event: the state after it, and what the world is to do. */
export type Step = readonly [SessionState, readonly Effect[]]

/** Does one thing after another, each on the state that the one before left. */
export function sequence(state: SessionState, ...parts: readonly ((state: SessionState) => Step)[]): Step {
  let current = state
  const effects: Effect[] = []
  for (const part of parts) {
    const [next, more] = part(current)
    current = next
    effects.push(...more)
  }
  return [current, effects]
}

export function unchanged(state: SessionState): Step {
  return [state, []]
}

/** Tells the outside; the state stays as it is. */
export function report(body: ReportBody, moment: Moment): (state: SessionState) => Step {
  return (state) => {
    const { type, ...rest } = body
    const generation = state.config.confirmed.number
    const stamp = { type, t: Math.round(moment.now), conversation: state.conversation, generation }
    return [state, [{ type: 'report', report: { ...stamp, ...rest } as Report }]]
  }
}

export function order(...effects: readonly Effect[]): (state: SessionState) => Step {
  return (state) => [state, effects]
}

/** An event for the service without its id. */
type Unsent = ClientEvent extends infer Event ? (Event extends ClientEvent ? Omit<Event, 'event_id'> : never) : never

/** The id that the next event sent will carry. */
export function nextEventId(state: SessionState): string {
  return `${state.conversation}-${state.sentCount + 1}`
}

/** Sends an event under an id of ours; with `kind`, the service owes an answer to it. */
export function send(event: Unsent, kind?: Request['kind']): (state: SessionState) => Step {
  return (state) => {
    const eventId = nextEventId(state)
    const unanswered =
      kind === undefined ? state.unanswered : [...state.unanswered, { eventId, kind }].slice(-UNANSWERED_MAX)
    const sent = { ...event, event_id: eventId } as ClientEvent
    return [{ ...state, sentCount: state.sentCount + 1, unanswered }, [{ type: 'send', event: sent }]]
  }
}

/** Forgets the oldest unanswered request of a kind: its answer has come. */
export function answered(kind: Request['kind']): (state: SessionState) => Step {
  return (state) => {
    const index = state.unanswered.findIndex((request) => request.kind === kind)
    if (index < 0) return unchanged(state)
    return unchanged({ ...state, unanswered: state.unanswered.toSpliced(index, 1) })
  }
}

/** How many requests without an answer are remembered; older ones are given up. */
const UNANSWERED_MAX = 64
