import { durationMs } from '../../audio/format.ts'
import { partWords } from '../../realtime/part-words.ts'
import type { Item, Response } from '../../realtime/server-event.ts'
import { addAgentWords, isOfResponse } from '../record.ts'
import { findResponse, noteContent, withActiveResponse } from '../response.ts'
import { type SessionState, withTurn } from '../state.ts'
import { forEach, type Step, sequence, withoutEffects } from '../stepping.ts'
import type { ActiveResponse, ResponseWords } from '../turn-state.ts'
import { outputFormat } from './playback.ts'

interface WordsSource {
  readonly response_id: string | null
  readonly item_id: string | null
  readonly source: 'transcript' | 'text'
}

/** Takes words of the agent. Text and transcript say the same if both come: the first to come is followed. */
export function receiveText(state: SessionState, event: WordsSource & { readonly delta: string }): Step {
  return withActiveResponse(state, event.response_id, (now, response) => {
    if ((response.textSource ?? event.source) !== event.source || event.delta === '') return withoutEffects(now)
    const agentItem = { responseId: response.id, itemId: event.item_id ?? response.id, turn: response.turn }
    const format = outputFormat(now)
    const begins = !hasWords(now, response, event.item_id)
    return sequence(
      now,
      (later) => noteContent(later, response, event.source),
      (later) => withoutEffects(addAgentWords(later, agentItem, event.delta, (bytes) => durationMs(bytes, format))),
      (later) =>
        withoutEffects(
          withWords(later, response, (words) => ({ ...words, text: joinWords(words.text, event.delta, begins) })),
        ),
    )
  })
}

/** Joins words. A response may hold several messages: a space goes between two. */
export function joinWords(before: string, delta: string, begins: boolean): string {
  const runsOn = begins && /\S$/.test(before) && /^\S/.test(delta)
  return runsOn ? `${before} ${delta}` : before + delta
}

/** Takes words given only at their end: some servers stream no pieces. */
export function receiveWholeText(state: SessionState, event: WordsSource & { readonly text: string | null }): Step {
  const response = findResponse(state, event.response_id)
  if (event.text === null || hasWords(state, response, event.item_id)) return withoutEffects(state)
  return receiveText(state, { ...event, delta: event.text })
}

/** Takes words given only with the end of the response, if none came before. */
export function receiveOutputText(state: SessionState, { id, status, output }: Response): Step {
  const response = findResponse(state, id)
  if (response === undefined || response.textSource !== null || status === 'cancelled') return withoutEffects(state)
  return forEach(output, (now, item) => receiveItemText(now, id, item))(state)
}

function receiveItemText(state: SessionState, response_id: string, { id: item_id, type, content = [] }: Item): Step {
  const parts = type === 'message' ? content.flatMap((part) => partWords(part) ?? []) : []
  return forEach(parts, (now, { source, text: delta }) => receiveText(now, { response_id, item_id, source, delta }))(
    state,
  )
}

/** Marks the words of a response as complete or cut off: they are reported once those before them are. */
export function endWords(state: SessionState, response: ActiveResponse, end: 'whole' | 'cut'): SessionState {
  return openWords(state, response) !== undefined ? withWords(state, response, (words) => ({ ...words, end })) : state
}

function hasWords(state: SessionState, response: ActiveResponse | undefined, itemId: string | null): boolean {
  if (response === undefined) return false
  return state.record.some(
    (entry) =>
      isOfResponse(entry, { responseId: response.id }) &&
      (itemId === null || entry.itemId === itemId) &&
      entry.text !== '',
  )
}

function withWords(
  state: SessionState,
  { id, turn }: ActiveResponse,
  change: (words: ResponseWords) => ResponseWords,
): SessionState {
  const before = openWords(state, { id })
  const words = change(before ?? { responseId: id, turn, text: '', reportedCharacters: 0, end: null })
  const others = state.turn.words
  const next = before === undefined ? [...others, words] : others.map((other) => (other === before ? words : other))
  return withTurn(state, { words: next })
}

/** The words of a response that is not over; the words of an earlier one of the same id may still wait. */
function openWords({ turn }: SessionState, { id }: Pick<ActiveResponse, 'id'>): ResponseWords | undefined {
  return turn.words.find(({ responseId, end }) => responseId === id && end === null)
}
