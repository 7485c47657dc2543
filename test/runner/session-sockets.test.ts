import { expect, test } from 'vitest'
import { createSessionSockets } from '../../src/runner/conversation/session-sockets.ts'
import type { ConnectionEvent, SessionEvent } from '../../src/session/event.ts'
import { agentWith } from '../helpers/agents.ts'

const { connection } = agentWith()
const closed: ConnectionEvent = { type: 'socket.closed', code: 1006, reason: 'lost' }
const refused: ConnectionEvent = { type: 'socket.refused', status: 503, message: 'busy' }

/** Sockets, the events they queue, what was done to each, and a way to emit events of each. */
function open() {
  const events: SessionEvent[] = []
  const actions: string[] = []
  const listeners: ((event: ConnectionEvent) => void)[] = []
  const sockets = createSessionSockets({
    connect(_connection, onEvent) {
      const number = listeners.push(onEvent)
      return { send: () => actions.push(`${number} sends`), close: () => actions.push(`${number} is closed`) }
    },
    queue(next) {
      const event = next()
      if (event !== null) events.push(event)
    },
  })
  const emit = (number: number, event: ConnectionEvent) => listeners[number - 1]?.(event)
  return { sockets, events, actions, emit }
}

test.each([closed, refused])('closing a connection after its $type reports a close at once', (last) => {
  const { sockets, events, actions, emit } = open()
  sockets.connect(connection, false)
  emit(1, last)
  sockets.close(false)
  expect([events.map(({ type }) => type), actions]).toEqual([[last.type, 'socket.closed'], []])
})

test('nothing is reported of a connection after its refusal', () => {
  const { sockets, events, emit } = open()
  sockets.connect(connection, false)
  emit(1, refused)
  emit(1, closed)
  expect(events).toEqual([refused])
})

test('the end of one connection does not affect the other', () => {
  const { sockets, events, actions, emit } = open()
  for (const isNext of [false, true]) sockets.connect(connection, isNext)
  emit(2, closed)
  sockets.send({ type: 'input_audio_buffer.commit', event_id: 'a' }, false)
  sockets.connect(connection, true)
  emit(1, closed)
  sockets.send({ type: 'input_audio_buffer.commit', event_id: 'b' }, true)
  expect([events, actions]).toEqual([
    [{ type: 'next', event: closed }, closed],
    ['1 sends', '3 sends'],
  ])
})
