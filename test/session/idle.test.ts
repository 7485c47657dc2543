import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { sound, words } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  drained,
  edit,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  reopening,
  type Story,
  sent,
  sentTypes,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'

const idle = { after: '15s', say: 'Are you there?', times: 2 }
const patient = agentWith({ idle, tools: [toolNamed('look')] })
// biome-ignore lint/suspicious/noThenProperty: the author's word; no promise is near.
const polite = agentWith({ idle: { ...idle, then: 'Goodbye.' } })

/** The starts and stops of the idle timer, in order. */
function clock(story: Story): readonly string[] {
  return story.effects.flatMap((effect) =>
    (effect.type === 'startTimer' || effect.type === 'stopTimer') && effect.timer === 'idle'
      ? [effect.type === 'startTimer' ? `${effect.ms}` : 'stop']
      : [],
  )
}

function prompts(story: Story): readonly string[] {
  return sent(story).flatMap((event) =>
    event.type === 'response.create' && event.response.instructions !== undefined
      ? [/"(.*)"$/.exec(event.response.instructions)?.[1] ?? '']
      : [],
  )
}

/** A prompt that is due, said and heard to its end. */
function prompted(story: Story, id: string): Story {
  return goOn(story, fired('idle'), created(id), sound(id), done(id), drained)
}

describe('a prompt whose connection is lost', () => {
  const talked = goOn(live(patient), text('hi'), created('r0'), words('Hello.', 'b', 'r0'), done('r0'))

  test.each<[string, readonly SessionEvent[]]>([
    ['before it has begun', []],
    ['before a word of it has come', [created('r1')]],
    ['in the middle of its words', [created('r1'), words('Are you')]],
    ['in the middle of its sound', [created('r1'), words('Are you'), sound('r1')]],
    ['before all of it is heard', [created('r1'), words('Are you there?'), sound('r1'), done('r1')]],
  ])('%s is dropped: the next session says nothing, and waits again', (_, events) => {
    const story = goOn(goOn(talked, fired('idle'), ...events, lost), ...reopening, updated(), fired('replay'))
    expect(sentTypes(story)).not.toContain('response.create')
    expect(clock(story)).toEqual(['15000'])
  })
})

describe('the idle clock', () => {
  test('starts when everything said was heard, not when it was generated', () => {
    const story = goOn(live(patient), text('hi'), created('r1'), sound('r1'))
    expect(clock(goOn(story, done('r1')))).toEqual([])
    expect(clock(goOn(story, done('r1'), drained))).toEqual(['15000'])
  })

  test('starts at once if nobody speaks first', () => {
    expect(clock(live(patient))).toEqual(['15000'])
  })

  test.each([
    ['the caller speaks', [started]],
    ['the caller types', [text('hi')]],
    ['the agent speaks', [created('r1')]],
  ] as const)('stops while %s', (_, events) => {
    expect(clock(goOn(live(patient), ...events))).toEqual(['stop'])
  })

  test('stops while a tool runs', () => {
    const running = goOn(live(patient), created('r1'), doneWithCalls('r1', 'look'))
    expect(running.state.lifetime.clocks.idle).toBeNull()
    expect(goOn(running, toolDone('look'), created('r2'), done('r2')).state.lifetime.clocks.idle).toBe('15s')
  })

  test('that fires after the caller began to speak asks nothing', () => {
    expect(sentTypes(goOn(live(patient), started, fired('idle')))).toEqual([])
  })

  test('restarts when its setting is edited, and stops when it is removed', () => {
    const longer = edit(2, agentWith({ ...patient, idle: { ...idle, after: '20s' } }))
    expect(clock(goOn(live(patient), longer))).toEqual(['20000'])
    const { idle: _gone, ...rest } = patient
    expect(clock(goOn(live(patient), edit(2, agentWith({ ...rest, hash: 'x' }))))).toEqual(['stop'])
  })

  test('does not run if the agent has nothing to say', () => {
    expect(clock(live())).toEqual([])
  })
})

describe('a caller who says nothing', () => {
  test('is asked in exact words, idle.times times, and then no more', () => {
    const story = prompted(prompted(live(patient), 'r1'), 'r2')
    expect(prompts(goOn(live(patient), fired('idle')))).toEqual(['Are you there?'])
    expect(story.state.lifetime.clocks.idle).toBeNull()
    expect(prompts(goOn(story, fired('idle')))).toEqual([])
  })

  test('is asked again after saying something', () => {
    const twice = prompted(prompted(live(patient), 'r1'), 'r2')
    const back = goOn(twice, text('yes'), created('r3'), done('r3'))
    expect(back.state.lifetime.clocks.idle).toBe('15s')
    expect(prompts(goOn(back, fired('idle')))).toEqual(['Are you there?'])
  })

  test('hears a goodbye if the agent has words for it, and the end waits until they are heard', () => {
    const twice = prompted(prompted(live(polite), 'r1'), 'r2')
    const leaving = goOn(twice, fired('idle'))
    expect(prompts(leaving)).toEqual(['Goodbye.'])
    const said = goOn(leaving, created('r3'), sound('r3'), done('r3'))
    expect(effectTypes(said)).not.toContain('close')
    const over = goOn(said, drained)
    expect(effectTypes(over)).toContain('close')
    expect(over.state.ending).toEqual({ reason: 'the caller did not answer', code: null, failed: false })
  })

  test('cancels the end by speaking during the goodbye', () => {
    const leaving = goOn(prompted(prompted(live(polite), 'r1'), 'r2'), fired('idle'), created('r3'), sound('r3'))
    const back = goOn(leaving, started, stopped, done('r3', { status: 'cancelled' }), drained)
    expect(effectTypes(back)).not.toContain('close')
    expect(back.effects).toContainEqual({ type: 'stopTimer', timer: 'last words' })
    expect(back.state.lifetime.pendingEnd).toBeNull()
  })

  test('is not asked after beginning to speak', () => {
    const voice = edit(2, agentWith({ ...patient, voice: 'Sarah' }))
    const waiting = goOn(live(patient), voice, fired('idle'))
    expect(waiting.state.turn.replyDue).toEqual(['idle'])
    expect(goOn(waiting, started).state.turn.replyDue).toEqual([])
  })
})
