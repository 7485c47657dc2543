import type { Place } from './findings/diagnostic.ts'
import type { Hooks } from './hook.ts'
import type { McpServer } from './mcp-server.ts'
import type { Tool } from './tool.ts'

/** Sound of a session, as the author writes it. G.711 (`pcmu`, `pcma`) has no rate of its own: it is always 8000 Hz. */
export type AudioFormat =
  | { readonly format: 'pcm'; readonly rate: 8000 | 16000 | 24000 | 32000 | 44100 | 48000 }
  | { readonly format: 'pcmu' | 'pcma'; readonly rate: 8000 }

/** Where the caller's microphone is: at his mouth, or in the room. */
export type NoiseReduction = 'near_field' | 'far_field'

type Eagerness = 'low' | 'medium' | 'high' | 'auto'

/** How the end of the caller's turn is found. `manual` means that nobody but the channel ends it. */
export type TurnDetection =
  | {
      readonly type: 'semantic_vad'
      readonly eagerness?: Eagerness
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
  | { readonly type: 'manual' }

type ToolChoice = 'auto' | 'none' | 'required' | { readonly type: 'function'; readonly name: string }

export interface Connection {
  readonly base_url: string
  readonly auth: 'basic' | 'bearer'
  readonly api_key_env: string
  readonly start_audio_paused: boolean
  /** How long the service may take to accept a connection: `10s`. */
  readonly connect_timeout: string
  /** How long it may take from there to the first confirmation of the settings: `5s`. */
  readonly confirm_timeout: string
}

/** How an edit reaches conversations that are open. */
interface Reload {
  readonly apply: 'turn' | 'now' | 'next_session'
  /** How long the service may take to confirm an update: `3s`. */
  readonly ack_timeout: string
  /** Whether the service is asked about an edit while nobody talks. */
  readonly probe?: boolean
}

/** How long a conversation may go on, and how much it may do at once. Times as the author writes them, such as `30m`. */
export interface Limits {
  readonly max_session?: string
  readonly wrap_up_at?: string
  readonly idle?: string
  readonly max_tool_calls_in_flight: number
}

/** What one agent file declares, checked, with defaults filled in and referenced files read. Keys keep the file's spelling. */
export interface Agent {
  readonly version: 1
  readonly name: string
  readonly description?: string
  readonly model: string
  readonly voice: string
  /** The prompt's text, whether it stood in the file or in `instructions_file`. */
  readonly instructions: string
  readonly temperature?: number
  readonly max_output_tokens?: number | 'inf'
  readonly tool_choice?: ToolChoice
  readonly output_modalities: readonly ('audio' | 'text')[]
  readonly greeting?: string
  readonly greeting_interruptible: boolean
  /** What the agent does when nobody says anything. Times as the author writes them, such as `15s`. */
  readonly idle?: { readonly after: string; readonly say: string; readonly times: number; readonly then?: string }
  readonly limits: Limits
  /** What interrupts the agent, where the runner decides that and not the service. */
  readonly interruption?: {
    readonly min_words: number
    readonly ignore: readonly string[]
    /** How long the caller must have spoken: `250ms`. */
    readonly min_speech: string
    /** How long the agent stands still for words after a sound of the caller: `2s`; with `0s` it does not stand still. */
    readonly resume_after: string
  }
  readonly stt: { readonly model: string; readonly language?: string; readonly prompt?: string }
  readonly tts: { readonly model: string; readonly speed?: number }
  readonly turn_detection: TurnDetection
  readonly audio: {
    readonly input: AudioFormat & { readonly noise_reduction?: NoiseReduction }
    readonly output: AudioFormat
  }
  readonly connection: Connection
  readonly reload: Reload
  readonly tools: readonly Tool[]
  /** Scripts that are run when something happens. */
  readonly hooks: Hooks
  /** MCP servers, whose tools it has as well. */
  readonly servers: readonly McpServer[]
  readonly provider_data: { readonly [key: string]: unknown }
  /** The agent file as the author named it. */
  readonly file: string
  /** SHA-256 over the resolved content: equal hashes are the same agent, whatever a comment says. */
  readonly hash: string
  /** Where each author path (`tts.speed`, `tools[0].run`) stands; keys left out are absent. Looked up once somebody asks: few do. */
  readonly places: Pick<ReadonlyMap<string, Place>, 'get' | 'has'>
  /** What the author wrote where a value came from the environment (`voice` → `${env:VOICE}`): what is shown and stored in its stead. */
  readonly references: ReadonlyMap<string, string>
}
