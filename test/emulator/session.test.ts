import { describe, expect, test } from 'vitest'
import { connect, type ServerFrame, startAndConnect, type TestClient } from './talk.ts'

test('a session begins with the service’s defaults', async () => {
  const client = await startAndConnect()
  expect(client.frames[0]?.session).toMatchObject({
    model: 'google-ai-studio/gemini-2.5-flash',
    instructions: '',
    output_modalities: ['audio', 'text'],
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: { model: 'inworld/inworld-stt-1' },
        turn_detection: { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true },
      },
      output: { format: { type: 'audio/pcm', rate: 24_000 }, model: 'inworld-tts-2', voice: 'Dennis', speed: 1 },
    },
    tools: [],
    tool_choice: 'auto',
  })
})

test('a session with a maximum age ends then, whatever was said in it, and says why', async () => {
  const client = await startAndConnect({ expiresAfterS: 1 })
  const { session } = await update(client, { type: 'realtime', instructions: 'Be brief.' })
  expect(session.expires_at).toBe(client.frames[0]?.session.expires_at)
  expect((await client.next('error')).error).toMatchObject({ code: 'session_expired', event_id: null })
  expect(await client.closed()).toBe(1001)
})

test('an update changes what it names and leaves the rest', async () => {
  const client = await startAndConnect()
  const audio = { output: { voice: 'Clive' }, input: { transcription: { language: 'en' } } }
  const { session } = await update(client, { type: 'realtime', instructions: 'Be brief.', audio })
  expect(session).toMatchObject({
    instructions: 'Be brief.',
    model: 'google-ai-studio/gemini-2.5-flash',
    audio: {
      input: { transcription: { model: 'inworld/inworld-stt-1', language: 'en' } },
      output: { voice: 'Clive', speed: 1 },
    },
  })
})

test('turn detection, formats and the tool choice are replaced, not merged', async () => {
  const client = await startAndConnect()
  await update(client, { tool_choice: { type: 'function', name: 'look_up' } })
  await update(client, { audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 900 } } } })
  const input = { turn_detection: { type: 'semantic_vad', eagerness: 'low' }, format: 'g711_ulaw' }
  const tool_choice = { type: 'mcp', server_label: 'wiki' }
  const { session } = await update(client, { audio: { input }, tool_choice })
  expect(session.tool_choice).toEqual(tool_choice)
  expect(session.audio.input).toMatchObject({ format: { type: 'audio/pcmu' } })
  expect(session.audio.input.turn_detection).toEqual({
    type: 'semantic_vad',
    eagerness: 'low',
    create_response: true,
    interrupt_response: true,
  })
})

test('null clears where the protocol allows it', async () => {
  const client = await startAndConnect()
  const { session } = await update(client, { audio: { input: { turn_detection: null, transcription: null } } })
  expect(session.audio.input).toMatchObject({ turn_detection: null, transcription: null })
})

test('a branch of providerData keeps its siblings', async () => {
  const client = await startAndConnect()
  await update(client, { providerData: { stt: { voice_profile: true }, tts: { language: 'en' } } })
  const { session } = await update(client, { providerData: { stt: { vad_threshold: 0.4 } } })
  expect(session.providerData).toEqual({ stt: { voice_profile: true, vad_threshold: 0.4 }, tts: { language: 'en' } })
})

describe('a refused update changes nothing', () => {
  test.each([
    ['session.audio.input.transcription.model', { audio: { input: { transcription: { model: 'acme/none' } } } }],
    ['session.audio.output.model', { audio: { output: { model: 'tts-9' } } }],
    ['session.audio.output.voice', { audio: { output: { voice: 'sarah' } } }],
    ['session.model', { model: 'gpt-4o' }],
    ['session.audio.output.speed', { audio: { output: { speed: 2 } } }],
  ])('%s', async (param, wrong) => {
    const client = await startAndConnect()
    const session = { ...wrong, instructions: 'Speak French.' }
    const { error } = await client.ask({ type: 'session.update', event_id: 'c8', session }, 'error')
    expect(error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_value', param, event_id: 'c8' })
    expect((await update(client, {})).session.instructions).toBe('')
  })
})

test('a custom voice is accepted', async () => {
  const client = await startAndConnect()
  expect((await update(client, { audio: { output: { voice: 'shop__nora' } } })).session.audio.output.voice).toBe(
    'shop__nora',
  )
})

test('locked settings can be chosen in the first update only, and repeated', async () => {
  const client = await startAndConnect()
  const locked = { providerData: { tts: { conversational: true } } }
  await update(client, locked)
  await update(client, locked)
  const session = { providerData: { tts: { conversational: false } } }
  const { error } = await client.ask({ type: 'session.update', session }, 'error')
  expect(error.param).toBe('session.providerData.tts.conversational')
})

test('unknown keys are dropped, not echoed, and logged', async () => {
  const logged: unknown[] = []
  const client = await startAndConnect({ log: (message, fields) => logged.push([message, fields]) })
  const { session } = await update(client, { voice: 'Clive', provider_data: { stt: {} } })
  expect(session).not.toHaveProperty('voice')
  expect(logged).toContainEqual([
    'unknown keys dropped',
    { type: 'session.update', keys: expect.arrayContaining(['session.voice', 'session.provider_data']) },
  ])
})

test('a foreign client may name any model and voice', async () => {
  const client = await startAndConnect({ acceptAnyModel: true })
  const audio = { output: { voice: 'marin' }, input: { transcription: { model: 'gpt-4o-mini-transcribe' } } }
  expect((await update(client, { model: 'gpt-realtime', audio })).session.model).toBe('gpt-realtime')
})

describe('with simulated faults', () => {
  test('an update gets no answer', async () => {
    const client = await startAndConnect({ faults: { ignoreUpdates: 1 } })
    client.send({ type: 'session.update', session: { instructions: 'lost' } })
    expect((await update(client, {})).session.instructions).toBe('')
  })

  test('an update is refused with the given message', async () => {
    const client = await startAndConnect({
      faults: { refuseUpdates: { times: 1, message: 'Tool calling is restricted.' } },
    })
    const { error } = await client.ask({ type: 'session.update', event_id: 'c1', session: {} }, 'error')
    expect(error).toMatchObject({ message: 'Tool calling is restricted.', code: null, event_id: 'c1' })
    await update(client, {})
  })

  test('updates that set one param are refused', async () => {
    const client = await startAndConnect({ faults: { refuseParam: 'session.audio.output.speed' } })
    const session = { instructions: 'x', audio: { output: { speed: 1.2 } } }
    const { error } = await client.ask({ type: 'session.update', session }, 'error')
    expect(error.param).toBe('session.audio.output.speed')
    expect((await update(client, { temperature: 1 })).session.instructions).toBe('')
  })

  test('errors name neither request nor param', async () => {
    const client = await startAndConnect({ faults: { bareErrors: true } })
    const { error } = await client.ask({ type: 'response.cancel', event_id: 'c1' }, 'error')
    expect(error).toMatchObject({ code: 'response_cancel_not_active', param: null, event_id: null })
  })

  test('the connection is cut after the given number of events', async () => {
    const client = await startAndConnect({
      faults: { closeAfter: { events: 1, type: 'session.updated', code: 1011, times: 1 } },
    })
    client.send({ type: 'session.update', session: {} })
    expect(await client.closed()).toBe(1011)
    await update(await connect(client.emulator), {})
  })

  test('the connection is closed on command, with or without a closing handshake', async () => {
    const client = await startAndConnect()
    const other = await connect(client.emulator)
    client.emulator.connections[0]?.close(1006)
    expect(await client.closed()).toBe(1006)
    client.emulator.connections[0]?.close(4000, 'enough')
    expect(await other.closed()).toBe(4000)
  })

  test('an event is sent to the client on command', async () => {
    const client = await startAndConnect()
    client.emulator.connections[0]?.sendEvent({ type: 'ping', timestamp: 1 })
    await client.next('ping')
  })
})

function update(client: TestClient, session: object): Promise<ServerFrame> {
  return client.ask({ type: 'session.update', session }, 'session.updated')
}
