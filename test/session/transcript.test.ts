import { describe, expect, test } from 'vitest'
import { joinTranscript } from '../../src/session/caller/transcript.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { words } from './speech.ts'
import { created, done, goOn, live, reported, server } from './story.ts'

const prefix = 'conversation.item.input_audio_transcription'
const piece = (delta: string, item_id = 'u') => server({ type: `${prefix}.delta`, item_id, delta } as const)
const final = (transcript: string, item_id = 'u') =>
  server({ type: `${prefix}.completed`, item_id, transcript } as const)
const failed = server({ type: `${prefix}.failed`, item_id: 'u', message: 'No speech found.' } as const)

function heard(...events: readonly SessionEvent[]) {
  return reported(goOn(live(), ...events), 'caller.transcript').map(({ text, final: over }) =>
    over ? `${text}|` : text,
  )
}

describe('transcript deltas and snapshots are joined', () => {
  test.each([
    ['', 'what', 'what'],
    ['what', 'what', 'what'],
    ['what', 'what time', 'what time'],
    ['what time', 'what', 'what time'],
    ['what', ' time', 'what time'],
  ])('%j and %j: %j', (before, delta, text) => {
    expect(joinTranscript(before, delta)).toBe(text)
  })
})

describe('the caller’s words', () => {
  const cases: readonly [string, readonly SessionEvent[], readonly string[]][] = [
    ['come in pieces', [piece('what'), piece(' time'), final('What time?')], ['what', 'what time', 'What time?|']],
    [
      'come as snapshots',
      [piece('what'), piece('what time'), final('What time?')],
      ['what', 'what time', 'What time?|'],
    ],
    ['are reported again only when they changed', [piece('what'), piece('what')], ['what']],
    ['are kept if the final ones are empty', [piece('what'), final(' ')], ['what', 'what|']],
    ['that are none at all are no turn', [final('')], []],
    ['of two items do not mix', [piece('one', 'a'), piece('two', 'b'), final('', 'a')], ['one', 'two', 'one|']],
    ['change no more once they are final', [piece('one'), final('One.'), piece('on'), final('')], ['one', 'One.|']],
    ['may be final again, and longer', [final('One.'), final('One.'), final('One. Two.')], ['One.|', 'One. Two.|']],
    ['are final after a failure', [piece('what'), failed], ['what', 'what|']],
  ]
  test.each(cases)('%s', (_, events, expected) => {
    expect(heard(...events)).toEqual(expected)
  })

  test('are warned of if transcription fails', () => {
    expect(reported(goOn(live(), failed), 'warning')).toMatchObject([
      { message: expect.stringContaining('No speech found.') },
    ])
  })
})

test('the messages of one response are separated by a space', () => {
  const says = (item_id: string, delta: string) =>
    server({ type: 'response.output_audio_transcript.delta', response_id: 'r', item_id, delta })
  const story = goOn(
    live(),
    created('r'),
    says('a', 'It is '),
    says('a', 'sent.'),
    says('b', 'Any'),
    says('b', 'thing else?'),
  )
  expect(reported(goOn(story, done('r')), 'agent.transcript')).toMatchObject([{ text: 'It is sent. Anything else?' }])
  expect(
    reported(story, 'agent.transcript.delta')
      .map(({ text }) => text)
      .join(''),
  ).toBe('It is sent. Anything else?')
})

describe('items', () => {
  const added = (id: string) => server({ type: 'conversation.item.added', item: { id, type: 'message', role: 'user' } })

  test('announced twice are reported once, and each change of them is reported', () => {
    const changed = server({ type: 'conversation.item.done', item: { id: 'i', type: 'message' } })
    const story = goOn(live(), added('i'), added('i'), changed)
    expect(reported(story, 'item.created')).toMatchObject([{ item: { id: 'i', type: 'message', role: 'user' } }])
    expect(reported(story, 'item.updated')).toHaveLength(1)
  })

  test('are remembered up to a limit', () => {
    const story = goOn(live(), ...Array.from({ length: 65 }, (_, index) => added(`i${index}`)))
    expect(story.state.turn.reportedItemIds).toHaveLength(64)
    expect(reported(goOn(story, added('i64')), 'item.created')).toHaveLength(0)
    expect(reported(goOn(story, added('i0')), 'item.created')).toHaveLength(1)
  })
})

test('the words of many responses waiting behind one that does not end are all reported', () => {
  const others = Array.from({ length: 20 }, (_, index) => `r${index}`)
  const story = goOn(
    live(),
    created('first'),
    words('One moment.', 'a', 'first'),
    ...others.flatMap((id) => [created(id), words(`This is ${id}.`, id, id), done(id)]),
    done('first'),
  )
  const expected = ['One moment.', ...others.map((id) => `This is ${id}.`)]
  expect(reported(story, 'agent.transcript').map(({ text }) => text)).toEqual(expected)
})
