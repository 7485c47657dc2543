import { leaveUnspoken } from '../barge-in/cut.ts'
import { fallSilent } from '../barge-in/interruption.ts'
import type { Moment } from '../event.ts'
import { flushWords } from '../response/tell-words.ts'
import type { SessionState } from '../state.ts'
import { order, type Step, sequence, unchanged } from '../stepping.ts'
import { leftSession } from './lost-session.ts'
import { beginNext, dropNext, opensOtherwise, remindNext, tellNext } from './next-session.ts'
import { untold } from './replay.ts'
import { isPrepared, isTurnBoundary, takeOver } from './take-over.ts'

/**
 * Replaces a session before it ends by itself. The next one is prepared on a second connection while the conversation goes on, and takes
 * over at a turn boundary. If none is ready when time runs out, the session is left all the same.
 */
export function settleRollOver(state: SessionState, moment: Moment): Step {
  const { rollOver, over } = state.life
  if (rollOver === 'no' || state.phase !== 'live') return dropNext(state)
  if (over !== null) return unchanged(state)
  if (rollOver === 'due') return prepare(state, moment)
  return isPrepared(state) ? takeOver(state, moment) : leave(state, moment)
}

/** Prepares the next session. An update in flight changes what that is to be, so it is answered first. */
function prepare(state: SessionState, moment: Moment): Step {
  const { next, config, connection, record } = state
  if (config.sent !== null) return unchanged(state)
  if (next === null) return connection.draining ? unchanged(state) : beginNext(state, moment)
  if (next.stage === 'waiting') return opensOtherwise(state, next) ? beginNext(state, moment) : unchanged(state)
  if (opensOtherwise(state, next)) return prepareAnew(state, moment)
  if (next.stage !== 'ready') return unchanged(state)
  const [reminded, effects] = remindNext(state, moment)
  if (effects.length > 0) return [reminded, effects]
  if (!isTurnBoundary(state)) return unchanged(state)
  const rest = untold(record, next.told)
  if (rest === null) return prepareAnew(state, moment)
  if (rest.length > 0) {
    return sequence(
      state,
      (now) => tellNext(now, rest),
      (now) => prepare(now, moment),
    )
  }
  return next.unanswered.length > 0 ? unchanged(state) : takeOver(state, moment)
}

/** Starts over: what the next session was given or told is out of date. */
function prepareAnew(state: SessionState, moment: Moment): Step {
  return sequence(state, dropNext, (now) => beginNext(now, moment))
}

/** Leaves the session without a prepared one. What the caller says meanwhile is held, and the next session is told what was said. */
function leave(state: SessionState, moment: Moment): Step {
  return sequence(
    state,
    dropNext,
    (now) => flushWords(now, moment),
    (now) => leaveUnspoken(now, moment),
    (now) => unchanged({ ...leftSession(now, moment), phase: 'idle' }),
    fallSilent,
    order({ type: 'stopTimer', timer: 'roll over' }, { type: 'close' }),
  )
}
