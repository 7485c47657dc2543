import type { Agent } from '../agent/agent.ts'
import type { Diagnostic } from '../agent/findings/diagnostic.ts'
import type { Tool, ToolOutcome } from '../agent/tool.ts'
import type { ServerEvent } from '../realtime/server-event.ts'
import type { Clock } from './lifetime-state.ts'
import type { Refusal } from './report.ts'

/** What happens on one connection to the service: to the connection itself, and what the service sends on it. */
export type ConnectionEvent =
  | { readonly type: 'socket.opened' }
  | {
      readonly type: 'socket.refused'
      readonly status: number
      readonly message: string
      readonly retryAfterMs?: number
    }
  /** `unheard`: caller sound sent since the service was last heard from, in bytes of the session's input format. */
  | { readonly type: 'socket.closed'; readonly code: number; readonly reason: string; readonly unheard?: Uint8Array }
  | { readonly type: 'server'; readonly event: ServerEvent }
  /** Caller sound that the connection was too slow for, in bytes of the session's input format. */
  | { readonly type: 'audio.dropped'; readonly bytes: number }

/** Everything that can happen to a conversation. Events are facts about the past, never orders. */
export type SessionEvent =
  | ConnectionEvent
  /** The same, for the connection on which the next session is prepared. */
  | { readonly type: 'next'; readonly event: ConnectionEvent }
  | CallerEvent
  | { readonly type: 'tool.finished'; readonly callId: string; readonly outcome: ToolOutcome; readonly ms: number }
  /** A server has listed its tools; they replace those it listed before. */
  | {
      readonly type: 'tools.listed'
      readonly server: string
      readonly tools: readonly Tool[]
      /** What was left out of the list, and why. */
      readonly problems?: readonly string[]
    }
  /** A server could not be started, or has ended. */
  | { readonly type: 'server.failed'; readonly server: string; readonly reason: string }
  /** This conversation is to go on in another voice. */
  | { readonly type: 'voice.chosen'; readonly voice: string }
  | { readonly type: 'agent.loaded'; readonly generation: number; readonly agent: Agent; readonly noticedAt: number }
  /** A generation that this conversation was not offered and never will be: a newer one replaces it. */
  | { readonly type: 'agent.overtaken'; readonly generation: number; readonly by: number }
  /** The service refused this generation to another conversation: it must not be requested again. */
  | { readonly type: 'agent.withdrawn'; readonly generation: number; readonly refusal?: Refusal }
  /** A save that cannot be used, or that is held until somebody confirms it. */
  | { readonly type: 'agent.rejected' | 'agent.held'; readonly diagnostics: readonly Diagnostic[] }
  /** What a generation is warned of that the one before it was not. */
  | { readonly type: 'agent.warned'; readonly diagnostics: readonly Diagnostic[] }
  /** After such a save, or one that the service refused, the files are again those of this generation. */
  | { readonly type: 'agent.restored'; readonly generation: number; readonly noticedAt: number }
  | { readonly type: 'timer.fired'; readonly timer: TimerName }
  | { readonly type: 'stop.requested'; readonly drain: Drain }

/** What a stop waits for: nothing (`false`), until everything begun is said and done, or until that was heard as well. */
export type Drain = false | 'said' | 'heard'

/** What a channel reports about the caller, and about what the caller heard. */
export type CallerEvent =
  | { readonly type: 'caller.text'; readonly text: string }
  | { readonly type: 'caller.audio'; readonly audio: Uint8Array }
  /** The caller silences the agent by hand, and says nothing yet. */
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
  | 'rate limit'
  | 'servers'
  | 'frame'

/** Time and chance, passed in with every event so that the core has no source of either. */
export interface Moment {
  /** Now, in ms since the epoch. */
  readonly now: number
  /** A number from 0 up to 1. */
  readonly chance: number
}
