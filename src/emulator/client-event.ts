import type { JsonObject } from './json-object.ts'

/** An event from a client, once validated; its session is an untyped object until it is merged. */
export type ClientEvent = ClientEventBody & { readonly event_id?: string }

type ClientEventBody =
  | { readonly type: 'session.update'; readonly session: JsonObject }
  | { readonly type: 'input_audio_buffer.append'; readonly audio: string }
  | { readonly type: 'input_audio_buffer.commit' }
  | { readonly type: 'input_audio_buffer.clear' }
  | { readonly type: 'conversation.item.create'; readonly item: ClientItem; readonly previous_item_id?: string | null }
  | { readonly type: 'conversation.item.retrieve'; readonly item_id: string }
  | { readonly type: 'conversation.item.delete'; readonly item_id: string }
  | {
      readonly type: 'conversation.item.truncate'
      readonly item_id: string
      readonly content_index: number
      readonly audio_end_ms: number
    }
  | { readonly type: 'response.create'; readonly response?: ResponseConfig }
  | { readonly type: 'response.cancel'; readonly response_id?: string }
  | { readonly type: 'output_audio_buffer.clear' }

/** An entry of the conversation as a client gives it. */
export type ClientItem = { readonly id?: string } & (
  | {
      readonly type: 'message'
      readonly role: 'user' | 'assistant' | 'system'
      readonly content: readonly ClientContent[]
    }
  | { readonly type: 'function_call'; readonly call_id: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'function_call_output'; readonly call_id: string; readonly output: string }
  | { readonly type: 'mcp_approval_response' }
)

interface ClientContent {
  readonly type: string
  readonly text?: string
  readonly audio?: string
  readonly transcript?: string | null
}

/** What `response.create` may set for one response. */
export interface ResponseConfig {
  readonly conversation?: string
  readonly output_modalities?: readonly ('audio' | 'text')[]
  readonly instructions?: string
  readonly voice?: string
  readonly audio?: {
    readonly output?: {
      readonly voice?: string
      readonly format?: string | { readonly type: string; readonly rate?: number }
    }
  }
  readonly max_output_tokens?: number | 'inf'
  readonly tool_choice?: ToolChoice
  readonly tools?: readonly Tool[]
  readonly metadata?: { readonly [key: string]: string } | null
  readonly input?: readonly ClientItem[]
}

/** Whether a response may, must or must not call a tool. */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly type: 'function'; readonly name: string }
  | { readonly type: 'mcp'; readonly server_label: string }

/** A tool as a client declares it; only functions are called. */
export interface Tool {
  readonly type: string
  readonly name?: string
  readonly description?: string
  readonly parameters?: JsonObject
}
