import type { ConnectionState } from './client.ts'
import { type AgentInfo, CLOSE } from './protocol.ts'
import type { View } from './view.ts'

/** All that the page shows. */
export interface PageState {
  readonly connection: ConnectionState
  readonly view: View
  readonly isMicrophoneOn: boolean
  readonly isMuted: boolean
  readonly mode: 'toggle' | 'hold'
  readonly isHeld: boolean
  readonly isSoundOn: boolean
  readonly isAgentSpeaking: boolean
  /** Why there is no microphone, in words. */
  readonly problem: string | null
  readonly wantsToken: boolean
  /** Agent of this conversation, or of the next; null where none was named. */
  readonly chosen: string | null
}

/** With whom the conversation is, or would be: what was chosen may be gone since. */
export function chosenAgent({ view, chosen }: Pick<PageState, 'view' | 'chosen'>): AgentInfo | undefined {
  return view.agents.find(({ name }) => name === chosen) ?? view.agents[0]
}

export interface Levels {
  /** Loudness of the microphone and of the agent, 0 to 1. */
  readonly caller: number
  readonly agent: number
  /** Samples of the agent that were played and were not silent. */
  readonly played: number
}

/** Whether the conversation is over, and not merely out of reach. */
export function isOver(connection: ConnectionState): boolean {
  return connection.phase === 'closed' && (connection.code === CLOSE.over || connection.code === CLOSE.takenOver)
}
