import { expect, test } from 'vitest'
import { ClientEvent as isClientEvent } from '../../src/generated/realtime-client-events.js'
import type { ClientEvent, ClientItem } from '../../src/realtime/client-event.ts'
import { encode } from '../../src/realtime/encode.ts'

test.each<ClientEvent>([
  { type: 'input_audio_buffer.commit', event_id: 'main-2' },
  { type: 'response.cancel', event_id: 'a"b', response_id: 'r\n1' },
  { type: 'response.cancel', event_id: 'Grüße, 你好 😀', response_id: 'r1' },
])('%j is read back as it was', (event) => {
  expect(JSON.parse(encode(event).toString())).toEqual(event)
})

test('an unpaired surrogate is sent as a replacement character, since not every JSON reader accepts it', () => {
  const event = { type: 'response.cancel', event_id: '😀'.slice(0, 1), response_id: '\udc00 and more' } as const
  expect(encode(event).toString()).toBe(
    '{"type":"response.cancel","event_id":"\ufffd","response_id":"\ufffd and more"}',
  )
})

test.each(['', 'AAECAwQFBgcICQ+/8w=='])('sound is sent as base64: %j', (audio) => {
  const sound = Buffer.from(audio, 'base64')
  const event = JSON.parse(encode({ type: 'input_audio_buffer.append', audio: sound }).toString())
  expect(event).toEqual({ type: 'input_audio_buffer.append', audio })
})

const event_id = 'main-2'
const message = { id: 'main-1-1', type: 'message' } as const
const items: readonly ClientItem[] = [
  { ...message, role: 'user', content: [{ type: 'input_text', text: 'Grüße' }] },
  { ...message, role: 'system', content: [{ type: 'input_text', text: 'He holds.' }] },
  { ...message, role: 'assistant', content: [{ type: 'output_text', text: '' }] },
  { id: 'main-1-2', type: 'function_call', call_id: 'c1', name: 'look', arguments: '' },
  { type: 'function_call_output', call_id: 'c1', output: '{"found":true}' },
  { id: 'main-1-3', type: 'function_call_output', call_id: 'c1', output: '' },
]
const metadata = { request: event_id }
/** One of each shape that is sent; the settings of an update are checked where they are compiled. */
const shapes: { readonly [Type in ClientEvent['type']]: readonly Extract<ClientEvent, { type: Type }>[] } = {
  'session.update': [
    {
      type: 'session.update',
      event_id,
      session: { type: 'realtime', providerData: { memory: { state: { facts: [] } } } },
    },
  ],
  'input_audio_buffer.append': [{ type: 'input_audio_buffer.append', audio: Uint8Array.of(1, 2) }],
  'input_audio_buffer.commit': [{ type: 'input_audio_buffer.commit', event_id }],
  'input_audio_buffer.clear': [{ type: 'input_audio_buffer.clear', event_id }],
  'conversation.item.create': items.map((item) => ({ type: 'conversation.item.create', event_id, item })),
  'conversation.item.truncate': [
    { type: 'conversation.item.truncate', event_id, item_id: 'i', content_index: 0, audio_end_ms: 1 },
  ],
  'conversation.item.delete': [{ type: 'conversation.item.delete', event_id, item_id: 'i' }],
  'response.create': [
    { type: 'response.create', event_id, response: { metadata } },
    { type: 'response.create', event_id, response: { metadata, instructions: 'Say "Hi".', tool_choice: 'none' } },
  ],
  'response.cancel': [
    { type: 'response.cancel', event_id },
    { type: 'response.cancel', event_id, response_id: 'r1' },
  ],
}

test.each(Object.values(shapes).flat())('the protocol’s schema allows %j', (event) => {
  expect([isClientEvent(JSON.parse(encode(event).toString())), isClientEvent.errors]).toEqual([true, null])
})
