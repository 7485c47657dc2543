import { durationMs } from '../../audio/format.ts'
import { audibleAfterMs, levelDb } from '../../audio/loudness.ts'
import type { ServerEvent } from '../../realtime/server-event.ts'
import { isTurnDetectionOn } from '../caller/speech.ts'
import type { SessionEvent } from '../event.ts'
import type { AwaitedTurn, LatencyState } from '../latency-state.ts'
import { inputFormat, isSpoken, outputFormat } from '../response/playback.ts'
import { findResponse } from '../response.ts'
import type { SessionState } from '../state.ts'
import { report, type Step, withoutEffects } from '../stepping.ts'

/** A piece this much softer than the loudest of its turn is no longer speech, in dB. */
const SPEECH_RANGE_DB = 20
/** How fast the loudest piece is forgotten, in dB per second: a slammed door does not make speech count as soft for long. */
const FORGETTING_DB = 2

/**
 * Follows each turn from the caller's last word to the agent's first, and reports the wait with its parts. It sends and decides nothing.
 */
export function trackLatency(state: SessionState, event: SessionEvent): Step {
  if (state.phase === 'closed') return withoutEffects(state)
  const next = updateLatency(state, event)
  const { turn } = next
  const heard = turn?.startedAt !== null && turn?.audible
  if (!turn || !heard) return withoutEffects(next === state.latency ? state : { ...state, latency: next })
  return reportLatency({ ...state, latency: { ...next, turn: null } }, turn)
}

function updateLatency(state: SessionState, event: SessionEvent): LatencyState {
  const { latency, sound, turn } = state
  const { now } = state.moment
  switch (event.type) {
    case 'caller.audio':
      return sound.paused || event.audio.byteLength === 0 ? latency : trackVoice(state, event.audio)
    case 'caller.text':
      return beginWait(state, 'text')
    case 'caller.committed':
      return turn.replyDue.includes('turn') ? beginWait(state, 'speech') : latency
    case 'tool.finished':
      return isWaitedFor(state, event.callId) ? updateTurn(latency, (awaited) => addToolTime(awaited, now)) : latency
    case 'playback.started':
      return updateTurn(latency, (awaited) =>
        awaited.deltaAt === null ? awaited : { ...awaited, startedAt: awaited.startedAt ?? now },
      )
    case 'socket.closed':
      return { ...latency, turn: null }
    case 'server':
      return updateFromServer(state, event.event)
    default:
      return latency
  }
}

function updateFromServer(state: SessionState, event: ServerEvent): LatencyState {
  const { latency } = state
  const { now } = state.moment
  switch (event.type) {
    case 'input_audio_buffer.speech_started':
      return isTurnDetectionOn(state) ? { ...latency, turn: null } : latency
    case 'input_audio_buffer.speech_stopped':
      return isTurnDetectionOn(state) ? beginWait(state, 'speech') : latency
    case 'input_audio_buffer.committed':
      return updateTurn(latency, (turn) => ({ ...turn, committedAt: turn.committedAt ?? now }))
    case 'response.created':
      if (isGreeting(state, event.response.id)) return latency
      return updateTurn(latency, (turn) => (turn.deltaAt === null ? { ...turn, createdAt: now } : turn))
    case 'response.output_audio.delta':
      if (isGreeting(state, event.response_id)) return latency
      return updateTurn(latency, (turn) => (isPlayed(state, event) ? soundReceived(state, turn, event.audio) : turn))
    case 'response.output_text.delta':
      if (isGreeting(state, event.response_id)) return latency
      return updateTurn(latency, (turn) => (isSpoken(state) ? turn : textShown(turn, now)))
    default:
      return latency
  }
}

/** Whether the agent waits for a call; the result of a background call is told later. */
function isWaitedFor({ calls }: SessionState, callId: string): boolean {
  return calls.some((call) => call.callId === callId && call.backgroundResult === null)
}

/** Adds the time since the response that made the calls began, or since another of its tools ended. */
function addToolTime(turn: AwaitedTurn, now: number): AwaitedTurn {
  if (turn.createdAt === null || turn.deltaAt !== null) return turn
  return { ...turn, toolsMs: turn.toolsMs + now - Math.max(turn.createdAt, turn.toolsUntil), toolsUntil: now }
}

/** Whether a response is the greeting, which answers nobody, even if the caller has typed before it. */
function isGreeting(state: SessionState, responseId: string | null): boolean {
  return findResponse(state, responseId)?.causes.includes('greeting') ?? false
}

/** Where answers are read, the first word ends the wait. */
function textShown(turn: AwaitedTurn, now: number): AwaitedTurn {
  return { ...turn, deltaAt: now, startedAt: now, audible: true }
}

/** Whether sound is played: the late sound of an interrupted response is not. */
function isPlayed(state: SessionState, event: { response_id: string | null; item_id: string | null }): boolean {
  const itemId = event.item_id ?? event.response_id
  return state.sound.items.some((item) => item.itemId === itemId)
}

function soundReceived(state: SessionState, turn: AwaitedTurn, audio: Uint8Array): AwaitedTurn {
  if (turn.audible) return turn
  const format = outputFormat(state)
  const after = audibleAfterMs(audio, format)
  const silentMs = turn.silentMs + (after ?? durationMs(audio.byteLength, format))
  return { ...turn, deltaAt: turn.deltaAt ?? state.moment.now, silentMs, audible: after !== null }
}

/** Notes when the caller was last as loud as speech; nothing while they are silent, since this runs for every piece of their sound. */
function trackVoice(state: SessionState, audio: Uint8Array): LatencyState {
  const { latency } = state
  const at = state.moment.now
  const db = levelDb(audio, inputFormat(state))
  const { voice } = latency
  const loudestDb = voice === null ? db : voice.loudestDb - (FORGETTING_DB * (at - voice.loudestAt)) / 1_000
  if (voice === null || db >= loudestDb) return { ...latency, voice: { loudestDb: db, loudestAt: at, lastAt: at } }
  return db >= loudestDb - SPEECH_RANGE_DB ? { ...latency, voice: { ...voice, lastAt: at } } : latency
}

/** A turn has ended. Turn detection says so only after a silence, which is part of the wait: it began when the caller was last loud. */
function beginWait({ latency, moment: { now } }: SessionState, after: AwaitedTurn['after']): LatencyState {
  const endedAt = after === 'speech' ? (latency.voice?.lastAt ?? now) : now
  const unknown = { committedAt: null, toolsMs: 0, toolsUntil: 0, createdAt: null, deltaAt: null, startedAt: null }
  return { ...latency, turn: { after, endedAt, detectedAt: now, ...unknown, silentMs: 0, audible: false } }
}

function updateTurn(latency: LatencyState, change: (turn: AwaitedTurn) => AwaitedTurn): LatencyState {
  return latency.turn === null ? latency : { ...latency, turn: change(latency.turn) }
}

function reportLatency(state: SessionState, turn: AwaitedTurn): Step {
  const { endedAt, detectedAt, committedAt, toolsMs, createdAt, deltaAt, startedAt } = turn
  const heardAt = (startedAt ?? state.moment.now) + turn.silentMs
  const spoken = turn.after === 'speech'
  const parts = {
    detection: spoken ? between(endedAt, detectedAt) : null,
    commit: spoken ? between(detectedAt, committedAt) : null,
    response: between((committedAt ?? detectedAt) + toolsMs, createdAt),
    tools: createdAt === null ? null : Math.round(toolsMs),
    generation: between(createdAt, deltaAt),
    playback: between(deltaAt, heardAt),
  }
  return report({ type: 'turn.latency', after: turn.after, ms: Math.round(heardAt - endedAt), parts })(state)
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.max(0, Math.round(to - from))
}
