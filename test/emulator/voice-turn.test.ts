import { describe, expect, test } from 'vitest'
import { encodeG711 } from '../../src/audio/g711.ts'
import { sound, startAndConnect, type TestClient, tone, type, wordsIn } from './talk.ts'

const serverVad = { type: 'server_vad', silence_duration_ms: 400, create_response: true, interrupt_response: true }

test("a spoken turn is detected, committed, transcribed and answered, in the protocol's order", async () => {
  const client = await hearing(serverVad)
  const from = client.frames.length
  speak(client)
  const done = await client.next('response.done')
  expect(client.types(from).slice(0, 8)).toEqual([
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'conversation.item.input_audio_transcription.delta',
    'conversation.item.input_audio_transcription.completed',
    'response.created',
  ])
  const turn = client.frames.slice(from).filter((frame) => frame.item_id !== undefined || frame.item !== undefined)
  const [itemId] = turn.map((frame) => frame.item_id)
  expect(turn.slice(0, 7).map((frame) => frame.item_id ?? frame.item.id)).toEqual(Array(7).fill(itemId))
  expect(wordsIn(done)).toContain('I heard you speak for 2.1 seconds, but I do not understand speech.')
})

test('without captions, the transcript states the length of the speech', async () => {
  const client = await hearing(serverVad)
  speak(client)
  const { transcript } = await client.next('conversation.item.input_audio_transcription.completed')
  expect(transcript).toBe('[speech, 2.1 s]')
})

test('a cough is reported as speech without words: it is not answered, and takes no caption', async () => {
  const client = await hearing(serverVad, { captions: ['thank you'] })
  const from = client.frames.length
  for (const audio of [sound(160, { amplitude: 0.3 }), sound(1_000)]) {
    client.send({ type: 'input_audio_buffer.append', audio })
  }
  const { transcript } = await client.next('conversation.item.input_audio_transcription.completed')
  expect(transcript).toBe('')
  expect(client.types(from)[0]).toBe('input_audio_buffer.speech_started')
  speak(client)
  await client.next('response.created')
  expect(client.types(from).filter((each) => each === 'response.created')).toHaveLength(1)
  const completed = client.frames.filter(({ type: each }) => each.endsWith('transcription.completed'))
  expect(completed.map(({ transcript: finished }) => finished)).toEqual(['', 'thank you'])
})

test('captions give the words, one line per turn, and the deltas are snapshots', async () => {
  const client = await hearing(serverVad, { captions: ['what time is it', 'thank you'] })
  speak(client)
  expect((await client.next('conversation.item.input_audio_transcription.completed')).transcript).toBe(
    'what time is it',
  )
  expect(transcriptDeltas(client)).toEqual(['what', 'what time', 'what time is', 'what time is it'])
  await client.next('response.done')
  speak(client)
  expect((await client.next('conversation.item.input_audio_transcription.completed')).transcript).toBe('thank you')
})

test('the deltas are pieces if that fault is set', async () => {
  const client = await hearing(serverVad, { captions: ['thank you'], faults: { snapshotTranscription: false } })
  speak(client)
  await client.next('conversation.item.input_audio_transcription.completed')
  expect(transcriptDeltas(client)).toEqual(['thank', ' you'])
})

test.each([
  ['audio/pcm at 8000 Hz', { type: 'audio/pcm', rate: 8_000 }, (pcm: Int16Array) => Buffer.from(pcm.buffer), 8_000],
  ['audio/pcm at 44100 Hz', { type: 'audio/pcm', rate: 44_100 }, (pcm: Int16Array) => Buffer.from(pcm.buffer), 44_100],
  ['µ-law', { type: 'audio/pcmu' }, (pcm: Int16Array) => Buffer.from(encodeG711(pcm, 'pcmu')), 8_000],
  ['A-law', { type: 'audio/pcma' }, (pcm: Int16Array) => Buffer.from(encodeG711(pcm, 'pcma')), 8_000],
] as const)('%s is heard', async (_, format, encode, rateHz) => {
  const client = await hearing(serverVad, {}, { format })
  for (const pcm of [tone(1_000, rateHz, 0.3), tone(1_000, rateHz, 0)]) {
    client.send({ type: 'input_audio_buffer.append', audio: encode(pcm).toString('base64') })
  }
  const { transcript } = await client.next('conversation.item.input_audio_transcription.completed')
  expect(transcript).toBe('[speech, 1.0 s]')
})

test('appends may be cut anywhere, even within a sample', async () => {
  const client = await hearing(serverVad)
  const bytes = Buffer.concat([
    Buffer.from(sound(2_100, { amplitude: 0.3 }), 'base64'),
    Buffer.from(sound(800), 'base64'),
  ])
  for (let from = 0; from < bytes.length; from += 3_333) {
    client.send({ type: 'input_audio_buffer.append', audio: bytes.subarray(from, from + 3_333).toString('base64') })
  }
  const { transcript } = await client.next('conversation.item.input_audio_transcription.completed')
  expect(transcript).toBe('[speech, 2.1 s]')
})

describe('barge-in', () => {
  test('speech cancels the running response, whose item stays incomplete', async () => {
    const client = await hearing(serverVad, { pace: 'realtime' })
    type(client, 'hello')
    await client.next('response.output_audio.delta')
    client.send({ type: 'input_audio_buffer.append', audio: sound(200, { amplitude: 0.3 }) })
    await client.next('input_audio_buffer.speech_started')
    const { response } = await client.next('response.done')
    expect(response).toMatchObject({ status: 'cancelled', status_details: { reason: 'turn_detected' } })
    expect(response.output.map(({ status }) => status)).toEqual(['incomplete'])
    expect(client.types()).not.toContain('response.output_item.done')
  })

  test('with interrupt_response off, the next response waits for the end of this one', async () => {
    const client = await hearing({ ...serverVad, interrupt_response: false }, { faults: { stallResponses: 1 } })
    type(client, 'hello')
    await client.next('response.created')
    speak(client)
    await client.next('conversation.item.input_audio_transcription.completed')
    const { response } = await client.ask({ type: 'response.cancel' }, 'response.done')
    expect(response.status_details?.reason).toBe('client_cancelled')
    await client.next('response.created')
  })
})

test('create_response: false commits and waits for the client', async () => {
  const client = await hearing({ ...serverVad, create_response: false })
  speak(client)
  await client.next('conversation.item.input_audio_transcription.completed')
  await client.ask({ type: 'output_audio_buffer.clear' }, 'output_audio_buffer.cleared')
  expect(client.types()).not.toContain('response.created')
})

test('with transcription off, no transcript is sent', async () => {
  const client = await hearing(serverVad, {}, { transcription: null })
  speak(client)
  await client.next('response.done')
  expect(client.types()).not.toContain('conversation.item.input_audio_transcription.completed')
})

describe('manual turns', () => {
  test('are committed by the client, which then asks for the response', async () => {
    const client = await hearing(null)
    client.send({ type: 'input_audio_buffer.append', audio: sound(1_500, { amplitude: 0.3 }) })
    await client.ask({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')
    const { transcript } = await client.next('conversation.item.input_audio_transcription.completed')
    expect(transcript).toBe('[speech, 1.5 s]')
    expect(client.types()).not.toContain('input_audio_buffer.speech_started')
    expect(client.types()).not.toContain('response.created')
  })

  test('of less than 100 ms are refused', async () => {
    const client = await hearing(null)
    client.send({ type: 'input_audio_buffer.append', audio: sound(99) })
    const { error } = await client.ask({ type: 'input_audio_buffer.commit', event_id: 'c1' }, 'error')
    expect(error).toMatchObject({ code: 'input_audio_buffer_commit_empty', event_id: 'c1' })
    client.send({ type: 'input_audio_buffer.append', audio: sound(1) })
    await client.ask({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer.committed')
  })

  test('can be cleared', async () => {
    const client = await hearing(null)
    client.send({ type: 'input_audio_buffer.append', audio: sound(1_000) })
    await client.ask({ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared')
    await client.ask({ type: 'input_audio_buffer.commit' }, 'error')
  })
})

test('the offsets of speech count the sound that came while turn detection was off, in whole ms', async () => {
  const client = await hearing(null)
  client.send({ type: 'input_audio_buffer.append', audio: sound(1_999.625) })
  const session = { audio: { input: { turn_detection: serverVad } } }
  await client.ask({ type: 'session.update', session }, 'session.updated')
  speak(client)
  expect((await client.next('input_audio_buffer.speech_started')).audio_start_ms).toBe(2_000)
  expect((await client.next('input_audio_buffer.speech_stopped')).audio_end_ms).toBe(4_800)
})

test('a turn cleared while being spoken is over, without a speech_stopped or a backchannel', async () => {
  const client = await hearing(serverVad)
  const backchannel = { enabled: true, min_speech_ms: 1_500 }
  await client.ask({ type: 'session.update', session: { providerData: { backchannel } } }, 'session.updated')
  client.send({ type: 'input_audio_buffer.append', audio: sound(1_000, { amplitude: 0.3 }) })
  await client.next('input_audio_buffer.speech_started')
  const from = client.frames.length
  await client.ask({ type: 'input_audio_buffer.clear' }, 'input_audio_buffer.cleared')
  for (let ms = 0; ms < 2_000; ms += 100) client.send({ type: 'input_audio_buffer.append', audio: sound(100) })
  await client.ask({ type: 'output_audio_buffer.clear' }, 'output_audio_buffer.cleared')
  expect(client.types(from)).toEqual(['input_audio_buffer.cleared', 'output_audio_buffer.cleared'])
})

async function hearing(
  turnDetection: object | null,
  options: Parameters<typeof startAndConnect>[0] = {},
  input: object = {},
): Promise<TestClient> {
  const client = await startAndConnect(options)
  const session = { audio: { input: { turn_detection: turnDetection, ...input } } }
  await client.ask({ type: 'session.update', session }, 'session.updated')
  return client
}

/** 2.1 s of sound and the silence that ends the turn. */
function speak(client: TestClient): void {
  client.send({ type: 'input_audio_buffer.append', audio: sound(300) })
  client.send({ type: 'input_audio_buffer.append', audio: sound(2_100, { amplitude: 0.3 }) })
  client.send({ type: 'input_audio_buffer.append', audio: sound(800) })
}

function transcriptDeltas(client: TestClient): readonly string[] {
  const name = 'conversation.item.input_audio_transcription.delta'
  return client.frames.flatMap((frame) => (frame.type === name ? [frame.delta] : []))
}

test('a caller who speaks for long gets backchannels, if enabled and as often as allowed', async () => {
  const client = await hearing(serverVad)
  const speech = (ms: number) =>
    client.send({ type: 'input_audio_buffer.append', audio: sound(ms, { amplitude: 0.3 }) })
  const finished = () => client.frames.filter(({ type: each }) => each === 'response.backchannel.audio.done')
  for (let ms = 0; ms < 3_000; ms += 100) speech(100)
  client.send({ type: 'input_audio_buffer.append', audio: sound(1_000) })
  await client.next('response.done')
  expect(finished()).toEqual([])
  const backchannel = { enabled: true, min_speech_ms: 500, min_gap_ms: 1_000, max_per_turn: 2 }
  await client.ask(
    { type: 'session.update', session: { type: 'realtime', providerData: { backchannel } } },
    'session.updated',
  )
  for (let ms = 0; ms < 5_000; ms += 100) speech(100)
  client.send({ type: 'input_audio_buffer.append', audio: sound(1_000) })
  const { delta } = await client.next('response.backchannel.audio.delta')
  expect(Buffer.from(delta, 'base64').byteLength).toBeGreaterThan(4_800)
  await client.next('response.done')
  expect(finished()).toHaveLength(2)
  for (let ms = 0; ms < 1_000; ms += 100) speech(100)
  await client.next('response.backchannel.audio.done')
  expect(finished()).toHaveLength(3)
})

test('without further settings, a backchannel comes after 0.8 s, then every 4 s, at most three times in a turn', async () => {
  const client = await hearing(serverVad)
  const session = { providerData: { backchannel: { enabled: true } } }
  await client.ask({ type: 'session.update', session }, 'session.updated')
  const say = (ms: number, amplitude = 0.3) =>
    client.send({ type: 'input_audio_buffer.append', audio: sound(ms, { amplitude }) })
  const countAfter = async (ms: number) => {
    const from = client.frames.length
    for (let left = ms; left > 0; left -= 100) say(100, left % 500 === 0 ? 0 : 0.3)
    say(1_000, 0)
    await client.next('response.done')
    return client.frames.slice(from).filter(({ type: each }) => each === 'response.backchannel.audio.done').length
  }
  const counts = [await countAfter(300), await countAfter(900), await countAfter(4_300), await countAfter(14_000)]
  expect(counts).toEqual([0, 1, 1, 3])
})

test('a caller silent for idle_timeout_ms after an answer gets another answer', async () => {
  const client = await hearing({ ...serverVad, idle_timeout_ms: 50 })
  type(client, 'hello', { output_modalities: ['text'] })
  const first = await client.next('response.done')
  const timeout = await client.next('input_audio_buffer.timeout_triggered')
  expect((await client.next('input_audio_buffer.committed')).item_id).toBe(timeout.item_id)
  expect((await client.next('response.created')).response.id).not.toBe(first.response.id)
})

test('a caller who is speaking when idle_timeout_ms ends is not interrupted by it', async () => {
  const patient = { ...serverVad, idle_timeout_ms: 300 }
  const [client, silent] = [await hearing(patient), await hearing(patient)]
  for (const each of [client, silent]) {
    type(each, 'hello', { output_modalities: ['text'] })
    await each.next('response.done')
    if (each === client) client.send({ type: 'input_audio_buffer.append', audio: sound(500, { amplitude: 0.3 }) })
  }
  await silent.next('input_audio_buffer.timeout_triggered')
  client.send({ type: 'input_audio_buffer.append', audio: sound(1_000) })
  await client.next('input_audio_buffer.speech_stopped')
  expect(client.frames.map(({ type: each }) => each)).not.toContain('input_audio_buffer.timeout_triggered')
})
