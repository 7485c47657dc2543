import type { AgentInfo, ChannelReport, ServerMessage } from './protocol.ts'

/** All that the page shows of a conversation. */
export interface View {
  readonly agents: readonly AgentInfo[]
  readonly agent: string | null
  readonly generation: number | null
  readonly entries: readonly Entry[]
  /** The settings as the service confirmed them. */
  readonly settings: { readonly [key: string]: unknown } | null
  readonly latencies: readonly Latency[]
  readonly isCallerSpeaking: boolean
  readonly isReady: boolean
  /** Gives each entry its key. */
  readonly count: number
}

export type Entry = { readonly key: number; readonly t: number } & (
  | {
      readonly kind: 'caller'
      readonly itemId: string
      readonly turn: number
      readonly text: string
      readonly final: boolean
      readonly typed: boolean
    }
  | AgentEntry
  | ToolEntry
  | ReloadEntry
  | { readonly kind: 'note'; readonly level: 'info' | 'warning' | 'error'; readonly text: string }
)

export interface AgentEntry {
  readonly kind: 'agent'
  readonly responseId: string
  /** The caller's turn that it answers. */
  readonly turn: number
  readonly text: string
  readonly done: boolean
  readonly interrupted: boolean
  /** The beginning of the answer that was heard before it was cut off; null where all was, or it is not known. */
  readonly heard: string | null
}

export interface ToolEntry {
  readonly kind: 'tool'
  readonly callId: string
  readonly name: string
  readonly arguments: unknown
  /** The agent does not wait for it: it tells what came of it later. */
  readonly background: boolean
  readonly status: string | null
  readonly ms: number | null
  readonly output: string | null
}

export interface ReloadEntry {
  readonly kind: 'reload'
  readonly state:
    | 'sent'
    | 'applied'
    | 'waiting'
    | 'superseded'
    | 'deferred'
    | 'refused'
    | 'rejected'
    | 'held'
    | 'unconfirmed'
  readonly offered: number | null
  readonly report: ChannelReport
}

export interface Latency {
  readonly ms: number
  readonly after: 'speech' | 'text'
  readonly parts: { readonly [part: string]: number | null }
}

/** Entries and turns that are kept on the page; the oldest go first. */
const ENTRIES_MAX = 500
const LATENCIES_MAX = 60

export const emptyView: View = {
  agents: [],
  agent: null,
  generation: null,
  entries: [],
  settings: null,
  latencies: [],
  isCallerSpeaking: false,
  isReady: false,
  count: 0,
}

/** What the page shows after one more word of the runner. */
export function show(view: View, message: ServerMessage): View {
  switch (message.type) {
    case 'welcome':
      return { ...view, agents: message.agents }
    case 'opened':
      return { ...emptyView, agents: view.agents, agent: message.agent, count: view.count }
    case 'report':
      return showReport({ ...view, generation: message.report.generation }, message.report)
    case 'notice':
      return add(view, { kind: 'note', level: message.level, text: message.message })
    case 'refused':
      return add(view, { kind: 'note', level: 'error', text: message.message })
    default:
      return view
  }
}

function showReport(view: View, report: ChannelReport): View {
  const text = typeof report.text === 'string' ? report.text : ''
  switch (report.type) {
    case 'session.ready':
      return { ...view, isReady: true }
    case 'session.settings':
      return { ...view, settings: report.session as View['settings'] }
    case 'session.closed':
      return report.reason === 'stopped'
        ? { ...view, isReady: false }
        : add(
            { ...view, isReady: false },
            { kind: 'note', level: 'error', text: `The conversation is over: ${report.reason}` },
            report,
          )
    case 'caller.speech':
      return { ...view, isCallerSpeaking: report.state === 'started' }
    case 'caller.transcript':
      return showCaller(view, report, text)
    case 'agent.transcript.delta':
      return showWords(view, report, (before) => ({ text: before.text + text }))
    case 'agent.transcript':
      return showWords(view, report, (before) => ({
        text,
        done: true,
        interrupted: before.interrupted || report.interrupted === true,
      }))
    case 'agent.heard':
      return showWords(view, report, () => ({ heard: text, done: true, interrupted: true }))
    case 'tool.started':
      return add(
        view,
        {
          kind: 'tool',
          callId: String(report.call_id),
          name: String(report.name),
          arguments: report.arguments,
          background: report.background === true,
          status: null,
          ms: null,
          output: null,
        },
        report,
      )
    case 'tool.finished':
      return change(
        view,
        (entry) => entry.kind === 'tool' && entry.callId === report.call_id,
        (entry) =>
          ({ ...entry, status: String(report.status), ms: Number(report.ms), output: String(report.output) }) as Entry,
      )
    case 'turn.latency':
      return {
        ...view,
        latencies: [...view.latencies, report as unknown as Latency].slice(-LATENCIES_MAX),
      }
    case 'warning':
    case 'error':
      return add(view, { kind: 'note', level: report.type, text: withCode(report) }, report)
    default:
      return report.type.startsWith('reload.') ? showReload(view, report) : view
  }
}

function showCaller(view: View, report: ChannelReport, text: string): View {
  const itemId = String(report.item_id)
  const words = { text, final: report.final === true, typed: report.typed === true }
  const isKnown = (entry: Entry) => entry.kind === 'caller' && entry.itemId === itemId
  if (view.entries.some(isKnown)) return change(view, isKnown, (entry) => ({ ...entry, ...words }) as Entry)
  return addTurn(view, { kind: 'caller', itemId, turn: Number(report.turn), ...words }, report)
}

/** What a caller said is known only after a while: it stands before the answer to it, wherever that has begun already. */
function addTurn(view: View, entry: Extract<NewEntry, { kind: 'caller' }>, report: ChannelReport): View {
  const added = add(view, entry, report)
  const last = added.entries.at(-1)
  const answer = view.entries.findIndex((other) => other.kind === 'agent' && other.turn >= entry.turn)
  if (answer < 0 || last === undefined) return added
  return { ...added, entries: [...view.entries.slice(0, answer), last, ...view.entries.slice(answer)] }
}

/** Words of one answer, whether they come piece by piece, whole, or as what was heard of them. */
function showWords(view: View, report: ChannelReport, changed: (before: AgentEntry) => Partial<AgentEntry>): View {
  const responseId = String(report.response_id)
  const isKnown = (entry: Entry) => entry.kind === 'agent' && entry.responseId === responseId
  const known = view.entries.findLast(isKnown)
  if (known?.kind === 'agent') return change(view, isKnown, () => ({ ...known, ...changed(known) }))
  const fresh = { kind: 'agent', responseId, turn: Number(report.turn), text: '', done: false } as const
  const begun: AgentEntry = { ...fresh, interrupted: false, heard: null }
  return add(view, { ...begun, ...changed(begun) }, report)
}

/** One card an edit: what becomes of it replaces that it waits, or was sent. */
function showReload(view: View, report: ChannelReport): View {
  const state = report.type.slice('reload.'.length) as ReloadEntry['state']
  const offered = typeof report.offered === 'number' ? report.offered : null
  const card = { kind: 'reload', state, offered, report } as const
  const waiting = view.entries.findLast(
    (entry) =>
      entry.kind === 'reload' && entry.offered === offered && (entry.state === 'waiting' || entry.state === 'sent'),
  )
  if (waiting === undefined) return add(view, card, report)
  return change(
    view,
    (entry) => entry === waiting,
    (entry) => ({ ...entry, ...card, t: report.t }),
  )
}

function withCode(report: ChannelReport): string {
  return typeof report.code === 'string' ? `${report.message} (${report.code})` : String(report.message)
}

type NewEntry = Entry extends infer One ? (One extends unknown ? Omit<One, 'key' | 't'> : never) : never

function add(view: View, entry: NewEntry, report?: ChannelReport): View {
  const added = { ...entry, key: view.count, t: report?.t ?? Date.now() } as Entry
  return { ...view, count: view.count + 1, entries: [...view.entries, added].slice(-ENTRIES_MAX) }
}

/** Changes the newest entry that fits. */
function change(view: View, fits: (entry: Entry) => boolean, changed: (entry: Entry) => Entry): View {
  const index = view.entries.findLastIndex(fits)
  return index < 0 ? view : { ...view, entries: view.entries.with(index, changed(view.entries[index] as Entry)) }
}
