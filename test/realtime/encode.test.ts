import { expect, test } from 'vitest'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import { encode } from '../../src/realtime/encode.ts'

test.each<ClientEvent>([
  { type: 'input_audio_buffer.commit', event_id: 'main-2' },
  { type: 'response.cancel', event_id: 'a"b', response_id: 'r\n1' },
  { type: 'response.cancel', event_id: 'Grüße, 你好 😀', response_id: 'r1' },
])('%j is read back as it was', (event) => {
  expect(JSON.parse(encode(event).toString())).toEqual(event)
})

test('half of a character goes out as a sign that one is missing: not every reader of JSON takes it', () => {
  const event = { type: 'response.cancel', event_id: '😀'.slice(0, 1), response_id: '\udc00 and more' } as const
  expect(encode(event).toString()).toBe(
    '{"type":"response.cancel","event_id":"\ufffd","response_id":"\ufffd and more"}',
  )
})

test.each(['', 'AAECAwQFBgcICQ+/8w=='])('sound goes out in base64: %j', (audio) => {
  const sound = Buffer.from(audio, 'base64')
  const event = JSON.parse(encode({ type: 'input_audio_buffer.append', audio: sound }).toString())
  expect(event).toEqual({ type: 'input_audio_buffer.append', audio })
})
