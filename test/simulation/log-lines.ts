import type { Effect } from '../../src/session/effect.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import type { SessionState } from '../../src/session/state.ts'
import type { LifeObserver } from '../lives/observer.ts'

/** An event as a line of the story. */
export function eventLine(event: SessionEvent): string {
  switch (event.type) {
    case 'server':
      return `service → ${event.event.type}${'response' in event.event ? ` ${event.event.response.id} ${event.event.response.status}` : ''}`
    case 'next':
      return `next ${eventLine(event.event)}`
    case 'timer.fired':
      return `timer     ${event.timer}`
    case 'caller.text':
      return `caller  → "${event.text}"`
    case 'tool.finished':
      return `tool    → ${event.callId} ${event.outcome.status}`
    default:
      return `        → ${event.type}`
  }
}

/** An effect as a line of the story. */
export function effectLine(effect: Effect): string {
  switch (effect.type) {
    case 'send':
      return `send ${effect.next ? 'next ' : ''}${effect.event.type}${'event_id' in effect.event ? ` (${effect.event.event_id})` : ''}`
    case 'report':
      return `report ${effect.report.type}${'message' in effect.report ? `: ${effect.report.message}` : ''}`
    case 'startTimer':
      return `timer ${effect.timer} in ${effect.ms} ms`
    case 'stopTimer':
      return `no timer ${effect.timer}`
    case 'connect':
    case 'close':
      return effect.next ? `${effect.type} next` : effect.type
    default:
      return effect.type
  }
}

export function observerLine({ live, greetings, sockets }: LifeObserver): string {
  const { updates, pendingCreates, responses } = live
  return JSON.stringify({ updates, creates: pendingCreates, responses, greetings, sockets })
}

/** What a conversation that makes no progress waits for. */
export function pendingLine({ phase, turn, calls, config, sound, lifetime }: SessionState): string {
  const { callerSpeaking, answerExpected, replyDue, requested, responses, heldTexts, greetingGuarded } = turn
  const open = calls.filter(({ answered }) => !answered).map(({ callId, stage }) => `${callId} ${stage}`)
  const spoken = {
    callerSpeaking,
    answerExpected,
    replyDue,
    requested,
    responses: responses.length,
    guarded: greetingGuarded,
  }
  const rest = { heldTexts, open, sent: config.sent?.eventId, sound: sound.playing }
  return JSON.stringify({ phase, ...spoken, ...rest, ...lifetime })
}
