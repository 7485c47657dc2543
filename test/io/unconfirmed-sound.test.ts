import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { openServiceSocket, type SocketEvent } from '../../src/io/service/service-socket.ts'
import { createUnconfirmedSound } from '../../src/io/service/unconfirmed-sound.ts'

const append = (...bytes: readonly number[]) => appended(Buffer.from(bytes))

test('sent sound is kept until the next sign of life of the service', () => {
  const sound = createUnconfirmedSound()
  expect(sound.bytes).toHaveLength(0)
  sound.recordSent(append(1, 2))
  sound.recordSent(append(3))
  expect([...sound.bytes]).toEqual([1, 2, 3])
  sound.confirmAll()
  expect(sound.bytes).toHaveLength(0)
  sound.recordSent(append(4))
  expect([...sound.bytes]).toEqual([4])
})

test.each(['input_audio_buffer.commit', 'input_audio_buffer.clear'] as const)(
  'sent sound is dropped after %s',
  (type) => {
    const sound = createUnconfirmedSound()
    sound.recordSent(append(1, 2))
    sound.recordSent({ type, event_id: 'e' })
    expect(sound.bytes).toHaveLength(0)
    sound.recordSent({ type: 'response.cancel', event_id: 'e' })
    sound.recordSent(append(3))
    expect([...sound.bytes]).toEqual([3])
  },
)

test('beyond the limit only the newest sound is kept', () => {
  const sound = createUnconfirmedSound()
  const pieces = Array.from({ length: 1_500 }, (_, index) => Buffer.alloc(2_880, index % 251))
  for (const piece of pieces) sound.recordSent(appended(piece))
  expect(Buffer.concat(pieces).subarray(-960_000).equals(sound.bytes)).toBe(true)
})

test.each<[string, (peer: WebSocket) => void]>([
  ['sent a message and a pong', (peer) => peer.send('{"type":"ping"}')],
  ['sent a pong', () => {}],
])('a broken connection reports the sound sent since the service %s', async (_, answer) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  await once(server, 'listening')
  const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve))
  const opened = Promise.withResolvers<SocketEvent>()
  const closed = Promise.withResolvers<SocketEvent>()
  const socket = openServiceSocket({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers: {},
    onEvent(event) {
      if (event.type === 'socket.opened') opened.resolve(event)
      if (event.type === 'socket.closed') closed.resolve(event)
    },
  })
  const peer = await connected
  await opened.promise
  const say = async (...bytes: readonly number[]) => {
    const received = once(peer, 'message')
    socket.send(append(...bytes))
    await received
  }
  await say(1, 2)
  answer(peer)
  peer.ping()
  await once(peer, 'pong')
  await say(3)
  await say(4, 5)
  peer.terminate()
  expect(await closed.promise).toMatchObject({ code: 1006, unheard: Buffer.from([3, 4, 5]) })
})

function appended(audio: Buffer) {
  return { type: 'input_audio_buffer.append', audio } as const
}
