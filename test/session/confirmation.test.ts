import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import { compileSession } from '../../src/session/settings/compile.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { ack, asPirate, inFlight, outcomes, pirate, refusal, unsolicited } from './edits.ts'
import {
  edit,
  goOn,
  live,
  lost,
  reopening,
  reported,
  type Story,
  sent,
  sentTypes,
  server,
  text,
  updated,
} from './story.ts'

describe('a confirmation', () => {
  test('unsolicited, with the old values, confirms nothing', () => {
    const story = goOn(inFlight(), unsolicited)
    expect(outcomes(story)).toEqual([])
    expect(story.state.config.sent).not.toBeNull()
    expect(outcomes(goOn(story, asPirate))).toEqual([['applied', 'instructions']])
  })

  test('unsolicited, with nothing in flight, changes only what is reported', () => {
    const before = live()
    const story = goOn(before, unsolicited)
    expect(story.effects).toEqual([])
    expect(story.state.config.accepted).toEqual(before.state.config.accepted)
  })

  const echoes: readonly [string, Partial<Agent>, { readonly [key: string]: unknown }][] = [
    ['with memory before the prompt', { instructions: 'New. \n' }, { instructions: 'Memory: tea.\n\nNew.' }],
    [
      'with modalities in another order',
      { output_modalities: ['text', 'audio'] },
      { output_modalities: ['audio', 'text'] },
    ],
    [
      'with keys in another order',
      { provider_data: { stt: { a: 1, b: 2 } } },
      { providerData: { stt: { b: 2, a: 1, c: 3 } } },
    ],
    [
      'with tools that carry more or less',
      { tools: [toolNamed('look')] },
      { tools: [{ strict: false, type: 'function', name: 'look', parameters: { type: 'object' } }] },
    ],
    [
      'with formats as words',
      { voice: 'Sarah' },
      { audio: { input: { format: 'pcm16' }, output: { format: 'pcm16', voice: 'Sarah' } } },
    ],
    ['that shows none of it', { voice: 'Sarah' }, { id: 'sess_1' }],
  ]
  test.each(echoes)('%s confirms the update without a warning', (_, changes, echo) => {
    const story = goOn(
      goOn(live(agentWith({ output_modalities: ['text'] })), edit(2, agentWith(changes))),
      updated(echo),
    )
    expect(reported(story, 'reload.applied')).toHaveLength(1)
    expect(reported(story, 'warning')).toEqual([])
  })

  test('that shows one setting differently confirms, with a warning at its line', () => {
    const agent = agentWith({ instructions: 'New.', voice: 'Sarah' })
    const story = goOn(
      goOn(live(), edit(2, agent)),
      updated({ instructions: 'New.', audio: { output: { voice: 'sarah' } } }),
    )
    expect(outcomes(story)).toEqual([['applied', 'voice', 'instructions']])
    expect(reported(story, 'warning')[0]?.diagnostic).toMatchObject({
      rule: 'RV911',
      level: 'warning',
      pointer: '/voice',
    })
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'agents/desk.yaml:3:8 voice: asked for "Sarah", the service shows "sarah"',
    ])
    expect(story.state.config.accepted.audio?.output?.voice).toBe('Sarah')
  })

  test('in other words than ours confirms, with a warning, if the value is new', () => {
    const known = goOn(live(), updated({ audio: { output: { voice: 'clive' } } }))
    const story = goOn(
      known,
      edit(2, agentWith({ voice: 'Sarah' })),
      updated({ audio: { output: { voice: 'sarah' } } }),
    )
    expect(outcomes(story)).toEqual([['applied', 'voice']])
    expect(reported(story, 'warning')).toHaveLength(1)
    const old = goOn(known, edit(2, agentWith({ voice: 'Sarah' })), updated({ audio: { output: { voice: 'clive' } } }))
    expect(outcomes(old)).toEqual([])
  })

  test('with a number in 32-bit precision confirms without a warning', () => {
    const tts = { model: 'inworld-tts-1.5-max', speed: 1.1 }
    const story = goOn(
      live(),
      edit(2, agentWith({ tts })),
      updated({ audio: { output: { speed: 1.100000023841858 } } }),
    )
    expect(outcomes(story)).toEqual([['applied', 'tts.speed']])
    expect(reported(story, 'warning')).toEqual([])
  })

  test('unsolicited, with the old prompt, does not confirm a prompt that is the end of it', () => {
    const long = agentWith({ instructions: 'Speak like a pirate.\nBe brief.' })
    const story = goOn(live(long), edit(2, agentWith({ instructions: 'Be brief.' })))
    expect(outcomes(goOn(story, updated({ instructions: 'Memory: tea.\nSpeak like a pirate.\nBe brief.' })))).toEqual(
      [],
    )
    expect(outcomes(goOn(story, updated({ instructions: 'Memory: tea.\nBe brief.' })))).toEqual([
      ['applied', 'instructions'],
    ])
    const longer = goOn(
      live(agentWith({ instructions: 'Be brief.' })),
      edit(2, long),
      updated({ instructions: long.instructions }),
    )
    expect(outcomes(longer)).toEqual([['applied', 'instructions']])
  })

  test('in a different spelling never causes a second update', () => {
    const story = goOn(live(), edit(2, agentWith({ instructions: 'New.', voice: 'Sarah' })))
    const confirmed = goOn(story, updated({ instructions: 'New.', audio: { output: { voice: 'sarah' } } }))
    expect(sent(confirmed)).toEqual([])
    expect(sent(goOn(confirmed, updated({ audio: { output: { voice: 'sarah' } } }), text('hi')))).toHaveLength(2)
  })
})

describe('an update without an answer', () => {
  const repeated = goOn(inFlight(), ack)
  const unconfirmed = goOn(repeated, ack)

  test('is sent once more, as the whole session, under a new id', () => {
    expect(sent(repeated)).toEqual([{ type: 'session.update', event_id: 'main-3', session: compileSession(pirate) }])
    expect(repeated.effects).toContainEqual({ type: 'startTimer', timer: 'ack', ms: 3_000 })
    expect(outcomes(goOn(repeated, asPirate))).toEqual([['applied', 'instructions']])
  })

  test('is refused by an error that names the second sending', () => {
    expect(outcomes(goOn(repeated, refusal({ event_id: 'main-3' })))).toEqual([['refused', 'instructions']])
  })

  describe('refused by an error that names the first sending', () => {
    const refused = goOn(repeated, refusal({ event_id: 'main-2' }))
    const certain = (story: Story) => reported(story, 'reload.refused').map((report) => report.certain)

    test('counts as refused provisionally, and nothing waits for it', () => {
      expect(certain(refused)).toEqual([false])
      expect(sentTypes(goOn(refused, text('hi')))).toEqual(['conversation.item.create', 'response.create'])
    })

    test('is refused for certain by an error that names the second, and by no third error', () => {
      const twice = goOn(refused, refusal({ event_id: 'main-3' }))
      expect([certain(twice), twice.state.config]).toMatchObject([
        [true],
        { sent: null, refused: [2], possiblyAccepted: [] },
      ])
      expect(goOn(refused, refusal({ event_id: 'main-2' })).effects).toEqual([])
    })

    test('is applied if the service confirms the second sending', () => {
      const applied = goOn(refused, asPirate)
      expect(outcomes(applied)).toEqual([['applied', 'instructions']])
      expect(applied.state.config).toMatchObject({ confirmed: { number: 2 }, accepted: compileSession(pirate) })
    })

    test('is refused, and possibly accepted, if the second sending has no answer', () => {
      const given = goOn(refused, ack)
      expect(given.state.config).toMatchObject({ sent: null, refused: [2], possiblyAccepted: [compileSession(pirate)] })
    })
  })

  test('to either sending is unconfirmed, and the conversation goes on with the last confirmed tools', () => {
    expect(outcomes(unconfirmed)).toEqual([['unconfirmed', 'instructions']])
    expect(sent(unconfirmed)).toEqual([])
    expect(unconfirmed.state.config).toMatchObject({ sent: null, confirmed: { number: 1 } })
    expect(sentTypes(goOn(unconfirmed, text('hi')))).toEqual(['conversation.item.create', 'response.create'])
  })

  test('to either sending, while the service shows the old value, is warned of at the line of the setting', () => {
    const asked = goOn(live(), edit(2, agentWith({ voice: 'Nobody' })))
    const shown = updated({ audio: { output: { voice: 'Clive' } } })
    expect(reported(goOn(asked, ack, ack), 'warning')).toEqual([])
    const story = goOn(asked, shown, ack, shown, ack)
    expect(outcomes(story)).toEqual([['unconfirmed', 'voice']])
    expect(reported(story, 'warning').map(({ message }) => message)).toEqual([
      'agents/desk.yaml:3:8 voice: asked for "Nobody", the service shows "Clive"',
    ])
  })

  test('is what the next session begins with, its connection settings included', () => {
    const elsewhere = agentWith({ ...pirate, connection: { ...pirate.connection, base_url: 'wss://elsewhere.test/' } })
    const lost = goOn(inFlight(elsewhere), ack, ack, { type: 'socket.closed', code: 1006, reason: '' })
    const again = goOn(lost, { type: 'timer.fired', timer: 'retry' })
    expect(again.effects[0]).toEqual({ type: 'connect', connection: elsewhere.connection })
    const opened = goOn(again, { type: 'socket.opened' }, server({ type: 'session.created', session: {} }))
    expect(sent(opened)).toMatchObject([{ session: compileSession(pirate) }])
    expect(goOn(opened, updated()).state.config).toMatchObject({ confirmed: { number: 2 }, unconfirmed: null })
  })

  test('is not offered again if the next session refuses it', () => {
    const lost = goOn(
      unconfirmed,
      { type: 'socket.closed', code: 1006, reason: '' },
      { type: 'timer.fired', timer: 'retry' },
    )
    const open = [{ type: 'socket.opened' } as const, server({ type: 'session.created', session: {} })]
    const refused = goOn(goOn(lost, ...open), refusal({ param: 'session.instructions' }))
    expect(outcomes(refused)).toEqual([['refused', 'instructions']])
    const again = goOn(refused, { type: 'timer.fired', timer: 'retry' }, ...open)
    expect(sent(again)).toMatchObject([{ session: { instructions: 'You are at the desk.' } }])
  })
})

describe('an update that was given up', () => {
  const given = goOn(inFlight(), ack, ack)
  const back = agentWith()

  test('is applied by a late confirmation', () => {
    const story = goOn(given, asPirate)
    expect(outcomes(story)).toEqual([['applied', 'instructions']])
    expect(story.state.config).toMatchObject({ confirmed: { number: 2 }, unconfirmed: null, possiblyAccepted: [] })
  })

  test('is not applied by a confirmation that shows the old settings, or none', () => {
    expect(outcomes(goOn(given, unsolicited, updated()))).toEqual([])
  })

  test('is refused by a late answer to either of its two sendings', () => {
    for (const [id, certain] of [
      ['main-2', false],
      ['main-3', true],
    ] as const) {
      const story = goOn(given, refusal({ event_id: id, param: 'session.instructions' }))
      expect(reported(story, 'reload.refused')).toMatchObject([{ fields: ['instructions'], certain }])
      expect(story.state.config).toMatchObject({ unconfirmed: null, refused: [2] })
      expect(story.state.config.possiblyAccepted).toHaveLength(certain ? 0 : 1)
    }
  })

  test('is not refused with a voice that the conversation chose since: the next session begins with it', () => {
    const chosen = goOn(given, { type: 'voice.chosen', voice: 'Dennis' })
    const story = goOn(chosen, refusal({ event_id: 'main-4' }))
    expect(sent(chosen)).toMatchObject([{ session: { audio: { output: { voice: 'Dennis' } } } }])
    expect(sent(story)).toEqual([])
    expect(story.state.config).toMatchObject({ unconfirmed: { generation: { number: 2 } }, refused: [] })
    const next = sent(goOn(story, lost, ...reopening))
    expect(next).toMatchObject([
      { session: { instructions: pirate.instructions, audio: { output: { voice: 'Clive' } } } },
    ])
  })

  test('is refused by a late answer that names a setting, while no other update is in flight', () => {
    const story = goOn(given, refusal({ param: 'session.instructions' }))
    expect(reported(story, 'reload.refused')).toMatchObject([{ fields: ['instructions'], certain: true }])
    expect(story.state.config).toMatchObject({ unconfirmed: null, refused: [2] })
  })

  test('makes the next update uncertain if a refusal names a setting and no update', () => {
    const next = goOn(given, edit(3, agentWith({ voice: 'Sarah' })))
    expect(goOn(next, refusal({ param: 'session.instructions' })).state.config.possiblyAccepted).toHaveLength(2)
    expect(goOn(next, refusal({ event_id: 'main-4' })).state.config.possiblyAccepted).toHaveLength(1)
  })

  test('makes the next update send everything, since the service may have accepted it', () => {
    const story = goOn(given, edit(3, back))
    expect(sent(story)).toMatchObject([{ session: compileSession(back) }])
    expect(outcomes(goOn(story, updated({ instructions: back.instructions })))).toEqual([['applied', 'instructions']])
  })

  test('is undone by an edit back to what was before, in whatever words the service shows that', () => {
    const clive = updated({ audio: { output: { voice: 'clive' } } })
    const unsure = goOn(live(), clive, edit(2, agentWith({ voice: 'Sarah' })), ack, ack)
    expect(goOn(unsure, edit(3, back), clive).state.config).toMatchObject({
      confirmed: { number: 3 },
      possiblyAccepted: [],
    })
  })

  test('does not confirm the next update by its own late answer', () => {
    const both = agentWith({ ...pirate, voice: 'Sarah' })
    const late = goOn(goOn(given, edit(3, both)), updated({ ...compileSession(pirate) }))
    expect(outcomes(late)).toEqual([['applied', 'instructions']])
    expect(late.state.config).toMatchObject({ confirmed: { number: 2 }, sent: { generation: { number: 3 } } })
    expect(goOn(late, updated({ ...compileSession(both) })).state.config).toMatchObject({ confirmed: { number: 3 } })
  })

  test('causes no whole update once the service has confirmed another', () => {
    const story = goOn(given, edit(3, back), updated({ instructions: back.instructions }), edit(4, pirate))
    expect(sent(story).at(-1)).toMatchObject({ session: { type: 'realtime', instructions: pirate.instructions } })
    expect(Object.keys((sent(story).at(-1) as { session: object }).session)).toEqual(['type', 'instructions'])
  })
})
