import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decode } from '../../src/realtime/decode.ts'
import fc from '../helpers/seeded-fast-check.ts'

const frames = (name: string) =>
  readFileSync(new URL(`../fixtures/protocol/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')

/** Events of the protocol that a conversation does not act on. */
const UNUSED =
  /^(conversation\.created|conversation\.item\.retrieved|input_audio_buffer\.(turn_suggestion|turn_suggestion_revoked|cleared)|response\.content_part\.added|response\.(mcp_call|mcp_call_arguments)\b.*|response\.backchannel\.skipped|response\.(output_)?audio\.done|response\.function_call_arguments\.delta|output_audio_buffer\..*|mcp_list_tools\..*|rate_limits\.updated|ping)$/

/** Events of the protocol that are read as others, which say the same. */
const SAME_AS: { readonly [type: string]: string } = {
  'conversation.item.created': 'conversation.item.added',
  'response.content_part.done': 'response.output_audio_transcript.done',
}

describe('every event of the protocol is decoded, or known and ignored', () => {
  test.each(frames('server'))('%s', (frame) => {
    const { type } = JSON.parse(frame)
    const decoded = decode(frame)
    if (UNUSED.test(type)) expect(decoded).toEqual({ type: 'unknown', name: type })
    else expect(decoded.type).toBe(SAME_AS[type] ?? type)
  })
})

describe('an alias decodes to the same as the current name', () => {
  const expected: { readonly [alias: string]: unknown } = {
    'response.audio.delta': {
      type: 'response.output_audio.delta',
      response_id: 'resp_1',
      item_id: 'item_5',
      content_index: 0,
      audio: Buffer.from('AAAA', 'base64'),
    },
    'response.audio.done': { type: 'unknown', name: 'response.audio.done' },
    'response.audio_transcript.delta': {
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_1',
      item_id: 'item_5',
      delta: 'It ',
    },
    'response.audio_transcript.done': {
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: null,
      text: 'It is noon.',
    },
    'response.text.delta': { type: 'response.output_text.delta', response_id: 'resp_1', item_id: null, delta: 'N' },
    'response.text.done': { type: 'response.output_text.done', response_id: 'resp_1', item_id: null, text: 'Noon' },
    'conversation.item.input_audio_transcription.updated': {
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'item_2',
      delta: 'what time is',
    },
  }
  test.each(frames('alias'))('%s', (frame) => {
    expect(decode(frame)).toEqual(expected[JSON.parse(frame).type])
  })
  test.each(['input_audio_transcription.delta', 'input_audio_buffer.transcription.delta'])('%s', (type) => {
    expect(decodeFields({ type, item_id: 'u', delta: 'hi' })).toEqual({
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: 'u',
      delta: 'hi',
    })
  })
})

test.each([
  [
    {
      ...{ total_tokens: 9, input_tokens: 6, output_tokens: 3 },
      ...{ input_token_details: { cached_tokens: 2, audio_tokens: 4 }, output_token_details: { audio_tokens: 1 } },
    },
    {
      ...{ input_tokens: 6, output_tokens: 3, cached_tokens: 2 },
      ...{ input_audio_tokens: 4, output_audio_tokens: 1 },
    },
  ],
  [{ seconds: 2.5, input_tokens: -1, output_tokens: '3', input_token_details: null }, { seconds: 2.5 }],
  [{ total_tokens: 9 }, undefined],
  [null, undefined],
])('usage is read as far as it is known: %j', (usage, known) => {
  const event = { type: 'conversation.item.input_audio_transcription.completed', item_id: 'i', usage }
  expect(decode(JSON.stringify(event))).toEqual({ type: event.type, item_id: 'i', transcript: '', usage: known })
})

describe('an event is decoded', () => {
  test.each([
    [
      'with its sound under the key data',
      { type: 'response.output_audio.delta', data: 'AAAA', content_index: 1 },
      { audio: Buffer.from('AAAA', 'base64'), content_index: 1, response_id: null, item_id: null },
    ],
    [
      'with its sound under the key audio',
      { type: 'response.output_audio.delta', audio: 'AAAA' },
      { audio: Buffer.from('AAAA', 'base64') },
    ],
    [
      'as a finished call, without its name and its response',
      { type: 'response.function_call_arguments.done', call_id: 'c', arguments: '{"n":12345678901234567890}' },
      { call_id: 'c', name: null, arguments: '{"n":12345678901234567890}', response_id: null },
    ],
    [
      'as the end of a text, if a part of text is done',
      { type: 'response.content_part.done', response_id: 'r', item_id: 'i', part: { type: 'text', text: 'Noon.' } },
      { type: 'response.output_text.done', response_id: 'r', item_id: 'i', text: 'Noon.' },
    ],
    [
      'as unknown, if a part without words is done',
      { type: 'response.content_part.done', response_id: 'r', item_id: 'i' },
      { type: 'unknown', name: 'response.content_part.done' },
    ],
    [
      'as a finished call, with its response',
      { type: 'response.function_call_arguments.done', response_id: 'r', call_id: 'c', name: 'f', arguments: '' },
      { response_id: 'r', call_id: 'c', name: 'f', arguments: '' },
    ],
    [
      'as the item of a call',
      {
        type: 'response.output_item.done',
        response_id: 'r',
        item: { id: 'i', type: 'function_call', status: 'completed', call_id: 'c', name: 'f', arguments: '' },
      },
      {
        response_id: 'r',
        item: { id: 'i', type: 'function_call', status: 'completed', call_id: 'c', name: 'f', arguments: '' },
      },
    ],
    [
      'with the reason why a response failed',
      {
        type: 'response.done',
        response: {
          id: 'r',
          status: 'failed',
          status_details: { reason: 'server_error', error: { code: null, message: 'upstream' } },
        },
      },
      {
        response: {
          id: 'r',
          status: 'failed',
          output: [],
          reason: 'server_error',
          error: { code: null, message: 'upstream' },
        },
      },
    ],
    [
      'as the end of a cancelled response, under the name of another draft',
      { type: 'response.cancelled', response: { id: 'r' } },
      { type: 'response.done', response: { id: 'r', status: 'cancelled', output: [] } },
    ],
    [
      'as the end of a cancelled response that has only an id',
      { type: 'response.cancelled', response_id: 'r' },
      { type: 'response.done', response: { id: 'r', status: 'cancelled', output: [] } },
    ],
    [
      'as the end of a completed response that has only an id',
      { type: 'response.done', response_id: 'r', response: null, usage: null },
      { type: 'response.done', response: { id: 'r', status: 'completed', output: [] } },
    ],
    [
      'as a finished call whose arguments are an object',
      { type: 'response.function_call_arguments.done', call_id: 'c', name: 'f', arguments: { n: 'A-1042' } },
      { call_id: 'c', arguments: '{"n":"A-1042"}' },
    ],
    [
      'as the item of a call whose arguments are an object',
      {
        type: 'response.output_item.done',
        item: { id: 'i', type: 'function_call', call_id: 'c', arguments: { n: 1 } },
      },
      { item: { call_id: 'c', arguments: '{"n":1}' } },
    ],
    [
      'as a failed transcription',
      {
        type: 'conversation.item.input_audio_transcription.failed',
        item_id: 'u',
        error: { message: 'No speech found.' },
      },
      { item_id: 'u', message: 'No speech found.' },
    ],
  ])('%s', (_, fields, expected) => {
    expect(decodeFields(fields)).toMatchObject(expected)
  })
})

describe('an error is read whatever its shape', () => {
  const inner = {
    type: 'invalid_request_error',
    code: 'invalid_value',
    message: 'No.',
    param: 'session.model',
    event_id: 'c1',
  }
  test.each([
    ['wrapped', { type: 'error', event_id: 'evt_1', error: inner }, inner],
    [
      'wrapped, with nothing but words',
      { type: 'error', error: { message: 'No.' } },
      { type: 'error', code: null, message: 'No.', param: null, event_id: null },
    ],
    [
      'words where the error would stand',
      { type: 'error', error: 'No.' },
      { type: 'error', code: null, message: 'No.', param: null, event_id: null },
    ],
    [
      'words at the top, whose event_id is the service’s own',
      { type: 'error', event_id: 'evt_1', message: 'No.' },
      { type: 'error', code: null, message: 'No.', param: null, event_id: null },
    ],
    [
      'bare',
      { type: 'invalid_request_error', code: 'unknown_event_type', message: 'What?' },
      { type: 'invalid_request_error', code: 'unknown_event_type', message: 'What?', param: null, event_id: null },
    ],
    [
      'without a type',
      { errorType: 'SESSION_RESOURCES_EXHAUSTED' },
      {
        type: 'server_error',
        code: 'SESSION_RESOURCES_EXHAUSTED',
        message: 'SESSION_RESOURCES_EXHAUSTED',
        param: null,
        event_id: null,
      },
    ],
  ])('%s', (_, fields, error) => {
    expect(decodeFields(fields)).toEqual({ type: 'error', error })
  })
})

describe('junk decodes to unknown', () => {
  test.each([
    ...['', '{', 'null', '[]', '[{"type":"ping"}]', '1', '"error"', '\u0000', '{}', '{"type":7}', '{"type":null}'],
    ...[
      '{"type":"constructor"}',
      '{"type":"__proto__"}',
      '{"type":"session.updated"}',
      '{"type":"session.created","session":[]}',
    ],
    ...[
      '{"type":"response.done","response":{}}',
      '{"type":"conversation.item.added","item":{"id":1,"type":"message"}}',
    ],
    ...['{"type":"response.output_audio.delta","response_id":"r"}', '{"type":"response.output_text.delta","delta":3}'],
  ])('%s', (frame) => {
    expect(decode(frame).type).toBe('unknown')
  })

  test('and nothing makes the decoder throw', () => {
    const types = [...frames('server'), ...frames('alias')].map((frame) => JSON.parse(frame).type as string)
    const keys = ['session', 'item', 'response', 'delta', 'error', 'item_id', 'call_id', 'response_id', 'errorType']
    const fields = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json(),
          fc.tuple(fc.constantFrom(...types), fields).map(([type, rest]) => JSON.stringify({ ...rest, type })),
        ),
        (frame) => typeof decode(frame).type === 'string',
      ),
      { numRuns: 2000 },
    )
  })
})

function decodeFields(fields: object) {
  return decode(JSON.stringify(fields))
}

test('a response names the request it answers if the service returned our metadata unchanged', () => {
  const response = (metadata: unknown) =>
    decode(JSON.stringify({ type: 'response.created', response: { id: 'r', status: 'in_progress', metadata } }))
  expect(response({ request: 'main-3' })).toMatchObject({ response: { request: 'main-3' } })
  for (const other of [null, [], { request: 7 }, { attempts: [] }, 'x']) {
    expect(response(other)).not.toHaveProperty('response.request')
  }
})

test('an error has a message, whatever the service says or leaves out', () => {
  const wordless = fc.oneof(fc.constantFrom('', ' ', null, undefined), fc.jsonValue())
  const error = fc.oneof(wordless, fc.record({ message: wordless, code: wordless }, { requiredKeys: [] }))
  const type = fc.constantFrom('error', 'invalid_request_error', 'server_error', undefined)
  const frame = fc.record({ type, errorType: fc.constant('busy'), error, message: wordless })
  fc.assert(
    fc.property(frame, (fields) => {
      const decoded = decodeFields(fields)
      return decoded.type === 'error' && /\S/.test(decoded.error.message) && !/\[object/.test(decoded.error.message)
    }),
  )
  for (const message of ['', null, { a: 1 }]) {
    const failed = { id: 'r', status: 'failed', status_details: { error: { message } } }
    expect(decodeFields({ type: 'response.done', response: failed })).toMatchObject({
      response: { error: { message: 'no reason given' } },
    })
  }
})
