import { describe, expect, test } from 'vitest'
import type { Moment, SessionEvent } from '../../src/session/event.ts'
import type { Report } from '../../src/session/report.ts'
import { step } from '../../src/session/step.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { committed, created, done, doneWithCalls, live, server, started, stopped, text, toolDone } from './story.ts'

/** The latencies reported for these events, each at its time in ms since the session went live. */
function waits(events: readonly (readonly [at: number, event: SessionEvent])[], agent = agentWith()) {
  let { state } = live(agent)
  const found: Report[] = []
  for (const [at, event] of events) {
    const moment: Moment = { now: 1_000_000 + at, chance: 0 }
    const [next, effects] = step(state, event, moment)
    state = next
    for (const effect of effects) if (effect.type === 'report') found.push(effect.report)
  }
  return found.flatMap((report) => (report.type === 'turn.latency' ? [report] : []))
}

/** 100 ms of PCM16 at 24 kHz: a square wave of this amplitude, after so much silence. */
function tone(amplitude: number, silentMs = 0): Uint8Array {
  const samples = Int16Array.from({ length: 2_400 }, (_, index) =>
    index < silentMs * 24 ? 0 : index % 20 < 10 ? amplitude : -amplitude,
  )
  return new Uint8Array(samples.buffer)
}

const says = (amplitude: number): SessionEvent => ({ type: 'caller.audio', audio: tone(amplitude) })
const played = (itemId: string): SessionEvent => ({ type: 'playback.started', itemId })

function sound(response: string, audio = tone(8_000)): SessionEvent {
  return server({
    type: 'response.output_audio.delta',
    response_id: response,
    item_id: `item_${response}`,
    content_index: 0,
    audio,
  })
}

const spoken = [
  [0, says(9_000)],
  [50, started],
  [100, says(6_000)],
  [200, says(60)],
  [300, says(60)],
  [700, stopped],
  [720, committed],
] as const

describe('the reported latency', () => {
  test('runs from the caller’s last loud sound to the first sound that is played, in parts', () => {
    const [wait] = waits([...spoken, [900, created('r')], [1_150, sound('r')], [1_200, played('item_r')]])
    expect(wait).toMatchObject({
      after: 'speech',
      ms: 1_100,
      parts: { detection: 600, commit: 20, response: 180, tools: 0, generation: 250, playback: 50 },
    })
  })

  test.each([started, stopped])('ignores the service’s speech events if the caller ends turns by hand: %j', (event) => {
    const manual = agentWith({ turn_detection: { type: 'manual' } })
    const turn = [
      [0, { type: 'caller.pressed' }],
      [50, says(9_000)],
      [300, { type: 'caller.committed' }],
    ] as const
    const answer = [
      [320, committed],
      [900, created('r')],
      [1_150, sound('r')],
      [1_200, played('item_r')],
    ] as const
    expect(waits([...turn, [600, event], ...answer], manual)).toMatchObject([{ after: 'speech', ms: 1_150 }])
  })

  test('includes the silence at the beginning of a response', () => {
    const events = [...spoken, [900, created('r')], [1_000, sound('r', tone(0))], [1_010, played('item_r')]] as const
    expect(waits(events)).toEqual([])
    expect(waits([...events, [1_020, sound('r', tone(8_000, 40))]])).toMatchObject([{ ms: 1_010 + 140 - 100 }])
  })

  test('counts tools as a part of their own', () => {
    const agent = agentWith({ tools: [toolNamed('look')] })
    const events = [
      ...spoken,
      [900, created('r1')],
      [1_000, doneWithCalls('r1', 'look')],
      [1_400, toolDone('look')],
      [1_500, created('r2')],
      [1_600, sound('r2')],
      [1_600, played('item_r2')],
    ] as const
    expect(waits(events, agent)).toMatchObject([{ ms: 1_500, parts: { response: 280, tools: 500, generation: 100 } }])
  })

  test('counts neither the wait for the response after the last tool as tools, nor parallel tools twice', () => {
    const agent = agentWith({ tools: [toolNamed('look'), toolNamed('seek')] })
    const events = [
      [0, text('hi')],
      [100, created('r1')],
      [200, doneWithCalls('r1', 'look', 'seek')],
      [300, toolDone('look')],
      [400, toolDone('seek')],
      [3_400, created('r2')],
      [3_500, sound('r2')],
      [3_500, played('item_r2')],
    ] as const
    expect(waits(events, agent)).toMatchObject([{ ms: 3_500, parts: { response: 3_100, tools: 300, generation: 100 } }])
  })

  test('of a typed turn begins with the return key', () => {
    const events = [
      [0, text('hi')],
      [80, created('r')],
      [200, sound('r')],
      [210, played('item_r')],
    ] as const
    expect(waits(events)).toMatchObject([
      { after: 'text', ms: 210, parts: { detection: null, commit: null, response: 80, generation: 120, playback: 10 } },
    ])
  })

  test('of a turn before the end of the greeting ends with its answer, not with the greeting', () => {
    const agent = agentWith({ greeting: 'Hello.', greeting_interruptible: false })
    const greeting = [
      [0, text('hi')],
      [50, created('g')],
      [100, sound('g')],
      [110, played('item_g')],
      [400, done('g')],
      [500, { type: 'playback.drained' }],
    ] as const
    expect(waits(greeting, agent)).toEqual([])
    const answer = [
      [600, created('r')],
      [700, sound('r')],
      [710, played('item_r')],
    ] as const
    expect(waits([...greeting, ...answer], agent)).toMatchObject([{ ms: 710, parts: { response: 600, tools: 0 } }])
  })

  test('is reported once a turn, however much is said', () => {
    const answer = [
      [900, created('r')],
      [1_000, sound('r')],
      [1_010, played('item_r')],
    ] as const
    expect(waits([...spoken, ...answer, [1_100, sound('r')], [1_500, played('item_r')]])).toHaveLength(1)
  })

  test('of a turn that continues with more speech is not reported', () => {
    expect(
      waits([...spoken, [900, created('r')], [950, started], [1_000, sound('r')], [1_010, played('item_r')]]),
    ).toEqual([])
  })

  test('of a response without sound ends with its first word', () => {
    const agent = agentWith({ output_modalities: ['text'] })
    const word = server({ type: 'response.output_text.delta', response_id: 'r', item_id: 'i', delta: 'Hi' })
    expect(
      waits(
        [
          [0, text('hi')],
          [80, created('r')],
          [200, word],
          [300, done('r')],
        ],
        agent,
      ),
    ).toMatchObject([{ ms: 200 }])
  })

  test('is not reported for a greeting, which nobody waited for', () => {
    expect(
      waits([
        [0, created('r')],
        [10, sound('r')],
        [20, played('item_r')],
      ]),
    ).toEqual([])
  })
})
