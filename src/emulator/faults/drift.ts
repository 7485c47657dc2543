import type { OutgoingEvent } from '../outgoing-event.ts'

/** Variations of the protocol seen in services (docs/emulator.md); each is off by default. */
export interface ProtocolDrift {
  /** Sends events under the names of the protocol's beta. */
  readonly betaNames?: boolean
  /** Announces each item a second time, as `conversation.item.created`. */
  readonly createdTwice?: boolean
  /** Sends the words of a spoken answer a second time, as text. */
  readonly doubleText?: boolean
  /** Ends the sound of an answer with an empty delta. */
  readonly emptyAudio?: boolean
  /** Leaves `name` and the ids except `call_id` out of `response.function_call_arguments.done`. */
  readonly namelessCalls?: boolean
  /** Sends the final words of a spoken turn twice: first without the last one. */
  readonly revisedTranscripts?: boolean
}

/** Turns one outgoing event into its variant under a drift: one event or several. */
export function applyDrift(event: OutgoingEvent, drift: ProtocolDrift): readonly OutgoingEvent[] {
  const events = [
    ...(drift.revisedTranscripts ? unrevisedTranscript(event) : []),
    ...(drift.emptyAudio ? emptyAudioDelta(event) : []),
    drift.namelessCalls ? withoutName(event) : event,
    ...(drift.createdTwice ? createdEvent(event) : []),
    ...(drift.doubleText ? textCopy(event) : []),
  ]
  return drift.betaNames ? events.map(withBetaName) : events
}

function unrevisedTranscript(event: OutgoingEvent): readonly OutgoingEvent[] {
  if (event.type !== 'conversation.item.input_audio_transcription.completed') return []
  return [{ ...event, transcript: String(event.transcript).replace(/\s*\S+$/, '') }]
}

function emptyAudioDelta(event: OutgoingEvent): readonly OutgoingEvent[] {
  if (event.type !== 'response.output_audio.done') return []
  return [{ ...event, type: 'response.output_audio.delta', delta: '' }]
}

function withoutName(event: OutgoingEvent): OutgoingEvent {
  if (event.type !== 'response.function_call_arguments.done') return event
  const { type, call_id, arguments: given } = event
  return { type, call_id, arguments: given }
}

function createdEvent(event: OutgoingEvent): readonly OutgoingEvent[] {
  return event.type === 'conversation.item.added' ? [{ ...event, type: 'conversation.item.created' }] : []
}

function textCopy({ type, transcript, ...rest }: OutgoingEvent): readonly OutgoingEvent[] {
  if (type === 'response.output_audio_transcript.delta') return [{ ...rest, type: 'response.output_text.delta' }]
  if (type !== 'response.output_audio_transcript.done') return []
  return [{ ...rest, type: 'response.output_text.done', text: transcript }]
}

function withBetaName(event: OutgoingEvent): OutgoingEvent {
  const name = event.type.replace(/^response\.output_(audio|audio_transcript|text)\./, 'response.$1.')
  return { ...event, type: name === 'conversation.item.added' ? 'conversation.item.created' : name }
}
