import { describe, expect, test } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import type { KnownToWork } from '../../src/session/config-state.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { settle } from '../../src/session/settle.ts'
import { newSession } from '../../src/session/state.ts'
import { agentWith } from '../helpers/agents.ts'
import { outcomes } from './edits.ts'
import {
  edit,
  failure,
  fired,
  goOn,
  goOnAt,
  live,
  lost,
  moment,
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
const NOT_CONNECTED = {
  type: 'socket.closed',
  code: 1006,
  reason: 'getaddrinfo ENOTFOUND nowhere.invalid',
} as const
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

/** What an edit of the connection settings may come to: the edit, its field, and what happens. */
const FAILURES: readonly (readonly [string, Agent, string, readonly SessionEvent[]])[] = [
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
]

describe('an edit of the connection settings that opens no session', () => {
  test.each(FAILURES)(
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

describe('an edit of the connection settings with which the first session of a conversation opens none', () => {
  const known = { connection: before.connection }
  const starting = (edited: Agent, more: KnownToWork = known): Story => {
    const [state, effects] = settle(newSession('main', moment, { number: 2, agent: edited }, more))
    return { state, effects }
  }

  test.each(FAILURES)(
    '%s: it begins with the settings before, and the edit stays deferred',
    (_, edited, field, failing) => {
      const begun = starting(edited)
      expect(connections(begun)).toEqual([edited.connection])
      const failed = goOn(begun, ...failing)
      expect(warnings(failed)).toEqual([
        expect.stringMatching(
          /^no session was opened: .+; trying again in 0\.3 s with the connection settings before the edit$/,
        ),
      ])
      const ready = goOn(failed, ...reopening, updated())
      expect(connections(ready)).toEqual([before.connection])
      expect(reported(ready, 'session.ready')).toMatchObject([{ generation: 2 }])
      expect(ready.state.config).toMatchObject({ confirmed: { number: 2 }, deferred: [field] })
      expect(connections(goOn(goOn(ready, fired('healthy')), lost, fired('retry')))).toEqual([edited.connection])
    },
  )

  test('ends it if the settings before open none either', () => {
    const failed = goOn(starting(moved), NOT_CONNECTED, fired('retry'), NOT_CONNECTED)
    expect(failed.state).toMatchObject({ phase: 'closing', ending: { failed: true, reason: NOT_CONNECTED.reason } })
  })

  test('gives the settings before a time of their own', () => {
    const failed = goOnAt(10_000, starting(moved), fired('connect'))
    expect(failed.effects).toContainEqual({ type: 'startTimer', timer: 'connect', ms: 10_000 })
    const silent = goOnAt(20_000, failed, fired('retry'), fired('connect'))
    expect(silent.state.ending?.reason).toBe('the service did not answer within 10 s')
  })

  test('is tried again while the service is only busy, and so are the settings before it', () => {
    const busy: SessionEvent = { type: 'socket.refused', status: 429, message: 'Too many.' }
    const again = goOn(starting(moved), busy, fired('retry'))
    expect(connections(again)).toEqual([moved.connection])
    const failed = goOn(again, NOT_CONNECTED, fired('retry'), busy)
    expect(connections(goOn(failed, fired('retry')))).toEqual([before.connection])
  })

  test('ends it like any other failure if nothing else is known to work', () => {
    const failed = goOn(starting(rotated, {}), UNAUTHORIZED)
    expect(failed.state.ending).toMatchObject({ code: 401, reason: expect.stringContaining('key in NEW_KEY') })
  })

  test('is taken back by an edit that comes meanwhile', () => {
    const failed = goOn(starting(moved), NOT_CONNECTED, edit(3, before))
    const ready = goOn(failed, ...reopening, updated())
    expect(ready.state.config).toMatchObject({ confirmed: { number: 3 }, deferred: [] })
  })
})
