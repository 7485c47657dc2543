import {
  OpenAIRealtimeWebSocket,
  RealtimeAgent,
  type RealtimeItem,
  RealtimeSession,
  tool,
} from '@openai/agents-realtime'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import { ServerEvent } from '../../src/generated/realtime-server-events.js'
import { tone } from './talk.ts'

test('an independent client can hold a text turn', async () => {
  const { session, answer } = await open()
  const answered = answer()
  session.sendMessage('hello')
  await answered
  expect(words(session.history)).toEqual(['hello', expect.stringContaining('This is a rehearsal without a model')])
})

test('an independent client can hold an audio turn and hears the answer', async () => {
  const { session, answer } = await open({ captions: ['what can you do'] })
  let heardBytes = 0
  session.on('audio', ({ data }) => {
    heardBytes += data.byteLength
  })
  const answered = answer()
  session.sendAudio(tone(1_000, 24_000, 0.3).buffer as ArrayBuffer)
  session.sendAudio(tone(1_000, 24_000, 0).buffer as ArrayBuffer)
  await answered
  expect(words(session.history)).toEqual(['what can you do', expect.stringContaining('You said: "what can you do".')])
  expect(heardBytes).toBeGreaterThan(48_000)
})

test("an independent client's tool is called", async () => {
  const { session, answer } = await open()
  const answered = answer((said) => said.startsWith('Here is what'))
  session.sendMessage('where is order A-1042?')
  await answered
  expect(words(session.history)).toEqual([
    'where is order A-1042?',
    'Here is what lookup_order found: order: A-1042, status: shipped.',
  ])
})

/** A session of the client, without errors, whose every event fits the schema. */
async function open(options: EmulatorOptions = {}) {
  const wrong: unknown[] = []
  const emulator = await startEmulator({
    voice: 'hum',
    acceptAnyModel: true,
    onFrame: (direction, frame) => {
      if (direction === 'out' && !ServerEvent(JSON.parse(frame))) wrong.push(frame)
    },
    ...options,
  })
  const lookup = tool({
    name: 'lookup_order',
    description: 'Look up one order by its number.',
    parameters: z.object({ order_id: z.string() }),
    execute: async ({ order_id }) => JSON.stringify({ order: order_id, status: 'shipped' }),
  })
  const agent = new RealtimeAgent({ name: 'Nora', instructions: 'You are Nora.', tools: [lookup] })
  const transport = new OpenAIRealtimeWebSocket({ url: emulator.url, useInsecureApiKey: true })
  // This client asks for the follow-up of a tool itself.
  const config = { providerData: { providerData: { auto_tool_response: false } } }
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime', config, tracingDisabled: true })
  session.on('error', (error) => wrong.push(error))
  onTestFinished(async () => {
    session.close()
    await emulator.close()
    expect(wrong).toEqual([])
  })
  await session.connect({ apiKey: 'sk-rehearsal' })
  return { session, answer: (fits: (said: string) => boolean = () => true) => nextAnswer(session, fits) }
}

/** Resolves when a spoken answer that fits is complete, and the client has written it down. */
function nextAnswer(session: RealtimeSession, fits: (said: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    session.on('history_updated', (history) => {
      const last = history.at(-1)
      const isAnswer = last?.type === 'message' && last.role === 'assistant' && last.status === 'completed'
      if (isAnswer && fits(words([last])[0] ?? '')) resolve()
    })
  })
}

function words(history: readonly RealtimeItem[]): readonly string[] {
  return history.flatMap((item) =>
    item.type === 'message'
      ? [
          item.content
            .map((part) => ('text' in part ? part.text : 'transcript' in part ? part.transcript : ''))
            .join(' '),
        ]
      : [],
  )
}
