import type { ChannelReport } from './protocol.ts'

/** One thing said or done, as the page shows it. Keys increase, across conversations too. */
export type Entry = { readonly key: number; readonly t: number } & (
  | {
      readonly kind: 'caller'
      readonly itemId: string
      readonly turn: number
      readonly text: string
      readonly final: boolean
      readonly typed: boolean
    }
  | AgentEntry
  | ToolEntry
  | ReloadEntry
  | { readonly kind: 'note'; readonly level: 'info' | 'warning' | 'error'; readonly text: string }
)

export interface AgentEntry {
  readonly kind: 'agent'
  /** The agent's name. */
  readonly agent: string
  readonly responseId: string
  /** The caller's turn that it answers. */
  readonly turn: number
  readonly text: string
  readonly done: boolean
  readonly interrupted: boolean
  /** The part of the answer heard before it was interrupted; null if all was heard, or it is unknown. */
  readonly heard: string | null
}

export interface ToolEntry {
  readonly kind: 'tool'
  readonly callId: string
  readonly name: string
  readonly arguments: unknown
  /** The agent does not wait for it, and tells the result later. */
  readonly background: boolean
  readonly status: string | null
  readonly ms: number | null
  readonly output: string | null
}

export interface ReloadEntry {
  readonly kind: 'reload'
  readonly state:
    | 'sent'
    | 'applied'
    | 'waiting'
    | 'superseded'
    | 'deferred'
    | 'refused'
    | 'rejected'
    | 'held'
    | 'unconfirmed'
  readonly offered: number | null
  readonly report: ChannelReport
}
