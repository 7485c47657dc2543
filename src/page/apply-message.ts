import type { AgentEntry, Entry, ReloadEntry } from './entry.ts'
import type { ChannelReport, ServerMessage } from './protocol.ts'
import { markUnsent, requeueLines, withoutLine, withState } from './typed-line.ts'
import { addEntry, emptyView, findEntry, type Latency, type NewEntry, updateEntry, type View } from './view.ts'

/** The most turns whose waits are kept; the oldest go first. */
const LATENCIES_MAX = 60

/** The view after one more message of the runner. */
export function applyMessage(view: View, message: ServerMessage): View {
  switch (message.type) {
    case 'welcome':
    case 'agents':
      return { ...view, agents: message.agents }
    case 'opened':
      return applyOpened(view, message)
    case 'report':
      return applyReport({ ...view, generation: message.report.generation }, message.report)
    case 'notice':
      return addEntry(view, { kind: 'note', level: message.level, text: message.message }, message)
    case 'taken':
      return { ...view, lines: withState(view.lines, [message.id], 'taken') }
    case 'refused':
      return addEntry(
        { ...view, lines: markUnsent(view.lines, ({ id }) => id === message.id) },
        { kind: 'note', level: 'error', text: message.message },
      )
    default:
      return view
  }
}

/** Opens a conversation. One found again is repeated from its beginning, or as far back as the runner remembers: earlier entries stay. */
function applyOpened(view: View, opened: Extract<ServerMessage, { type: 'opened' }>): View {
  const { agent, resumed, taken = [], since = 0 } = opened
  const { agents, nextKey } = view
  const firstKey = resumed ? view.firstKey : nextKey
  const entries = view.entries.filter(({ key, t }) => key < firstKey || t < since)
  return {
    ...emptyView,
    isOpen: true,
    agents,
    agent,
    nextKey,
    firstKey,
    entries,
    lines: requeueLines(view.lines, taken),
  }
}

function applyReport(view: View, report: ChannelReport): View {
  const text = typeof report.text === 'string' ? report.text : ''
  switch (report.type) {
    case 'session.ready':
      return { ...view, isReady: true }
    case 'session.settings':
      return { ...view, settings: report.session as View['settings'] }
    case 'session.closed':
      return applyClosed({ ...view, isOpen: false, isReady: false }, report)
    case 'caller.speech':
      return { ...view, isCallerSpeaking: report.state === 'started' }
    case 'caller.transcript':
      return applyCallerTranscript(view, report, text)
    case 'agent.transcript.delta':
      return applyAgentText(view, report, (before) => ({ text: before.text + text }))
    case 'agent.transcript':
      return applyAgentText(view, report, (before) => ({
        text,
        done: true,
        interrupted: before.interrupted || report.interrupted === true,
      }))
    case 'agent.heard':
      return applyAgentText(view, report, () => ({ heard: heardText(report, text), done: true, interrupted: true }))
    case 'tool.started':
      return addToolCall(view, report)
    case 'tool.finished':
      // A call that never started is reported for the first time.
      return updateEntry(
        report.arguments === undefined ? view : addToolCall(view, report),
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
      return addEntry(view, { kind: 'note', level: report.type, text: messageWithCode(report) }, report)
    default:
      return report.type.startsWith('reload.') ? applyReload(view, report) : view
  }
}

/** The heard words of the whole response: the report's own text may be that of one message out of several. */
function heardText({ response_text }: ChannelReport, text: string): string {
  return typeof response_text === 'string' ? response_text : text
}

function applyClosed(view: View, report: ChannelReport): View {
  const text = `The conversation is over: ${report.reason}`
  return report.reason === 'stopped' ? view : addEntry(view, { kind: 'note', level: 'error', text }, report)
}

function addToolCall(view: View, report: ChannelReport): View {
  const entry = {
    kind: 'tool',
    callId: String(report.call_id),
    name: String(report.name),
    arguments: report.arguments,
    background: report.background === true,
    status: null,
    ms: null,
    output: null,
  } as const
  return addEntry(view, entry, report)
}

function applyCallerTranscript(before: View, report: ChannelReport, text: string): View {
  const { typed_id } = report
  const view = typed_id === undefined ? before : { ...before, lines: withoutLine(before.lines, typed_id) }
  const itemId = String(report.item_id)
  const words = { text, final: report.final === true, typed: report.typed === true }
  const isSame = (entry: Entry) => entry.kind === 'caller' && entry.itemId === itemId
  if (findEntry(view, isSame) !== undefined)
    return updateEntry(view, isSame, (entry) => ({ ...entry, ...words }) as Entry)
  return insertTurn(view, { kind: 'caller', itemId, turn: Number(report.turn), ...words }, report)
}

/** The caller's words are known only after a while: they are inserted before the answer to them, if that has begun. */
function insertTurn(view: View, entry: Extract<NewEntry, { kind: 'caller' }>, report: ChannelReport): View {
  const added = addEntry(view, entry, report)
  const others = added.entries.slice(0, -1)
  const answer = others.findIndex(
    (other) => other.kind === 'agent' && other.key >= view.firstKey && other.turn >= entry.turn,
  )
  return answer < 0 ? added : { ...added, entries: others.toSpliced(answer, 0, ...added.entries.slice(-1)) }
}

/** Shows words of one answer, whether they come as deltas, in full, or as what was heard. */
function applyAgentText(view: View, report: ChannelReport, changes: (before: AgentEntry) => Partial<AgentEntry>): View {
  const responseId = String(report.response_id)
  const isSame = (entry: Entry) => entry.kind === 'agent' && entry.responseId === responseId
  const existing = findEntry(view, isSame)
  if (existing?.kind === 'agent') return updateEntry(view, isSame, () => ({ ...existing, ...changes(existing) }))
  const fresh = {
    kind: 'agent',
    agent: view.agent ?? 'agent',
    responseId,
    turn: Number(report.turn),
    text: '',
    done: false,
  } as const
  const begun: AgentEntry = { ...fresh, interrupted: false, heard: null }
  return addEntry(view, { ...begun, ...changes(begun) }, report)
}

/** One card per edit: its outcome replaces `waiting` or `sent`. */
function applyReload(view: View, report: ChannelReport): View {
  const state = report.type.slice('reload.'.length) as ReloadEntry['state']
  const offered = typeof report.offered === 'number' ? report.offered : null
  const card = { kind: 'reload', state, offered, report } as const
  const waiting = findEntry(
    view,
    (entry) =>
      entry.kind === 'reload' && entry.offered === offered && (entry.state === 'waiting' || entry.state === 'sent'),
  )
  if (waiting === undefined) return addEntry(view, card, report)
  return updateEntry(
    view,
    (entry) => entry === waiting,
    (entry) => ({ ...entry, ...card, t: report.t }),
  )
}

/** The message, with the code for programs. */
export function messageWithCode(report: ChannelReport): string {
  return typeof report.code === 'string' ? `${report.message} (${report.code})` : String(report.message)
}
