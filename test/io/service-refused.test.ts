import { createHash } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { serviceHeaders } from '../../src/io/service/service-socket.ts'
import { apiKey, closeServer, listen, openSocket } from './service-connection.ts'

describe('a socket that never opens', () => {
  test.each([
    [401, {}, '{"code":16,"message":"invalid key","details":[]}', { message: 'invalid key' }],
    [403, {}, '{"error":{"message":"not for this key"}}', { message: 'not for this key' }],
    [402, {}, '{"error":"no credit"}', { message: 'no credit' }],
    [429, { 'Retry-After': '3' }, 'slow\ndown', { message: 'slow down', retryAfterMs: 3_000 }],
    [502, {}, '<html><style>x{}</style><h1>Bad gateway</h1></html>', { message: 'Bad gateway' }],
    [503, {}, '', { message: 'Service Unavailable' }],
    [599, {}, '', { message: 'no reason given' }],
    [301, { Location: 'http://127.0.0.1:1/' }, '', { message: 'Moved Permanently' }],
    [200, {}, 'hello', { message: 'hello' }],
    [401, {}, `unknown key ${apiKey}`, { message: 'unknown key ***' }],
    [500, {}, 'x'.repeat(100_000), { message: 'x'.repeat(500) }],
  ])('reports HTTP %i as a refusal with a message, then closes', async (status, headers, body, refusal) => {
    const server = createHttpServer()
    server.on('upgrade', (_, connection) => {
      connection.on('error', () => {})
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      connection.end(`HTTP/1.1 ${status} x\r\n${lines.join('')}Content-Length: ${body.length}\r\n\r\n${body}`)
    })
    const { next } = openSocket({ url: await listen(server) })
    expect(await next()).toEqual({ type: 'socket.refused', status, ...refusal })
    expect(await next()).toEqual({ type: 'socket.closed', code: 1006, reason: `refused with HTTP ${status}` })
  })

  test('refuses a compression that the service switches on without being asked', async () => {
    const server = createHttpServer()
    server.on('upgrade', ({ headers }, connection) => {
      connection.on('error', () => {})
      const key = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      const lines = [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${key.digest('base64')}`,
        'Sec-WebSocket-Extensions: permessage-deflate',
      ]
      connection.write(`${lines.join('\r\n')}\r\n\r\n`)
    })
    const { next, events } = openSocket({ url: await listen(server) })
    expect(await next()).toMatchObject({
      type: 'socket.closed',
      code: 1006,
      reason: expect.stringContaining('Sec-WebSocket-Extensions'),
    })
    expect(events).toHaveLength(1)
  })

  test('reports no refusal after it was closed', async () => {
    const server = createServer((connection) => connection.write('HTTP/1.1 503 x\r\nContent-Length: 9\r\n\r\nslow'))
    const { events, socket } = openSocket({ url: await listen(server) })
    const [connection] = (await once(server, 'connection')) as [Socket]
    await new Promise<void>((resolve) => subscribe('http.client.response.finish', () => resolve()))
    socket.close()
    await once(connection.resume(), 'close')
    expect(events).toEqual([{ type: 'socket.closed', code: 1006, reason: 'closed before it was open' }])
  })

  test('times out if the server accepts but never answers', async () => {
    const url = await listen(createServer())
    const { next } = openSocket({ url, handshakeMs: 50 })
    const reason = `no answer from ${new URL(url).host} within 0.05 s`
    expect(await next()).toEqual({ type: 'socket.closed', code: 1006, reason })
  })

  test('reports a reset connection', async () => {
    const url = await listen(createServer((connection) => connection.once('data', () => connection.resetAndDestroy())))
    const { next } = openSocket({ url })
    expect(await next()).toEqual({
      type: 'socket.closed',
      code: 1006,
      reason: `connection to ${new URL(url).host} reset`,
    })
  })

  test('reports a server that does not speak HTTP', async () => {
    const url = await listen(createServer((connection) => connection.end('SSH-2.0-x\r\n')))
    const { next } = openSocket({ url })
    expect(await next()).toMatchObject({
      type: 'socket.closed',
      code: 1006,
      reason: expect.stringMatching(/Parse Error/),
    })
  })

  test('reports a refused connection', async () => {
    const server = createServer()
    const url = await listen(server)
    await closeServer(server)
    const { next } = openSocket({ url })
    expect(await next()).toEqual({
      type: 'socket.closed',
      code: 1006,
      reason: `connection to ${new URL(url).host} refused`,
    })
  })

  test.each(['no url at all', 'ftp://host/'])('reports the invalid address "%s"', async (url) => {
    const { next, socket } = openSocket({ url })
    socket.send({ type: 'input_audio_buffer.append', audio: new Uint8Array() })
    expect(await next()).toMatchObject({ type: 'socket.closed', code: 1006, reason: expect.stringMatching(/URL/) })
  })

  test('reports an invalid header without its value', async () => {
    const { next } = openSocket({ url: 'ws://127.0.0.1:9', headers: serviceHeaders('basic', 'secret\nsecret') })
    const event = await next()
    expect(event).toMatchObject({ type: 'socket.closed', code: 1006 })
    expect(JSON.stringify(event)).not.toContain('secret')
  })

  test('reports that it was closed before it was open', async () => {
    const { next, socket } = openSocket({ url: await listen(createServer()) })
    socket.close()
    expect(await next()).toEqual({ type: 'socket.closed', code: 1006, reason: 'closed before it was open' })
  })
})
