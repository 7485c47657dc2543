import { describe, expect, test } from 'vitest'
import { agentWith, controlNamed, toolNamed } from '../helpers/agents.ts'
import { cleared, piece, sound, words } from './speech.ts'
import {
  committed,
  created,
  done,
  doneWithCalls,
  drained,
  fired,
  goOn,
  live,
  lost,
  reopening,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'
import { calls, ended, finished, launched } from './tool-calls.ts'

const limits = { ...agentWith().limits, wrap_up_at: '27m' }
const agent = agentWith({ limits, tools: [toolNamed('look'), toolNamed('book')] })
const begins = (item_id: string) => server({ type: 'input_audio_buffer.speech_started', item_id })
const read = (item_id: string, transcript: string) =>
  server({ type: 'conversation.item.input_audio_transcription.completed', item_id, transcript })
const unread = (item_id: string) =>
  server({ type: 'conversation.item.input_audio_transcription.failed', item_id, message: 'no' })
const lose = [lost, ...reopening, updated(), fired('replay')]

describe('a caller who goes on while a tool runs', () => {
  const running = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'))

  test('is not talked over: the follow-up waits for the end of the turn', () => {
    const detection = { type: 'semantic_vad', create_response: false, interrupt_response: true } as const
    const unanswered = live(agentWith({ tools: [toolNamed('look')], turn_detection: detection }))
    const story = goOn(unanswered, created('r1'), doneWithCalls('r1', 'look'), started, toolDone('look'))
    expect(sentTypes(story).at(-1)).toBe('conversation.item.create')
    expect(sentTypes(goOn(story, stopped))).toEqual(['response.create'])
  })

  test('is answered by the service, which has seen the output: no follow-up is requested', () => {
    for (const end of [
      [created('r2'), stopped],
      [stopped, committed, created('r2')],
    ]) {
      const story = goOn(running, started, toolDone('look'), ...end, done('r2'))
      expect(sentTypes(story)).toEqual(['conversation.item.create'])
    }
  })

  test('and silences two answers at once is told what the first has found: the second is no answer to them', () => {
    const both = goOn(live(agent), created('r1'), sound('r1'), created('r2'), doneWithCalls('r1', 'look'))
    const cut = goOn(both, started, { type: 'caller.interrupted' }, cleared(['r1-item', 40]), toolDone('look'))
    const over = goOn(cut, done('r2', { status: 'cancelled' }), stopped)
    expect(sentTypes(goOn(over, read('u', '')))).toEqual(['response.create'])
    expect(sentTypes(goOn(over, created('r3'), read('u', 'And?'), done('r3')))).toEqual([])
  })

  test('with a cough, which the service does not answer, gets the follow-up once it is known to be one', () => {
    const story = goOn(running, started, toolDone('look'), stopped)
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(story, read('u', '')))).toEqual(['response.create'])
    expect(sentTypes(goOn(story, read('u', 'And?')))).toEqual([])
    expect(sentTypes(goOn(story, unread('u')))).toEqual([])
    expect(sentTypes(goOn(story, begins('v'), stopped, read('u', '')))).toEqual([])
    expect(sentTypes(goOn(story, fired('progress')))).toEqual(['response.create'])
  })

  test('and whose answer is being made without the output gets the follow-up after it', () => {
    const story = goOn(running, started, stopped, created('r2'), sound('r2', 48_000), toolDone('look'), done('r2'))
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(story, drained))).toEqual(['response.create'])
  })

  test('and has interrupted the words before the call gets the answer to their turn, and no follow-up', () => {
    const saying = [created('r1'), words('Let me look.', 'r1-item'), sound('r1', 96_000)] as const
    const cut = goOn(live(agent), ...saying, doneWithCalls('r1', 'look'), started, cleared(['r1-item', 500]), stopped)
    const story = goOn(cut, created('r2'), sound('r2', 48_000), toolDone('look'), done('r2'), drained)
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(cut, toolDone('look'), created('r2'), done('r2')))).toEqual(['conversation.item.create'])
    const late = goOn(cut, created('r2'), done('r2'), toolDone('look'))
    expect(sentTypes(late)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('and has coughed into filler words gets the follow-up, since filler words answer nothing', () => {
    const slow = agentWith({ tools: [toolNamed('dig', { sayAfter: { delayMs: 0, text: 'One moment.' } })] })
    const waiting = goOn(live(slow), created('r1'), doneWithCalls('r1', 'dig'), fired('filler'), created('f'))
    const cut = goOn(waiting, words('One moment.', 'a', 'f'), piece('a', 48_000, 'f'), started, cleared(['a', 500]))
    const story = goOn(cut, toolDone('dig'), done('f', { status: 'cancelled' }), stopped, read('u', ''))
    expect(sentTypes(story).at(-1)).toBe('response.create')
  })

  test('and has had an answer still gets a follow-up', () => {
    const story = goOn(running, started, stopped, created('r2'), done('r2'), toolDone('look'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'response.create'])
  })

  test('gets the follow-up after a response that the service began by itself', () => {
    const story = goOn(running, created('r2'), toolDone('look'))
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(story, done('r2')))).toEqual(['response.create'])
  })

  test('gets the follow-up after a requested response that has not begun', () => {
    const labelled = goOn(live(agent), text('hello'), created('r0', 'main-3'), done('r0'), text('and now?'))
    const other = goOn(labelled, created('r1', 'another'), doneWithCalls('r1', 'look'))
    const story = goOn(other, started, stopped, toolDone('look'))
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(story, created('r2', 'main-5'), done('r2')))).toEqual(['response.create'])
  })

  test('by typing gets one answer to both', () => {
    const story = goOn(running, text('hurry'), toolDone('look'))
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'conversation.item.create', 'response.create'])
  })
})

describe('a tool that ends while the agent speaks', () => {
  const speaking = goOn(live(agent), created('r1'), sound('r1', 48_000), doneWithCalls('r1', 'look'))

  test('has its output sent at once, and its follow-up requested only when playback has run out', () => {
    const story = goOn(speaking, toolDone('look'))
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(sentTypes(goOn(story, drained))).toEqual(['response.create'])
  })

  test('waits as long as the sound lasts and 2 s more if playback never reports that it ran out', () => {
    const story = goOn(speaking, toolDone('look'))
    expect(story.effects).toContainEqual({ type: 'startTimer', timer: 'drain', ms: 3_000 })
    expect(sentTypes(goOn(story, fired('drain')))).toEqual(['response.create'])
  })

  test('waits for playback with its follow-up also if a wrap-up is due', () => {
    const story = goOn(speaking, fired('wrap up'), toolDone('look'))
    expect(sentTypes(story)).toEqual(['conversation.item.create'])
    expect(goOn(story, drained).state.turn.requested?.causes).toEqual(['tool'])
  })

  test('is followed up without that wait when a typed turn interrupts', () => {
    const story = goOn(speaking, toolDone('look'), text('stop'))
    expect(story.effects).toContainEqual({ type: 'stopTimer', timer: 'drain' })
    expect(sentTypes(story)).toEqual(['conversation.item.create', 'conversation.item.create', 'response.create'])
  })
})

describe('a connection lost while a tool runs', () => {
  const running = goOn(live(agent), created('r1'), doneWithCalls('r1', 'look'))

  const call = { type: 'function_call', call_id: 'call_look', name: 'look', arguments: '{"a":1}' }
  const output = { type: 'function_call_output', call_id: 'call_look', output: 'fine' }

  test('lets the tool finish; the next session is told the call together with its output', () => {
    const story = goOn(goOn(running, ...lose), toolDone('look'))
    expect(finished(story)).toEqual(['call_look ok'])
    expect(sent(story)).toMatchObject([{ item: call }, { item: output }, { type: 'response.create' }])
  })

  test('has the output replayed with everything else if the tool ends before the next session', () => {
    const story = goOn(goOn(running, ...lose.slice(0, 1)), toolDone('look'))
    expect(finished(story)).toEqual(['call_look ok'])
    expect(sent(story)).toEqual([])
    expect(sent(goOn(story, ...lose.slice(1)))).toMatchObject([
      ...[{ type: 'session.update' }, { item: call }, { item: output }, { type: 'response.create' }],
    ])
  })

  test('does not claim that a call that still runs is answered', () => {
    expect(sentTypes(goOn(running, ...lose))).toEqual(['session.update'])
  })

  test('keeps a due follow-up, even if the caller then silences the answer to what they typed', () => {
    const waiting = goOn(running, text('hurry'), toolDone('look'), lost, { type: 'caller.interrupted' })
    expect(sentTypes(goOn(waiting, ...lose.slice(1))).at(-1)).toBe('response.create')
    const typed = goOn(live(agent), text('hurry'), lost, { type: 'caller.interrupted' })
    expect(sentTypes(goOn(typed, ...lose.slice(1)))).not.toContain('response.create')
  })

  test('does not hold up the new session', () => {
    expect(sentTypes(goOn(goOn(running, ...lose), text('hi')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('ends a call not yet launched: the next session is told so, and the caller gets an answer', () => {
    const slow = agentWith({ tools: [toolNamed('look', { concurrency: 'queue' }), controlNamed('set_voice')] })
    const about = { id: 'item_v', call_id: 'set_voice', name: 'set_voice', arguments: '{"voice":"Sarah"}' }
    const output = [{ type: 'function_call', status: 'completed', ...about }]
    const waits = goOn(live(slow), text('in another voice'), created('r1'), sound('r1'), done('r1', { output }))
    expect(finished(goOn(waits, lost))).toEqual(['set_voice cancelled'])
    expect(sentTypes(goOn(goOn(waits, lost, cleared(['r1-item', 10])), ...lose.slice(1)))).toEqual([
      ...['session.update', ...Array(3).fill('conversation.item.create'), 'response.create'],
    ])
    const queued = goOn(live(slow), text('look twice'), ...calls('r1', 'look', 'look:again'))
    const over = goOn(queued, ...lose)
    expect(sentTypes(over)).not.toContain('response.create')
    expect(sentTypes(goOn(over, ended('look'))).at(-1)).toBe('response.create')
  })

  test('makes a call with the same id a new one: it is run', () => {
    const story = goOn(running, toolDone('look'), ...lose)
    expect(launched(goOn(story, created('r1'), doneWithCalls('r1', 'look')))).toHaveLength(1)
  })
})
