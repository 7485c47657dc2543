import type { ReportedSession } from './session-object.ts'
import type { Usage } from './usage.ts'

/** An entry of the conversation, as the service shows it. Open: the service adds fields. */
export interface Item {
  readonly id: string
  readonly type: string
  readonly role?: string
  readonly status?: string
  readonly call_id?: string
  readonly name?: string
  readonly arguments?: string
  readonly output?: string
  readonly content?: readonly { readonly [key: string]: unknown }[]
}

/** How a response stands, or how it ended. */
export type ResponseStatus = 'in_progress' | 'completed' | 'cancelled' | 'failed' | 'incomplete'

/** What the model gives in one go, as far as we act on it. */
export interface Response {
  readonly id: string
  readonly status: ResponseStatus
  readonly output: readonly Item[]
  /** Why it did not complete, in the service's words. */
  readonly reason?: string
  readonly error?: { readonly code: string | null; readonly message: string }
  /** What it used, if the service says so. */
  readonly usage?: Usage
  /** The `event_id` of the request that it answers, if the service returns our metadata. */
  readonly request?: string
}

/** An error of the service; `event_id` names the request that it is about. */
export interface ServiceError {
  readonly type: string
  readonly code: string | null
  readonly message: string
  readonly param: string | null
  readonly event_id: string | null
}

/** The server events that we act on, each under one name; anything else is `unknown` and harmless. */
export type ServerEvent =
  | { readonly type: 'session.created'; readonly session: ReportedSession }
  | { readonly type: 'session.updated'; readonly session: ReportedSession }
  | { readonly type: 'conversation.item.added'; readonly item: Item }
  | { readonly type: 'conversation.item.done'; readonly item: Item }
  | {
      readonly type: 'conversation.item.input_audio_transcription.delta'
      readonly item_id: string
      readonly delta: string
    }
  | {
      readonly type: 'conversation.item.input_audio_transcription.completed'
      readonly item_id: string
      readonly transcript: string
      readonly usage?: Usage
    }
  | {
      readonly type: 'conversation.item.input_audio_transcription.failed'
      readonly item_id: string
      readonly message: string
    }
  | { readonly type: 'conversation.item.truncated' | 'conversation.item.deleted'; readonly item_id: string }
  | { readonly type: 'input_audio_buffer.speech_started'; readonly item_id: string }
  | { readonly type: 'input_audio_buffer.speech_stopped'; readonly item_id: string }
  | { readonly type: 'input_audio_buffer.committed'; readonly item_id: string }
  /** A silence has lasted for `idle_timeout_ms`; it is committed under this id. */
  | { readonly type: 'input_audio_buffer.timeout_triggered'; readonly item_id: string }
  | { readonly type: 'response.created'; readonly response: Response }
  | { readonly type: 'response.output_item.added'; readonly response_id: string | null; readonly item: Item }
  | { readonly type: 'response.output_item.done'; readonly response_id: string | null; readonly item: Item }
  | {
      readonly type: 'response.output_audio.delta'
      readonly response_id: string | null
      readonly item_id: string | null
      readonly content_index: number
      readonly audio: Uint8Array
    }
  | {
      readonly type: 'response.output_audio_transcript.delta' | 'response.output_text.delta'
      readonly response_id: string | null
      readonly item_id: string | null
      readonly delta: string
    }
  | {
      readonly type: 'response.output_audio_transcript.done' | 'response.output_text.done'
      readonly response_id: string | null
      readonly item_id: string | null
      readonly text: string | null
    }
  | {
      readonly type: 'response.function_call_arguments.done'
      readonly response_id: string | null
      readonly call_id: string
      readonly name: string | null
      readonly arguments: string
    }
  | {
      /** Sound of an interjection: PCM16 mono at 24 kHz, whatever the output format. */
      readonly type: 'response.backchannel.audio.delta'
      readonly backchannel_id: string
      readonly audio: Uint8Array
    }
  | {
      readonly type: 'response.backchannel.audio.done'
      readonly backchannel_id: string
      readonly phrase: string
    }
  | { readonly type: 'response.done'; readonly response: Response }
  | { readonly type: 'error'; readonly error: ServiceError }
  | { readonly type: 'unknown'; readonly name: string }
