import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import WebSocket from 'ws'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import { HEADERS, QUERY, sound, startAndConnect } from './talk.ts'

test.each([
  [401, 'without a credential', QUERY, {}],
  [401, 'with an unknown scheme', QUERY, { authorization: 'Digest x' }],
  [400, 'without a key', '?protocol=realtime', HEADERS],
  [400, 'with another protocol', '?key=k&protocol=chat', HEADERS],
])('an upgrade is refused with %i %s', async (status, _, query, headers) => {
  const emulator = await start()
  const refused = await refusal(new WebSocket(emulator.url + query, { headers }))
  expect(refused).toMatchObject({
    status,
    body: { code: expect.any(Number), message: expect.any(String), details: [] },
  })
})

test.each(['/v1/realtime', '//', '//api/v1/realtime/session'])('the path %s is refused with 404', async (path) => {
  const emulator = await start()
  const url = `ws://127.0.0.1:${emulator.port}${path}${QUERY}`
  expect(await refusal(new WebSocket(url, { headers: HEADERS }))).toMatchObject({
    status: 404,
    body: { message: `nothing at ${path}: sessions are opened at /api/v1/realtime/session` },
  })
})

test.each([
  ['a Bearer token', [], { authorization: 'Bearer jwt' }],
  ['a key in the subprotocol', ['basic_a2V5'], {}],
  ['the subprotocols of a browser', ['realtime', 'openai-insecure-api-key.sk-1'], {}],
])('%s opens a session', async (_, protocols, headers) => {
  const emulator = await start()
  const socket = new WebSocket(emulator.url + QUERY, protocols, { headers })
  const [data] = await once(socket, 'message')
  expect(JSON.parse(data.toString()).type).toBe('session.created')
})

test('a foreign client needs neither path nor query', async () => {
  const emulator = await start({ acceptAnyModel: true })
  const socket = new WebSocket(`ws://127.0.0.1:${emulator.port}/v1/realtime?model=gpt-realtime`, { headers: HEADERS })
  await once(socket, 'message')
})

test('a simulated refusal happens the given number of times, with its body and Retry-After', async () => {
  const body = { code: 8, message: 'slow down', details: [] }
  const emulator = await start({ faults: { refuseUpgrade: { status: 429, times: 2, retryAfterS: 3, body } } })
  const attempt = (): WebSocket => new WebSocket(emulator.url + QUERY, { headers: HEADERS })
  expect(await refusal(attempt())).toEqual({ status: 429, retryAfter: '3', body })
  expect(await refusal(attempt())).toMatchObject({ status: 429 })
  await once(attempt(), 'message')
})

test('a frame over the limit closes the connection', async () => {
  const client = await startAndConnect()
  client.send({ type: 'input_audio_buffer.append', audio: sound(24_000).repeat(12) })
  expect(await client.closed()).toBe(1009)
})

test('starting on a port that is taken fails with EADDRINUSE', async () => {
  const { port } = await start()
  await expect(startEmulator({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('closing the emulator closes its connections with 1001', async () => {
  const client = await startAndConnect()
  const closed = client.closed()
  await client.emulator.close()
  expect(await closed).toBe(1001)
})

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ voice: 'hum', ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

async function refusal(socket: WebSocket): Promise<{ status: number | undefined; body: unknown; retryAfter?: string }> {
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  const retryAfter = response.headers['retry-after']
  const body: unknown = JSON.parse(await text(response))
  return { status: response.statusCode, body, ...(retryAfter === undefined ? {} : { retryAfter }) }
}
