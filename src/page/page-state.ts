import type { ConnectionState } from './client.ts'
import { type AgentInfo, CLOSE, CLOSED_FOR_GOOD } from './protocol.ts'
import { emptyView, type View } from './view.ts'

/** Everything the page shows. */
export interface PageState {
  readonly connection: ConnectionState
  /** The runner was there and is gone; `long`: for longer than a conversation waits for its page. */
  readonly outage: 'short' | 'long' | null
  readonly view: View
  readonly isMicrophoneOn: boolean
  /** The browser has opened the device. Before that it may ask for permission, and nobody is heard. */
  readonly isMicrophoneOpen: boolean
  readonly isMuted: boolean
  readonly mode: 'toggle' | 'hold'
  readonly isHeld: boolean
  readonly isSoundOn: boolean
  readonly isAgentSpeaking: boolean
  /** The caller has ended the conversation, and the runner has not confirmed that yet. */
  readonly isEnding: boolean
  /** Why the caller is not heard, or hears nothing, in words. */
  readonly problem: string | null
  /** Agent of this conversation, or of the next; null if none was named. */
  readonly chosen: string | null
}

/** The state before the first message; `lines` are those this tab remembers. */
export const initialState = (lines: View['lines']): PageState => ({
  connection: { phase: 'connecting' },
  outage: null,
  view: { ...emptyView, lines },
  isMicrophoneOn: false,
  isMicrophoneOpen: false,
  isMuted: false,
  mode: 'toggle',
  isHeld: false,
  isSoundOn: true,
  isAgentSpeaking: false,
  isEnding: false,
  problem: null,
  chosen: null,
})

/** The agent of this conversation, or of the next one: the chosen one may be gone. */
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

/** Whether the conversation is over, rather than out of reach. */
export function isOver(connection: ConnectionState): boolean {
  return connection.phase === 'closed' && (connection.code === CLOSE.over || connection.code === CLOSE.takenOver)
}

/** Whether the runner requires a token that it was not given. */
export function needsToken(connection: ConnectionState): boolean {
  return connection.phase === 'closed' && connection.code === CLOSE.badToken
}

/** Whether the page has given up reconnecting. */
export function hasGivenUp(connection: ConnectionState): boolean {
  return connection.phase === 'closed' && !CLOSED_FOR_GOOD.includes(connection.code)
}

/** An outage lasts while the page tries to reconnect. */
export function nextOutage(before: PageState['outage'], connection: ConnectionState): PageState['outage'] {
  if (connection.phase === 'waiting') return connection.isLong ? 'long' : 'short'
  return connection.phase === 'connecting' ? before : null
}

/** Whether typed lines are sent, now or once the runner is back; after a long outage they would come as a surprise. */
export function canType({ connection, outage }: PageState): boolean {
  return connection.phase !== 'closed' && outage !== 'long'
}
