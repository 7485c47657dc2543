import type { ServerEvent } from '../../realtime/server-event.ts'
import { playBackchannel, reportBackchannel } from '../barge-in/backchannel.ts'
import { silenceCommitted, speechCommitted, speechStarted, speechStopped } from '../caller/speech.ts'
import { transcriptCompleted, transcriptDelta, transcriptionFailed } from '../caller/transcript.ts'
import { sessionCreated } from '../calls/mcp-servers.ts'
import { sessionUpdated } from '../lifetime/confirm.ts'
import { noteExpiry } from '../lifetime/expiry.ts'
import { playAudio } from '../response/playback.ts'
import { receiveText, receiveWholeText } from '../response/receive-words.ts'
import { endResponse } from '../response/response-end.ts'
import { announceCall, announceItem, responseCreated } from '../response.ts'
import type { SessionState } from '../state.ts'
import { markAnswered, type Step, sequence, withoutEffects } from '../stepping.ts'
import { itemAdded, itemDone } from './items.ts'
import { serviceError } from './service-error.ts'

/** Records what the service said. */
export function applyServer(state: SessionState, event: ServerEvent): Step {
  if (!listensTo(state, event)) return withoutEffects(state)
  switch (event.type) {
    case 'session.created':
      return sessionCreated(state, event.session)
    case 'session.updated':
      return sequence(
        state,
        (now) => sessionUpdated(now, event.session),
        (now) => noteExpiry(now, event.session),
      )
    case 'error':
      return serviceError(state, event.error)
    case 'conversation.item.added':
      return itemAdded(state, event.item)
    case 'conversation.item.done':
      return itemDone(state, event.item)
    case 'conversation.item.truncated':
      return markAnswered('truncate')(state)
    case 'conversation.item.deleted':
      return markAnswered('delete')(state)
    case 'conversation.item.input_audio_transcription.delta':
      return transcriptDelta(state, event)
    case 'conversation.item.input_audio_transcription.completed':
      return transcriptCompleted(state, event)
    case 'conversation.item.input_audio_transcription.failed':
      return transcriptionFailed(state, event)
    case 'input_audio_buffer.speech_started':
      return speechStarted(state, event.item_id)
    case 'input_audio_buffer.speech_stopped':
      return speechStopped(state)
    case 'input_audio_buffer.committed':
      return speechCommitted(state, event.item_id)
    case 'input_audio_buffer.timeout_triggered':
      return silenceCommitted(state, event.item_id)
    case 'response.created':
      return responseCreated(state, event.response)
    case 'response.output_item.added':
    case 'response.output_item.done':
      return announceItem(state, event)
    case 'response.function_call_arguments.done':
      return announceCall(state, event)
    case 'response.output_audio.delta':
      return playAudio(state, event)
    case 'response.output_audio_transcript.delta':
      return receiveText(state, { ...event, source: 'transcript' })
    case 'response.output_text.delta':
      return receiveText(state, { ...event, source: 'text' })
    case 'response.output_audio_transcript.done':
      return receiveWholeText(state, { ...event, source: 'transcript' })
    case 'response.output_text.done':
      return receiveWholeText(state, { ...event, source: 'text' })
    case 'response.backchannel.audio.delta':
      return playBackchannel(state, event)
    case 'response.backchannel.audio.done':
      return reportBackchannel(state, event)
    case 'response.done':
      return endResponse(state, event.response)
    case 'unknown':
      return withoutEffects(state)
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
