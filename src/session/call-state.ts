import type { Tool } from '../agent/tool.ts'
import type { CallAnswer } from './calls/call-check.ts'

/** A finished function call. It is answered exactly once, whatever happens. */
export interface Call {
  /** No other call of the conversation has it. */
  readonly callId: string
  /** The id that the service gave it. */
  readonly wireId: string
  readonly name: string
  readonly responseId: string
  readonly turn: number
  /** What it is run with; null if it is refused. */
  readonly launch: Launch | null
  /** `waiting` to be launched, `running`, or `over`, also if it never ran; a cancelled call keeps running until its process has ended. */
  readonly stage: 'waiting' | 'running' | 'over'
  /** The caller has interrupted it, and its tool is cancelled on interruption. */
  readonly interrupted: boolean
  readonly begunAt: number
  /** Words for a waiting caller: `due` once the call has taken long, `done` once they are said or no longer wanted. */
  readonly filler: 'none' | 'waiting' | 'due' | 'done'
  readonly answered: boolean
  /**
   * For a call that was answered when it began: `awaited` while it runs in the background, then its result, then `sent`. Null if the model
   * waits for the call.
   */
  readonly backgroundResult: 'awaited' | CallAnswer | 'sent' | null
  /** The session that made it is gone: the next one is given the call together with its answer. */
  readonly orphaned: boolean
}

export interface Launch {
  readonly tool: Tool
  /** The arguments as data, with long numbers as the model wrote them. */
  readonly parsedArguments: unknown
  /** The arguments exactly as the model wrote them. */
  readonly argumentsText: string
  /** The generation under which its response began. */
  readonly generation: number
}

/** A call that waits for the caller's consent. */
export interface ConsentRequest {
  readonly name: string
  readonly argumentsText: string
  /** When the model was told to ask, in ms since the epoch, and the caller's last turn before that. */
  readonly askedAt: number
  readonly turn: number
}
