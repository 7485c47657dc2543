import { decode, encode } from '../../audio/coding.ts'
import { durationMs, isSameFormat, type SoundFormat } from '../../audio/format.ts'
import type { HeldSound } from '../sound-state.ts'
import { type SessionState, withSound } from '../state.ts'
import { report, type Step, withoutEffects } from '../stepping.ts'
import { newestHeld } from './sent-sound.ts'

/** Holds a piece of the caller's sound, within the limit. */
export function holdSound(state: SessionState, audio: Uint8Array): SessionState {
  return withSound(state, { held: newestHeld([...state.sound.held, { audio, isTurnEnd: false }]) })
}

/** Pieces of sound as they are held; if `isTurn`, they are a turn that the caller ended by hand. */
export function asHeld(pieces: readonly Uint8Array[], isTurn: boolean): readonly HeldSound[] {
  return pieces.map((audio, index) => ({ audio, isTurnEnd: isTurn && index === pieces.length - 1 }))
}

/** The held sound with some put before it, up to the limit. */
export function prependToHeld(state: SessionState, sound: readonly HeldSound[]): readonly HeldSound[] {
  return newestHeld([...sound, ...state.sound.held])
}

/** Ends the held turn by hand; null if there is no sound of one. */
export function endHeldTurn(state: SessionState): SessionState | null {
  const { held } = state.sound
  const last = held.at(-1)
  return last === undefined || last.isTurnEnd
    ? null
    : withSound(state, { held: held.with(-1, { ...last, isTurnEnd: true }) })
}

/** Whether a turn is held that the caller ended by hand. */
export function isTurnHeld({ sound }: SessionState): boolean {
  return sound.held.some(({ isTurnEnd }) => isTurnEnd)
}

/**
 * Sets the format of the caller's sound. Sound held in another format would be noise in it: it is re-encoded at the same rate; at another
 * rate it is lost, and reported.
 */
export function setInputFormat(state: SessionState, format: SoundFormat): Step {
  const { format: before, held } = state.sound
  const hearing = withSound(state, { format })
  if (before === null || held.length === 0 || isSameFormat(before, format)) return withoutEffects(hearing)
  const turns = joinTurns(held)
  if (canReencode(before, format)) {
    const reencoded = turns.map((turn) => ({ ...turn, audio: encode(decode(turn.audio, before), format) }))
    return withoutEffects(withSound(hearing, { held: reencoded }))
  }
  const ms = Math.round(turns.reduce((sum, { audio }) => sum + durationMs(audio.byteLength, before), 0))
  const message = `${ms} ms of the caller's sound are lost: they were spoken at ${before.rate} Hz, and the session that follows hears ${format.rate} Hz`
  return report({ type: 'warning', message })(withSound(hearing, { held: [] }))
}

/** Whether sound of one format can be re-encoded in another without resampling. */
export function canReencode(before: SoundFormat, format: SoundFormat): boolean {
  return before.rate === format.rate
}

/** The same sound, each turn in one piece: a sample may have come in two. */
function joinTurns(held: readonly HeldSound[]): readonly HeldSound[] {
  let ended = 0
  const turns = Map.groupBy(held, ({ isTurnEnd }) => (isTurnEnd ? ended++ : ended))
  return [...turns.values()].map((pieces) => ({
    audio: Buffer.concat(pieces.map(({ audio }) => audio)),
    isTurnEnd: pieces.some(({ isTurnEnd }) => isTurnEnd),
  }))
}
