import type { AgentEntry, Entry, ReloadEntry } from './entry.ts'
import type { AgentInfo, ChannelReport, ServerMessage } from './protocol.ts'

/** All that the page shows of a conversation, and what was said in those before it. */
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
  /** Key of the first entry of this conversation. */
  readonly first: number
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
  first: 0,
}

/** What the page shows after one more word of the runner. */
export function show(view: View, message: ServerMessage): View {
  switch (message.type) {
    case 'welcome':
      return { ...view, agents: message.agents }
    case 'opened':
      return open(view, message)
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

/** One that is found again is told anew from its beginning. */
function open(view: View, { agent, resumed }: Extract<ServerMessage, { type: 'opened' }>): View {
  const { agents, count } = view
  const first = resumed ? view.first : count
  return { ...emptyView, agents, agent, count, first, entries: view.entries.filter(({ key }) => key < first) }
}

/** What is left of a conversation that is not there any more: what was said and done, and how long it took. Nothing of it goes on, or is confirmed. */
export function leave(view: View): View {
  const { agents, agent, count, latencies } = view
  return { ...emptyView, agents, agent, count, first: count, latencies, entries: view.entries.map(ended) }
}

/** Whether the caller ends his turns himself. */
export function isManual({ settings }: View): boolean {
  const { input } = (settings?.audio ?? {}) as { readonly input?: { readonly turn_detection?: unknown } }
  return input !== undefined && (input.turn_detection ?? null) === null
}

/** Leaves all that was said behind, too. */
export function forget({ agents, count }: View): View {
  return { ...emptyView, agents, count, first: count }
}

function ended(entry: Entry): Entry {
  if (entry.kind === 'agent') return { ...entry, done: true }
  if (entry.kind === 'caller') return { ...entry, final: true }
  return entry.kind === 'tool' && entry.status === null ? { ...entry, status: 'lost' } : entry
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
  if (find(view, isKnown) !== undefined) return change(view, isKnown, (entry) => ({ ...entry, ...words }) as Entry)
  return addTurn(view, { kind: 'caller', itemId, turn: Number(report.turn), ...words }, report)
}

/** What a caller said is known only after a while: it stands before the answer to it, wherever that has begun already. */
function addTurn(view: View, entry: Extract<NewEntry, { kind: 'caller' }>, report: ChannelReport): View {
  const added = add(view, entry, report)
  const last = added.entries.at(-1)
  const answer = view.entries.findIndex(
    (other) => other.kind === 'agent' && other.key >= view.first && other.turn >= entry.turn,
  )
  if (answer < 0 || last === undefined) return added
  return { ...added, entries: [...view.entries.slice(0, answer), last, ...view.entries.slice(answer)] }
}

/** Words of one answer, whether they come piece by piece, whole, or as what was heard of them. */
function showWords(view: View, report: ChannelReport, changed: (before: AgentEntry) => Partial<AgentEntry>): View {
  const responseId = String(report.response_id)
  const isKnown = (entry: Entry) => entry.kind === 'agent' && entry.responseId === responseId
  const known = find(view, isKnown)
  if (known?.kind === 'agent') return change(view, isKnown, () => ({ ...known, ...changed(known) }))
  const fresh = {
    kind: 'agent',
    agent: view.agent ?? 'agent',
    responseId,
    turn: Number(report.turn),
    text: '',
    done: false,
  } as const
  const begun: AgentEntry = { ...fresh, interrupted: false, heard: null }
  return add(view, { ...begun, ...changed(begun) }, report)
}

/** One card an edit: what becomes of it replaces that it waits, or was sent. */
function showReload(view: View, report: ChannelReport): View {
  const state = report.type.slice('reload.'.length) as ReloadEntry['state']
  const offered = typeof report.offered === 'number' ? report.offered : null
  const card = { kind: 'reload', state, offered, report } as const
  const waiting = find(
    view,
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

/** What was told, and the code that programs know it by. */
export function withCode(report: ChannelReport): string {
  return typeof report.code === 'string' ? `${report.message} (${report.code})` : String(report.message)
}

type NewEntry = Entry extends infer One ? (One extends unknown ? Omit<One, 'key' | 't'> : never) : never

function add(view: View, entry: NewEntry, report?: ChannelReport): View {
  const added = { ...entry, key: view.count, t: report?.t ?? Date.now() } as Entry
  return { ...view, count: view.count + 1, entries: [...view.entries, added].slice(-ENTRIES_MAX) }
}

/** Changes the newest entry that fits. */
function change(view: View, fits: (entry: Entry) => boolean, changed: (entry: Entry) => Entry): View {
  const found = find(view, fits)
  if (found === undefined) return view
  return { ...view, entries: view.entries.with(view.entries.indexOf(found), changed(found)) }
}

/** The newest entry of this conversation that fits: another may have given the same ids. */
function find(view: View, fits: (entry: Entry) => boolean): Entry | undefined {
  return view.entries.findLast((entry) => entry.key >= view.first && fits(entry))
}
