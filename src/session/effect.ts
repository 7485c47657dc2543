import type { AudioFormat, Connection } from '../agent/agent.ts'
import type { McpServer } from '../agent/mcp-server.ts'
import type { Tool } from '../agent/tool.ts'
import type { ClientEvent } from '../realtime/client-event.ts'
import type { TimerName } from './event.ts'
import type { Report } from './report.ts'

/** Everything a conversation can ask of the world. Effects are orders; what comes of them returns as events. */
export type Effect =
  /** With `next`, these three are about a second connection, on which the session to come is made ready. */
  | { readonly type: 'connect'; readonly connection: Connection; readonly next?: true }
  | { readonly type: 'close'; readonly next?: true }
  | { readonly type: 'send'; readonly event: ClientEvent; readonly next?: true }
  /** The second connection takes the place of the first, which is closed; nothing more of that one is heard. */
  | { readonly type: 'takeOver' }
  | { readonly type: 'openSound'; readonly input: AudioFormat; readonly output: AudioFormat }
  | { readonly type: 'play'; readonly itemId: string; readonly audio: Uint8Array }
  /** Sound in a lane of its own, PCM16 mono at 24 kHz: `clearPlayback` does not touch it. */
  | { readonly type: 'playBeside'; readonly id: string; readonly audio: Uint8Array }
  /** The agent's sound stands still where it is, until it is told to go on or is cleared; what is played meanwhile waits behind it. */
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
  /** The conversation has these servers from now on, and no others. */
  | { readonly type: 'useServers'; readonly servers: readonly McpServer[] }
  | { readonly type: 'cancelTool'; readonly callId: string }
  | { readonly type: 'startTimer'; readonly timer: TimerName; readonly ms: number }
  | { readonly type: 'stopTimer'; readonly timer: TimerName }
  | { readonly type: 'report'; readonly report: Report }
