import type { Agent } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/findings/diagnostic.ts'
import type { Tool, ToolOutcome } from '../agent/tool.ts'
import type { ServerEvent } from '../realtime/server-event.ts'
import type { Clock } from './life.ts'
import type { Refusal } from './report.ts'

/** What is heard of one connection to the service: of itself, and what the service says on it. */
export type ConnectionEvent =
  | { readonly type: 'socket.opened' }
  | {
      readonly type: 'socket.refused'
      readonly status: number
      readonly message: string
      readonly retryAfterMs?: number
    }
  /** `unheard`: what went out of the caller's sound since the service was last heard of, in bytes of the session's input format. */
  | { readonly type: 'socket.closed'; readonly code: number; readonly reason: string; readonly unheard?: Uint8Array }
  | { readonly type: 'server'; readonly event: ServerEvent }
  /** Sound of the caller that the connection was too slow for, in bytes of the session's input format. */
  | { readonly type: 'audio.dropped'; readonly bytes: number }

/** Everything that can happen to a conversation. Events are past: they are facts, never orders. */
export type SessionEvent =
  | ConnectionEvent
  /** The same, of the connection on which the session to come is made ready. */
  | { readonly type: 'next'; readonly event: ConnectionEvent }
  | CallerEvent
  | { readonly type: 'tool.finished'; readonly callId: string; readonly outcome: ToolOutcome; readonly ms: number }
  /** A server has said which tools it has; they take the place of those it named before. */
  | {
      readonly type: 'tools.listed'
      readonly server: string
      readonly tools: readonly Tool[]
      /** What of it was left out, and why. */
      readonly problems?: readonly string[]
    }
  /** A server could not be started, or has ended. */
  | { readonly type: 'server.failed'; readonly server: string; readonly reason: string }
  /** This conversation is to be held in another voice. */
  | { readonly type: 'voice.chosen'; readonly voice: string }
  | { readonly type: 'agent.loaded'; readonly generation: number; readonly agent: Agent; readonly noticedAt: number }
  /** One that it was not offered yet, and will not be: a newer one comes in its place. */
  | { readonly type: 'agent.overtaken'; readonly generation: number; readonly by: number }
  /** The service refused this generation to another conversation: it is not to be asked for again. */
  | { readonly type: 'agent.withdrawn'; readonly generation: number; readonly refusal?: Refusal }
  /** A save that cannot be used, or that is held until somebody says that it is meant. */
  | { readonly type: 'agent.rejected' | 'agent.held'; readonly diagnostics: readonly Diagnostic[] }
  /** After such a save, or one that the service refused, the files are again what this generation was made of. */
  | { readonly type: 'agent.restored'; readonly generation: number; readonly noticedAt: number }
  | { readonly type: 'timer.fired'; readonly timer: TimerName }
  | { readonly type: 'stop.requested'; readonly drain: Drain }

/** What an end waits for: nothing, until all that was begun is said and done, or until that was heard as well. */
export type Drain = false | 'said' | 'heard'

/** What a channel tells of the caller, and of what the caller heard. */
export type CallerEvent =
  | { readonly type: 'caller.text'; readonly text: string }
  | { readonly type: 'caller.audio'; readonly audio: Uint8Array }
  /** The caller silences the agent, and says nothing yet. */
  | { readonly type: 'caller.interrupted' }
  | { readonly type: 'caller.pressed' }
  | { readonly type: 'caller.committed' }
  | { readonly type: 'caller.paused' }
  | { readonly type: 'caller.held' }
  | { readonly type: 'caller.resumed' }
  | { readonly type: 'playback.started'; readonly itemId: string }
  | { readonly type: 'playback.drained' }
  | { readonly type: 'playback.cleared'; readonly heard: readonly { readonly itemId: string; readonly ms: number }[] }

export type TimerName =
  | 'connect'
  | 'confirm'
  | 'retry'
  | 'healthy'
  | 'ack'
  | 'quiet'
  | 'progress'
  | 'cancel'
  | 'transcript'
  | 'replay'
  | 'last words'
  | 'roll over'
  | 'next'
  | 'greeting'
  | 'speech'
  | 'resume'
  | Clock
  | 'filler'
  | 'drain'
  | 'room'
  | 'servers'
  | 'frame'

/** Time and chance, handed in with every event so that the core has neither. */
export interface Moment {
  /** Now, in ms since the epoch. */
  readonly now: number
  /** A number from 0 up to 1. */
  readonly chance: number
}
