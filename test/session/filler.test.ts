import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import type { SessionState } from '../../src/session/state.ts'
import { step } from '../../src/session/step.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { cleared } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  fired,
  live,
  lost,
  reopening,
  server,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'

const agent = agentWith({
  tools: [
    toolNamed('look', { sayAfter: { delayMs: 2_000, text: 'One moment.' } }),
    toolNamed('book', { sayAfter: { delayMs: 3_000, text: 'I am booking it.' } }),
  ],
})
const sound = server({
  type: 'response.output_audio.delta',
  response_id: 'r',
  item_id: 'i',
  content_index: 0,
  audio: new Uint8Array(4_800),
} as const)
const calmer = agentWith({ ...agent, instructions: 'Be calm.' })
const fires: SessionEvent = { type: 'timer.fired', timer: 'filler' }

const noRoom = (id: string) => {
  const error = { code: 'rate_limit_exceeded', message: 'Rate limit reached.' }
  return done(id, { status: 'failed', output: [], error })
}

/** Lives on, each event at its time in ms; gives what was asked for: `say One moment.` for a filler, `answer` for an answer, and the waits. */
function life(...events: readonly (readonly [at: number, event: SessionEvent])[]): readonly string[] {
  let { state }: { state: SessionState } = live(agent)
  const asked: string[] = []
  for (const [at, event] of events) {
    const [next, effects] = step(state, event, { now: 1_000_000 + at, chance: 0 })
    state = next
    for (const effect of effects) {
      if (effect.type === 'startTimer' && effect.timer === 'filler') asked.push(`wait ${effect.ms}`)
      if (effect.type === 'stopTimer' && effect.timer === 'filler') asked.push('wait no more')
      if (effect.type !== 'send' || effect.event.type !== 'response.create') continue
      const { response } = effect.event
      const words = /"(.*)"$/.exec(response.instructions ?? '')?.[1]
      asked.push(words === undefined ? 'answer' : `say ${words}`)
    }
  }
  return asked
}

const running = [
  [0, created('r')],
  [0, doneWithCalls('r', 'look')],
] as const

describe('a call that takes long', () => {
  test('gets its filler words once, and then its follow-up', () => {
    const said = [
      ...running,
      [2_000, fires],
      [2_100, created('f')],
      [2_900, done('f')],
      [3_000, toolDone('look')],
    ] as const
    expect(life(...said)).toEqual(['wait 2000', 'say One moment.', 'answer'])
  })

  test('gets no filler if its result is there first', () => {
    expect(life(...running, [1_999, toolDone('look')])).toEqual(['wait 2000', 'answer', 'wait no more'])
    expect(life(...running, [1_999, toolDone('look')], [2_000, fires])).not.toContain('say One moment.')
  })

  test('goes on waiting if its timer fires early', () => {
    expect(life(...running, [1_999.4, fires], [2_000, fires])).toEqual(['wait 2000', 'wait 1', 'say One moment.'])
  })

  test('has its result told after the filler if it ends while that is said', () => {
    const events = [...running, [2_000, fires], [2_100, created('f')], [2_200, toolDone('look')]] as const
    expect(life(...events)).toEqual(['wait 2000', 'say One moment.'])
    expect(life(...events, [2_900, done('f')])).toEqual(['wait 2000', 'say One moment.', 'answer'])
  })

  test('and another of the same response get one filler', () => {
    const both = [
      ...([
        [0, created('r')],
        [0, doneWithCalls('r', 'look', 'book')],
        [2_000, fires],
      ] as const),
      ...([
        [2_100, created('f')],
        [2_900, done('f')],
        [3_000, fires],
      ] as const),
    ]
    expect(life(...both).filter((asked) => asked.startsWith('say'))).toEqual(['say One moment.'])
  })

  test('gets a filler that cannot call a tool', () => {
    const [state] = running.reduce<readonly [SessionState, unknown]>(
      ([now], [, event]) => step(now, event, { now: 1_000_000, chance: 0 }),
      [live(agent).state, []],
    )
    const [, effects] = step(state, fires, { now: 1_002_000, chance: 0 })
    expect(effects).toContainEqual(
      expect.objectContaining({
        event: expect.objectContaining({ response: expect.objectContaining({ tool_choice: 'none' }) }),
      }),
    )
  })
})

describe('filler words', () => {
  test('wait until what is being said was heard', () => {
    const speaking = [
      [0, created('r')],
      [0, sound],
      [0, doneWithCalls('r', 'look')],
      [2_000, fires],
    ] as const
    expect(life(...speaking)).toEqual(['wait 2000'])
    expect(life(...speaking, [2_500, drained])).toEqual(['wait 2000', 'say One moment.'])
  })

  test('are not said over the caller, nor after they got another answer meanwhile', () => {
    const over = [...running, [1_000, started], [2_000, fires]] as const
    expect(life(...over)).toEqual(['wait 2000'])
    const answered = [...over, [2_500, stopped], [2_600, created('s')], [3_000, done('s')]] as const
    expect(life(...answered)).toEqual(['wait 2000'])
  })

  test('are said to a caller who typed on and waits for the same tool', () => {
    expect(life(...running, [1_000, text('hurry')], [2_000, fires])).toEqual(['wait 2000', 'say One moment.'])
  })

  test('do not count as the answer to a turn: the result is told after them', () => {
    const spoken = [
      ...([...running, [1_000, started], [1_100, stopped], [1_200, created('s')], [1_300, done('s')]] as const),
      ...([
        [1_400, text('and?')],
        [2_000, fires],
        [2_100, created('f')],
        [2_200, toolDone('look')],
      ] as const),
    ]
    expect(life(...spoken, [2_300, done('f')]).at(-1)).toBe('answer')
  })

  test('are dropped, and not due again, if the service is busy with its own response', () => {
    const busy = server({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        code: 'conversation_already_has_active_response',
        message: 'busy',
        param: null,
        event_id: null,
      },
    })
    const events = [...running, [2_000, fires], [2_010, busy], [2_020, created('s')], [2_500, done('s')]] as const
    expect(life(...events)).toEqual(['wait 2000', 'say One moment.'])
    expect(life(...events, [3_000, toolDone('look')]).at(-1)).toBe('answer')
  })

  test('wait while settings change, and are not said over a response that the service is about to give', () => {
    const changing = [...running, [1_000, edit(2, calmer)], [1_500, fired('quiet')], [2_000, fires]] as const
    expect(life(...changing)).toEqual(['wait 2000'])
    expect(life(...changing, [2_100, updated()])).toEqual(['wait 2000', 'say One moment.'])
    const asked = [...running, [500, text('and?')], [1_000, started], [1_900, stopped]] as const
    expect(life(...asked, [2_000, fires])).toEqual(['wait 2000'])
  })

  test('wait while the service limits the rate of responses', () => {
    const spoken = [...running, [1_000, started], [1_100, stopped], [1_200, created('s')]] as const
    const refused = [...spoken, [1_300, noRoom('s')], [2_000, fires]] as const
    expect(life(...refused)).toEqual(['wait 2000'])
    expect(life(...refused, [2_300, fired('rate limit')])).toEqual(['wait 2000', 'say One moment.'])
  })

  test('end with the connection, also if they were only waiting for silence', () => {
    expect(life(...running, [1_000, lost], [2_000, fires])).toEqual(['wait 2000'])
    const due = [
      [0, created('r')],
      [0, sound],
      [0, doneWithCalls('r', 'look')],
      [2_000, fires],
    ] as const
    const again = [lost, cleared(), ...reopening, updated(), fired('replay')].map((event) => [2_500, event] as const)
    expect(life(...due, ...again)).toEqual(['wait 2000'])
  })
})
