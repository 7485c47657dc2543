import type { SessionObject } from './session-object.ts'

/** The client events that we send. Names and fields are the protocol's; sound is bytes here, and base64 only on the wire. */
export type ClientEvent =
  | { readonly type: 'session.update'; readonly event_id: string; readonly session: SessionObject }
  | { readonly type: 'input_audio_buffer.append'; readonly audio: Uint8Array }
  | { readonly type: 'input_audio_buffer.commit'; readonly event_id: string }
  | { readonly type: 'input_audio_buffer.clear'; readonly event_id: string }
  | { readonly type: 'conversation.item.create'; readonly event_id: string; readonly item: ClientItem }
  | {
      readonly type: 'conversation.item.truncate'
      readonly event_id: string
      readonly item_id: string
      readonly content_index: number
      readonly audio_end_ms: number
    }
  | { readonly type: 'conversation.item.delete'; readonly event_id: string; readonly item_id: string }
  | {
      readonly type: 'response.create'
      readonly event_id: string
      readonly response: ResponseCreateParams
    }
  /** Without an id: whatever response runs. */
  | { readonly type: 'response.cancel'; readonly event_id: string; readonly response_id?: string }

/** What one response is told beyond the session's settings. The service returns `metadata` with the response. */
export interface ResponseCreateParams {
  readonly instructions?: string
  readonly tool_choice?: 'none'
  readonly metadata: { readonly request: string }
}

/** An entry of the conversation, as we send it to the service. */
export type ClientItem =
  | {
      readonly id: string
      readonly type: 'message'
      readonly role: 'user' | 'system'
      readonly content: readonly [{ readonly type: 'input_text'; readonly text: string }]
    }
  | {
      readonly id: string
      readonly type: 'message'
      readonly role: 'assistant'
      readonly content: readonly [{ readonly type: 'output_text'; readonly text: string }]
    }
  | {
      readonly id: string
      readonly type: 'function_call'
      readonly call_id: string
      readonly name: string
      readonly arguments: string
    }
  | {
      readonly id?: string
      readonly type: 'function_call_output'
      readonly call_id: string
      readonly output: string
    }
