import type { Entry } from './entry.ts'
import type { AgentInfo } from './protocol.ts'
import { givenBack, isWaiting, marked, type TypedLine, without } from './typed-line.ts'

/** All that the page shows of a conversation, and what was said in those before it. */
export interface View {
  readonly agents: readonly AgentInfo[]
  readonly agent: string | null
  readonly generation: number | null
  readonly entries: readonly Entry[]
  /** What was typed and is not among the entries: not yet, or since nobody got it. */
  readonly lines: readonly TypedLine[]
  /** The settings as the service confirmed them. */
  readonly settings: { readonly [key: string]: unknown } | null
  readonly latencies: readonly Latency[]
  readonly isCallerSpeaking: boolean
  /** A conversation is open, or waits to be found again. */
  readonly isOpen: boolean
  /** It has its session at the service. */
  readonly isReady: boolean
  /** Gives each entry its key. */
  readonly count: number
  /** Key of the first entry of this conversation. */
  readonly first: number
}

export interface Latency {
  readonly ms: number
  readonly after: 'speech' | 'text'
  readonly parts: { readonly [part: string]: number | null }
}

/** Entries that are kept on the page; the oldest go first. */
const ENTRIES_MAX = 500
/** Typed lines that wait at a time; and that stand there, with those that were given back: the oldest go first. */
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
  count: 0,
  first: 0,
}

/** Whether there is something to read besides whom one could talk to. */
export function hasBegun({ agent, lines }: View): boolean {
  return agent !== null || lines.length > 0
}

/** A line was typed, or is to be said after all: it waits for that, or is given back where too many do. */
export function addLine(view: View, { id, text }: Omit<TypedLine, 'state'>): View {
  const others = without(view.lines, id)
  const isTooMuch = others.filter(({ state }) => state !== 'unsent').length >= WAITING_MAX
  return {
    ...view,
    lines: [...others, { id, text, state: isTooMuch ? 'unsent' : 'waiting' } as const].slice(-LINES_MAX),
  }
}

/** A line that waited was said. */
export function lineSaid(view: View, id: string): View {
  return { ...view, lines: marked(view.lines, [id], 'said') }
}

/** Takes a line that nobody got off the page. */
export function removeLine(view: View, id: string): View {
  return { ...view, lines: without(view.lines, id) }
}

/**
 * What is left of a conversation that is not there any more: what was said and done, and how long it took. Nothing of it goes on, or is
 * confirmed. A line that still waits is for the next one, where one comes soon. One that was away for long may be found all the same.
 */
export function leave(view: View, isLong: boolean): View {
  const { agents, agent, count, latencies } = view
  const first = isLong ? view.first : count
  const lines = givenBack(view.lines, (line) => isLong || !isWaiting(line))
  return { ...emptyView, agents, agent, count, first, latencies, lines, entries: view.entries.map(ended) }
}

/** Whether the caller ends his turns himself. */
export function isManual({ settings }: View): boolean {
  const { input } = (settings?.audio ?? {}) as { readonly input?: { readonly turn_detection?: unknown } }
  return input !== undefined && (input.turn_detection ?? null) === null
}

/** Leaves all that was said behind, too; not what nobody got. */
export function forget({ agents, count, lines }: View): View {
  return { ...emptyView, agents, count, first: count, lines }
}

function ended(entry: Entry): Entry {
  if (entry.kind === 'agent') return { ...entry, done: true, interrupted: entry.interrupted || !entry.done }
  if (entry.kind === 'caller') return { ...entry, final: true }
  return entry.kind === 'tool' && entry.status === null ? { ...entry, status: 'lost' } : entry
}

export type NewEntry = Entry extends infer One ? (One extends unknown ? Omit<One, 'key' | 't'> : never) : never

/** `told`: what it is known from, and when that was. */
export function add(view: View, entry: NewEntry, told?: { readonly t: number }): View {
  const added = { ...entry, key: view.count, t: told?.t ?? Date.now() } as Entry
  return { ...view, count: view.count + 1, entries: [...view.entries, added].slice(-ENTRIES_MAX) }
}

/** Changes the newest entry that fits. */
export function change(view: View, fits: (entry: Entry) => boolean, changed: (entry: Entry) => Entry): View {
  const found = find(view, fits)
  if (found === undefined) return view
  return { ...view, entries: view.entries.with(view.entries.indexOf(found), changed(found)) }
}

/** The newest entry of this conversation that fits: another may have given the same ids. */
export function find(view: View, fits: (entry: Entry) => boolean): Entry | undefined {
  return view.entries.findLast((entry) => entry.key >= view.first && fits(entry))
}
