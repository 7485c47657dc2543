import { expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { decode, encode } from '../../src/audio/coding.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import {
  edit,
  fired,
  goOn,
  live,
  lost,
  reopening,
  reported,
  type Story,
  sent,
  server,
  started,
  updated,
} from './story.ts'

type Input = Agent['audio']['input']

const WIDE = { format: 'pcm', rate: 24_000 } as const
const NARROW = { format: 'pcm', rate: 8_000 } as const
const LAW = { format: 'pcmu', rate: 8_000 } as const
/** 60 ms at 8 kHz. */
const samples = Int16Array.from({ length: 480 }, (_, index) => Math.round(9_000 * Math.sin(index / 5)))

function spokenTo(input: Input): Agent {
  return agentWith({ audio: { input, output: WIDE } })
}

function heard(audio: Uint8Array): SessionEvent {
  return { type: 'caller.audio', audio }
}

/** A session that hears one format is lost while the caller speaks, and followed by one that hears the other. */
function followed(before: Agent, after: Agent, ...events: readonly SessionEvent[]): Story {
  return goOn(goOn(live(before), edit(2, after), ...events), ...reopening, updated(), fired('replay'))
}

function soundSent(story: Story): Buffer {
  const frames = sent(story).flatMap((event) => (event.type === 'input_audio_buffer.append' ? [event.audio] : []))
  return Buffer.concat(frames)
}

test.each<[string, Input, Input]>([
  ['PCM at 8 kHz is sent on as G.711', NARROW, LAW],
  ['G.711 is sent on as PCM at 8 kHz', LAW, NARROW],
])('%s, also if a sample arrived in two halves', (_, before, after) => {
  const spoken = encode(samples, before)
  const [one, other] = [spoken.subarray(0, 101), spoken.subarray(101)]
  const story = followed(spokenTo(before), spokenTo(after), started, lost, heard(one), heard(other))
  const known = encode(decode(spoken, before), after)
  expect(soundSent(story).equals(known)).toBe(true)
  expect(reported(story, 'warning').filter(({ message }) => /lost: they/.test(message))).toEqual([])
})

test('sound recorded at another rate is reported as lost, and words already transcribed are kept', () => {
  const delta = { type: 'conversation.item.input_audio_transcription.delta', item_id: 'u', delta: 'where is' } as const
  const frame = new Uint8Array(2_880)
  const story = followed(spokenTo(WIDE), spokenTo(LAW), started, heard(frame), server(delta), lost, heard(frame))
  expect(soundSent(story).byteLength).toBe(0)
  expect(reported(story, 'warning').map(({ message }) => message)).toContain(
    "120 ms of the caller's sound are lost: they were spoken at 24000 Hz, and the session that follows hears 8000 Hz",
  )
  expect(sent(story)).toContainEqual(
    expect.objectContaining({ item: expect.objectContaining({ content: [{ type: 'input_text', text: 'where is' }] }) }),
  )
})

test('sound in the same format is sent again, whatever else of the input is edited', () => {
  const frame = new Uint8Array(2_880).fill(7)
  const story = followed(
    spokenTo(WIDE),
    spokenTo({ ...WIDE, noise_reduction: 'near_field' }),
    started,
    heard(frame),
    lost,
  )
  expect(soundSent(story).equals(Buffer.from(frame))).toBe(true)
})
