import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createReader } from '../../src/page/client/reader.ts'
import { createSoundInFlight } from '../../src/page/client/sound-in-flight.ts'
import { connect } from '../../src/page/client.ts'
import type { ServerMessage } from '../../src/page/protocol.ts'

const WELCOME: ServerMessage = { type: 'welcome', protocol: 1, version: '1', agents: [], resumes: false }
const OPENED: ServerMessage = { type: 'opened', conversation: 'page-1', agent: 'desk', resume: 's', resumed: false }

test.each([
  [12, 8_000],
  [12, 24_000],
  [6, 48_000],
])(
  "the caller's sound is refused while more than %i s of it, at %i Hz, has not reached the runner",
  async (seconds, rate) => {
    const server = new WebSocketServer({ port: 0 })
    await once(server, 'listening')
    const connected = once(server, 'connection')
    const received = new EventEmitter()
    const client = connect({
      url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
      onState: ({ phase }) => phase === 'ready' && client.open(),
      onMessage: ({ type }) => void received.emit(type),
    })
    const [socket] = (await connected) as [WebSocket]
    const say = async (message: ServerMessage) => {
      const arrived = once(received, message.type)
      socket.send(JSON.stringify(message))
      await arrived
    }
    await say(WELCOME)
    await say(OPENED)
    await say({ type: 'sound', input_rate: rate, output_rate: rate })
    const second = new Int16Array(rate)
    for (let count = 0; count < seconds; count += 1) {
      expect(client.sound(second)).toBe(true)
      socket.ping()
      await once(socket, 'pong')
    }
    expect(client.underwayBytes).toBe(0)
    await say({ type: 'alive', sound: 0 })
    expect(client.underwayBytes).toBe(seconds * 2 * rate)
    expect(client.sound(second)).toBe(true)
    await say({ type: 'alive', sound: 0 })
    expect(client.sound(second)).toBe(false)
    await say({ type: 'alive', sound: (seconds + 1) * 2 * rate })
    expect(client.underwayBytes).toBe(0)
    expect(client.sound(second)).toBe(true)
    await say({ type: 'alive' })
    expect(client.underwayBytes).toBe(0)
    client.leave()
    server.close()
  },
)

test('only sound sent on this connection counts as in flight', () => {
  const soundInFlight = createSoundInFlight()
  soundInFlight.addSent(2_000)
  soundInFlight.acknowledge(500)
  expect(soundInFlight.bytes).toBe(1_500)
  soundInFlight.reset()
  expect(soundInFlight.bytes).toBe(0)
  soundInFlight.addSent(10)
  soundInFlight.acknowledge(10)
  expect(soundInFlight.bytes).toBe(0)
})

test('a connection lost while the speaker reports what it played sends no hello on the next', async () => {
  const server = new WebSocketServer({ port: 0 })
  await once(server, 'listening')
  const nextOf = async () => (await once(server, 'connection'))[0] as WebSocket
  const say = (socket: WebSocket, message: ServerMessage) => socket.send(JSON.stringify(message))
  const cleared = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  const clearCalls = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let clearCount = 0
  const reader = createReader()
  const first = nextOf()
  const client = connect({
    url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    speaker: {
      ...reader,
      async clear() {
        clearCalls[clearCount]?.resolve()
        clearCount += 1
        await cleared.promise
        return reader.clear()
      },
    },
    onState: ({ phase }) => phase === 'ready' && client.open(),
    onMessage: ({ type }) => type === 'opened' && opened.resolve(),
  })
  const firstSocket = await first
  await once(firstSocket, 'message')
  say(firstSocket, WELCOME)
  say(firstSocket, OPENED)
  await opened.promise
  const second = nextOf()
  firstSocket.terminate()
  const secondSocket = await second
  await clearCalls[0]?.promise
  const third = nextOf()
  secondSocket.terminate()
  const thirdSocket = await third
  const hellos: unknown[] = []
  thirdSocket.on('message', (data) => hellos.push(JSON.parse(String(data))))
  await clearCalls[1]?.promise
  cleared.resolve()
  await once(thirdSocket, 'message')
  thirdSocket.ping()
  await once(thirdSocket, 'pong')
  expect(hellos).toEqual([{ type: 'hello', protocol: 1, heard: [], resume: 's' }])
  client.leave()
  server.close()
})
