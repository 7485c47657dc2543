import type { WordMark } from './barge-in/heard-words.ts'

/** One entry of the conversation, as said and heard. The record is in order of turns, whatever order the words came in. */
export type RecordEntry = CallerEntry | AgentEntry | CallEntry | ResultEntry

export interface CallerEntry {
  readonly kind: 'caller'
  readonly itemId: string
  /** The caller's turn, from 1. */
  readonly turn: number
  readonly text: string
  /** `open` while its words may still change, `late` once they are no longer waited for, `final` once they are complete. */
  readonly state: 'open' | 'late' | 'final'
  /** Its words were the first sign of it: the service did not report that speech began. */
  readonly unannounced: boolean
  /** The agent was speaking when it began. */
  readonly overAgent: boolean
}

export interface AgentEntry {
  readonly kind: 'agent'
  readonly itemId: string
  readonly responseId: string
  /** Its session is gone, or the service uses its response's id again: nothing more comes for it. */
  readonly orphaned: boolean
  /** The caller's turn that it answers; 0 for a greeting. */
  readonly turn: number
  readonly text: string
  /** Where in its sound its words are. */
  readonly marks: readonly WordMark[]
  /** Sound received of it, in bytes of the output format. */
  readonly bytes: number
  /** What reached the caller, if that is less than all of it; otherwise null. */
  readonly heard: string | null
}

export interface CallEntry {
  readonly kind: 'call'
  readonly callId: string
  readonly name: string
  readonly arguments: string
  readonly turn: number
  /** What the model was told, only the beginning of a long answer; null while it runs. */
  readonly output: string | null
}

/** The result of a background call as the model was told it, only the beginning of a long one. */
export interface ResultEntry {
  readonly kind: 'result'
  readonly callId: string
  readonly turn: number
  readonly text: string
}
