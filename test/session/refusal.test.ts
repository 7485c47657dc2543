import { describe, expect, test } from 'vitest'
import type { ServiceError } from '../../src/realtime/server-event.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import type { Generation } from '../../src/session/generation.ts'
import { compileSession } from '../../src/session/settings/compile.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession } from '../../src/session/state.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { ack, asPirate, inFlight, outcomes, pirate, refusal, unsolicited } from './edits.ts'
import { cleared, piece } from './speech.ts'
import {
  created,
  done,
  doneWithCalls,
  edit,
  goOn,
  live,
  moment,
  reported,
  reports,
  sent,
  sentTypes,
  server,
  started,
  stopped,
  text,
  toolDone,
  updated,
} from './story.ts'

describe('a generation that the service refuses at the start', () => {
  const lastGood = { number: 7, agent: agentWith({ voice: 'Sarah', greeting: 'Hello.' }) }
  const bad = { number: 9, agent: agentWith({ voice: 'Nobody' }) }
  const opening = [{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} })]
  const no = refusal({ event_id: 'main-1', param: 'session.audio.output.voice' })
  const starting = (fallback: Generation | null) =>
    goOn({ state: settle(newSession('main', moment, bad, { fallback }))[0], effects: [] }, ...opening)

  test('is replaced by the last one the service confirmed, on the same connection, and that is reported', () => {
    const story = goOn(starting(lastGood), no)
    expect(reported(story, 'reload.refused')).toMatchObject([
      { offered: 9, certain: true, fields: ['voice'], file: 'agents/desk.yaml', line: 3 },
    ])
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'the service refused generation 9; this conversation begins with generation 7',
    ])
    expect(sent(story)).toMatchObject([{ session: compileSession(lastGood.agent) }])
    const on = goOn(story, updated())
    expect(reported(on, 'session.ready')).toMatchObject([{ generation: 7 }])
    expect(sentTypes(on)).toEqual(['response.create'])
    expect(sent(goOn(on, edit(9, bad.agent)))).toEqual([])
  })

  test('is not refused if nothing was sent yet: the session itself is', () => {
    const [begun] = settle(newSession('main', moment, bad, { fallback: lastGood }))
    const story = goOn({ state: begun, effects: [] }, { type: 'socket.opened' }, no)
    expect(story.state.ending).toMatchObject({ reason: 'the service refused the session: No.', failed: true })
  })

  test('is replaced also in whether the caller’s sound starts paused', () => {
    const connection = { ...lastGood.agent.connection, start_audio_paused: true }
    const muted = { number: 7, agent: agentWith({ connection }) }
    const audio = new Uint8Array(2_880)
    const hears = (fallback: Generation) =>
      sentTypes(goOn(goOn(starting(fallback), no, updated()), { type: 'caller.audio', audio }))
    expect([hears(lastGood), hears(muted)]).toEqual([['input_audio_buffer.append'], []])
  })

  test('is replaced once: a second refusal ends the conversation, as does one without a fallback', () => {
    const again = goOn(starting(lastGood), no, refusal({ event_id: 'main-2' }))
    expect(again.state).toMatchObject({ phase: 'closing', ending: { failed: true } })
    const alone = goOn(starting(null), no)
    expect(alone.state.ending?.reason).toBe('the service refused the settings (voice): No.')
    expect(reported(alone, 'reload.refused')).toMatchObject([{ offered: 9, certain: true, line: 3 }])
  })

  test('is not refused by a fault of the service', () => {
    const story = goOn(starting(lastGood), refusal({ type: 'server_error', event_id: 'main-1' }))
    expect(story.state).toMatchObject({ phase: 'closing', ending: { failed: true } })
    expect(reported(story, 'reload.refused')).toEqual([])
  })

  test('is replaced by a newer edit if there is one by then; if that is refused too, by the last confirmed one', () => {
    const story = goOn(starting(lastGood), edit(10, pirate), no)
    expect(sent(story)).toMatchObject([{ session: { instructions: pirate.instructions } }])
    expect(reported(story, 'warning')).toMatchObject([{ message: expect.stringMatching(/begins with generation 10$/) }])
    expect(sent(goOn(story, refusal({ event_id: 'main-2' })))).toMatchObject([
      { session: compileSession(lastGood.agent) },
    ])
  })

  test('that came as an edit while it opened is given up: the conversation begins as it was to', () => {
    const first = { number: 7, agent: agentWith() }
    const begun = { state: settle(newSession('main', moment, first))[0], effects: [] }
    const story = goOn(goOn(begun, edit(9, bad.agent), ...opening), no)
    expect(reported(story, 'reload.refused')).toMatchObject([{ offered: 9, certain: true, fields: ['voice'] }])
    expect(sent(story)).toMatchObject([{ session: compileSession(first.agent) }])
    expect(reported(goOn(story, updated()), 'session.ready')).toMatchObject([{ generation: 7 }])
  })
})

describe('a generation that is withdrawn, since another conversation was refused it', () => {
  const withdrawn = (generation: number) => ({ type: 'agent.withdrawn', generation }) as const

  test('is not sent, and not offered again', () => {
    const waiting = goOn(live(), created('r1'), edit(2, pirate), withdrawn(2), edit(2, pirate))
    expect(sent(goOn(waiting, done('r1')))).toEqual([])
  })

  test('makes the generation that it superseded next', () => {
    const waiting = goOn(live(), created('r1'), edit(2, pirate), edit(3, agentWith({ voice: 'X' })))
    expect(reported(waiting, 'reload.superseded')).toMatchObject([{ offered: 2, by: 3 }])
    expect(sent(goOn(waiting, withdrawn(3), done('r1')))).toMatchObject([
      { session: { instructions: pirate.instructions } },
    ])
  })

  test('is reported as refused elsewhere, once', () => {
    const details = { message: 'No.', code: 'invalid_value', file: null, line: null, column: null, diagnostic: null }
    const reason = { fields: ['voice'], ...details }
    const event = { ...withdrawn(2), refusal: reason }
    const waiting = goOn(live(), text('Hello'), edit(2, agentWith({ voice: 'Nobody' })))
    expect(reported(goOn(waiting, event, event), 'reload.refused')).toEqual([
      expect.objectContaining({ offered: 2, generation: 1, certain: true, elsewhere: true, ...reason }),
    ])
    expect(reported(goOn(inFlight(), event), 'reload.refused')).toEqual([])
  })

  test('has its own answer if it is in flight, and stays if it is confirmed', () => {
    expect(outcomes(goOn(inFlight(), withdrawn(2), asPirate))).toEqual([['applied', 'instructions']])
    expect(goOn(inFlight(), asPirate, withdrawn(2)).state.config).toMatchObject({ refused: [] })
  })
})

describe('a refusal', () => {
  const withTool = agentWith({ tools: [toolNamed('look')] })
  const edited = agentWith({ tools: [toolNamed('look', { timeoutMs: 9 })], stt: { model: 'acme/none' } })
  const story = goOn(live(withTool), edit(2, edited))
  const certain: readonly [string, Partial<ServiceError>][] = [
    ['our event_id', { event_id: 'main-2', param: 'session.audio.input.transcription.model' }],
    ['a param of the session', { param: 'session.audio.input.transcription.model' }],
    ['our event_id, without a param', { event_id: 'main-2' }],
  ]
  test.each(certain)('by %s names file, line and field, and everything stays', (_, changes) => {
    const refused = goOn(story, refusal(changes))
    expect(reported(refused, 'reload.refused')).toMatchObject([
      {
        offered: 2,
        generation: 1,
        fields: ['stt.model', 'tools'],
        message: 'No.',
        code: 'invalid_value',
        file: 'agents/desk.yaml',
        line: 6,
        column: 8,
      },
    ])
    expect(reported(refused, 'error')).toEqual([])
    expect(refused.state.config).toMatchObject({ sent: null, confirmed: { number: 1 }, refused: [2] })
    expect(refused.state.config.accepted).toEqual(compileSession(withTool))
    expect(sent(goOn(refused, updated({}), done('r0')))).toEqual([])
  })

  test('of a tool is shown at its entry, even if entries of servers come before it', () => {
    const at = (line: number) => {
      const start = { line, column: 5, offset: 0 }
      return { file: 'agents/desk.yaml', start, end: start }
    }
    const places = new Map([
      ...([
        ['tools', at(8)],
        ['tools[0]', at(9)],
        ['tools[0].mcp', at(9)],
      ] as const),
      ...([
        ['tools[1]', at(10)],
        ['tools[1].description', at(11)],
      ] as const),
    ])
    const two = agentWith({ tools: [toolNamed('look', { description: 'Looks.' })], places })
    for (const param of ['session.tools[0].description', 'session.tools.0.description']) {
      const refused = goOn(live(), edit(2, two), refusal({ param }))
      expect(reported(refused, 'reload.refused')).toMatchObject([
        {
          line: 11,
          diagnostic: { message: 'tools[1].description: No. (invalid_value)', pointer: '/tools/1/description' },
        },
      ])
    }
    expect(
      reported(goOn(live(), edit(2, two), refusal({ param: 'session.tools[4]' })), 'reload.refused')[0]?.line,
    ).toBe(8)
  })

  test('is also a diagnostic, with the wire path and the time it took', () => {
    const param = 'session.audio.input.transcription.model'
    const refused = goOn(story, refusal({ event_id: 'main-2', param }))
    expect(reported(refused, 'reload.refused')[0]?.diagnostic).toMatchObject({
      rule: 'RV910',
      level: 'error',
      file: 'agents/desk.yaml',
      pointer: '/stt/model',
      ...{
        message: 'stt.model: No. (invalid_value)',
        help: `Sent as ${param}, and refused by the service after 0 ms.`,
      },
      range: { start: { line: 6, column: 8 }, end: { line: 6, column: 12 } },
    })
  })

  test('leaves the confirmed generation’s tools in force, and the refused one is not offered again', () => {
    const refused = goOn(story, refusal({ event_id: 'main-2' }), edit(2, edited))
    const ran = goOn(refused, created('r1'), doneWithCalls('r1', 'look'))
    expect(sentTypes(ran)).toEqual([])
    expect(ran.effects.find((effect) => effect.type === 'runTool')).toMatchObject({
      generation: 1,
      tool: { timeoutMs: 8000 },
    })
  })

  test('withdraws what was offered again while it was in flight', () => {
    const again = goOn(story, edit(2, edited), refusal({ event_id: 'main-2' }))
    expect(sent(again)).toEqual([])
    expect(again.state.config).toMatchObject({ sent: null, offers: [] })
  })

  test('does not change what a later edit is compared with', () => {
    const next = goOn(story, refusal({ event_id: 'main-2' }), edit(3, agentWith({ ...edited, stt: { model: 'a/b' } })))
    expect(sent(next)).toMatchObject([
      { session: { type: 'realtime', audio: { input: { transcription: { model: 'a/b' } } } } },
    ])
  })

  test('of a field that is in no file is shown at its nearest parent, else without a place', () => {
    const given = goOn(
      live(),
      edit(2, agentWith({ stt: { model: 'assemblyai/u3-rt-pro', language: 'xx' }, temperature: 2 })),
    )
    const place = (param: string) => reported(goOn(given, refusal({ param })), 'reload.refused')[0]?.line
    expect(place('session.audio.input.transcription.language')).toBe(5)
    expect(place('session.temperature')).toBeNull()
  })

  describe('without id and param', () => {
    const vague = refusal({ code: null, message: 'Tool calling is currently restricted on your plan.' })

    test('is reported at once and is final after 3 s', () => {
      const refused = goOn(inFlight(), vague)
      expect(reported(refused, 'reload.refused')).toMatchObject([{ fields: ['instructions'], certain: false }])
      expect(refused.state.config.sent).not.toBeNull()
      const over = goOn(refused, ack)
      expect(over.state.config).toMatchObject({ sent: null, refused: [2] })
      expect(outcomes(over)).toEqual([])
      expect(sent(goOn(over, edit(2, pirate)))).toEqual([])
    })

    test('becomes applied by a matching confirmation within that time', () => {
      expect(outcomes(goOn(inFlight(), vague, unsolicited, asPirate))).toEqual([
        ['refused', 'instructions'],
        ['applied', 'instructions'],
      ])
    })

    test('is not undone by a confirmation that shows nothing of it', () => {
      expect(outcomes(goOn(inFlight(), vague, updated({ providerData: { memory: {} } })))).toEqual([
        ['refused', 'instructions'],
      ])
    })

    test('is not recognised while any other request is unanswered', () => {
      const asked = goOn(live(), text('hi'), created('r1'), done('r1'), edit(2, pirate))
      const other = server({ type: 'conversation.item.deleted', item_id: 'x' })
      expect(outcomes(goOn(asked, other, vague))).toEqual([])
      const item = { id: 'main-item-2', type: 'message', role: 'user' }
      const added = server({ type: 'conversation.item.added', item })
      expect(outcomes(goOn(asked, other, added, vague))).toEqual([['refused', 'instructions']])
    })

    test('is also recognised if it names a setting without session.', () => {
      const story = goOn(inFlight(), refusal({ code: null, param: 'instructions' }))
      expect(reported(story, 'reload.refused')).toMatchObject([{ fields: ['instructions'], certain: false }])
      expect(outcomes(goOn(story, asPirate))).toEqual([['applied', 'instructions']])
    })

    test('is also recognised after a late truncation, whose error named nothing', () => {
      const cut = goOn(live(), created('r1'), piece('a'), started, cleared(['a', 10]), stopped, done('r1'))
      const late = goOn(cut, refusal({ code: null, message: 'Audio content of 5ms is already shorter than 10ms' }))
      expect(late.effects).toEqual([])
      const story = goOn(late, edit(2, pirate), vague)
      expect(outcomes(story)).toEqual([['refused', 'instructions']])
    })

    test('does not hold up a response', () => {
      expect(sentTypes(goOn(inFlight(), vague, text('hi')))).toEqual(['conversation.item.create', 'response.create'])
    })
  })
})

describe('an error refuses no update', () => {
  const others: readonly [string, readonly SessionEvent[], Partial<ServiceError>][] = [
    ['it is a fault of the service', [], { type: 'server_error', code: null, event_id: 'main-2' }],
    ['it is a fault of the service, with our param', [], { type: 'server_error', param: 'session.voice' }],
    ['it has the id of another request', [], { event_id: 'main-1' }],
    ['it has the param of another request', [], { param: 'item_id' }],
    ['its code is of the input buffer', [], { code: 'input_audio_buffer_commit_empty' }],
    ['its words are about an item', [], { code: null, message: 'Item not found.' }],
    ['it is about an event that the service does not know', [], { code: 'unknown_event_type' }],
    ['its type is of no request', [], { type: 'rate_limit_error' }],
    ['another request of ours is unanswered', [text('hi')], {}],
  ]
  test.each(others)('if %s', (_, events, changes) => {
    const other = goOn(goOn(inFlight(), ...events), refusal(changes))
    expect(outcomes(other)).toEqual([])
    expect(reported(other, 'error')).toHaveLength(1)
    expect(outcomes(goOn(other, asPirate))).toEqual([['applied', 'instructions']])
  })

  test('before every other request is answered; then one without an id does', () => {
    const look = agentWith({ tools: [toolNamed('look')] })
    const called = goOn(live(look), created('r1'), doneWithCalls('r1', 'look'), toolDone('look'))
    const item = { id: 'o', type: 'function_call_output', call_id: 'call_look' }
    const answered = goOn(called, server({ type: 'conversation.item.added', item }), created('r2'), done('r2'))
    const edited = goOn(answered, edit(2, agentWith({ ...look, instructions: 'Be a pirate.' })))
    expect(outcomes(goOn(edited, refusal({})))).toEqual([['refused', 'instructions']])
  })

  test.each([
    [{ code: 'response_cancel_not_active' }],
    [{ code: 'conversation_already_has_active_response' }],
    [{ code: null, message: 'Audio content of 1ms is already shorter than 2ms' }],
  ])('if it is harmless, such as %j, and is not reported either', (changes) => {
    const story = goOn(inFlight(), refusal(changes))
    expect(reports(story)).toEqual([])
    expect(outcomes(goOn(story, asPirate))).toEqual([['applied', 'instructions']])
  })
})
