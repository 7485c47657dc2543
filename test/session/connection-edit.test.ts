import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import { outcomes } from './edits.ts'
import {
  edit,
  failure,
  fired,
  goOn,
  live,
  lost,
  opened,
  reopening,
  reported,
  type Story,
  sessionCreated,
  updated,
} from './story.ts'
import { acked, connectionEffects, HOUR, next, ready } from './two-sessions.ts'

const before = agentWith()
const moved = connectingTo({ base_url: 'wss://nowhere.invalid/session' })
const rotated = connectingTo({ api_key_env: 'NEW_KEY' })
const NOT_CONNECTED: SessionEvent = {
  type: 'socket.closed',
  code: 1006,
  reason: 'getaddrinfo ENOTFOUND nowhere.invalid',
}
const UNAUTHORIZED: SessionEvent = { type: 'socket.refused', status: 401, message: 'Unauthorized' }

function connectingTo(changes: Partial<Agent['connection']>): Agent {
  return agentWith({ connection: { ...agentWith().connection, ...changes } })
}

function connections(story: Story): readonly Agent['connection'][] {
  return story.effects.flatMap((effect) => (effect.type === 'connect' ? [effect.connection] : []))
}

function warnings(story: Story): readonly string[] {
  return reported(story, 'warning').map(({ message }) => message)
}

describe('an edit of the connection settings that opens no session', () => {
  test.each<[string, Agent, string, readonly SessionEvent[]]>([
    ['no such host', moved, 'connection.base_url', [NOT_CONNECTED]],
    ['no answer in time', moved, 'connection.base_url', [fired('connect')]],
    ['a host that begins no session', moved, 'connection.base_url', [opened, fired('confirm')]],
    ['a refused key', rotated, 'connection.api_key_env', [UNAUTHORIZED]],
    [
      'an account without credit',
      rotated,
      'connection.api_key_env',
      [opened, sessionCreated, failure({ code: 'insufficient_quota' })],
    ],
  ])(
    '%s: the conversation goes on with the settings before, and the edit stays deferred',
    (_, edited, field, failing) => {
      const away = goOn(goOn(live(), edit(2, edited)), lost, fired('retry'))
      expect(connections(away)).toEqual([edited.connection])
      const failed = goOn(away, ...failing)
      expect(warnings(failed)).toEqual([
        expect.stringMatching(
          /^the connection was lost: .+; trying again in 0\.5 s with the connection settings before the edit$/,
        ),
      ])
      const back = goOn(failed, ...reopening, updated())
      expect(connections(back)).toEqual([before.connection])
      expect(back.state.phase).toBe('live')
      expect(outcomes(back)).toEqual([['deferred', field]])
      expect(back.state.config).toMatchObject({ confirmed: { number: 2 }, deferred: [field] })
    },
  )

  test('is tried first after the next loss, and applied once it opens a session', () => {
    const back = goOn(goOn(live(), edit(2, moved)), lost, fired('retry'), NOT_CONNECTED, ...reopening, updated())
    const again = goOn(goOn(back, fired('healthy')), lost, ...reopening, updated())
    expect(connections(again)).toEqual([moved.connection])
    expect(outcomes(again)).toEqual([['applied', 'connection.base_url']])
    expect(again.state.config.deferred).toEqual([])
  })

  test('waits for nothing once it is taken back', () => {
    const back = goOn(goOn(live(), edit(2, moved)), lost, fired('retry'), NOT_CONNECTED, ...reopening, updated())
    const undone = goOn(back, edit(3, before))
    expect(undone.state.config).toMatchObject({ confirmed: { number: 3 }, deferred: [] })
  })

  test('does not hold up the other settings of an edit that came while there was no connection', () => {
    const edited = { ...moved, temperature: 0.3 }
    const back = goOn(goOn(live(), lost), edit(2, edited), fired('retry'), NOT_CONNECTED, ...reopening, updated())
    expect(outcomes(back)).toEqual([
      ['applied', 'temperature'],
      ['deferred', 'connection.base_url'],
    ])
  })

  test('is deferred as well if it came while there was no connection, and the account it names is used up', () => {
    const configuring = goOn(goOn(live(), lost), edit(2, rotated), ...reopening)
    const failed = goOn(configuring, failure({ code: 'insufficient_quota' }))
    expect(failed.state.phase).toBe('waiting')
    const back = goOn(failed, ...reopening, updated())
    expect(connections(back)).toEqual([before.connection])
    expect(outcomes(back)).toEqual([['deferred', 'connection.api_key_env']])
  })

  test('ends the conversation like any other loss if the settings before open none either', () => {
    let story = goOn(live(), edit(2, rotated), lost)
    const tried: Agent['connection'][] = []
    for (const failing of [UNAUTHORIZED, NOT_CONNECTED, UNAUTHORIZED, UNAUTHORIZED, UNAUTHORIZED]) {
      const attempt = goOn(story, fired('retry'))
      tried.push(...connections(attempt))
      story = goOn(attempt, failing)
    }
    expect(tried.map(({ api_key_env }) => api_key_env)).toEqual([
      ...['NEW_KEY', 'INWORLD_API_KEY', 'NEW_KEY', 'INWORLD_API_KEY', 'NEW_KEY'],
    ])
    expect(story.state).toMatchObject({ phase: 'closing', ending: { failed: true, code: 401 } })
    expect(story.state.ending?.reason).toContain('look at the key in NEW_KEY')
  })
})

describe('at a planned roll-over', () => {
  const due = (edited: Agent) => goOn(goOn(live(), updated({ expires_at: HOUR }), edit(2, edited)), fired('roll over'))

  test.each<[string, Agent, string, readonly SessionEvent[]]>([
    ['no such host', moved, 'connection.base_url', [next(NOT_CONNECTED)]],
    ['no answer in time', moved, 'connection.base_url', [fired('next')]],
    ['a refused key', rotated, 'connection.api_key_env', [next(UNAUTHORIZED)]],
  ])(
    '%s: the next session opens with the settings before, and the edit stays deferred',
    (_, edited, field, failing) => {
      const opening = due(edited)
      expect(connections(opening)).toEqual([edited.connection])
      const failed = goOn(opening, ...failing)
      expect(failed.state.phase).toBe('live')
      expect(warnings(failed)).toEqual([
        expect.stringMatching(/trying again in 0\.3 s with the connection settings before the edit$/),
      ])
      const again = goOn(failed, fired('next'))
      expect(connections(again)).toEqual([before.connection])
      const prepared = goOn(again, ...ready)
      const followed = goOn(prepared, ...acked(prepared))
      expect([...connectionEffects(prepared), ...connectionEffects(followed)]).toEqual(['take over'])
      expect(outcomes(prepared)).toEqual([['deferred', field]])
      expect(followed.state.config).toMatchObject({ confirmed: { number: 2 }, deferred: [field] })
    },
  )

  test('an edit that mends them is tried at once', () => {
    const failed = goOn(due(moved), next(NOT_CONNECTED))
    const mended = connectingTo({ base_url: 'wss://elsewhere.example/session' })
    expect(connections(goOn(failed, edit(3, mended)))).toEqual([mended.connection])
  })
})
