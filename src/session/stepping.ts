import type { ClientEvent } from '../realtime/client-event.ts'
import type { PendingRequest } from './connection-state.ts'
import type { Effect } from './effect.ts'
import type { Report, ReportBody } from './report.ts'
import type { SessionState } from './state.ts'

/** The result of an event: the new state, and what the world is to do. */
export type Step = readonly [SessionState, readonly Effect[]]

/** One of several things that an event leads to. */
export type Part = (state: SessionState) => Step

/** Runs the parts in order, each on the state left by the one before, and collects their effects. */
export function sequence(state: SessionState, ...parts: readonly Part[]): Step {
  let current = state
  const effects: Effect[] = []
  for (const part of parts) {
    const [next, more] = part(current)
    current = next
    effects.push(...more)
  }
  return [current, effects]
}

/** Does the same for each item, in order. */
export function forEach<Item>(items: readonly Item[], part: (state: SessionState, item: Item) => Step): Part {
  return (state) => sequence(state, ...items.map((item) => (now: SessionState) => part(now, item)))
}

/** A step that orders nothing: the state is as given. */
export function withoutEffects(state: SessionState): Step {
  return [state, []]
}

/** Sends a report; the state does not change. */
export function report(body: ReportBody): Part {
  return (state) => {
    const { type, ...rest } = body
    const generation = state.config.confirmed.number
    const stamp = { type, t: Math.round(state.moment.now), conversation: state.conversation, generation }
    return [state, [{ type: 'report', report: { ...stamp, ...rest } as Report }]]
  }
}

export function emit(...effects: readonly Effect[]): Part {
  return (state) => [state, effects]
}

/** How long ago something was, in whole ms. */
export function msSince({ moment }: SessionState, at: number): number {
  return Math.round(moment.now - at)
}

/** An event for the service, without its id. */
type EventWithoutId = ClientEvent extends infer Event
  ? Event extends ClientEvent
    ? Omit<Event, 'event_id'>
    : never
  : never

/** The id of the next event to be sent. */
export function nextEventId(state: SessionState): string {
  return `${state.conversation}-${state.sentCount + 1}`
}

/** Sends an event under an id of ours; with `kind`, the service is expected to answer it. */
export function send(event: EventWithoutId, kind?: PendingRequest['kind']): Part {
  return (state) => {
    const eventId = nextEventId(state)
    const unanswered =
      kind === undefined ? state.unanswered : [...state.unanswered, { eventId, kind }].slice(-UNANSWERED_MAX)
    const sent = { ...event, event_id: eventId } as ClientEvent
    return [{ ...state, sentCount: state.sentCount + 1, unanswered }, [{ type: 'send', event: sent }]]
  }
}

/** Forgets the oldest unanswered request of a kind: it has been answered. */
export function markAnswered(kind: PendingRequest['kind']): Part {
  return (state) => {
    const index = state.unanswered.findIndex((request) => request.kind === kind)
    if (index < 0) return withoutEffects(state)
    return withoutEffects({ ...state, unanswered: state.unanswered.toSpliced(index, 1) })
  }
}

/** How many unanswered requests are remembered; older ones are given up. */
const UNANSWERED_MAX = 64
