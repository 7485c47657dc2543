import type { SessionEvent } from '../../src/session/event.ts'
import { type Story, sent, server } from './story.ts'

/** Size of 100 ms of PCM16 at 24 kHz, in bytes. */
export const BYTES = 4_800

/** A piece of the agent's sound, of this item. */
export function piece(item_id: string, bytes = BYTES, response_id = 'r1', content_index = 0): SessionEvent {
  const audio = new Uint8Array(bytes)
  return server({ type: 'response.output_audio.delta', response_id, item_id, content_index, audio })
}

/** A piece of the agent's sound in this response, of the item that it ends with. */
export function sound(response_id: string, bytes = BYTES): SessionEvent {
  return piece(`${response_id}-item`, bytes, response_id)
}

/** Words of the agent, as they come with its sound. */
export function words(delta: string, item_id = 'a', response_id = 'r1'): SessionEvent {
  return server({ type: 'response.output_audio_transcript.delta', response_id, item_id, delta })
}

/** Playback was cleared, and this much of each item had been heard. */
export function cleared(...heard: readonly (readonly [itemId: string, ms: number])[]): SessionEvent {
  return { type: 'playback.cleared', heard: heard.map(([itemId, ms]) => ({ itemId, ms })) }
}

/** The caller's words, once they are transcribed whole. */
export function transcribed(transcript: string, item_id = 'u'): SessionEvent {
  return server({ type: 'conversation.item.input_audio_transcription.completed', item_id, transcript })
}

/** 60 ms of PCM16 at 24 kHz: one frame of the caller's sound. */
export const FRAME = 2_880

/** A piece of the caller's sound, of bytes that count upward. */
export function callerAudio(bytes = FRAME, first = 0): SessionEvent {
  return { type: 'caller.audio', audio: Uint8Array.from({ length: bytes }, (_, index) => first + index) }
}

/** The pieces of the caller's sound that were sent. */
export function bytesSent(story: Story): readonly Buffer[] {
  return sent(story).flatMap((event) => (event.type === 'input_audio_buffer.append' ? [Buffer.from(event.audio)] : []))
}

/** Their lengths, in bytes. */
export function pieces(story: Story): readonly number[] {
  return bytesSent(story).map((bytes) => bytes.byteLength)
}
