import type { Diagnostic } from '../agent/findings/diagnostic.ts'
import type { FailureKind } from '../agent/tool.ts'
import type { Item, ResponseStatus } from '../realtime/server-event.ts'
import type { ReportedSession } from '../realtime/session-object.ts'
import type { Usage } from '../realtime/usage.ts'
import type { PlannedChange } from './edits/plan-text.ts'

/** What a conversation reports. Each report is one line of `--jsonl`; terminal, page and journal read the same. */
export type Report = ReportBody & {
  /** When, in ms since the epoch. */
  readonly t: number
  readonly conversation: string
  /** The generation that the service last confirmed to this conversation. */
  readonly generation: number
}

export type ToolStatus = 'ok' | FailureKind | 'unknown_tool' | 'unconfirmed'

export type ReportBody =
  | {
      readonly type: 'session.ready'
      readonly ms: number
      /** How long no session was live before this one, in ms; absent for the first session of a conversation. */
      readonly gap_ms?: number
    }
  | {
      readonly type: 'session.closed'
      readonly reason: string
      readonly code: number | null
      /** It did not end as requested. */
      readonly failed: boolean
    }
  /** The settings in force, as the service echoes them, each time it has confirmed some. */
  | { readonly type: 'session.settings'; readonly session: ReportedSession }
  /** The service hears the caller start or stop speaking. */
  | { readonly type: 'caller.speech'; readonly state: 'started' | 'stopped' }
  | {
      /** The caller's words so far; the last report of an item counts. `turn` counts the caller's turns from 1. */
      readonly type: 'caller.transcript'
      readonly text: string
      readonly final: boolean
      readonly typed?: true
      readonly item_id: string
      readonly turn: number
    }
  | (Words & { readonly type: 'agent.transcript.delta' })
  | (Words & { readonly type: 'agent.transcript'; readonly interrupted?: true })
  | (Words & {
      /** A response was cut off: what the caller heard of one item, up to `ms`. It may come before its `agent.transcript` or after. */
      readonly type: 'agent.heard'
      readonly item_id: string
      readonly ms: number
      /** If the response holds several messages: what was heard of it as a whole. */
      readonly response_text?: string
    })
  /** The agent pauses in the middle of a sentence, since the caller may be interrupting; then it resumes, or `agent.heard` follows. */
  | { readonly type: 'agent.playback'; readonly state: 'paused' | 'resumed' }
  /** A short "mm-hm" while the caller speaks: no turn, and not in the transcript. */
  | { readonly type: 'agent.backchannel'; readonly backchannel_id: string; readonly phrase: string }
  /** Its sound: PCM16 mono at 24 kHz, whatever the output format. */
  | { readonly type: 'agent.backchannel.audio'; readonly backchannel_id: string; readonly audio: string }
  | { readonly type: 'agent.audio'; readonly item_id: string; readonly audio: string }
  | {
      readonly type: 'tool.started'
      readonly name: string
      readonly call_id: string
      readonly arguments: unknown
      /** The conversation goes on while it runs. */
      readonly background?: true
    }
  | {
      readonly type: 'tool.finished'
      readonly name: string
      readonly call_id: string
      readonly status: ToolStatus
      readonly ms: number
      readonly output: string
      /** For a call that was never begun: what the model gave, as text if it is not JSON. */
      readonly arguments?: unknown
      /** It ran in the background: the model is told at the next quiet moment. */
      readonly background?: true
    }
  | { readonly type: 'item.created' | 'item.updated'; readonly item: Item }
  | {
      /** How long the caller waited: from the end of their turn to the first sound, or word, that reached them. */
      readonly type: 'turn.latency'
      readonly after: 'speech' | 'text'
      readonly ms: number
      readonly parts: LatencyParts
    }
  | {
      readonly type: 'response.finished'
      readonly response_id: string
      readonly status: ResponseStatus
      readonly model: string
      /** The generation under which it began. */
      readonly under: number
      readonly usage: Usage | null
    }
  | { readonly type: 'transcription.finished'; readonly model: string; readonly usage: Usage }
  | ({ readonly offered: number | null } & ReloadBody)
  | { readonly type: 'warning'; readonly message: string; readonly diagnostic?: Diagnostic }
  | { readonly type: 'error'; readonly message: string; readonly code: string | null }

/** Words of the agent. `turn` is the caller's turn that they answer; 0 for a greeting. */
interface Words {
  readonly text: string
  readonly response_id: string
  readonly turn: number
}

/** The consecutive parts of a wait, in ms; null if not known. */
export interface LatencyParts {
  /** From the caller's last sound until the service reports the end of the turn. */
  readonly detection: number | null
  readonly commit: number | null
  /** From there to the first response. */
  readonly response: number | null
  /** From the first response to the one that speaks: the tools in between. */
  readonly tools: number | null
  /** From the response to its first sound. */
  readonly generation: number | null
  /** From its first sound to the first audible sound that was played. */
  readonly playback: number | null
}

/** The author's paths that changed, such as `tts.speed`. */
interface Changes {
  readonly fields: readonly string[]
  /** Not an edit: the conversation changed it, by `set_voice` or because a server listed its tools. */
  readonly own?: true
}

/** What the service refused, and where it is in the files. */
export interface Refusal {
  readonly fields: readonly string[]
  readonly message: string
  readonly code: string | null
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  /** The same as a diagnostic; null if the setting is in no file. */
  readonly diagnostic: Diagnostic | null
}

/** What became of an edit. */
type ReloadBody =
  /** `ms` is from the save to the confirmation, `ms_wire` from the save until it was sent; null if nothing had to be sent. */
  | (Changes & {
      readonly type: 'reload.applied'
      /** What changed, how, and when that takes effect. */
      readonly changes: readonly PlannedChange[]
      readonly ms: number
      readonly ms_wire: number | null
    })
  | (Changes & { readonly type: 'reload.sent'; readonly ms: number })
  /** A newer edit came before it was sent. */
  | { readonly type: 'reload.superseded'; readonly by: number }
  | (Changes & { readonly type: 'reload.waiting' | 'reload.unconfirmed' })
  | (Changes & { readonly type: 'reload.deferred'; readonly reason: string })
  | (Refusal & {
      readonly type: 'reload.refused'
      readonly own?: true
      /** Whether the service said what it refused; a guess may still prove wrong. */
      readonly certain: boolean
      /** The service refused it to another conversation: this one did not send it. */
      readonly elsewhere?: true
    })
  | { readonly type: 'reload.rejected' | 'reload.held'; readonly diagnostics: readonly Diagnostic[] }
