import type { Tool } from '../agent/tool.ts'
import type { Answer } from './calls/call-check.ts'

/** A finished function call. It is answered exactly once, whatever happens. */
export interface Call {
  readonly callId: string
  readonly name: string
  readonly responseId: string
  readonly turn: number
  /** What it is run with; null for one that is refused. */
  readonly launch: Launch | null
  /** `waiting` to be launched, `running`, or `over`, also where it never ran; a cancelled one runs on until its process has ended. */
  readonly stage: 'waiting' | 'running' | 'over'
  /** The caller has interrupted it, and its tool wants to be cancelled then. */
  readonly interrupted: boolean
  readonly begunAt: number
  /** Words for a caller who waits: `due` once the call has taken long, `done` when said or no longer wanted. */
  readonly filler: 'none' | 'waiting' | 'due' | 'done'
  readonly answered: boolean
  /**
   * Of a call that was answered when it began: `awaited` while it runs in the background, then what it gave, `told` once that was. Null
   * where the model waits for the call.
   */
  readonly result: 'awaited' | Answer | 'told' | null
  /** Its connection is gone: how it ends is reported, and told to nobody else, but for what ran in the background. */
  readonly orphaned: boolean
}

export interface Launch {
  readonly tool: Tool
  readonly given: unknown
  /** The arguments in the model's own words. */
  readonly text: string
  /** The generation that its response began under. */
  readonly generation: number
}

/** A call that waits for the caller's consent. */
export interface Ask {
  readonly name: string
  readonly text: string
  /** When the model was told to ask, in ms since the epoch, and which turn of the caller was the last before. */
  readonly at: number
  readonly turn: number
}
