import { describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../src/realtime/client-event.ts'
import { replayItems } from '../../src/session/lifetime/replay.ts'
import type { RecordEntry } from '../../src/session/record-entry.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { transcribed } from './speech.ts'
import {
  begin,
  created,
  done,
  doneWithCalls,
  effectTypes,
  failure,
  fired,
  goOn,
  live,
  lost,
  opened,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  sessionCreated,
  started,
  stopped,
  text,
  timerDurations,
  toolDone,
  updated,
} from './story.ts'

const audio = { type: 'caller.audio', audio: new Uint8Array(2_880) } as const

function words(delta: string, response_id = 'r1') {
  return server({ type: 'response.output_audio_transcript.delta', response_id, item_id: `${response_id}-a`, delta })
}

function sound(response_id = 'r1') {
  const sent = {
    type: 'response.output_audio.delta',
    response_id,
    item_id: `${response_id}-a`,
    content_index: 0,
  } as const
  return server({ ...sent, audio: new Uint8Array(4_800) })
}

/** Acknowledges every item that was sent. */
function acknowledged(story: Story) {
  return sent(story).flatMap((event) =>
    event.type === 'conversation.item.create'
      ? [server({ type: 'conversation.item.added', item: { id: event.item.id ?? '', type: event.item.type } })]
      : [],
  )
}

function said(event: ClientEvent): string {
  if (event.type !== 'conversation.item.create') return event.type
  const { item } = event
  return item.type === 'message' ? `${item.role}: ${item.content[0].text}` : `${item.type} ${item.call_id}`
}

const answered = goOn(
  live(),
  ...([
    text('what time is it?'),
    created('r1'),
    words('It is noon.'),
    sound(),
    { type: 'playback.drained' },
    done('r1'),
  ] as const),
)

describe('a session that follows a lost one', () => {
  const confirmed = goOn(goOn(answered, lost, ...reopening), updated())

  test('is sent the settings, then the replay, then what the caller says now', () => {
    expect(sentTypes(goOn(goOn(answered, lost), ...reopening))).toEqual(['session.update'])
    expect(sent(confirmed).map(said)).toEqual(['user: what time is it?', 'assistant: It is noon.'])
    const ready = goOn(confirmed, audio, ...acknowledged(confirmed))
    expect(sentTypes(ready)).toEqual(['input_audio_buffer.append'])
  })

  test('is ready once it has acknowledged all of the replay', () => {
    expect(reported(confirmed, 'session.ready')).toEqual([])
    const [first, second] = acknowledged(confirmed)
    if (first === undefined || second === undefined) throw new Error('two items are expected')
    expect(reported(goOn(confirmed, first), 'session.ready')).toEqual([])
    const ready = goOn(confirmed, first, second)
    expect(reported(ready, 'session.ready')).toHaveLength(1)
    expect(effectTypes(ready)).toContain('openSound')
  })

  test('is ready after 5 s even if it has not', () => {
    expect(confirmed.effects).toContainEqual({ type: 'startTimer', timer: 'replay', ms: 5_000 })
    expect(reported(goOn(confirmed, fired('replay')), 'session.ready')).toHaveLength(1)
  })

  test('goes on without an item that it refuses', () => {
    const ids = sent(confirmed).map((event) => ('event_id' in event ? event.event_id : ''))
    const story = goOn(confirmed, ...ids.map((event_id) => failure({ message: 'No.', event_id })))
    expect(reported(story, 'session.ready')).toHaveLength(1)
  })

  test('does not report replayed items again', () => {
    const done = acknowledged(confirmed).map((event) =>
      event.type === 'server' && 'item' in event.event
        ? server({ type: 'conversation.item.done', item: event.event.item })
        : event,
    )
    const story = goOn(confirmed, ...acknowledged(confirmed), ...done)
    expect([...reported(story, 'item.created'), ...reported(story, 'item.updated')]).toEqual([])
  })

  test('that is lost in turn is followed by one with the same replay', () => {
    const again = goOn(goOn(confirmed, lost, ...reopening), updated())
    expect(sent(again).map(said)).toEqual(['user: what time is it?', 'assistant: It is noon.'])
  })

  test('has no replay if nothing was said', () => {
    const story = goOn(goOn(live(), lost, ...reopening), updated())
    expect(sent(story)).toEqual([])
    expect(story.state.phase).toBe('live')
  })

  test('is given what the service remembered of the caller', () => {
    const memory = { version: 1, facts: ['likes tea'] }
    const remembered = goOn(live(), updated({ providerData: { memory: { enabled: true, state: memory } } }))
    const [update] = sent(goOn(remembered, lost, ...reopening))
    expect(update).toMatchObject({ session: { providerData: { memory: { state: memory } } } })
    expect(sent(goOn(begin(), opened, sessionCreated))[0]).not.toHaveProperty('session.providerData.memory')
  })
})

describe('the response due after a lost connection', () => {
  const afterDrop = (story: Story) => {
    const dropped = goOn(story, lost)
    const heard = { type: 'playback.cleared', heard: [] } as const
    const silent = dropped.state.sound.clearing.length > 0 ? goOn(dropped, heard) : dropped
    const confirmed = goOn(goOn(silent, ...reopening), updated())
    return sentTypes(goOn(confirmed, fired('replay')))
  }

  test('to a typed turn before the loss is requested afterwards', () => {
    expect(afterDrop(goOn(live(), text('are you there?')))).toEqual(['response.create'])
  })

  test('that was interrupted in the middle is requested again', () => {
    expect(afterDrop(goOn(live(), text('tell me'), created('r1'), words('Once upon'), sound()))).toEqual([
      'response.create',
    ])
  })

  test('is none if everything was said and heard', () => {
    expect(afterDrop(answered)).toEqual([])
  })

  test('is none if the caller had silenced the agent', () => {
    const stopped = goOn(
      live(),
      created('r1'),
      words('And'),
      sound(),
      server({ type: 'input_audio_buffer.speech_started', item_id: 'u' }),
    )
    expect(afterDrop(stopped)).toEqual([])
  })
})

describe('the replay to a new session', () => {
  const caller = (words: string): RecordEntry => ({
    ...({ kind: 'caller', itemId: '', turn: 1, state: 'final', unannounced: false, overAgent: false } as const),
    text: words,
  })
  const agent = (words: string, heard: string | null): RecordEntry => ({
    ...({ kind: 'agent', itemId: 'a', responseId: 'r1', orphaned: true, turn: 1, marks: [], bytes: 0 } as const),
    text: words,
    heard,
  })
  const call = (output: string | null): RecordEntry => ({
    ...({ kind: 'call', callId: 'c', name: 'look', arguments: '{}', turn: 1 } as const),
    output,
  })

  test('contains what was heard of the agent', () => {
    expect(replayItems([agent('It is noon and warm.', 'It is noon')])).toMatchObject([
      { role: 'assistant', content: [{ type: 'output_text', text: 'It is noon' }] },
    ])
    expect(replayItems([agent('It is noon.', '')])).toEqual([])
  })

  test('contains what was heard even if that is known late, after a clear just before the loss', () => {
    const spoken = goOn(live(), text('tell me'), created('r1'), words('Once upon a time'), sound(), done('r1'))
    const stopped = goOn(spoken, { type: 'caller.interrupted' })
    const back = goOn(goOn(stopped, lost, ...reopening), updated())
    expect(sent(back)).toEqual([])
    const heard = goOn(back, { type: 'playback.cleared', heard: [{ itemId: 'r1-a', ms: 50 }] })
    expect(sent(heard).map(said)).toEqual(['user: tell me', 'assistant: Once'])
  })

  test('contains nothing of a response whose sound had not begun to come; it is requested again', () => {
    const back = goOn(goOn(live(), text('tell me'), created('r1'), words('Once upon'), lost, ...reopening), updated())
    expect(sent(back).map(said)).toEqual(['user: tell me'])
    expect(sentTypes(goOn(back, fired('replay')))).toEqual(['response.create'])
    const written = goOn(
      live(agentWith({ output_modalities: ['text'] })),
      text('tell me'),
      created('r1'),
      words('Once upon'),
    )
    expect(sent(goOn(goOn(written, lost, ...reopening), updated())).map(said)).toEqual([
      'user: tell me',
      'assistant: Once upon',
    ])
  })

  test('does not contain unheard words, which are reported as unheard however the session ends', () => {
    const begun = goOn(live(), text('tell me'), created('r1'), words('Once upon'))
    for (const end of [lost, { type: 'stop.requested', drain: false }] as const) {
      const ended = goOn(begun, end)
      expect(reported(ended, 'agent.heard')).toMatchObject([{ text: '', ms: 0, response_id: 'r1', turn: 1 }])
      const kinds = ended.effects.flatMap((effect) => (effect.type === 'report' ? [effect.report.type] : []))
      expect(kinds.slice(0, 3)).toEqual(['agent.transcript', 'agent.heard', ...(end === lost ? ['warning'] : [])])
    }
    expect(reported(goOn(begun, sound(), lost), 'agent.heard')).toEqual([])
  })

  test('contains the caller’s turns, except those without words', () => {
    expect(replayItems([caller('hi'), caller('')])).toMatchObject([
      { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
    ])
  })

  test('contains a call with its output, or not at all', () => {
    expect(replayItems([call('fine')]).map(({ type }) => type)).toEqual(['function_call', 'function_call_output'])
    expect(replayItems([call(null)])).toEqual([])
  })

  test('is the newest part of the record, up to a limit', () => {
    const long = Array.from({ length: 20 }, (_, index) => caller(`${index} ${'x'.repeat(3_000)}`))
    const newest = replayItems(long)
    expect(newest.length).toBeLessThan(9)
    expect(JSON.stringify(newest.at(-1))).toContain('"19 x')
    expect(replayItems(Array.from({ length: 100 }, () => call('ok')))).toHaveLength(48)
  })
})

test('a long tool output is replayed by its beginning, and does not push out the rest', () => {
  const agent = agentWith({ tools: [toolNamed('look')] })
  const outcome = { status: 'ok', output: '"'.repeat(100_000) } as const
  const item = { id: 'i', type: 'function_call', call_id: 'c', name: 'look', arguments: '{}', status: 'completed' }
  const looked = goOn(
    ...[live(agent), text('look'), created('r1'), done('r1', { output: [item] })],
    ...([{ type: 'tool.finished', callId: 'c', outcome, ms: 1 }, created('r2'), done('r2')] as const),
  )
  expect(JSON.stringify(sent(looked)).length).toBeGreaterThan(200_000)
  const back = goOn(goOn(looked, lost, ...reopening), updated())
  expect(sent(back).map(said).slice(0, 3)).toEqual(['user: look', 'function_call c', 'function_call_output c'])
  expect(JSON.stringify(sent(back))).toContain('[cut: this is the beginning of 100000 characters]')
})

test('the result of a tool that ends after the loss is sent to the new session, and followed up', () => {
  const agent = agentWith({ tools: [toolNamed('look')] })
  const item = { id: 'i', type: 'function_call', call_id: 'c', name: 'look', arguments: '{}', status: 'completed' }
  const running = goOn(live(agent), text('look'), created('r1'), done('r1', { output: [item] }))
  const back = goOn(goOn(running, lost, ...reopening), updated(), fired('replay'))
  expect(back.state.calls).toMatchObject([{ orphaned: true, answered: false }])
  const ended = goOn(back, { type: 'tool.finished', callId: 'c', outcome: { status: 'ok', output: 'fine' }, ms: 1 })
  expect(sent(ended).map(said)).toEqual(['function_call c', 'function_call_output c', 'response.create'])
})

test('a response that the caller silenced by hand is requested in no following session', () => {
  const silenced = goOn(live(), text('is it there?'), { type: 'caller.interrupted' })
  const again = [lost, ...reopening, updated(), fired('replay')] as const
  const coughed = [started, stopped, transcribed('')] as const
  const agent = agentWith({ tools: [toolNamed('look')] })
  const looked = goOn(live(agent), text('hi'), created('r1'), doneWithCalls('r1', 'look'), toolDone('look'))
  const found = goOn(looked, { type: 'caller.interrupted' })
  for (const story of [silenced, goOn(silenced, ...again), goOn(silenced, ...coughed), found])
    expect(sent(goOn(story, ...again)).map(({ type }) => type)).not.toContain('response.create')
})

test('items of the new session itself before the replay neither shift the replay nor are replayed', () => {
  const speaking = goOn(live(), text('is it there?'), created('r1'), words('Yes, it is.'), sound())
  const back = goOn(speaking, lost, ...reopening, updated(), created('r9'), words('Hm.', 'r9'))
  expect(sent(goOn(back, fired('replay'))).map(said)).toEqual(['user: is it there?', 'assistant: Yes, it is.'])
})

test('a response begun before the replay, of which nothing comes, is given up', () => {
  const back = goOn(goOn(live(), text('is it there?')), lost, ...reopening, updated(), created('r9'))
  const ready = goOn(back, fired('progress'), fired('replay'))
  expect(timerDurations(ready, 'progress')).toEqual([30_000])
  const abandoned = goOn(ready, fired('progress'))
  expect(abandoned.state.turn.responses).toEqual([])
  expect(sent(abandoned).map(({ type }) => type)).toEqual(['response.cancel'])
})

test('a call made before the replay is answered and not run', () => {
  const said = goOn(live(agentWith({ tools: [toolNamed('look')] })), text('is it there?'))
  const replaying = goOn(said, lost, ...reopening, updated())
  expect(replaying.state.phase).toBe('replaying')
  const called = goOn(replaying, created('r9'), doneWithCalls('r9', 'look'))
  expect(effectTypes(called)).not.toContain('runTool')
  expect(sent(called)).toMatchObject([{ item: { type: 'function_call_output', call_id: 'call_look' } }])
})
