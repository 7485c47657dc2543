/** A sound format on the wire. Always sent in the object form: not every service reads the string aliases. */
export type WireFormat =
  | { readonly type: 'audio/pcm'; readonly rate: number }
  | { readonly type: 'audio/pcmu' | 'audio/pcma' }

/** Who finds the end of a turn, and what follows it; null instead means push-to-talk. */
export type WireTurnDetection =
  | {
      readonly type: 'semantic_vad'
      readonly eagerness?: string
      readonly create_response: boolean
      readonly interrupt_response: boolean
    }
  | {
      readonly type: 'server_vad'
      readonly threshold?: number
      readonly prefix_padding_ms?: number
      readonly silence_duration_ms?: number
      readonly idle_timeout_ms?: number
      readonly create_response: boolean
      readonly interrupt_response: boolean
    }

interface WireTool {
  readonly type: 'function'
  readonly name: string
  readonly description: string
  readonly parameters: { readonly [key: string]: unknown }
}

/** The `session` of a `session.update`, whole or partial. `providerData` is the protocol's only camelCase key. */
export interface SessionObject {
  readonly type?: 'realtime'
  readonly model?: string
  readonly instructions?: string
  readonly output_modalities?: readonly string[]
  readonly temperature?: number
  readonly max_output_tokens?: number | 'inf'
  readonly tool_choice?: unknown
  readonly tools?: readonly WireTool[]
  readonly audio?: {
    readonly input?: {
      readonly format?: WireFormat
      readonly transcription?: { readonly model?: string; readonly language?: string; readonly prompt?: string }
      readonly noise_reduction?: { readonly type: 'near_field' | 'far_field' } | null
      readonly turn_detection?: WireTurnDetection | null
    }
    readonly output?: {
      readonly format?: WireFormat
      readonly model?: string
      readonly voice?: string
      readonly speed?: number
    }
  }
  readonly providerData?: { readonly [key: string]: unknown }
}

/** What the service echoes: the same shape, but open, since it adds fields of its own. */
export type ReportedSession = { readonly [key: string]: unknown }
