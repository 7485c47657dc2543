import type { SessionState } from '../state.ts'
import { emit, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { isOnHold } from '../time/quiet.ts'

/**
 * Plays a short "mm-hm" while the caller speaks. It has a lane of its own: no interruption stops it, no transcript contains it, and it
 * counts neither as a turn of the agent nor as heard of one.
 */
export function playBackchannel(
  state: SessionState,
  { backchannel_id, audio }: { readonly backchannel_id: string; readonly audio: Uint8Array },
): Step {
  if (state.phase !== 'live' || isOnHold(state) || audio.byteLength === 0) return withoutEffects(state)
  const text = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64')
  return sequence(
    state,
    emit({ type: 'playBackchannel', id: backchannel_id, audio }),
    report({ type: 'agent.backchannel.audio', backchannel_id, audio: text }),
  )
}

/** Reports it in words. */
export function reportBackchannel(
  state: SessionState,
  { backchannel_id, phrase }: { readonly backchannel_id: string; readonly phrase: string },
): Step {
  if (state.phase !== 'live') return withoutEffects(state)
  return report({ type: 'agent.backchannel', backchannel_id, phrase })(state)
}
