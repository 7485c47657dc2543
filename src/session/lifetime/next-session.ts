import type { NextSession } from '../connection-state.ts'
import type { Effect } from '../effect.ts'
import type { RecordEntry } from '../record-entry.ts'
import { deepEqual } from '../settings/leaves.ts'
import { sameWanted } from '../settings/wanted-settings.ts'
import type { SessionState } from '../state.ts'
import { emit, type Part, type Step, sequence, withoutEffects } from '../stepping.ts'
import { openingTimeouts, REPLAY_MS } from '../time/timeouts.ts'
import { connectionToTry, openingSettings, openingUpdate, sendOpeningUpdate } from './opening.ts'
import { replayEntries } from './replay.ts'

/** Opens a second connection for the next session. */
export function openNextSession(state: SessionState): Step {
  const wanted = openingSettings(state)
  const failures = state.next?.failures ?? 0
  const connection = connectionToTry(state, wanted.agent, failures)
  const timeouts = openingTimeouts({ connection })
  const next: NextSession = {
    stage: 'connecting',
    failures,
    startedAt: state.moment.now,
    timeouts,
    wanted,
    created: {},
    reported: {},
    reportedAt: state.moment.now,
    sent: null,
    memory: null,
    replayedEntries: [],
    replayedItemIds: [],
    unanswered: [],
  }
  return emit(
    { type: 'connect', connection, next: true },
    { type: 'startTimer', timer: 'next', ms: timeouts.connectMs },
  )({ ...state, next })
}

/** Whether the next session would begin with settings that are no longer wanted. */
export function isOutdated(state: SessionState, { wanted }: NextSession): boolean {
  return !sameWanted(wanted, openingSettings(state))
}

/** Gives the next session whatever the service has come to remember of the caller since. */
export function updateNextMemory(state: SessionState): Step {
  const { next, connection } = state
  if (next === null || deepEqual(next.memory, connection.memory)) return withoutEffects(state)
  return configureNextSession(state, next)
}

/** Tells the next session the rest of the record. */
export function replayToNext(state: SessionState, rest: readonly RecordEntry[]): Step {
  const { next } = state
  if (next === null) return withoutEffects(state)
  const noted = { ...state, next: { ...next, replayedEntries: [...next.replayedEntries, ...rest] } }
  return sequence(noted, inNextSession(replayEntries(rest)), emit({ type: 'startTimer', timer: 'next', ms: REPLAY_MS }))
}

/** Closes the next session, which is no longer wanted. */
export function dropNextSession(state: SessionState): Step {
  if (state.next === null) return withoutEffects(state)
  return emit({ type: 'close', next: true }, { type: 'stopTimer', timer: 'next' })({ ...state, next: null })
}

/** Sends the next session its settings, and what the service remembers of the caller. */
export function configureNextSession(state: SessionState, next: NextSession): Step {
  const sent = openingUpdate(state, next.wanted, next.created)
  const { memory } = state.connection
  return sequence(
    { ...state, next: { ...next, stage: 'configuring', sent, memory } },
    inNextSession(sendOpeningUpdate(sent)),
    emit({ type: 'startTimer', timer: 'next', ms: next.timeouts.confirmMs }),
  )
}

/** Applies to the next session a step written for the live one: what it sends goes there, and what it learns is recorded there. */
export function inNextSession(part: Part): Part {
  return (state) => {
    const { next, connection, unanswered } = state
    if (next === null) return withoutEffects(state)
    const nextConnection = { ...connection, replayedItemIds: next.replayedItemIds }
    const [view, effects] = part({ ...state, connection: nextConnection, unanswered: next.unanswered })
    const recorded = { replayedItemIds: view.connection.replayedItemIds, unanswered: view.unanswered }
    return [
      { ...view, connection, unanswered, next: { ...next, ...recorded } },
      effects.map((effect): Effect => (effect.type === 'send' ? { ...effect, next: true } : effect)),
    ]
  }
}
