import type { ServerEvent } from '../../realtime/server-event.ts'
import { interject, interjected } from '../barge-in/interjection.ts'
import { speechCommitted, speechStarted, speechStopped } from '../caller/speech.ts'
import { transcribe, transcribed, transcriptionFailed } from '../caller/transcript.ts'
import { openSession } from '../calls/servers.ts'
import type { Moment } from '../event.ts'
import { sessionUpdated } from '../lifetime/confirm.ts'
import { noteExpiry } from '../lifetime/expiry.ts'
import { playAudio } from '../response/playback.ts'
import { endResponse } from '../response/response-end.ts'
import { sayText, sayWholeText } from '../response/words.ts'
import { announceCall, announceItem, responseCreated } from '../response.ts'
import type { SessionState } from '../state.ts'
import { answered, type Step, sequence, unchanged } from '../stepping.ts'
import { showItem, updateItem } from './items.ts'
import { serviceError } from './service-error.ts'

/** Records what the service said. */
export function applyServer(state: SessionState, event: ServerEvent, moment: Moment): Step {
  if (!listensTo(state, event)) return unchanged(state)
  switch (event.type) {
    case 'session.created':
      return openSession(state, event.session, moment)
    case 'session.updated':
      return sequence(
        state,
        (now) => sessionUpdated(now, event.session, moment),
        (now) => noteExpiry(now, event.session, moment),
      )
    case 'error':
      return serviceError(state, event.error, moment)
    case 'conversation.item.added':
      return showItem(state, event.item, moment)
    case 'conversation.item.done':
      return updateItem(state, event.item, moment)
    case 'conversation.item.truncated':
      return answered('truncate')(state)
    case 'conversation.item.deleted':
      return answered('delete')(state)
    case 'conversation.item.input_audio_transcription.delta':
      return transcribe(state, event, moment)
    case 'conversation.item.input_audio_transcription.completed':
      return transcribed(state, event, moment)
    case 'conversation.item.input_audio_transcription.failed':
      return transcriptionFailed(state, event, moment)
    case 'input_audio_buffer.speech_started':
      return speechStarted(state, event.item_id, moment)
    case 'input_audio_buffer.speech_stopped':
      return speechStopped(state, moment)
    case 'input_audio_buffer.committed':
      return speechCommitted(state, event.item_id, moment)
    case 'response.created':
      return responseCreated(state, event.response)
    case 'response.output_item.added':
    case 'response.output_item.done':
      return announceItem(state, event)
    case 'response.function_call_arguments.done':
      return announceCall(state, event)
    case 'response.output_audio.delta':
      return playAudio(state, event, moment)
    case 'response.output_audio_transcript.delta':
      return sayText(state, { ...event, source: 'transcript' })
    case 'response.output_text.delta':
      return sayText(state, { ...event, source: 'text' })
    case 'response.output_audio_transcript.done':
      return sayWholeText(state, { ...event, source: 'transcript' })
    case 'response.output_text.done':
      return sayWholeText(state, { ...event, source: 'text' })
    case 'response.backchannel.audio.delta':
      return interject(state, event, moment)
    case 'response.backchannel.audio.done':
      return interjected(state, event, moment)
    case 'response.done':
      return endResponse(state, event.response, moment)
    case 'unknown':
      return unchanged(state)
    default:
      return event satisfies never
  }
}

/**
 * Whether an event belongs to the conversation. Until its settings are confirmed, a session was asked for nothing else, and whatever else
 * it says is ignored.
 */
function listensTo({ phase }: SessionState, { type }: ServerEvent): boolean {
  if (phase === 'configuring') return type.startsWith('session.') || type === 'error'
  return phase === 'live' || phase === 'replaying'
}
