import { expect, test } from 'vitest'
import { createSessionSockets } from '../../src/runner/conversation/session-sockets.ts'
import type { ConnectionEvent, SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'

const { connection } = agentWith()
const closed: ConnectionEvent = { type: 'socket.closed', code: 1006, reason: 'lost' }
const refused: ConnectionEvent = { type: 'socket.refused', status: 503, message: 'busy' }

/** Sockets, what was told of them, what was done to each, and the ways to tell of each. */
function open() {
  const told: SessionEvent[] = []
  const done: string[] = []
  const tell: ((event: ConnectionEvent) => void)[] = []
  const sockets = createSessionSockets({
    connect(_connection, onEvent) {
      const number = tell.push(onEvent)
      return { send: () => done.push(`${number} sends`), close: () => done.push(`${number} is closed`) }
    },
    queue(next) {
      const event = next()
      if (event !== null) told.push(event)
    },
  })
  const tellOf = (number: number, event: ConnectionEvent) => tell[number - 1]?.(event)
  return { sockets, told, done, tellOf }
}

test.each([closed, refused])(
  'a connection of which $type was told is not there any more: to close it is told at once',
  (last) => {
    const { sockets, told, done, tellOf } = open()
    sockets.connect(connection, false)
    tellOf(1, last)
    sockets.close(false)
    expect([told.map(({ type }) => type), done]).toEqual([[last.type, 'socket.closed'], []])
  },
)

test('a refusal is the last that is told of its connection', () => {
  const { sockets, told, tellOf } = open()
  sockets.connect(connection, false)
  tellOf(1, refused)
  tellOf(1, closed)
  expect(told).toEqual([refused])
})

test('the end of one connection takes nothing from the other', () => {
  const { sockets, told, done, tellOf } = open()
  for (const isNext of [false, true]) sockets.connect(connection, isNext)
  tellOf(2, closed)
  sockets.send({ type: 'input_audio_buffer.commit', event_id: 'a' }, false)
  sockets.connect(connection, true)
  tellOf(1, closed)
  sockets.send({ type: 'input_audio_buffer.commit', event_id: 'b' }, true)
  expect([told, done]).toEqual([
    [{ type: 'next', event: closed }, closed],
    ['1 sends', '3 sends'],
  ])
})
