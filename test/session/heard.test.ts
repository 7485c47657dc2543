import { describe, expect, test } from 'vitest'
import { addMark, estimateHeardWords, type WordMark } from '../../src/session/barge-in/heard-words.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { BYTES, cleared, piece, words } from './speech.ts'
import {
  begin,
  created,
  done,
  edit,
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  reported,
  type Story,
  sent,
  server,
  started,
  text,
  updated,
} from './story.ts'
import { HOUR, ready } from './two-sessions.ts'

function heard(story: Story) {
  return reported(story, 'agent.heard').map((report) => [report.item_id, report.ms, report.text])
}

/** So many pieces of 100 ms of what the agent says aloud, in one. */
function sound(item_id = 'a', response_id = 'r1', pieces = 1): SessionEvent {
  return piece(item_id, BYTES * pieces, response_id)
}

describe('the words heard of sound that was cut', () => {
  const even: readonly WordMark[] = [{ characters: 0, ms: 0 }]
  const cases: readonly [string, string, readonly WordMark[], number, number, string][] = [
    ['none before the first ms', 'one two', even, 0, 1_000, ''],
    ['all at the end', 'one two', even, 1_000, 1_000, 'one two'],
    ['a share of them in between, whole words alone', 'one two three four', even, 500, 1_000, 'one two'],
    ['a word that was begun is not heard', 'one two', even, 900, 1_000, 'one'],
    ['words that came later begin later', 'one two', [...even, { characters: 3, ms: 900 }], 800, 1_000, ''],
    ['words up to a mark are heard there', 'one two', [...even, { characters: 3, ms: 400 }], 400, 1_000, 'one'],
    ['words without a mark are spread over the whole', 'one two', [], 600, 1_000, 'one'],
    ['one long word is not cut in two', 'Donaudampfschifffahrt', even, 900, 1_000, ''],
  ]
  test.each(cases)('%s', (_, text, marks, ms, receivedMs, expected) => {
    expect(estimateHeardWords({ text, marks }, { ms, receivedMs })).toBe(expected)
  })

  test('the number of word marks is limited, and they stay spread over the whole item', () => {
    let marks: readonly WordMark[] = []
    for (let place = 0; place < 1_000; place += 1) marks = addMark(marks, { characters: place, ms: place * 10 })
    expect(marks.length).toBeLessThanOrEqual(64)
    expect(marks[0]).toEqual({ characters: 0, ms: 0 })
    const full = Array.from({ length: 64 }, (_, place) => ({ characters: place, ms: place * 10 }))
    expect(addMark(full, { characters: 64, ms: 640 }).map(({ characters }) => characters)).toEqual([
      ...Array.from({ length: 32 }, (_, index) => 2 * index),
      64,
    ])
  })

  test('words that arrive at the same position of the sound are one stretch', () => {
    const mark = { characters: 0, ms: 0 }
    expect(addMark([mark], { characters: 5, ms: 0 })).toEqual([mark])
  })
})

describe('what the caller heard of a response that was cut off', () => {
  const said = [created('r1'), words('It is noon '), sound(), words('and warm.'), sound()] as const

  test('is reported beside everything that was said', () => {
    const story = goOn(live(), ...said, started, cleared(['a', 100]), done('r1', { status: 'cancelled' }))
    expect(heard(story)).toEqual([['a', 100, 'It is noon']])
    expect(reported(story, 'agent.transcript')).toMatchObject([
      { text: 'It is noon and warm.', interrupted: true, response_id: 'r1' },
    ])
  })

  test('is an estimate also for words that came after their sound', () => {
    const late = [words('It is noon and warm.'), done('r1'), started, cleared(['a', 100])]
    expect(heard(goOn(live(), created('r1'), sound(), sound(), ...late))).toEqual([['a', 100, 'It is noon']])
  })

  test('is reported after the whole text if the response ended before it was heard', () => {
    const story = goOn(live(), ...said, done('r1'), started, cleared(['a', 100]))
    expect(reported(story, 'agent.transcript')[0]).not.toHaveProperty('interrupted')
    expect(heard(story)).toHaveLength(1)
    expect(heard(goOn(story, cleared(['a', 100])))).toHaveLength(0)
  })

  test('is recorded', () => {
    const story = goOn(live(), ...said, started, cleared(['a', 100]))
    expect(story.state.record).toMatchObject([
      { kind: 'agent', text: 'It is noon and warm.', heard: 'It is noon' },
      { kind: 'caller', itemId: 'u' },
    ])
  })

  test('is also reported for the whole response if that has several messages', () => {
    const first = [created('r1'), words('It is noon.'), sound()] as const
    const second = [words('And warm today.', 'b'), sound('b', 'r1', 2)] as const
    const until = (...heard: readonly (readonly [string, number])[]) =>
      reported(goOn(live(), ...first, ...second, started, cleared(...heard)), 'agent.heard').map(
        ({ item_id, text, response_text }) => [item_id, text, response_text],
      )
    expect(until(['a', 100], ['b', 100])).toEqual([['b', 'And', 'It is noon. And']])
    expect(until(['a', 100], ['b', 0])).toEqual([['b', '', 'It is noon.']])
    expect(until(['a', 60], ['b', 0])).toEqual([
      ['a', 'It is', 'It is'],
      ['b', '', 'It is'],
    ])
  })

  test.each<[string, readonly SessionEvent[]]>([
    ['its session was lost', [lost]],
    ['its session was replaced', [fired('roll over'), ...ready, fired('roll over')]],
    ['another response has its id', [text('And today?'), created('r1', 'main-3')]],
  ])('is reported for the whole response also once %s', (_, events) => {
    const two = [...said, words('Bye now.', 'b'), sound('b', 'r1', 2), done('r1')] as const
    const spoken = goOn(live(), updated({ expires_at: HOUR }), ...two, ...events)
    const later = goOn(spoken, { type: 'caller.interrupted' }, cleared(['a', 200], ['b', 100]))
    expect(reported(later, 'agent.heard')).toMatchObject([
      { item_id: 'b', response_id: 'r1', text: 'Bye', response_text: 'It is noon and warm. Bye' },
    ])
  })

  test('is not reported if all of it was heard', () => {
    expect(heard(goOn(live(), ...said, started, cleared(['a', 200])))).toEqual([])
  })

  test('is nothing if its sound had not begun to come: the service is told to delete the item', () => {
    const story = goOn(live(), created('r1'), words('It is'), started, done('r1', { status: 'cancelled' }))
    expect(heard(story)).toEqual([['a', 0, '']])
    expect(sent(story)).toMatchObject([{ type: 'conversation.item.delete', item_id: 'a' }])
  })

  test('is all that came if the session has no audio output', () => {
    const reader = agentWith({ output_modalities: ['text'] })
    const written = server({ type: 'response.output_text.delta', response_id: 'r1', item_id: 'a', delta: 'It is' })
    const story = goOn(live(reader), created('r1'), written, text('no'), done('r1', { status: 'cancelled' }))
    expect(heard(story)).toEqual([])
    expect(story.state.record).toMatchObject([{ text: 'It is', heard: null }, { kind: 'caller' }])
  })

  test('counts for one response, even if one before it was lost with its session', () => {
    const before = [created('r0'), words('Hello.', 'o', 'r0'), done('r0')] as const
    const later = goOn(goOn(live(), ...before, ...said, lost), cleared(['a', 100]))
    expect(heard(later)).toEqual([['a', 100, 'It is noon']])
    expect(reported(later, 'agent.heard')[0]).not.toHaveProperty('response_text')
  })

  test('is reported when the connection is lost, and the response as interrupted', () => {
    const story = goOn(goOn(live(), ...said), lost)
    expect(effectTypes(story)).toContain('clearPlayback')
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'It is noon and warm.', interrupted: true }])
    const later = goOn(story, cleared(['a', 100]))
    expect(heard(later)).toEqual([['a', 100, 'It is noon']])
    expect(later.state.record).toMatchObject([{ heard: 'It is noon' }])
  })

  test('is measured in the format it was spoken in, also when its session is gone or speaks in another now', () => {
    const coded = { format: 'pcmu', rate: 8000 } as const
    const law = agentWith({ audio: { input: coded, output: coded } })
    const spoken = [created('r1'), words('It is noon and warm.'), piece('a', 1_600), done('r1')] as const
    const expiring = goOn(live(law), updated({ expires_at: HOUR }), ...spoken, edit(2, agentWith()))
    const replaced = goOn(expiring, fired('roll over'), ...ready, fired('roll over'))
    expect(effectTypes(replaced)).toContain('takeOver')
    for (const story of [goOn(live(law), ...spoken, lost), replaced])
      expect(heard(goOn(story, cleared(['a', 100])))).toEqual([['a', 100, 'It is noon']])
  })

  test('is reported when the conversation is ended in the middle of it', () => {
    const story = goOn(goOn(live(), ...said), { type: 'stop.requested', drain: false })
    expect(effectTypes(story)).toContain('clearPlayback')
    expect(reported(story, 'agent.transcript')).toMatchObject([{ interrupted: true }])
    expect(heard(goOn(story, cleared(['a', 100])))).toHaveLength(1)
  })

  test('is everything if the end waits until all is said', () => {
    const story = goOn(goOn(live(), ...said, done('r1')), { type: 'stop.requested', drain: 'said' })
    expect(effectTypes(story)).toContain('close')
    expect(effectTypes(story)).not.toContain('clearPlayback')
  })
})

describe('an item id that comes again in another response', () => {
  const twice = goOn(live(), created('r1'), words('One.'), sound(), done('r1'), created('r2'))
  const story = goOn(twice, words('Two.', 'a', 'r2'), sound('a', 'r2'))

  test('is another item, with its own position in playback', () => {
    expect(story.effects.filter(({ type }) => type === 'play')).toMatchObject([{ itemId: 'a@r2' }])
    const cut = goOn(story, started, cleared(['a', 100], ['a@r2', 40]))
    expect(sent(cut)).toMatchObject([{ type: 'conversation.item.truncate', item_id: 'a', audio_end_ms: 40 }])
  })

  test('is another entry of the record', () => {
    expect(story.state.record).toMatchObject([{ text: 'One.' }, { text: 'Two.' }])
  })
})

describe('transcripts are in the order of turns', () => {
  const committed = (item_id: string) => server({ type: 'input_audio_buffer.committed', item_id })
  const speech = (item_id: string) => server({ type: 'input_audio_buffer.speech_started', item_id })
  const final = (item_id: string, transcript: string) =>
    server({ type: 'conversation.item.input_audio_transcription.completed', item_id, transcript })
  const turn = [speech('u1'), committed('u1')]
  const transcripts = (story: Story) =>
    story.effects.flatMap((effect) =>
      effect.type === 'report' && /^(caller|agent)\.transcript$/.test(effect.report.type)
        ? [(effect.report as { text: string }).text]
        : [],
    )

  test('the caller’s words come before the answer to them, although they arrive later', () => {
    const story = goOn(live(), ...turn, created('r1'), words('Noon.'), sound())
    expect(reported(story, 'agent.transcript.delta')).toEqual([])
    expect(effectTypes(story)).toContain('play')
    const known = goOn(story, final('u1', 'What time is it?'), done('r1'))
    expect(transcripts(known)).toEqual(['What time is it?', 'Noon.'])
    expect(reported(known, 'agent.transcript.delta').map((report) => report.text)).toEqual(['Noon.'])
  })

  test('also if the response is over before the words arrive', () => {
    const story = goOn(live(), ...turn, created('r1'), words('Noon.'), done('r1'), final('u1', 'What time is it?'))
    expect(transcripts(story)).toEqual(['What time is it?', 'Noon.'])
  })

  test('the response waits for them no longer than a second', () => {
    const story = goOn(live(), ...turn, created('r1'), words('Noon.'))
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'transcript', ms: 1_000 })
    const late = goOn(story, fired('transcript'), words(' Sharp.'), final('u1', 'What time is it?'))
    expect(reported(late, 'agent.transcript.delta').map((report) => report.text)).toEqual(['Noon.', ' Sharp.'])
    expect(reported(late, 'caller.transcript')).toMatchObject([{ text: 'What time is it?', turn: 1, item_id: 'u1' }])
    expect(late.state.record.map(({ kind }) => kind)).toEqual(['caller', 'agent'])
  })

  test('up to eight responses wait for them; for the ninth, the oldest waits no longer', () => {
    const ids = Array.from({ length: 9 }, (_, index) => `r${index + 1}`)
    const responses = ids.map((id) => [created(id), words(`From ${id}.`, `${id}-item`, id), done(id)])
    const told = (count: number) => transcripts(goOn(live(), ...turn, ...responses.slice(0, count).flat()))
    expect(told(8)).toEqual([])
    expect(told(9)).toEqual(['From r1.'])
  })

  test('a turn without words does not hold anything up', () => {
    const story = goOn(live(), ...turn, created('r1'), words('Hm?'), final('u1', ''))
    expect(reported(story, 'agent.transcript.delta')).toHaveLength(1)
  })

  test('words of the turn before do not wait for those of the next', () => {
    const story = goOn(live(), created('r1'), words('Noon '), speech('u1'), done('r1', { status: 'cancelled' }))
    expect(reported(story, 'agent.transcript')).toMatchObject([{ text: 'Noon ', turn: 0 }])
  })
})

describe('the record', () => {
  test('holds a call, with its output, in the turn that made it', () => {
    const item = {
      id: 'i',
      type: 'function_call',
      call_id: 'c',
      name: 'none',
      arguments: '{"n":1}',
      status: 'completed',
    }
    const story = goOn(live(), text('look it up'), created('r1'), done('r1', { output: [item] }))
    expect(story.state.record).toMatchObject([
      { kind: 'caller', text: 'look it up' },
      { kind: 'call', name: 'none', arguments: '{"n":1}', turn: 1, output: expect.stringContaining('unknown_tool') },
    ])
  })

  test('is limited to 256 entries of 8,000 characters', () => {
    let story = live()
    for (let count = 0; count < 300; count += 1) story = goOn(story, text('hi'))
    expect(story.state.record).toHaveLength(256)
    expect(goOn(live(), text('x'.repeat(9_000))).state.record[0]).toMatchObject({ text: 'x'.repeat(8_000) })
  })

  test('is empty before the first connection', () => {
    expect(begin().state.record).toEqual([])
  })
})

test('a response cancelled by the service falls silent, although no speech of the caller was reported', () => {
  const story = goOn(live(), created('r1'), words('It is'), sound())
  const cancelled = goOn(story, done('r1', { status: 'cancelled', reason: 'turn_detected' }))
  expect(effectTypes(cancelled)).toContain('clearPlayback')
  expect(sent(goOn(cancelled, cleared(['a', 40])))).toMatchObject([
    { type: 'conversation.item.truncate', audio_end_ms: 40 },
  ])
})

test('a complete response that is still being heard goes on when another is cancelled', () => {
  const story = goOn(live(), created('r1'), words('It is'), sound(), done('r1'), created('r2'))
  expect(effectTypes(goOn(story, done('r2', { status: 'cancelled' })))).not.toContain('clearPlayback')
})
