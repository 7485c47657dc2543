import { decode, encode } from '../../audio/coding.ts'
import { durationMs, isSameFormat, type SoundFormat } from '../../audio/format.ts'
import { type SessionState, withSound } from '../state.ts'
import { report, type Step, withoutEffects } from '../stepping.ts'

/**
 * Sets the format of the caller's sound. Sound held in another format would be noise in it: it is re-encoded at the same rate; at another
 * rate it is lost, and reported.
 */
export function setInputFormat(state: SessionState, format: SoundFormat): Step {
  const { format: before, held } = state.sound
  const hearing = withSound(state, { format })
  if (before === null || held.length === 0 || isSameFormat(before, format)) return withoutEffects(hearing)
  const bytes = Buffer.concat(held)
  if (canReencode(before, format)) {
    return withoutEffects(withSound(hearing, { held: [encode(decode(bytes, before), format)] }))
  }
  const ms = Math.round(durationMs(bytes.byteLength, before))
  const message = `${ms} ms of the caller's sound are lost: they were spoken at ${before.rate} Hz, and the session that follows hears ${format.rate} Hz`
  const without = withSound(hearing, { held: [], heldTurnEnded: false })
  return report({ type: 'warning', message })(without)
}

/** Whether sound of one format can be re-encoded in another without resampling. */
export function canReencode(before: SoundFormat, format: SoundFormat): boolean {
  return before.rate === format.rate
}
