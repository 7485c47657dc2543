import type { ClientEvent } from './client-event.ts'

/** A client event as the text of one frame. */
export function encode(event: ClientEvent): string {
  if (event.type !== 'input_audio_buffer.append') return JSON.stringify(event)
  // Base64 has nothing to escape, and looking for it would cost more than all the rest of a frame.
  const { audio, ...rest } = event
  return `${JSON.stringify(rest).slice(0, -1)},"audio":"${audio}"}`
}
