import { describe, expect, test } from 'vitest'
import { connect, startAndConnect, type TestClient, type, wordsIn } from './talk.ts'

const lookup = {
  type: 'function',
  name: 'lookup_order',
  description: 'Look up one order by its number.',
  parameters: {
    type: 'object',
    properties: { order_id: { type: 'string', pattern: '^[A-Z]-\\d{4}$' } },
    required: ['order_id'],
  },
}

test("a text turn has the protocol's events in order", async () => {
  const client = await configured({ output_modalities: ['text'], instructions: 'You are Nora.' })
  const from = client.frames.length
  type(client, 'hello')
  const done = await client.next('response.done')
  expect(client.types(from)).toEqual([
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
  ])
  expect(wordsIn(done)).toContain('My instructions (3 words) begin: "You are Nora."')
  expect(deltas(client, 'response.output_text.delta')).toBe(wordsIn(done))
  expect(done.response).toMatchObject({
    status: 'completed',
    usage: { output_tokens: wordsIn(done).split(' ').length },
  })
})

test('with audio, words and sound arrive together, without a text stream', async () => {
  const client = await configured({})
  const from = client.frames.length
  type(client, 'hello')
  const done = await client.next('response.done')
  expect(client.types(from)).toEqual([
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_audio_transcript.delta',
    'response.output_audio.delta',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
  ])
  expect(deltas(client, 'response.output_audio_transcript.delta')).toBe(wordsIn(done))
  expect(audioBytes(client)).toBeGreaterThan(24_000 * 2)
})

test.each([
  [{ type: 'audio/pcm', rate: 8_000 }, 1_600],
  [{ type: 'audio/pcm', rate: 48_000 }, 9_600],
  [{ type: 'audio/pcmu' }, 800],
  [{ type: 'audio/pcma' }, 800],
  [{ type: 'audio/float32', rate: 24_000 }, 9_600],
])('one delta of %j holds 100 ms', async (format, bytes) => {
  const client = await configured({ audio: { output: { format } } })
  type(client, 'hello')
  const { delta } = await client.next('response.output_audio.delta')
  expect(Buffer.from(delta, 'base64')).toHaveLength(bytes)
})

test('a higher speed makes speech shorter', async () => {
  const spoken = async (speed: number): Promise<number> => {
    const client = await configured({ audio: { output: { speed } } })
    type(client, 'hello')
    await client.next('response.done')
    return audioBytes(client)
  }
  expect(await spoken(1.5)).toBeLessThan((await spoken(1)) * 0.75)
})

test('an order to say exact words is followed', async () => {
  const client = await configured({ instructions: 'You are Nora.' })
  const instructions =
    'You are Nora.\n\nSay exactly these words to the caller now, and nothing else: "Hi, this is Nora. How can I help?"'
  client.send({ type: 'response.create', response: { instructions } })
  expect(wordsIn(await client.next('response.done'))).toBe('Hi, this is Nora. How can I help?')
})

test('max_output_tokens cuts an answer, which is then incomplete', async () => {
  const client = await configured({})
  type(client, 'hello', { max_output_tokens: 5 })
  const done = await client.next('response.done')
  expect(wordsIn(done)).toBe('This is a rehearsal without')
  expect(done.response).toMatchObject({ status: 'incomplete', status_details: { reason: 'max_output_tokens' } })
})

describe('a function call', () => {
  test('is announced, completed, and followed up on request', async () => {
    const client = await configured({ tools: [lookup], providerData: { auto_tool_response: false } })
    const from = client.frames.length
    type(client, 'where is order A-1042?')
    const done = await client.next('response.done')
    expect(client.types(from).slice(2)).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
    ])
    const [call] = done.response.output
    expect(call).toMatchObject({ type: 'function_call', name: 'lookup_order', arguments: '{"order_id":"A-1042"}' })
    await client.ask(outcome(call?.call_id, '{"status":"shipped"}'), 'conversation.item.done')
    client.send({ type: 'response.create' })
    expect(wordsIn(await client.next('response.done'))).toBe('Here is what lookup_order found: status: shipped.')
  })

  test('is followed up automatically once every outcome of the response is there', async () => {
    const client = await configured({ tools: [lookup] })
    type(client, 'where are A-1042 and B-2043?')
    const { response } = await client.next('response.done')
    const [first, second] = response.output.map(({ call_id }) => call_id)
    client.send(outcome(second, 'packed'))
    client.send(outcome(first, 'shipped'))
    expect(wordsIn(await client.next('response.done'))).toBe('lookup_order says: packed. lookup_order says: shipped.')
    expect(client.frames.filter((frame) => frame.type === 'response.created')).toHaveLength(2)
  })

  test('arrives without its name if that fault is set', async () => {
    const client = await configured({ tools: [lookup] }, { faults: { namelessCalls: true } })
    type(client, 'where is order A-1042?')
    expect(await client.next('response.function_call_arguments.done')).not.toHaveProperty('name')
  })
})

describe('one response at a time', () => {
  test('a second one is refused while the first is active', async () => {
    const client = await configured({}, { faults: { stallResponses: 1 } })
    client.send({ type: 'response.create' })
    await client.next('response.created')
    const { error } = await client.ask({ type: 'response.create', event_id: 'c2' }, 'error')
    expect(error).toMatchObject({ code: 'conversation_already_has_active_response', event_id: 'c2' })
  })

  test('an out-of-band one may run, and leaves no item in the conversation', async () => {
    const client = await configured({}, { faults: { stallResponses: 1 } })
    client.send({ type: 'response.create' })
    await client.next('response.created')
    const response = {
      conversation: 'none',
      output_modalities: ['text'],
      instructions: 'Sum up.',
      metadata: { for: 'me' },
    }
    const from = client.frames.length
    const done = await client.ask({ type: 'response.create', response }, 'response.done')
    expect(done.response).toMatchObject({ conversation_id: null, metadata: { for: 'me' }, status: 'completed' })
    expect(client.types(from)).not.toContain('conversation.item.added')
  })

  test('at most 16 run out of band', async () => {
    const client = await configured({}, { faults: { stallResponses: 17 } })
    const beside = { type: 'response.create', event_id: 'c3', response: { conversation: 'none' } }
    for (let count = 0; count < 16; count += 1) await client.ask(beside, 'response.created')
    const { error } = await client.ask(beside, 'error')
    expect(error).toMatchObject({
      code: 'rate_limit_exceeded',
      message: '16 responses run beside the conversation already.',
      event_id: 'c3',
    })
  })

  test('a cancel ends it, leaves its item incomplete, and nothing follows', async () => {
    const client = await configured({}, { pace: 'realtime' })
    type(client, 'hello')
    await client.next('response.output_audio.delta')
    const { response } = await client.ask({ type: 'response.cancel' }, 'response.done')
    expect(response).toMatchObject({ status: 'cancelled', status_details: { reason: 'client_cancelled' } })
    expect(response.output[0]?.status).toBe('incomplete')
    const from = client.frames.length
    await client.ask(
      { type: 'conversation.item.retrieve', item_id: String(response.output[0]?.id) },
      'conversation.item.retrieved',
    )
    expect(client.types(from)).toEqual(['conversation.item.retrieved'])
    expect(client.types()).not.toContain('response.output_item.done')
  })

  test('a cancel is refused if none is active', async () => {
    const client = await configured({})
    const { error } = await client.ask({ type: 'response.cancel', event_id: 'c3' }, 'error')
    expect(error).toMatchObject({ code: 'response_cancel_not_active', event_id: 'c3' })
  })

  test('one fails without an error event if that fault is set', async () => {
    const client = await configured({}, { faults: { failResponses: 1 } })
    client.send({ type: 'response.create' })
    expect((await client.next('response.done')).response).toMatchObject({ status: 'failed' })
    client.send({ type: 'response.create' })
    expect((await client.next('response.done')).response).toMatchObject({ status: 'completed' })
  })

  test('an unrequested session.updated follows it if that fault is set', async () => {
    const client = await configured({}, { faults: { unaskedUpdated: true } })
    client.send({ type: 'response.create' })
    await client.next('response.done')
    await client.next('session.updated')
  })
})

describe('items', () => {
  test('keep the id and position that the client gives', async () => {
    const client = await configured({})
    await add(client, 'one')
    await add(client, 'two')
    expect((await add(client, 'middle', 'one')).previous_item_id).toBe('one')
    expect((await add(client, 'front', 'root')).previous_item_id).toBeNull()
    expect((await add(client, 'last')).previous_item_id).toBe('two')
  })

  test.each([
    [{ type: 'conversation.item.retrieve', item_id: 'nobody' }, 'item_retrieve_invalid_item_id'],
    [{ type: 'conversation.item.delete', item_id: 'nobody' }, 'item_delete_invalid_item_id'],
    [
      { type: 'conversation.item.truncate', item_id: 'nobody', content_index: 0, audio_end_ms: 0 },
      'item_truncate_invalid_item_id',
    ],
    [{ type: 'conversation.item.truncate', item_id: 'one', content_index: 0, audio_end_ms: 0 }, 'invalid_value'],
    [message('two', 'nobody'), 'item_create_invalid_previous_item_id'],
    [message('one'), 'item_create_duplicate_item_id'],
  ])('%j is refused', async (event, code) => {
    const client = await configured({})
    await add(client, 'one')
    expect((await client.ask({ ...event, event_id: 'c4' }, 'error')).error).toMatchObject({ code, event_id: 'c4' })
  })

  test('can be deleted', async () => {
    const client = await configured({})
    await add(client, 'one')
    await client.ask({ type: 'conversation.item.delete', item_id: 'one' }, 'conversation.item.deleted')
    await client.ask({ type: 'conversation.item.retrieve', item_id: 'one' }, 'error')
  })

  test('a truncated answer keeps the words heard, and only its sound up to its end can be truncated', async () => {
    const client = await configured({})
    type(client, 'hello')
    const done = await client.next('response.done')
    const item_id = String(done.response.output[0]?.id)
    const truncate = { type: 'conversation.item.truncate', item_id, content_index: 0 }
    const audioMs = Math.floor(audioBytes(client) / 48)
    const { error } = await client.ask({ ...truncate, audio_end_ms: audioMs + 1 }, 'error')
    expect(error.message).toBe(`Audio content of ${audioMs}ms is already shorter than ${audioMs + 1}ms`)
    const halfMs = Math.floor(audioMs / 2)
    await client.ask({ ...truncate, audio_end_ms: halfMs }, 'conversation.item.truncated')
    const again = await client.ask({ ...truncate, audio_end_ms: audioMs }, 'error')
    expect(again.error.message).toBe(`Audio content of ${halfMs}ms is already shorter than ${audioMs}ms`)
    const part = await client.ask({ ...truncate, content_index: 1, audio_end_ms: 0 }, 'error')
    expect(part.error).toMatchObject({ code: 'invalid_value', param: 'content_index' })
    const { item } = await client.ask({ type: 'conversation.item.retrieve', item_id }, 'conversation.item.retrieved')
    const heard = String(item.content?.[0]?.transcript)
    expect(wordsIn(done).startsWith(heard)).toBe(true)
    expect(heard.length).toBeLessThan(wordsIn(done).length * 0.6)
  })
})

test('what is said while a response runs comes after all of its items', async () => {
  const clock = { type: 'function', name: 'get_time', parameters: { type: 'object' } }
  const client = await configured({ tools: [clock] }, { pace: 'realtime' })
  const call = { type: 'function_call', call_id: 'c1', name: 'get_time', arguments: '{}' }
  await client.ask({ type: 'conversation.item.create', item: call }, 'conversation.item.done')
  client.send(outcome('c1', 'noon'))
  type(client, 'get time')
  const spoken = await client.next('response.output_audio.delta')
  await add(client, 'late')
  const done = await client.next('conversation.item.done', ({ item }) => item.type === 'function_call')
  expect(done.previous_item_id).toBe(spoken.item_id)
})

test('connections are independent of each other', async () => {
  const client = await configured({ instructions: 'You are Nora.' })
  const other = await connect(client.emulator)
  type(other, 'hello')
  expect(wordsIn(await other.next('response.done'))).toContain('My instructions are empty.')
})

test('an unknown event and invalid JSON are refused, and the session continues', async () => {
  const client = await configured({})
  expect((await client.ask({ type: 'session.updat' }, 'error')).error.code).toBe('unknown_event_type')
  client.send([])
  expect((await client.next('error')).error.code).toBe('invalid_json')
  await client.ask({ type: 'output_audio_buffer.clear' }, 'output_audio_buffer.cleared')
})

async function configured(session: object, options: Parameters<typeof startAndConnect>[0] = {}): Promise<TestClient> {
  const client = await startAndConnect(options)
  await client.ask({ type: 'session.update', session }, 'session.updated')
  return client
}

function message(id: string, previous?: string): object {
  const item = { id, type: 'message', role: 'user', content: [{ type: 'input_text', text: id }] }
  return { type: 'conversation.item.create', item, ...(previous === undefined ? {} : { previous_item_id: previous }) }
}

function add(client: TestClient, id: string, previous?: string) {
  return client.ask(message(id, previous), 'conversation.item.done')
}

function outcome(callId: string | undefined, output: string): object {
  return { type: 'conversation.item.create', item: { type: 'function_call_output', call_id: callId, output } }
}

function deltas(client: TestClient, name: string): string {
  return client.frames.flatMap((frame) => (frame.type === name ? [frame.delta] : [])).join('')
}

function audioBytes(client: TestClient): number {
  const sounds = client.frames.filter((frame) => frame.type === 'response.output_audio.delta')
  return sounds.reduce((sum, { delta }) => sum + Buffer.from(delta, 'base64').length, 0)
}
