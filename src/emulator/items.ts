import type { ClientEvent, ClientItem } from './client-event.ts'
import type { History } from './history.ts'
import type { Content, Item, MessageItem } from './item.ts'
import type { Outbox } from './outbox.ts'
import { durationOf, type WireFormat } from './wire-format.ts'

/** Why a request about an item is refused. */
export interface ItemFault {
  readonly code: string | null
  readonly message: string
  readonly param: string
}

interface ItemContext {
  readonly history: History
  readonly outbox: Outbox
  readonly nextId: (prefix: string) => string
  readonly transcript: (speechMs: number) => string
  readonly inputFormat: () => WireFormat
}

type EventOf<Type extends ClientEvent['type']> = ClientEvent & { readonly type: Type }

/** Adds a client's item to the conversation and announces it. Returns the item, or why it was refused. */
export function createItem(event: EventOf<'conversation.item.create'>, context: ItemContext): Item | ItemFault {
  const { history, outbox } = context
  const previous = event.previous_item_id ?? null
  if (event.item.id !== undefined && history.find(event.item.id) !== undefined) {
    const message = `Error adding item: an item with id '${event.item.id}' already exists.`
    return { code: 'item_create_duplicate_item_id', message, param: 'item.id' }
  }
  const item = completeItem(event.item, context)
  if (!history.insert(item, previous)) {
    const message = `Error adding item: the previous item with id '${previous}' does not exist.`
    return { code: 'item_create_invalid_previous_item_id', message, param: 'previous_item_id' }
  }
  const previous_item_id = history.before(item.id)
  outbox.send({ type: 'conversation.item.added', previous_item_id, item })
  outbox.send({ type: 'conversation.item.done', previous_item_id, item })
  return item
}

/** Sends an item; returns why not, or null. */
export function retrieveItem(
  event: EventOf<'conversation.item.retrieve'>,
  { history, outbox }: ItemContext,
): ItemFault | null {
  const item = history.find(event.item_id)
  if (item === undefined) return notFound('retriev', event.item_id)
  outbox.send({ type: 'conversation.item.retrieved', item })
  return null
}

/** Deletes an item from the conversation; returns why not, or null. */
export function deleteItem(
  event: EventOf<'conversation.item.delete'>,
  { history, outbox }: ItemContext,
): ItemFault | null {
  if (!history.remove(event.item_id)) return notFound('delet', event.item_id)
  outbox.send({ type: 'conversation.item.deleted', item_id: event.item_id })
  return null
}

/** Cuts a spoken item to what was heard, and its words in proportion. */
export function truncateItem(
  event: EventOf<'conversation.item.truncate'>,
  { history, outbox }: ItemContext,
): ItemFault | null {
  const { item_id, content_index, audio_end_ms } = event
  const item = history.find(item_id)
  if (item === undefined) return notFound('truncat', item_id)
  const part = item.type === 'message' && item.role === 'assistant' ? item.content[content_index] : undefined
  if (item.type !== 'message' || part?.type !== 'output_audio') {
    const message = `Error truncating item: '${item_id}' has no audio at content_index ${content_index}.`
    return { code: 'invalid_value', message, param: 'content_index' }
  }
  const audioMs = history.audioMs(item_id)
  if (audio_end_ms > audioMs) {
    const message = `Audio content of ${audioMs}ms is already shorter than ${audio_end_ms}ms`
    return { code: 'invalid_value', message, param: 'audio_end_ms' }
  }
  history.replace(keepHeardShare(item, content_index, audioMs === 0 ? 0 : audio_end_ms / audioMs))
  history.setAudioMs(item_id, audio_end_ms)
  outbox.send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms })
  return null
}

/** Completes a client's item as it is sent: with an id, a status, and its words in place of audio. */
export function completeItem(given: ClientItem, { nextId, transcript, inputFormat, history }: ItemContext): Item {
  const base = { id: given.id ?? unusedId(), object: 'realtime.item', status: 'completed' } as const
  if (given.type !== 'message') return { ...given, ...base } as Item
  const content = given.content.map(({ type, text, audio, transcript: words }): Content => {
    if (type !== 'input_audio') return { type, ...(text === undefined ? { transcript: words ?? null } : { text }) }
    const ms = audio === undefined ? 0 : durationOf(Buffer.from(audio, 'base64'), inputFormat())
    return { type, transcript: words ?? transcript(ms) }
  })
  return { ...base, type: 'message', role: given.role, content }

  function unusedId(): string {
    let id = nextId('item')
    while (history.find(id) !== undefined) id = nextId('item')
    return id
  }
}

/** Whether the request failed. */
export function isFault(value: Item | ItemFault): value is ItemFault {
  return 'message' in value
}

function keepHeardShare(item: MessageItem, contentIndex: number, share: number): MessageItem {
  const content = item.content.map((part, index) => {
    if (index !== contentIndex || typeof part.transcript !== 'string') return part
    const words = part.transcript.match(/\s*\S+/g) ?? []
    return { ...part, transcript: words.slice(0, Math.floor(words.length * share)).join('') }
  })
  return { ...item, status: 'incomplete', content }
}

function notFound(verb: 'retriev' | 'delet' | 'truncat', id: string): ItemFault {
  const message = `Error ${verb}ing item: the item with id '${id}' does not exist.`
  return { code: `item_${verb}e_invalid_item_id`, message, param: 'item_id' }
}
