import type { AudioFormat, Connection } from '../agent/agent.ts'
import type { McpServer } from '../agent/mcp-server.ts'
import type { Tool } from '../agent/tool.ts'
import type { ClientEvent } from '../realtime/client-event.ts'
import type { TimerName } from './event.ts'
import type { Report } from './report.ts'

/** Everything a conversation can ask of the world. Effects are orders; their outcomes return as events. */
export type Effect =
  /** With `next`, these three apply to a second connection, on which the next session is prepared. */
  | { readonly type: 'connect'; readonly connection: Connection; readonly next?: true }
  | { readonly type: 'close'; readonly next?: true }
  | { readonly type: 'send'; readonly event: ClientEvent; readonly next?: true }
  /** The second connection replaces the first, which is closed; nothing more is heard of it. */
  | { readonly type: 'takeOver' }
  | { readonly type: 'openSound'; readonly input: AudioFormat; readonly output: AudioFormat }
  | { readonly type: 'play'; readonly itemId: string; readonly audio: Uint8Array }
  /** Plays sound in a lane of its own, PCM16 mono at 24 kHz: `clearPlayback` does not touch it. */
  | { readonly type: 'playBackchannel'; readonly id: string; readonly audio: Uint8Array }
  /** Pauses the agent's sound where it is, until it is resumed or cleared; what is played meanwhile waits behind it. */
  | { readonly type: 'pausePlayback' }
  | { readonly type: 'resumePlayback' }
  | { readonly type: 'clearPlayback' }
  | {
      readonly type: 'runTool'
      readonly callId: string
      readonly tool: Tool
      readonly argumentsText: string
      readonly generation: number
    }
  /** From now on the conversation has these servers and no others. */
  | { readonly type: 'useServers'; readonly servers: readonly McpServer[] }
  | { readonly type: 'cancelTool'; readonly callId: string }
  | { readonly type: 'startTimer'; readonly timer: TimerName; readonly ms: number }
  | { readonly type: 'stopTimer'; readonly timer: TimerName }
  | { readonly type: 'report'; readonly report: Report }
