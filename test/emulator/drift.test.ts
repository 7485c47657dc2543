import { expect, test } from 'vitest'
import { applyDrift } from '../../src/emulator/faults/drift.ts'
import type { Faults } from '../../src/emulator/faults.ts'
import { sound, startAndConnect, type TestClient, type } from './talk.ts'

const where = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0 }
const KIND = 'conversation.item.input_audio_transcription'

test.each([
  [
    'betaNames',
    { type: 'response.output_audio_transcript.delta', ...where, delta: 'Hi' },
    [{ type: 'response.audio_transcript.delta', ...where, delta: 'Hi' }],
  ],
  [
    'createdTwice',
    { type: 'conversation.item.added', item: {} },
    [
      { type: 'conversation.item.added', item: {} },
      { type: 'conversation.item.created', item: {} },
    ],
  ],
  [
    'doubleText',
    { type: 'response.output_audio_transcript.done', ...where, transcript: 'Hi.' },
    [
      { type: 'response.output_audio_transcript.done', ...where, transcript: 'Hi.' },
      { type: 'response.output_text.done', ...where, text: 'Hi.' },
    ],
  ],
  [
    'emptyAudio',
    { type: 'response.output_audio.done', ...where },
    [
      { type: 'response.output_audio.delta', ...where, delta: '' },
      { type: 'response.output_audio.done', ...where },
    ],
  ],
  [
    'namelessCalls',
    { type: 'response.function_call_arguments.done', ...where, call_id: 'c', name: 'f', arguments: '{}' },
    [{ type: 'response.function_call_arguments.done', call_id: 'c', arguments: '{}' }],
  ],
  [
    'revisedTranscripts',
    { type: `${KIND}.completed`, item_id: 'i', transcript: 'what time' },
    [
      { type: `${KIND}.completed`, item_id: 'i', transcript: 'what' },
      { type: `${KIND}.completed`, item_id: 'i', transcript: 'what time' },
    ],
  ],
])('%s changes the event that it is about, and no other', (name, event, expected) => {
  expect(applyDrift(event, { [name]: true })).toEqual(expected)
  expect(applyDrift(event, {})).toEqual([event])
  const other = { type: 'response.created', response: {} }
  expect(applyDrift(other, { [name]: true })).toEqual([other])
})

const tool = { type: 'function', name: 'look_up', parameters: { type: 'object' } }
const serverVad = { type: 'server_vad', silence_duration_ms: 400 }

async function configured(faults: Faults, session: object): Promise<TestClient> {
  const client = await startAndConnect({ faults, captions: ['what time is it'], pace: 'realtime' })
  await client.ask({ type: 'session.update', session: { type: 'realtime', ...session } }, 'session.updated')
  return client
}

function speak(client: TestClient): void {
  for (const audio of [sound(1_000, { amplitude: 0.3 }), sound(1_000)])
    client.send({ type: 'input_audio_buffer.append', audio })
}

test('late deltas: a cancelled answer continues for a moment, with words and sound', async () => {
  const client = await configured({ lateDeltas: true }, {})
  type(client, 'tell me about yourself')
  await client.next('response.output_audio.delta')
  const { response } = await client.ask({ type: 'response.cancel' }, 'response.done')
  for (const event of ['response.output_audio_transcript.delta', 'response.output_audio.delta'])
    expect((await client.next(event)).response_id).toBe(response.id)
})

test("own follow-ups: a tool's outcome is answered, whatever auto_tool_response says", async () => {
  const client = await configured(
    { ownFollowUps: true },
    { tools: [tool], providerData: { auto_tool_response: false } },
  )
  type(client, 'look up', { tool_choice: 'required' })
  const { response } = await client.next('response.done')
  const output = { type: 'function_call_output', call_id: response.output[0]?.call_id, output: 'found' }
  client.send({ type: 'conversation.item.create', item: output })
  expect((await client.next('response.created')).response.id).not.toBe(response.id)
})

test('late speech: the words come first, and the interruption only after them', async () => {
  const client = await configured({ lateSpeech: true }, { audio: { input: { turn_detection: serverVad } } })
  type(client, 'tell me about yourself')
  await client.next('response.output_audio.delta')
  const from = client.frames.length
  speak(client)
  await client.next(`${KIND}.completed`)
  const types = client.frames.slice(from).map((frame) => frame.type)
  const expectedOrder = [
    `${KIND}.delta`,
    'input_audio_buffer.speech_started',
    'response.done',
    'input_audio_buffer.speech_stopped',
  ]
  const positions = expectedOrder.map((each) => types.indexOf(each))
  expect(positions).not.toContain(-1)
  expect(positions).toEqual(positions.toSorted((one, other) => one - other))
})

test('late speech is reported without words if transcription is off', async () => {
  const input = { turn_detection: serverVad, transcription: null }
  const client = await configured({ lateSpeech: true }, { audio: { input } })
  speak(client)
  await client.next('response.done')
  expect(client.frames.filter(({ type: each }) => each.startsWith(KIND))).toEqual([])
})

test('manual speech: speech is reported but commits nothing if the client ends turns', async () => {
  const client = await configured({ manualSpeech: true }, { audio: { input: { turn_detection: null } } })
  const from = client.frames.length
  speak(client)
  const { item_id } = await client.next('input_audio_buffer.speech_stopped')
  expect((await client.ask({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')).item_id).toBe(
    item_id,
  )
  expect(client.types(from).slice(0, 3)).toEqual([
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
  ])
})

test("turn suggestions: a turn's end is suggested, revoked, and suggested again", async () => {
  const client = await configured({ turnSuggestions: true }, { audio: { input: { turn_detection: serverVad } } })
  speak(client)
  await client.next('input_audio_buffer.turn_suggestion_revoked')
  await client.next('input_audio_buffer.turn_suggestion', (frame) => Reflect.get(frame, 'utterance_index') === 1)
  await client.next('input_audio_buffer.speech_stopped')
})

test('late transcripts: the answer begins before the words it answers are sent', async () => {
  const client = await configured({ lateTranscriptsMs: 50 }, { audio: { input: { turn_detection: serverVad } } })
  speak(client)
  await client.next('response.created')
  await client.next(`${KIND}.completed`)
})

test('ping: a ping is sent repeatedly', async () => {
  const client = await configured({ pingEveryMs: 20 }, {})
  const [one, other] = [await client.next('ping'), await client.next('ping')]
  expect(Reflect.get(other, 'timestamp')).toBeGreaterThan(Reflect.get(one, 'timestamp'))
})
