import { on, once } from 'node:events'
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { createPageCaller } from '../../src/channels/page/caller.ts'
import type { PageLink } from '../../src/channels/page/link.ts'
import { openPageServer } from '../../src/channels/page/server.ts'
import { CHANNEL_PATH, PIECE_HEAD_BYTES, PROTOCOL } from '../../src/page/protocol.ts'
import { blockThread } from '../helpers/tools.ts'

const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A page server that pings its clients this often. */
async function serve(onLink: (link: PageLink) => void = () => {}, pingMs = 20) {
  const options = { host: '127.0.0.1', port: 0, token: null, files: new Map(), pingMs }
  const server = await openPageServer({ ...options, onLink })
  if (typeof server === 'string') throw new Error(server)
  open.push(server.close)
  return server
}

/** How often a client in a thread of its own is pinged, in ms, and the code of that client. */
const PING_MS = 100
const CLIENT_CODE = `
const socket = new WebSocket(require('node:worker_threads').workerData)
socket.onopen = () => socket.send('{"type":"hello","protocol":${PROTOCOL}}')`

/** A client after its hello. */
async function connectPage(
  options: ClientOptions,
  pingMs?: number,
): Promise<{ readonly socket: WebSocket; readonly link: PageLink }> {
  const ready = Promise.withResolvers<PageLink>()
  const server = await serve(ready.resolve, pingMs)
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${CHANNEL_PATH}`, options)
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL }))
  return { socket, link: await ready.promise }
}

test('a page that does not answer a ping is disconnected, and its owner is notified', async () => {
  const { socket, link } = await connectPage({ autoPong: false })
  const closed = new Promise<void>((resolve) => {
    link.onClosed = resolve
  })
  const [code] = await once(socket, 'close')
  expect(code).toBe(1006)
  await closed
})

test('a page that answers pings stays connected', async () => {
  const { socket } = await connectPage({}, 100)
  for (let pings = 0; pings < 5; pings += 1) await once(socket, 'ping')
  expect(socket.readyState).toBe(WebSocket.OPEN)
})

test('a page that answered while the process was stopped stays connected', async () => {
  const ready = Promise.withResolvers<PageLink>()
  const { port } = await serve(ready.resolve, PING_MS)
  const client = new Worker(CLIENT_CODE, { eval: true, workerData: `ws://127.0.0.1:${port}${CHANNEL_PATH}` })
  open.push(() => client.terminate())
  const link = await ready.promise
  const closed = new Promise((resolve) => {
    link.onClosed = () => resolve('closed')
  })
  for (let count = 0; count < 5; count += 1) {
    blockThread(2 * PING_MS)
    await new Promise((later) => setImmediate(later))
  }
  const answered = new Promise((resolve) => {
    link.onCanSendSound = () => resolve('answered')
  })
  expect(await Promise.race([closed, answered])).toBe('answered')
})

test("a page is sent repeatedly how much of the caller's sound was received", async () => {
  const { socket } = await connectPage({}, 60_000)
  for (const bytes of [960, 40]) socket.send(new Uint8Array(bytes))
  const messages: unknown[] = []
  for await (const [message] of on(socket, 'message')) {
    messages.push(JSON.parse(String(message)))
    if (messages.length === 2) break
  }
  expect(messages).toEqual([
    { type: 'alive', sound: 0, at: expect.any(Number) },
    { type: 'alive', sound: 1_000, at: expect.any(Number) },
  ])
})

test('a returning page gets ten minutes of waiting sound at once', async () => {
  const caller = createPageCaller(() => {})
  open.push(caller.close)
  const pcm = { format: 'pcm', rate: 24_000 } as const
  caller.sound.open(pcm, pcm)
  const second = new Uint8Array(48_000)
  for (let count = 0; count < 600; count += 1) caller.sound.play('story', second)
  const { socket, link } = await connectPage({}, 60_000)
  let bytes = 0
  const whole = new Promise<void>((resolve, reject) => {
    socket.on('close', (code, reason) => reject(new Error(`closed with ${code}: ${reason}`)))
    socket.on('message', (frame: Buffer, isBinary) => {
      if (isBinary) bytes += frame.byteLength - PIECE_HEAD_BYTES
      if (bytes === 600 * second.byteLength) resolve()
    })
  })
  caller.attach(link, { type: 'opened', conversation: 'page-1', agent: 'desk', resume: 'secret', resumed: true })
  await whole
})

test.each(['websocket', 'h2c'])(
  'an upgrade request for %s that stays open does not keep the server from closing',
  async (upgrade) => {
    const server = await serve()
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    open.push(() => socket.destroy())
    socket.write(`GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 404 /)
    await server.close()
  },
)
