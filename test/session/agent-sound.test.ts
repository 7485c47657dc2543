import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { BYTES, cleared, piece } from './speech.ts'
import {
  created,
  done,
  drained,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  opened,
  reported,
  type Story,
  sent,
  server,
  sessionCreated,
  started,
  text,
  updated,
} from './story.ts'

/** What is ordered, apart from reports. */
function orders(story: Story): readonly string[] {
  return effectTypes(story).filter((type) => type !== 'report')
}

describe('the agent’s sound', () => {
  test('is played and reported as it arrives', () => {
    const story = goOn(live(), created('r1'), piece('a', 6))
    expect(story.effects).toContainEqual({ type: 'play', itemId: 'a', audio: new Uint8Array(6) })
    expect(reported(story, 'agent.audio')).toMatchObject([{ item_id: 'a', audio: 'AAAAAAAA' }])
  })

  test('is ignored if it is empty', () => {
    expect(effectTypes(goOn(goOn(live(), created('r1')), piece('a', 0)))).toEqual([])
  })

  test('is played in whole samples wherever the service splits it: half a sample would turn the rest into noise', () => {
    const cut = (...bytes: readonly number[]) => {
      const audio = Uint8Array.from(bytes)
      return server({ type: 'response.output_audio.delta', response_id: 'r1', item_id: 'a', content_index: 0, audio })
    }
    const other = piece('b', 3)
    const story = goOn(goOn(live(), created('r1')), cut(1, 2, 3), other, cut(4), cut(5), cut(6, 7), drained)
    const played = story.effects.flatMap((effect) => (effect.type === 'play' ? [[...effect.audio]] : []))
    expect(played).toEqual([
      [1, 2],
      [0, 0],
      [3, 4],
      [5, 6],
    ])
    expect(reported(story, 'agent.audio')).toHaveLength(4)
    const coded = agentWith({
      audio: { input: { format: 'pcmu', rate: 8000 }, output: { format: 'pcmu', rate: 8000 } },
    })
    expect(goOn(goOn(live(coded), created('r1')), cut(1, 2, 3)).effects).toContainEqual({
      type: 'play',
      itemId: 'a',
      audio: Uint8Array.of(1, 2, 3),
    })
  })

  test('is neither heard nor waited for if it is only half a sample', () => {
    const story = goOn(live(), created('r1'), piece('a', 1))
    expect(effectTypes(story)).not.toContain('play')
    expect(story.state.sound.playing).toBe(false)
  })

  test('belongs to its response if it names no item', () => {
    const nameless = {
      type: 'response.output_audio.delta',
      response_id: null,
      item_id: null,
      content_index: 0,
    } as const
    const story = goOn(live(), created('r1'), server({ ...nameless, audio: new Uint8Array(6) }))
    expect(story.effects).toContainEqual({ type: 'play', itemId: 'r1', audio: new Uint8Array(6) })
  })

  test('stops at once when the caller begins to speak, and what still arrives of it is dropped', () => {
    const story = goOn(goOn(live(), created('r1'), piece('a')), started, piece('a'), started)
    expect(orders(story)).toEqual(['clearPlayback', 'startTimer', 'startTimer'])
  })

  test('is not cleared when nothing plays', () => {
    expect(orders(goOn(live(), started))).toEqual(['startTimer'])
    expect(effectTypes(goOn(goOn(live(), created('r1'), piece('a'), done('r1'), drained), text('hi')))).not.toContain(
      'clearPlayback',
    )
  })

  test('is cleared while it still plays after the end of its response', () => {
    expect(effectTypes(goOn(goOn(live(), created('r1'), piece('a'), done('r1')), text('hi')))[0]).toBe('clearPlayback')
  })

  test('stops when the connection is lost, and the next session is told nothing of it', () => {
    const gone = goOn(goOn(live(), created('r1'), piece('a')), lost)
    expect(effectTypes(gone)).toContain('clearPlayback')
    expect(sent(goOn(gone, cleared(['a', 50])))).toEqual([])
  })
})

describe('what was heard of an interrupted response', () => {
  const truncated = (item_id: string, audio_end_ms: number, content_index = 0) => ({
    type: 'conversation.item.truncate',
    item_id,
    content_index,
    audio_end_ms,
  })
  const deleted = (item_id: string) => ({ type: 'conversation.item.delete', item_id })
  const cases: readonly [string, readonly SessionEvent[], SessionEvent, readonly object[]][] = [
    ['a part is truncated', [piece('a')], cleared(['a', 40]), [truncated('a', 40)]],
    ['a part of a ms is rounded down', [piece('a')], cleared(['a', 40.9]), [truncated('a', 40)]],
    ['less than a ms is nothing', [piece('a')], cleared(['a', 0.9]), [deleted('a')]],
    ['nothing heard: the item is deleted', [piece('a')], cleared(['a', 0]), [deleted('a')]],
    ['playback reports nothing of it: the item is deleted', [piece('a')], cleared(), [deleted('a')]],
    ['one ms short of the whole is truncated', [piece('a')], cleared(['a', 99]), [truncated('a', 99)]],
    ['the whole is left', [piece('a')], cleared(['a', 100]), []],
    ['more than was received is the whole', [piece('a')], cleared(['a', 5_000]), []],
    ['less than nothing is nothing', [piece('a')], cleared(['a', -3]), [deleted('a')]],
    ['a position that is no number sends nothing', [piece('a')], cleared(['a', Number.NaN]), []],
    ['each item has its own clock', [piece('a'), piece('b')], cleared(['a', 100], ['b', 30]), [truncated('b', 30)]],
    [
      'items behind the one heard are deleted',
      [piece('a'), piece('b')],
      cleared(['a', 60]),
      [truncated('a', 60), deleted('b')],
    ],
    ['an item in several pieces is one', [piece('a'), piece('a')], cleared(['a', 150]), [truncated('a', 150)]],
    [
      'the content part that holds the sound is named',
      [piece('a', BYTES, 'r1', 1)],
      cleared(['a', 1]),
      [truncated('a', 1, 1)],
    ],
    ['all of it was heard before', [piece('a'), drained], cleared(), []],
    [
      'an item that goes on after a gap counts from its beginning',
      [piece('a'), drained, piece('a')],
      cleared(['a', 130]),
      [truncated('a', 130)],
    ],
    ['what was heard before the gap stays heard', [piece('a'), drained, piece('a')], cleared(), [truncated('a', 100)]],
    [
      'an item that was heard before the next began is left',
      [piece('a'), drained, piece('b')],
      cleared(['b', 20]),
      [truncated('b', 20)],
    ],
    ['half a ms received is not a ms', [piece('a', 24)], cleared(), []],
  ]
  test.each(cases)('%s', (_, events, event, expected) => {
    const story = goOn(goOn(live(), created('r1'), ...events), event)
    expect(sent(story).map(({ event_id, ...rest }: { event_id?: string; type: string }) => rest)).toEqual(expected)
  })

  test('is forgotten once everything was heard, except for the item that may continue', () => {
    const story = goOn(live(), created('r1'), piece('a'), piece('b'), drained)
    expect(story.state.sound.items.map(({ itemId }) => itemId)).toEqual(['b'])
  })

  test('counts for what was silenced, not for what is said since, if the playback report comes late', () => {
    const next = goOn(live(), created('r1'), piece('a'), started, done('r1', { status: 'cancelled' }), created('r2'))
    const spoken = goOn(next, piece('b', BYTES, 'r2'))
    const late = goOn(spoken, cleared(['a', 40]))
    expect(sent(late)).toMatchObject([truncated('a', 40)])
    expect(late.state.sound).toMatchObject({ playing: true, items: [{ itemId: 'b' }] })
  })

  test('is not sent to the next session, however late it is known', () => {
    const gone = goOn(goOn(live(), created('r1'), piece('a')), lost)
    const again = goOn(gone, fired('retry'), opened)
    const back = goOn(again, sessionCreated, updated(), created('r2'), piece('b', BYTES, 'r2'))
    expect(sent(goOn(back, cleared(['a', 50])))).toEqual([])
  })

  test('is sent once', () => {
    const story = goOn(live(), created('r1'), piece('a'), cleared(['a', 40]))
    expect(sent(goOn(story, cleared(['a', 40])))).toEqual([])
  })

  test.each([
    ['pcm at 8 kHz', { format: 'pcm', rate: 8000 } as const, 1_600],
    ['G.711', { format: 'pcmu', rate: 8000 } as const, 800],
  ])('is measured in the accepted format: %s', (_, output, bytes) => {
    const story = goOn(live(agentWith({ audio: { input: output, output } })), created('r1'), piece('a', bytes))
    expect(sent(goOn(story, cleared(['a', 99])))).toMatchObject([{ audio_end_ms: 99 }])
    expect(sent(goOn(story, cleared(['a', 100])))).toEqual([])
  })

  test('is measured in the accepted format, although an edit asks for another', () => {
    const other = agentWith({
      audio: { input: { format: 'pcmu', rate: 8000 }, output: { format: 'pcmu', rate: 8000 } },
    })
    const edited = goOn(live(), { type: 'agent.loaded', generation: 2, agent: other, noticedAt: 0 }, updated())
    expect(sent(goOn(edited, created('r1'), piece('a'), cleared(['a', 99])))).toMatchObject([{ audio_end_ms: 99 }])
  })
})
