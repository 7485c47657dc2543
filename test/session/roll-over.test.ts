import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'
import {
  created,
  done,
  edit,
  fired,
  goOn,
  live,
  moment,
  orders,
  reported,
  type Story,
  sentTypes,
  server,
  text,
  updated,
} from './story.ts'

/** In s since the epoch: an hour from the story's now. */
const HOUR = moment.now / 1_000 + 3_600
const expiring = goOn(live(), updated({ expires_at: HOUR }))
const started = server({ type: 'input_audio_buffer.speech_started', item_id: 'u' })
const words = { type: 'response.output_text.delta', response_id: 'r1', item_id: 'a', delta: 'Noon.' } as const

function wait(story: Story): number | undefined {
  return story.effects.flatMap((effect) =>
    effect.type === 'startTimer' && effect.timer === 'roll over' ? [effect.ms] : [],
  )[0]
}

describe('a session that will end by itself', () => {
  test('is followed by another after four fifths of its time', () => {
    expect(wait(expiring)).toBe(2_880_000)
    const story = goOn(expiring, fired('roll over'))
    expect(orders(story).filter((type) => type === 'close' || type === 'connect')).toEqual(['close', 'connect'])
    expect(reported(story, 'warning')).toEqual([])
    expect(story.state.connection.losses).toBe(0)
  })

  test('lives on where the service gives it more time', () => {
    expect(wait(goOn(expiring, updated({ expires_at: HOUR + 600 })))).toBe(3_360_000)
    expect(wait(goOn(expiring, updated({ expires_at: HOUR })))).toBeUndefined()
  })

  test('whose end is said to be near, past or no number is left alone', () => {
    for (const expires_at of [moment.now / 1_000 + 59, 0, 'soon', Number.NaN]) {
      expect(wait(goOn(live(), updated({ expires_at })))).toBeUndefined()
    }
  })

  test.each<[string, readonly SessionEvent[], readonly SessionEvent[]]>([
    ['the agent speaks', [created('r1')], [done('r1')]],
    ['the caller speaks', [started], [created('r1'), done('r1')]],
    [
      'an update is on its way',
      [edit(2, agentWith({ voice: 'Sarah' }))],
      [updated({ audio: { output: { voice: 'Sarah' } } })],
    ],
  ])('waits while %s', (_, busy, quiet) => {
    const story = goOn(expiring, ...busy, fired('roll over'))
    expect(orders(story)).not.toContain('close')
    const stopped = server({ type: 'input_audio_buffer.speech_stopped', item_id: 'u' })
    expect(orders(goOn(story, stopped, ...quiet))).toContain('connect')
  })

  test('waits no longer when it has ten seconds left', () => {
    const story = goOn(goOn(expiring, started), fired('roll over'))
    expect(wait(story)).toBe(3_590_000)
    expect(orders(goOn(story, fired('roll over')))).toContain('connect')
  })

  test('is followed by one that is told what was said; nobody is greeted again, and what is said meanwhile is kept', () => {
    const talked = goOn(expiring, text('what time is it?'), created('r1'), server(words), done('r1'))
    const rolling = goOn(talked, fired('roll over'), text('and now?'))
    const open = [{ type: 'socket.opened' }, server({ type: 'session.created', session: {} })] as const
    const next = goOn(goOn(rolling, ...open), updated())
    expect(sentTypes(next)).toEqual(['conversation.item.create', 'conversation.item.create'])
    expect(sentTypes(goOn(next, fired('replay')))).toEqual(['conversation.item.create', 'response.create'])
  })
})
