import type { History } from '../../src/emulator/history.ts'
import type { Item } from '../../src/emulator/item.ts'
import type { OutgoingEvent } from '../../src/emulator/outgoing-event.ts'
import type { Session } from '../../src/emulator/session.ts'
import type { Random } from '../lives/random.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What the service hears of the caller in one session: where his turns begin and end, and his words. */
export interface Listener {
  hear(audio: string): void
  /** Ends a turn by hand; false if nothing was heard. */
  commit(): boolean
  clear(): void
  close(): void
}

export interface ListenerContext {
  readonly time: VirtualTime
  readonly random: Random
  readonly nextId: (prefix: string) => string
  readonly history: History
  readonly session: () => Session
  /** Sends an event; `isUnordered` if it keeps no order with the others. */
  emit(event: OutgoingEvent, isUnordered?: boolean): void
  turnBegun(): void
  /** A turn is in the history. */
  turnCommitted(): void
  /** The end of a turn was found by its silence. */
  turnEnded(): void
}

/** Silence after which a spoken turn is over, in ms. */
const TURN_END_MS = 500
const WORDS = [
  'please look',
  'book a table',
  'what is it',
  'look and book',
  'mill the grain',
  'hm',
  'end the call',
  'set your voice to Dennis',
  '',
]

export function createListener(context: ListenerContext): Listener {
  const { time, random, nextId, history, session, emit } = context
  let turnId: string | null = null
  let isUncommitted = false
  let isOpen = true
  let stopWaiting = () => {}

  return {
    hear,
    commit() {
      if (!isUncommitted) return false
      commitTurn(nextId('item'))
      return true
    },
    clear() {
      isUncommitted = false
    },
    close() {
      isOpen = false
      stopWaiting()
    },
  }

  /** A frame that begins with anything but silence is speech. */
  function hear(audio: string): void {
    isUncommitted = true
    if (session().audio.input.turn_detection === null || audio.startsWith('AAAA')) return
    if (turnId === null) {
      turnId = nextId('item')
      emit({ type: 'input_audio_buffer.speech_started', item_id: turnId, audio_start_ms: 0 })
      context.turnBegun()
    }
    stopWaiting()
    stopWaiting = time.after(TURN_END_MS, endTurn)
  }

  function endTurn(): void {
    if (!isOpen) return
    emit({ type: 'input_audio_buffer.speech_stopped', item_id: turnId ?? '', audio_end_ms: 0 })
    commitTurn(turnId ?? nextId('item'))
    turnId = null
    context.turnEnded()
  }

  /** Adds a spoken turn to the history; its words are sent at any time after that. */
  function commitTurn(id: string): void {
    isUncommitted = false
    const words = random.pick(WORDS)
    const previous_item_id = history.lastId()
    history.insert(spoken(id, words), null)
    emit({ type: 'input_audio_buffer.committed', previous_item_id, item_id: id })
    emit({ type: 'conversation.item.added', previous_item_id, item: spoken(id, null) })
    const kind = 'conversation.item.input_audio_transcription'
    if (words !== '') emit({ type: `${kind}.delta`, item_id: id, content_index: 0, delta: words.slice(0, 4) }, true)
    emit({ type: `${kind}.completed`, item_id: id, content_index: 0, transcript: words }, true)
    context.turnCommitted()
  }
}

function spoken(id: string, transcript: string | null): Item {
  return {
    ...({ id, object: 'realtime.item', type: 'message', status: 'completed', role: 'user' } as const),
    content: [{ type: 'input_audio', transcript }],
  }
}
