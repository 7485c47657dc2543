import { durationMs } from '../../agent/duration.ts'
import type { Clock } from '../lifetime-state.ts'
import { type SessionState, withLifetime } from '../state.ts'
import { emit, forEach, type Step, withoutEffects } from '../stepping.ts'
import { isSilent } from './quiet.ts'

/** Starts the clocks that should run, and stops the others. One whose setting was edited restarts. */
export function settleClocks(state: SessionState): Step {
  return forEach(CLOCKS, setClock)(state)
}

/** Marks a clock that has run out as not running. */
export function markClockStopped(state: SessionState, clock: Clock): SessionState {
  return withClock(state, clock, null)
}

/** Whether a clock runs, so that one that fires after its reason has gone changes nothing. */
export function isClockRunning(state: SessionState, clock: Clock): boolean {
  return state.lifetime.clocks[clock] !== null
}

const CLOCKS: readonly Clock[] = ['idle', 'silence', 'wrap up', 'limit']

function setClock(state: SessionState, clock: Clock): Step {
  const wanted = settingOf(state, clock)
  if (wanted === state.lifetime.clocks[clock]) return withoutEffects(state)
  const next = withClock(state, clock, wanted)
  if (wanted === null) return emit({ type: 'stopTimer', timer: clock })(next)
  const { moment, lifetime } = state
  const sinceStart = clock === 'limit' || clock === 'wrap up' ? moment.now - (lifetime.startedAt ?? moment.now) : 0
  const ms = Math.max(0, Math.ceil((durationMs(wanted) ?? 0) - sinceStart))
  return emit({ type: 'startTimer', timer: clock, ms })(next)
}

/** What a clock is to be set to, in the author's words; null if it should not run. */
function settingOf(state: SessionState, clock: Clock): string | null {
  const { idle, limits } = state.config.confirmed.agent
  const { lifetime, phase } = state
  if (lifetime.pendingEnd !== null || ['closing', 'closed'].includes(phase)) return null
  switch (clock) {
    case 'idle':
      return isSilent(state) && hasMoreToSay(state) ? (idle?.after ?? null) : null
    case 'silence':
      return isSilent(state) ? (limits.idle ?? null) : null
    case 'wrap up':
      return lifetime.startedAt === null || lifetime.wrappedUp ? null : (limits.wrap_up_at ?? null)
    case 'limit':
      return lifetime.startedAt === null ? null : (limits.max_session ?? null)
    default:
      return clock satisfies never
  }
}

function hasMoreToSay(state: SessionState): boolean {
  const { idle } = state.config.confirmed.agent
  if (idle === undefined) return false
  return promptsSince(state) < idle.times + (idle.then === undefined ? 0 : 1)
}

/** Prompts since the caller last began a turn. */
export function promptsSince({ lifetime, turn }: SessionState): number {
  return lifetime.prompts.turn === turn.turnsBegun ? lifetime.prompts.count : 0
}

function withClock(state: SessionState, clock: Clock, setting: string | null): SessionState {
  return withLifetime(state, { clocks: { ...state.lifetime.clocks, [clock]: setting } })
}
