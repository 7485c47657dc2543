import { clearPlayback } from '../barge-in/interruption.ts'
import { reportAllUnspoken } from '../barge-in/truncate.ts'
import { flushWords } from '../response/report-words.ts'
import type { SessionState } from '../state.ts'
import { emit, type Step, sequence, withoutEffects } from '../stepping.ts'
import { leaveSession } from './leave-session.ts'
import { dropNextSession, isOutdated, openNextSession, replayToNext, updateNextMemory } from './next-session.ts'
import { notYetReplayed } from './replay.ts'
import { isNextSessionReady, isTurnBoundary, takeOver } from './take-over.ts'

/**
 * Replaces a session before it ends by itself. The next one is prepared on a second connection while the conversation goes on, and takes
 * over at a turn boundary. If none is ready when time runs out, the session is left all the same.
 */
export function settleRollOver(state: SessionState): Step {
  const { rollOver, pendingEnd } = state.lifetime
  if (rollOver === 'no' || state.phase !== 'live') return dropNextSession(state)
  if (pendingEnd !== null) return withoutEffects(state)
  if (rollOver === 'due') return prepareNextSession(state)
  return isNextSessionReady(state) ? takeOver(state) : leaveUnprepared(state)
}

/** Prepares the next session. An update in flight changes what that is to be, so it is answered first. */
function prepareNextSession(state: SessionState): Step {
  const { next, config, connection, record } = state
  if (config.sent !== null) return withoutEffects(state)
  if (next === null) return connection.draining ? withoutEffects(state) : openNextSession(state)
  if (isOutdated(state, next)) return restartPreparation(state)
  if (next.stage !== 'ready') return withoutEffects(state)
  const [reminded, effects] = updateNextMemory(state)
  if (effects.length > 0) return [reminded, effects]
  if (!isTurnBoundary(state)) return withoutEffects(state)
  const rest = notYetReplayed(record, next.replayedEntries)
  if (rest === null) return restartPreparation(state)
  if (rest.length > 0) {
    return sequence(state, (now) => replayToNext(now, rest), prepareNextSession)
  }
  return next.unanswered.length > 0 ? withoutEffects(state) : takeOver(state)
}

/** Starts over: what the next session was given or told is out of date. */
function restartPreparation(state: SessionState): Step {
  return sequence(state, dropNextSession, openNextSession)
}

/** Leaves the session without a prepared one. What the caller says meanwhile is held, and the next session is told what was said. */
function leaveUnprepared(state: SessionState): Step {
  return sequence(
    state,
    dropNextSession,
    flushWords,
    reportAllUnspoken,
    (now) => withoutEffects({ ...leaveSession(now), phase: 'idle' }),
    clearPlayback,
    emit({ type: 'stopTimer', timer: 'roll over' }, { type: 'close' }),
  )
}
