/** What a line of its own is about. */
export type NoteKind = 'tool' | 'reload' | 'error' | 'warning' | 'info' | 'caller'

/** Where the words of a conversation are shown: a terminal or a pipe. */
export interface Display {
  /** The next words of the agent, as they come. */
  agentSaid(delta: string): void
  /** The agent's answer is over; `interrupted` when it was cut off. Twice changes nothing. */
  agentEnded(interrupted: boolean): void
  /** A line of its own, or several (a code frame). What the caller typed here is not shown twice. */
  note(kind: NoteKind, text: string): void
  /** How loud the caller is, in dB of full scale; null while nobody listens to him. Shown where there is a place for it. */
  level?(db: number | null): void
  close(): void
}

/** Who or what a line is of. */
export type Speaker = NoteKind | 'agent'

/** The word in the gutter. */
export const LABELS: { readonly [speaker in Speaker]: string } = {
  agent: 'agent',
  caller: 'you',
  tool: 'tool',
  reload: 'reload',
  error: 'error',
  warning: 'warn',
  info: '',
}

/** The mark behind words that were cut off. */
export const CUT_OFF = '—'
