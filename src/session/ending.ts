import type { Moment } from './event.ts'
import { fallSilent } from './interruption.ts'
import type { Ending, SessionState } from './state.ts'
import { order, report, type Step, sequence, unchanged } from './stepping.ts'
import { flushWords } from './tell-words.ts'

/** Ends the conversation otherwise than asked for, with the reason in words. */
export function fail(state: SessionState, ending: Omit<Ending, 'failed'>, moment: Moment): Step {
  const code = ending.code === null ? null : String(ending.code)
  return sequence(state, report({ type: 'error', message: ending.reason, code }, moment), (now) =>
    leave(now, { ...ending, failed: true }),
  )
}

/** A drain goes on until what was begun is done; otherwise the conversation leaves at once. */
export function requestStop(state: SessionState, drain: boolean): Step {
  if (state.phase === 'closing') return unchanged(state)
  if (drain) return unchanged({ ...state, connection: { ...state.connection, draining: true } })
  return leave(state, { reason: 'stopped', code: null, failed: false })
}

export function leave(state: SessionState, ending: Ending): Step {
  return unchanged({ ...state, phase: 'stopping', ending })
}

/** Ends the tools, tells the words that are left, and closes the socket; what is still being heard is cut off unless all was said. Then `socket.closed` ends the conversation. */
export function close(state: SessionState, moment: Moment): Step {
  const open = state.calls.filter((call) => !call.answered)
  return sequence(
    { ...state, phase: 'closing' },
    (now) => flushWords(now, moment),
    state.connection.draining ? unchanged : fallSilent,
    order(...open.map(({ callId }) => ({ type: 'cancelTool', callId }) as const)),
    order({ type: 'close' }),
  )
}
