import type { SessionState } from '../state.ts'
import { order, type Step, send, sequence, unchanged } from '../stepping.ts'
import { CANCEL_MS } from '../time/waits.ts'
import type { ActiveResponse } from '../turn-state.ts'

/** Takes back the answers that are being made; what was handed to playback before goes on. */
export function dropResponses(state: SessionState): Step {
  return sequence(state, (now) => cancelThose(now, () => true), cancelRequested)
}

/** Takes back the answers among those that are being made of which this is so. One that does not end in time is over all the same. */
export function cancelThose(state: SessionState, isMeant: (response: ActiveResponse) => boolean): Step {
  const dropped = state.turn.responses.filter((response) => isMeant(response) && !response.silenced)
  const responses = state.turn.responses.map((each) => (dropped.includes(each) ? { ...each, silenced: true } : each))
  return sequence(
    { ...state, turn: { ...state.turn, responses } },
    ...dropped.map(({ id }) => send({ type: 'response.cancel', response_id: id }, 'cancel')),
    dropped.length > 0 ? order({ type: 'startTimer', timer: 'cancel', ms: CANCEL_MS }) : unchanged,
  )
}

/** Stops what the agent is saying: the sound here first, then the response there. Doing it twice adds nothing. */
export function interrupt(state: SessionState): Step {
  const speaking = state.turn.responses.filter((response) => !response.silenced)
  return sequence(
    state,
    silence,
    ...speaking.map(({ id }) => send({ type: 'response.cancel', response_id: id }, 'cancel')),
    cancelRequested,
  )
}

/** Stops what answers an earlier turn than this, whose own answer is being made. */
export function interruptBefore(state: SessionState, turn: number): Step {
  return sequence(state, fallSilent, (now) => cancelThose(now, (response) => response.turn < turn))
}

/** Stops the sound, drops what still arrives of the running responses, and gives up the calls that want it so. The service cancels its responses itself. */
export function silence(state: SessionState): Step {
  const responses = state.turn.responses.map((response) => ({ ...response, silenced: true }))
  const calls = state.calls.map((call) =>
    call.answered || call.launch?.tool.onInterrupt !== 'cancel' ? call : { ...call, interrupted: true },
  )
  const waiting = state.sound.waiting.map((piece) => ({ ...piece, isOver: true }))
  const silenced = { ...state, calls, turn: { ...state.turn, responses }, sound: { ...state.sound, waiting } }
  const newly = state.turn.responses.some((response) => !response.silenced)
  return sequence(
    silenced,
    fallSilent,
    newly ? order({ type: 'startTimer', timer: 'cancel', ms: CANCEL_MS }) : unchanged,
  )
}

/** Stops the sound alone, also where it stands still; what was heard of it is told in its own time. */
export function fallSilent(state: SessionState): Step {
  if (!state.sound.playing) return unchanged(state)
  const clearing = state.sound.items.map(({ key }) => key)
  return order({ type: 'clearPlayback' })({
    ...state,
    sound: { ...state.sound, playing: false, standstill: 'no', clearing },
  })
}

/** A response that is asked for and has not begun is cancelled as soon as its id is known. */
function cancelRequested(state: SessionState): Step {
  const { requested } = state.turn
  if (requested === null) return [state, []]
  return [{ ...state, turn: { ...state.turn, requested: { ...requested, cancelled: true } } }, []]
}
