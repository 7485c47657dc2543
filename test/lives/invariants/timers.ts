import type { TimerName } from '../../../src/session/event.ts'
import type { SessionState } from '../../../src/session/state.ts'
import type { Invariants } from './invariant.ts'

/** Whether something is awaited, by the timer that ends the wait. */
const AWAITED_BY_TIMER: { readonly [timer in TimerName]?: (state: SessionState) => boolean } = {
  connect: ({ phase }) => phase === 'connecting',
  confirm: ({ phase }) => phase === 'configuring',
  servers: ({ phase, servers }) => phase === 'configuring' && servers.opening === 'waits',
  replay: ({ phase }) => phase === 'replaying',
  retry: ({ phase, lifetime }) => phase === 'waiting' && lifetime.pendingEnd === null,
  'last words': ({ phase, lifetime }) => lifetime.pendingEnd !== null && !hasEnded(phase),
  ack: ({ phase, config }) => phase === 'live' && config.sent !== null,
  quiet: ({ phase, config }) => phase === 'live' && config.quietWait === 'running',
  progress: ({ phase, turn }) =>
    phase === 'live' && (turn.requested !== null || turn.responses.length > 0 || turn.answerExpected),
  cancel: ({ phase, turn }) => phase === 'live' && turn.responses.some(({ silenced }) => silenced),
  'rate limit': ({ phase, turn }) => phase === 'live' && turn.rateLimit.isWaiting,
  speech: ({ phase, turn }) => phase === 'live' && turn.callerSpeaking,
  transcript: ({ phase, turn }) => phase === 'live' && turn.wordsHeld,
  greeting: ({ phase, turn }) => phase === 'live' && turn.greetingGuarded,
  drain: ({ phase, turn }) => phase === 'live' && turn.drainWait === 'running',
  filler: ({ phase, turn }) => phase === 'live' && turn.fillerAt !== null,
  frame: ({ phase, sound }) => phase === 'live' && sound.partialFrame.byteLength > 1,
  next: ({ next }) => next !== null && (next.stage === 'connecting' || next.stage === 'configuring'),
  'roll over': ({ phase, lifetime }) =>
    phase === 'live' && lifetime.expiresAt !== null && lifetime.rollOver !== 'overdue',
  healthy: ({ phase, connection }) => phase === 'live' && connection.losses > 0,
  idle: ({ lifetime }) => lifetime.clocks.idle !== null,
  silence: ({ lifetime }) => lifetime.clocks.silence !== null,
  'wrap up': ({ lifetime }) => lifetime.clocks['wrap up'] !== null,
  limit: ({ lifetime }) => lifetime.clocks.limit !== null,
}

/** On every wait: a timer runs that ends it, whatever the other side does. */
export const TIMER_INVARIANTS: Invariants = Object.fromEntries(
  Object.entries(AWAITED_BY_TIMER).map(([timer, waits]) => [
    `every wait has an end: the timer "${timer}" runs`,
    ({ state, observer }) => !waits(state) || observer.timers.has(timer as TimerName),
  ]),
)

function hasEnded(phase: SessionState['phase']): boolean {
  return phase === 'stopping' || phase === 'closing' || phase === 'closed'
}
