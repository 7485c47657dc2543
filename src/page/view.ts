import type { Entry } from './entry.ts'
import type { AgentInfo } from './protocol.ts'
import { isWaiting, markUnsent, type TypedLine, withoutLine, withState } from './typed-line.ts'

/** Everything the page shows of a conversation, and of those before it. */
export interface View {
  readonly agents: readonly AgentInfo[]
  readonly agent: string | null
  readonly generation: number | null
  readonly entries: readonly Entry[]
  /** Typed lines that are not among the entries: not yet, or because nobody got them. */
  readonly lines: readonly TypedLine[]
  /** The settings the service confirmed. */
  readonly settings: { readonly [key: string]: unknown } | null
  readonly latencies: readonly Latency[]
  readonly isCallerSpeaking: boolean
  /** A conversation is open, or waits to be found again. */
  readonly isOpen: boolean
  /** It has a session at the service. */
  readonly isReady: boolean
  /** The next entry's key. */
  readonly nextKey: number
  /** Key of the first entry of this conversation. */
  readonly firstKey: number
}

export interface Latency {
  readonly ms: number
  readonly after: 'speech' | 'text'
  readonly parts: { readonly [part: string]: number | null }
}

/** The most entries kept on the page; the oldest go first. */
const ENTRIES_MAX = 500
/** The most typed lines that may wait; and that are shown, including those given back: the oldest go first. */
const WAITING_MAX = 64
const LINES_MAX = 100

export const emptyView: View = {
  agents: [],
  agent: null,
  generation: null,
  entries: [],
  lines: [],
  settings: null,
  latencies: [],
  isCallerSpeaking: false,
  isOpen: false,
  isReady: false,
  nextKey: 0,
  firstKey: 0,
}

/** Whether there is something to read besides the choice of agents. */
export function hasBegun({ agent, lines }: View): boolean {
  return agent !== null || lines.length > 0
}

/** Adds a line that was typed, or is to be sent after all: it waits, or is given back if too many do. */
export function addLine(view: View, { id, text }: Omit<TypedLine, 'state'>): View {
  const others = withoutLine(view.lines, id)
  const isFull = others.filter(({ state }) => state !== 'unsent').length >= WAITING_MAX
  return {
    ...view,
    lines: [...others, { id, text, state: isFull ? 'unsent' : 'waiting' } as const].slice(-LINES_MAX),
  }
}

/** Marks a waiting line as sent. */
export function markLineSaid(view: View, id: string): View {
  return { ...view, lines: withState(view.lines, [id], 'said') }
}

/** Takes an undelivered line off the page. */
export function removeLine(view: View, id: string): View {
  return { ...view, lines: withoutLine(view.lines, id) }
}

/**
 * What is left of a conversation that is gone: what was said and done, and how long it took. Nothing in it continues, or is confirmed. A
 * waiting line is kept for the next one, if that comes soon. After a long outage the conversation may still be found again.
 */
export function endConversation(view: View, isLongOutage: boolean): View {
  const { agents, agent, nextKey, latencies } = view
  const firstKey = isLongOutage ? view.firstKey : nextKey
  const lines = markUnsent(view.lines, (line) => isLongOutage || !isWaiting(line))
  return { ...emptyView, agents, agent, nextKey, firstKey, latencies, lines, entries: view.entries.map(endEntry) }
}

/** Whether the session has manual turn detection. */
export function isManual({ settings }: View): boolean {
  const { input } = (settings?.audio ?? {}) as { readonly input?: { readonly turn_detection?: unknown } }
  return input !== undefined && (input.turn_detection ?? null) === null
}

/** Removes the transcript as well, but not undelivered lines. */
export function clearTranscript({ agents, nextKey, lines }: View): View {
  return { ...emptyView, agents, nextKey, firstKey: nextKey, lines }
}

function endEntry(entry: Entry): Entry {
  if (entry.kind === 'agent') return { ...entry, done: true, interrupted: entry.interrupted || !entry.done }
  if (entry.kind === 'caller') return { ...entry, final: true }
  return entry.kind === 'tool' && entry.status === null ? { ...entry, status: 'lost' } : entry
}

export type NewEntry = Entry extends infer One ? (One extends unknown ? Omit<One, 'key' | 't'> : never) : never

/** `source`: the message it comes from, with its time. */
export function addEntry(view: View, entry: NewEntry, source?: { readonly t: number }): View {
  const added = { ...entry, key: view.nextKey, t: source?.t ?? Date.now() } as Entry
  return { ...view, nextKey: view.nextKey + 1, entries: [...view.entries, added].slice(-ENTRIES_MAX) }
}

/** Changes the newest entry that fits. */
export function updateEntry(view: View, matches: (entry: Entry) => boolean, update: (entry: Entry) => Entry): View {
  const found = findEntry(view, matches)
  if (found === undefined) return view
  return { ...view, entries: view.entries.with(view.entries.indexOf(found), update(found)) }
}

/** The newest fitting entry of this conversation: another one may have used the same ids. */
export function findEntry(view: View, matches: (entry: Entry) => boolean): Entry | undefined {
  return view.entries.findLast((entry) => entry.key >= view.firstKey && matches(entry))
}
