import type { FaultState } from './faults.ts'
import type { History } from './history.ts'
import type { MessageItem } from './item.ts'
import type { Outbox } from './outbox.ts'
import type { Responses } from './responses.ts'
import type { Session } from './session.ts'
import type { ErrorBody } from './validate-client-event.ts'
import type { Voice } from './voice.ts'
import { createBackchannel } from './voice-turns/backchannel.ts'
import { createIdleTimeout } from './voice-turns/idle-timeout.ts'
import { createListener } from './voice-turns/listener.ts'
import type { TurnDetection, VadEvent } from './voice-turns/vad.ts'

/** The caller's spoken turns: sound in, turns and their transcripts out. */
interface VoiceTurns {
  append(base64: string): void
  /** Ends a manual turn; returns an error if there is too little sound. */
  commit(): Pick<ErrorBody, 'code' | 'message'> | null
  clear(): void
  /** The words of a spoken turn: the next caption, else its length. */
  transcript(speechMs: number): string
  /** An answer has ended, so the caller's silence begins. */
  onAnswerEnded(): void
  close(): void
}

/** For one connection. */
export function createVoiceTurns(context: {
  readonly outbox: Outbox
  readonly history: History
  readonly responses: Responses
  readonly session: () => Session
  readonly speak: Voice
  readonly faults: FaultState
  readonly captions: readonly string[]
  readonly nextId: (prefix: string) => string
}): VoiceTurns {
  const { outbox, history, responses, session, faults, captions, nextId } = context
  const listener = createListener()
  const backchannel = createBackchannel(context)
  const idle = createIdleTimeout(session, answerSilence)
  let captionIndex = 0
  let turnItemId: string | null = null
  let turnStartMs = 0

  const turns: VoiceTurns = {
    append(base64) {
      const { input } = session().audio
      const hints = session().providerData?.stt ?? {}
      const isManual = input.turn_detection === null
      const turnDetection = isManual && faults.current.manualSpeech ? REPORT_ONLY_DETECTION : input.turn_detection
      const settings = { format: input.format, turnDetection, hints, isManual }
      for (const event of listener.append(Buffer.from(base64, 'base64'), settings)) {
        if (isManual) reportSpeechOnly(event)
        else if (event.type === 'started') startTurn(event.atMs)
        else endTurn(event.atMs, event.speechMs)
      }
      if (turnItemId !== null) backchannel.update(listener.nowMs - turnStartMs)
    },
    commit() {
      const ms = listener.uncommittedMs
      if (ms < COMMIT_MIN_MS) {
        const message = `Error committing input audio buffer: it holds ${ms}ms of audio, at least ${COMMIT_MIN_MS}ms are needed.`
        return { code: 'input_audio_buffer_commit_empty', message }
      }
      commitTurn(turns.transcript(ms))
      listener.clear()
      return null
    },
    clear() {
      listener.clear()
      turnItemId = null
      backchannel.reset()
      outbox.send({ type: 'input_audio_buffer.cleared' })
    },
    transcript(speechMs) {
      const caption = captions[captionIndex]
      captionIndex += 1
      return caption ?? `[speech, ${(speechMs / 1_000).toFixed(1)} s]`
    },
    onAnswerEnded: () => idle.begin(history.audioMs(history.lastId() ?? '')),
    close: idle.stop,
  }
  return turns

  function startTurn(atMs: number): void {
    turnItemId = nextId('item')
    turnStartMs = atMs
    if (!faults.current.lateSpeech) sendSpeechStarted(turnItemId)
  }

  function sendSpeechStarted(item_id: string): void {
    outbox.send({ type: 'input_audio_buffer.speech_started', item_id, audio_start_ms: turnStartMs })
    if (session().audio.input.turn_detection?.interrupt_response) responses.cancel('turn_detected')
  }

  function endTurn(atMs: number, speechMs: number): void {
    turnItemId ??= nextId('item')
    const isCough = speechMs < COUGH_MS
    const words = isCough ? '' : turns.transcript(speechMs)
    if (faults.current.turnSuggestions) sendTurnSuggestions(turnItemId)
    if (faults.current.lateSpeech) {
      sendTranscriptDeltas(turnItemId, words)
      sendSpeechStarted(turnItemId)
    }
    outbox.send({ type: 'input_audio_buffer.speech_stopped', item_id: turnItemId, audio_end_ms: atMs })
    commitTurn(words)
    if (!isCough && session().audio.input.turn_detection?.create_response) responses.createWhenFree()
  }

  function answerSilence(ms: number): void {
    if (turnItemId !== null || responses.active !== null) return
    turnItemId = nextId('item')
    const audio_end_ms = Math.round(listener.nowMs)
    const offsets = { audio_start_ms: Math.max(0, audio_end_ms - ms), audio_end_ms }
    outbox.send({ type: 'input_audio_buffer.timeout_triggered', item_id: turnItemId, ...offsets })
    commitTurn('')
    responses.createWhenFree()
  }

  /** Reports speech although the client ends turns, and does nothing else about it. */
  function reportSpeechOnly(event: VadEvent): void {
    turnItemId ??= nextId('item')
    const item_id = turnItemId
    if (event.type === 'started') {
      outbox.send({ type: 'input_audio_buffer.speech_started', item_id, audio_start_ms: event.atMs })
    } else outbox.send({ type: 'input_audio_buffer.speech_stopped', item_id, audio_end_ms: event.atMs })
  }

  function sendTurnSuggestions(item_id: string): void {
    const ids = { item_id, utterance_index: 0 }
    outbox.send({ type: 'input_audio_buffer.turn_suggestion', ...ids, probability: 0.6 })
    outbox.send({ type: 'input_audio_buffer.turn_suggestion_revoked', ...ids })
    outbox.send({ type: 'input_audio_buffer.turn_suggestion', item_id, utterance_index: 1, probability: 0.9 })
  }

  function commitTurn(words: string): void {
    const id = turnItemId ?? nextId('item')
    turnItemId = null
    backchannel.reset()
    const previous_item_id = history.lastId()
    const item = (transcript: string | null): MessageItem => ({
      id,
      object: 'realtime.item',
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_audio', transcript }],
    })
    outbox.send({ type: 'input_audio_buffer.committed', previous_item_id, item_id: id })
    outbox.send({ type: 'conversation.item.added', previous_item_id, item: item(null) })
    outbox.send({ type: 'conversation.item.done', previous_item_id, item: item(null) })
    history.insert(item(words), null)
    if (session().audio.input.transcription !== null && !faults.consume('loseTranscripts')) {
      const { lateTranscriptsMs } = faults.current
      if (lateTranscriptsMs === undefined) sendTranscript(id, words)
      else setTimeout(sendTranscript, lateTranscriptsMs, id, words).unref()
    }
  }

  function sendTranscript(item_id: string, transcript: string): void {
    if (!faults.current.lateSpeech) sendTranscriptDeltas(item_id, transcript)
    outbox.send({ type: `${TRANSCRIPTION}.completed`, item_id, content_index: 0, transcript })
  }

  function sendTranscriptDeltas(item_id: string, transcript: string): void {
    if (session().audio.input.transcription === null) return
    const pieces = transcript.startsWith('[speech,') ? [transcript] : (transcript.match(/\s*\S+/g) ?? [])
    const isSnapshot = faults.current.snapshotTranscription ?? true
    for (const [index, piece] of pieces.entries()) {
      const delta = isSnapshot ? pieces.slice(0, index + 1).join('') : piece
      outbox.send({ type: `${TRANSCRIPTION}.delta`, item_id, content_index: 0, delta })
    }
  }
}

const TRANSCRIPTION = 'conversation.item.input_audio_transcription'
/** Turn detection for speech that is only reported. */
const REPORT_ONLY_DETECTION: TurnDetection = {
  type: 'server_vad',
  silence_duration_ms: 200,
  create_response: false,
  interrupt_response: false,
}

/** Speech shorter than this, in ms, has no words and is not answered. */
const COUGH_MS = 250
/** The least sound that can be committed, in ms (OpenAI's limit). */
const COMMIT_MIN_MS = 100
