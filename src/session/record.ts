import { addMark } from './barge-in/heard-words.ts'
import type { AgentEntry, CallEntry, CallerEntry, RecordEntry, ResultEntry } from './record-entry.ts'
import { type SessionState, withConnection } from './state.ts'

/** Entries remembered per conversation; the oldest goes first. */
const ENTRIES_MAX = 256
/** Characters remembered per entry; fewer than are replayed to a new session in all. */
const TEXT_MAX = 8_000

/** Inserts the entry behind the last one of its turn. */
export function addEntry(state: SessionState, entry: RecordEntry): SessionState {
  const place = state.record.findLastIndex(({ turn }) => turn <= entry.turn) + 1
  const record = state.record.toSpliced(place, 0, entry).slice(-ENTRIES_MAX)
  const { connection } = state
  if (connection.toReplay === 0) return { ...state, record }
  return withConnection({ ...state, record }, { entriesSinceReplay: connection.entriesSinceReplay + 1 })
}

/** The caller's entry of an item; the newest if an id came again. */
export function callerEntry(state: SessionState, itemId: string): CallerEntry | undefined {
  return state.record.findLast((entry): entry is CallerEntry => entry.kind === 'caller' && entry.itemId === itemId)
}

/** The caller's last entry. */
export function lastCallerEntry({ record }: SessionState): CallerEntry | undefined {
  return record.findLast((entry) => entry.kind === 'caller')
}

/** Creates the caller's entry of an item unless there is one: in the place of its turn, before its words are known. */
export function openCallerEntry(state: SessionState, itemId: string, unannounced = false): SessionState {
  if (callerEntry(state, itemId) !== undefined) return state
  const turn = state.turn.turnsBegun
  const isAnsweringBefore = state.turn.responses.some((response) => !response.silenced && response.turn < turn)
  const overAgent = state.sound.playing || isAnsweringBefore
  return addEntry(state, { kind: 'caller', itemId, turn, text: '', state: 'open', unannounced, overAgent })
}

export function updateCallerEntry(
  state: SessionState,
  itemId: string,
  change: Partial<Pick<CallerEntry, 'text' | 'state'>>,
): SessionState {
  const target = callerEntry(state, itemId)
  return replaceEntry(
    state,
    target,
    target && { ...target, ...change, text: (change.text ?? target.text).slice(0, TEXT_MAX) },
  )
}

/** Stops waiting for the caller's words in turns up to this one; they still take their place when they come. */
export function stopAwaitingWords(state: SessionState, turn: number): SessionState {
  const record = state.record.map((entry) =>
    entry.kind === 'caller' && entry.state === 'open' && entry.turn <= turn
      ? { ...entry, state: 'late' as const }
      : entry,
  )
  return { ...state, record }
}

interface AgentItem {
  readonly responseId: string
  readonly itemId: string
  readonly turn: number
  readonly orphaned?: boolean
}

/** Adds words to the agent's entry of an item. Item ids may come again, so the response id counts too. */
export function addAgentWords(
  state: SessionState,
  item: AgentItem,
  words: string,
  soundMs: (bytes: number) => number,
): SessionState {
  return updateAgentEntry(state, item, (entry) => ({
    ...entry,
    // Sound that came before the first of its words says these: some services send the words after all of the sound.
    marks: addMark(entry.marks, { characters: entry.text.length, ms: entry.text === '' ? 0 : soundMs(entry.bytes) }),
    text: (entry.text + words).slice(0, TEXT_MAX),
  }))
}

export function addAgentSound(state: SessionState, item: AgentItem, bytes: number): SessionState {
  return updateAgentEntry(state, item, (entry) => ({ ...entry, bytes: entry.bytes + bytes }))
}

export function agentEntry(state: SessionState, item: AgentItem): AgentEntry | undefined {
  return state.record.findLast(
    (entry): entry is AgentEntry =>
      isOfResponse(entry, item) && entry.itemId === item.itemId && entry.turn === item.turn,
  )
}

/** Whether an entry holds what the agent says in a response. */
export function isOfResponse(
  entry: RecordEntry,
  { responseId, orphaned = false }: Omit<AgentItem, 'turn' | 'itemId'>,
): entry is AgentEntry {
  return entry.kind === 'agent' && entry.responseId === responseId && entry.orphaned === orphaned
}

export function updateAgentEntry(
  state: SessionState,
  item: AgentItem,
  change: (entry: AgentEntry) => AgentEntry,
): SessionState {
  const target = agentEntry(state, item)
  if (target !== undefined) return replaceEntry(state, target, change(target))
  return addEntry(
    state,
    change({ kind: 'agent', orphaned: false, ...item, text: '', marks: [], bytes: 0, heard: null }),
  )
}

/** Records what the model was told of a call. */
export function recordCallOutput(state: SessionState, callId: string, output: string): SessionState {
  const target = state.record.findLast((entry): entry is CallEntry => entry.kind === 'call' && entry.callId === callId)
  return replaceEntry(state, target, target && { ...target, output: truncate(output) })
}

/** Records what the model was told of a background call. */
export function addResultEntry(state: SessionState, entry: Omit<ResultEntry, 'kind'>): SessionState {
  return addEntry(state, { ...entry, kind: 'result', text: truncate(entry.text) })
}

/** Shortens a long answer, which must not push out everything else. */
function truncate(text: string): string {
  if (text.length <= TEXT_MAX) return text
  return `${text.slice(0, TEXT_MAX)}\n[cut: this is the beginning of ${text.length} characters]`
}

function replaceEntry(
  state: SessionState,
  target: RecordEntry | undefined,
  entry: RecordEntry | undefined,
): SessionState {
  if (target === undefined || entry === undefined) return state
  return { ...state, record: state.record.map((other) => (other === target ? entry : other)) }
}
