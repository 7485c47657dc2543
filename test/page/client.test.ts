import { EventEmitter, once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createReader } from '../../src/page/client/reader.ts'
import { createSoundInFlight } from '../../src/page/client/sound-in-flight.ts'
import { type ConnectionState, connect } from '../../src/page/client.ts'
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

/** A server whose connections the test takes one by one. */
async function openServer() {
  const server = new WebSocketServer({ port: 0 })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}`
  /** The next connection, up to its hello: `welcome` answers that with these messages. */
  const welcome = async (...messages: readonly ServerMessage[]) => {
    const [socket] = (await once(server, 'connection')) as [WebSocket]
    const [hello] = await once(socket, 'message')
    for (const message of messages) socket.send(JSON.stringify(message))
    return { socket, hello: JSON.parse(String(hello)) as unknown }
  }
  return { url, welcome, close: () => server.close() }
}

/** A client of it; `reached` resolves once its state is this, from now on. */
function openClient(url: string) {
  const states: ConnectionState[] = []
  const changes = new EventEmitter()
  const client = connect({
    url,
    onState(state) {
      states.push(state)
      changes.emit(state.phase)
    },
    onMessage() {},
  })
  return { client, states, reached: (phase: ConnectionState['phase']) => once(changes, phase) }
}

function timerCount(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
}

const LEFT: ConnectionState = { phase: 'closed', code: 1000, reason: 'left' }

describe('a client that leaves', () => {
  test('finds the conversation again by again(), and from then on reconnects when the connection is lost', async () => {
    const server = await openServer()
    const first = server.welcome(WELCOME, OPENED)
    const { client, states, reached } = openClient(server.url)
    await Promise.all([first, reached('talking')])
    const second = server.welcome({ ...WELCOME, resumes: true }, OPENED)
    client.leave()
    expect(states.at(-1)).toEqual(LEFT)
    client.again()
    const [{ socket, hello }] = await Promise.all([second, reached('talking')])
    expect(hello).toMatchObject({ type: 'hello', resume: 's' })
    const third = server.welcome()
    socket.terminate()
    expect(await third).toMatchObject({ hello: { type: 'hello', resume: 's' } })
    client.leave()
    expect(states.map(({ phase }) => phase)).toEqual([
      ...['connecting', 'ready', 'talking', 'closed'],
      ...['connecting', 'talking', 'waiting', 'connecting', 'closed'],
    ])
    server.close()
  })

  test('while it waits for the next attempt is closed, and attempts no more', async () => {
    const server = await openServer()
    const first = server.welcome(WELCOME, OPENED)
    const { client, states, reached } = openClient(server.url)
    const [{ socket }] = await Promise.all([first, reached('talking')])
    const waiting = reached('waiting')
    socket.terminate()
    await waiting
    const timersBefore = timerCount()
    client.leave()
    client.leave()
    expect(timerCount()).toBe(timersBefore - 1)
    expect(states.slice(-2)).toMatchObject([{ phase: 'waiting' }, LEFT])
    server.close()
  })

  test('in the middle of a callback stays closed', async () => {
    const server = await openServer()
    const phases: string[] = []
    const left = Promise.withResolvers<void>()
    const client = connect({
      url: server.url,
      onState: ({ phase }) => phases.push(phase),
      onMessage() {
        client.leave()
        queueMicrotask(left.resolve)
      },
    })
    await server.welcome(WELCOME)
    await left.promise
    expect(phases).toEqual(['connecting', 'closed'])
    server.close()
  })
})
