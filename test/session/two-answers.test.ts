import { describe, expect, test } from 'vitest'
import { agentWith } from '../helpers/agents.ts'
import { BYTES, cleared, sound, transcribed, words } from './speech.ts'
import {
  committed,
  created,
  done,
  drained,
  goOn,
  live,
  lost,
  reported,
  type Story,
  sent,
  started,
  stopped,
} from './story.ts'

/** The item of each piece of sound that is handed to playback. */
function played(story: Story): readonly string[] {
  return story.effects.flatMap((effect) => (effect.type === 'play' ? [effect.itemId] : []))
}

describe('of two simultaneous responses', () => {
  const both = goOn(
    live(),
    created('r1'),
    sound('r1'),
    created('r2'),
    words('Noon.', 'r2-item', 'r2'),
    sound('r2'),
    sound('r1'),
    sound('r2'),
  )

  test('the second is heard once the first has ended', () => {
    expect(played(both)).toEqual(['r1-item', 'r1-item'])
    expect(played(goOn(both, done('r1'), sound('r2')))).toEqual(['r2-item', 'r2-item', 'r2-item'])
  })

  test('the second is heard after the first even if it ended before it', () => {
    const story = goOn(both, done('r2'), sound('r1'), done('r1'))
    expect(played(story)).toEqual(['r1-item', 'r2-item', 'r2-item'])
    expect(story.state.turn.replyDue).toEqual([])
  })

  test('the second is heard at once if the service cancels the first', () => {
    expect(played(goOn(both, done('r1', { status: 'cancelled' })))).toEqual(['r2-item', 'r2-item'])
  })

  test('neither is heard when the caller interrupts, and what was not heard is reported', () => {
    const story = goOn(both, done('r2'), started, cleared(['r1-item', 40]), done('r1', { status: 'cancelled' }))
    expect(played(story)).toEqual([])
    expect(reported(story, 'agent.heard')).toMatchObject([
      { item_id: 'r2-item', text: '', ms: 0 },
      { item_id: 'r1-item', ms: 40 },
    ])
    expect(sent(story).map(({ type }) => type)).toContain('conversation.item.delete')
  })

  test('the second is not heard if it is cancelled itself', () => {
    const story = goOn(both, done('r2', { status: 'cancelled' }), done('r1'))
    expect(played(story)).toEqual([])
    expect(story.state.sound.waiting).toEqual([])
  })

  test('the waiting one is dropped if it is too long, with a warning', () => {
    const long = Math.ceil(2_880_000 / BYTES) * BYTES
    const story = goOn(both, sound('r2', long), sound('r2'), done('r1'))
    expect(played(story)).toEqual([])
    expect(reported(story, 'warning')).toHaveLength(1)
    expect(sent(story)).toMatchObject([
      { type: 'response.cancel', response_id: 'r2' },
      { type: 'conversation.item.delete' },
    ])
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'cancel', ms: 2_000 })
  })

  test('the caller’s words cut off the one that answers an earlier turn', () => {
    const byWords = agentWith({
      turn_detection: { type: 'semantic_vad', create_response: true, interrupt_response: false },
      interruption: { min_words: 1, ignore: [], min_speech: '0ms', resume_after: '2s' },
    })
    const spoken = goOn(
      live(byWords),
      created('r1'),
      sound('r1'),
      started,
      stopped,
      committed,
      created('r2'),
      sound('r2'),
    )
    const story = goOn(spoken, transcribed('and the weather?'), sound('r1'), sound('r2'))
    expect(sent(story)).toMatchObject([{ type: 'response.cancel', response_id: 'r1' }])
    expect(played(story)).toEqual(['r2-item', 'r2-item'])
  })

  test('none waits any more when the session is lost, and unheard words are reported', () => {
    const story = goOn(both, done('r2'), lost)
    expect(story.state.sound.waiting).toEqual([])
    expect(reported(story, 'agent.heard')).toMatchObject([{ item_id: 'r2-item', text: '' }])
  })

  test('none waits if the second begins after the first has ended', () => {
    const story = goOn(live(), created('r1'), sound('r1'), done('r1'), created('r2'), sound('r2'), drained)
    expect(played(story)).toEqual(['r1-item', 'r2-item'])
  })
})
