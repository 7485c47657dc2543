import { isUnsolicited, nextCauses } from '../response/causes.ts'
import { unheardMs } from '../response/playback.ts'
import { type SessionState, withTurn } from '../state.ts'
import { emit, type Step, withoutEffects } from '../stepping.ts'
import { isPlaybackPaused } from '../time/quiet.ts'
import { DRAIN_MS } from '../time/timeouts.ts'

/**
 * Whether what the agent says of its own accord must wait until its current words were heard: the service takes a new response for an end
 * of the one before.
 */
export function mustAwaitPlayback({ turn, sound }: SessionState): boolean {
  return isDrainWaitDue({ turn, sound }) && turn.drainWait !== 'over'
}

/**
 * Keeps the wait for playback to run out: as long as the remaining sound lasts, and `DRAIN_MS` more. It restarts when the agent goes on.
 */
export function settleDrainWait(state: SessionState): Step {
  const { drainWait } = state.turn
  const due = isDrainWaitDue(state) && !isPlaybackPaused(state)
  if (due === (drainWait !== 'unused')) return withoutEffects(state)
  const next = withTurn(state, { drainWait: due ? 'running' : 'unused' })
  if (due) return emit({ type: 'startTimer', timer: 'drain', ms: unheardMs(state) + DRAIN_MS })(next)
  return drainWait === 'running' ? emit({ type: 'stopTimer', timer: 'drain' })(next) : withoutEffects(next)
}

/** Stops waiting for playback, which must have run out and has not said so. */
export function endDrainWait(state: SessionState): Step {
  if (state.turn.drainWait !== 'running') return withoutEffects(state)
  return withoutEffects(withTurn(state, { drainWait: 'over' }))
}

/** Whether the wait is due. A response in progress may give more sound: the wait begins when it is complete. */
function isDrainWaitDue({ turn, sound }: Pick<SessionState, 'turn' | 'sound'>): boolean {
  const { replyDue, responses, requested } = turn
  const isWhole = responses.length === 0 && requested === null
  return sound.playing && isWhole && replyDue.length > 0 && nextCauses(replyDue).every(isUnsolicited)
}
