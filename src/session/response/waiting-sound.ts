import { cancelMatching } from '../barge-in/interruption.ts'
import { discardUnspoken } from '../barge-in/truncate.ts'
import type { WaitingSound } from '../sound-state.ts'
import { type SessionState, withSound } from '../state.ts'
import { forEach, report, type Step, sequence, withoutEffects } from '../stepping.ts'
import { playPiece } from './playback.ts'

/** Sound that may wait behind another response, in bytes: 30 s of PCM16 at 48 kHz. */
const WAITING_BYTES_MAX = 2_880_000

/** Plays sound that waited for another response to end; that of a response which was cut off is dropped. */
export function settleWaitingSound(state: SessionState): Step {
  const { waiting } = state.sound
  if (waiting.length === 0) return withoutEffects(state)
  const dropped = waiting.filter((piece) => isDropped(state, piece))
  const [first] = waiting.filter((piece) => !dropped.includes(piece) && !mustWait(state, piece))
  if (dropped.length > 0) return dropSound(state, dropped)
  if (first !== undefined) {
    const others = withSound(state, { waiting: waiting.filter((piece) => piece !== first) })
    return sequence(others, (now) => playPiece(now, first), settleWaitingSound)
  }
  const bytes = waiting.reduce((sum, { audio }) => sum + audio.byteLength, 0)
  return bytes > WAITING_BYTES_MAX ? cancelOversized(state, waiting.at(-1)) : withoutEffects(state)
}

/** Whether waiting sound is still to be heard. */
export function isSoundWaiting(state: SessionState): boolean {
  return state.sound.waiting.some((piece) => !isDropped(state, piece))
}

/** Whether an earlier response is still in progress and not silenced. */
function mustWait({ turn }: SessionState, { behind }: WaitingSound): boolean {
  return turn.responses.some(({ id, silenced }) => behind.includes(id) && !silenced)
}

function isDropped({ turn }: SessionState, { isCutOff, responseId }: WaitingSound): boolean {
  return isCutOff || turn.responses.some(({ id, silenced }) => id === responseId && silenced)
}

/** Drops waiting sound. Its words are reported as those of a response cut off before its sound began to come. */
function dropSound(state: SessionState, dropped: readonly WaitingSound[]): Step {
  const waiting = state.sound.waiting.filter((piece) => !dropped.includes(piece))
  const responses = new Map(dropped.map(({ responseId, turn }) => [responseId, { id: responseId, turn }]))
  return sequence(withSound(state, { waiting }), forEach([...responses.values()], discardUnspoken), settleWaitingSound)
}

/** Cancels a second response whose waiting sound has grown beyond the limit. */
function cancelOversized(state: SessionState, piece: WaitingSound | undefined): Step {
  const message = 'the service gives two answers at once; the one that has to wait is too long, and is left out'
  return sequence(
    state,
    report({ type: 'warning', message }),
    (now) => cancelMatching(now, ({ id }) => id === piece?.responseId),
    settleWaitingSound,
  )
}
