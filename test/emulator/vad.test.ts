import { describe, expect, test } from 'vitest'
import {
  initialVad,
  stepVad,
  type TurnDetection,
  type VadEvent,
  vadSettings,
} from '../../src/emulator/voice-turns/vad.ts'
import { tone } from './talk.ts'

const RATE_HZ = 16_000
const semantic: TurnDetection = { type: 'semantic_vad', create_response: true, interrupt_response: true }
const server: TurnDetection = { type: 'server_vad', create_response: true, interrupt_response: true }

test('a burst of sound is one turn, with padding before and silence after', () => {
  expect(hear([silence(1_000), burst(1_000), silence(1_000)], server)).toEqual([
    { type: 'started', atMs: 700 },
    { type: 'stopped', atMs: 2_500, speechMs: 1_000 },
  ])
})

test('speech is heard from the very first frame', () => {
  expect(hear([burst(600), silence(900)], server).map(({ type }) => type)).toEqual(['started', 'stopped'])
})

test('speech of many seconds without a pause stays one turn', () => {
  expect(hear([burst(7_000), silence(900)], server)).toEqual([
    { type: 'started', atMs: 0 },
    { type: 'stopped', atMs: 7_500, speechMs: 7_000 },
  ])
})

test('a steady sound without a pause counts as noise after 8 s, and the turn ends', () => {
  const [, ended] = hear([burst(12_000)], server)
  expect(ended).toEqual({ type: 'stopped', atMs: 8_480, speechMs: 7_980 })
})

test.each([
  ['low', 1_200],
  ['medium', 800],
  ['high', 500],
  ['auto', 800],
] as const)('eagerness %s ends a turn after %i ms of silence', (eagerness, ms) => {
  expect(hear([burst(400), silence(2_000)], { ...semantic, eagerness }).at(-1)?.atMs).toBe(400 + ms)
})

test('a pause shorter than silence_duration_ms does not end a turn', () => {
  const events = hear([burst(400), silence(600), burst(400), silence(900)], { ...server, silence_duration_ms: 700 })
  expect(events.map(({ type }) => type)).toEqual(['started', 'stopped'])
})

test('prefix_padding_ms reaches back from the onset', () => {
  expect(hear([silence(1_000), burst(400)], { ...server, prefix_padding_ms: 0 })[0]?.atMs).toBe(1_000)
})

test('min_end_of_turn_silence takes precedence over eagerness', () => {
  const settings = vadSettings({ ...semantic, eagerness: 'low' }, { min_end_of_turn_silence: 200 })
  expect(settings.silenceMs).toBe(200)
})

describe('against steady noise', () => {
  test.each([40, 20, 10])('%i dB above it, each of five utterances is found, and nothing else', (snr) => {
    const level = 0.05
    const noisy = (ms: number, loud: number): Int16Array =>
      mix(tone(ms, RATE_HZ, loud), noise(ms, level / 10 ** (snr / 20)))
    const script = [noisy(2_000, 0)]
    for (let turn = 0; turn < 5; turn += 1) script.push(noisy(800, level), noisy(1_500, 0))
    expect(hear(script, server).map(({ type }) => type)).toEqual(Array(5).fill(['started', 'stopped']).flat())
  })

  test('a higher threshold ignores what a lower one hears', () => {
    const script = [noise(2_000, 0.01), mix(noise(600, 0.01), tone(600, RATE_HZ, 0.03)), noise(1_000, 0.01)]
    expect(hear(script, { ...server, threshold: 0.3 })).toHaveLength(2)
    expect(hear(script, { ...server, threshold: 1 })).toEqual([])
  })
})

test('a click is not speech', () => {
  expect(hear([silence(500), burst(20), silence(900)], server)).toEqual([])
})

function hear(sounds: readonly Int16Array[], turnDetection: TurnDetection): readonly VadEvent[] {
  const all = Int16Array.from(sounds.flatMap((each) => [...each]))
  const events: VadEvent[] = []
  let state = initialVad(0)
  for (let from = 0; from + 320 <= all.length; from += 320) {
    const [next, event] = stepVad(state, all.subarray(from, from + 320), vadSettings(turnDetection))
    state = next
    if (event !== null) events.push(event)
  }
  return events
}

function burst(ms: number): Int16Array {
  return tone(ms, RATE_HZ, 0.3)
}

function silence(ms: number): Int16Array {
  return tone(ms, RATE_HZ, 0)
}

/** The same noise every time. */
function noise(ms: number, amplitude: number): Int16Array {
  let seed = 1
  return Int16Array.from({ length: (ms * RATE_HZ) / 1_000 }, () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return 32_767 * amplitude * (seed / 0x3fffffff - 1)
  })
}

function mix(one: Int16Array, other: Int16Array): Int16Array {
  return one.map((sample, index) => sample + (other[index] ?? 0))
}
