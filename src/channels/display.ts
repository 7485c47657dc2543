/** The subject of a line of its own. */
export type NoteKind = 'tool' | 'reload' | 'error' | 'warning' | 'info' | 'caller'

/** Where the words of a conversation are shown: a terminal or a pipe. */
export interface Display {
  /** Adds the agent's next words, as they come. */
  agentSaid(delta: string): void
  /** Ends the agent's answer. A second call changes nothing. */
  agentEnded(): void
  /** Ends an answer that was cut off, and marks it as such. */
  agentCutOff(): void
  /** Shows a line of its own, or several (a code frame). What the caller typed here is not shown twice. */
  note(kind: NoteKind, text: string): void
  /** The caller's level, in dB of full scale; null while nobody listens to them. Shown only where there is room for it. */
  showLevel?(db: number | null): void
  close(): void
}

/** The speaker or the subject of a line. */
export type LineKind = NoteKind | 'agent'

/** The words in the gutter. */
export const LABELS: { readonly [speaker in LineKind]: string } = {
  agent: 'agent',
  caller: 'you',
  tool: 'tool',
  reload: 'reload',
  error: 'error',
  warning: 'warn',
  info: '',
}

/** The mark after interrupted words. */
export const CUT_OFF_MARK = '—'
