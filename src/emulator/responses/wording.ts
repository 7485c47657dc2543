import type { MessageItem } from '../item.ts'

/** How the words of a message stand in what is sent. */
interface Wording {
  /** The event that brings them, without `.delta` and `.done`. */
  readonly event: string
  words(said: string): object
  part(said: string): object
  content(said: string): MessageItem['content'][number]
}

export const SPOKEN: Wording = {
  event: 'response.output_audio_transcript',
  words: (transcript) => ({ transcript }),
  part: (transcript) => ({ type: 'audio', transcript }),
  content: (transcript) => ({ type: 'output_audio', transcript }),
}

export const TYPED: Wording = {
  event: 'response.output_text',
  words: (text) => ({ text }),
  part: (text) => ({ type: 'text', text }),
  content: (text) => ({ type: 'output_text', text }),
}
