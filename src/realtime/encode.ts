import type { ClientEvent } from './client-event.ts'

/** A client event as the text of one frame. */
export function encode(event: ClientEvent): string {
  // Base64 has nothing to escape, and looking for it would cost more than all the rest of a frame.
  if (event.type === 'input_audio_buffer.append') return `{"type":"${event.type}","audio":"${event.audio}"}`
  return JSON.stringify(event)
}
