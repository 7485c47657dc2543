import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { serviceHeaders, serviceUrl } from '../../src/io/service/service-socket.ts'
import { blockThread } from '../helpers/tools.ts'
import { apiKey, openSocket } from './service-connection.ts'

describe('a connection to the service', () => {
  test.each([
    [
      'wss://api.inworld.ai/api/v1/realtime/session',
      'wss://api.inworld.ai/api/v1/realtime/session?key=k+1&protocol=realtime',
    ],
    ['ws://127.0.0.1:9/x?a=b', 'ws://127.0.0.1:9/x?a=b&key=k+1&protocol=realtime'],
    ['wss://host/x?key=mine', 'wss://host/x?key=mine&protocol=realtime'],
    ['wss://host/x?protocol=other&key=mine', 'wss://host/x?protocol=other&key=mine'],
  ])('with base URL %s uses %s', (baseUrl, url) => {
    expect(serviceUrl(baseUrl, 'k 1')).toBe(url)
  })

  test.each([
    ['basic', `Basic ${apiKey}`],
    ['bearer', `Bearer ${apiKey}`],
  ] as const)('with %s auth sends the key unchanged', (auth, header) => {
    expect(serviceHeaders(auth, apiKey)).toEqual({ Authorization: header })
  })
})

describe('an open socket', () => {
  test('sends frames with an all-zero mask', async () => {
    const service = await serve()
    const { socket, next } = openSocket({ url: service.url })
    await next()
    const { request } = await service.accepted
    const wire = once(request.socket, 'data')
    socket.send({ type: 'response.cancel', event_id: 'c' })
    const text = '{"type":"response.cancel","event_id":"c"}'
    expect(String((await wire)[0])).toBe(String(Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0])) + text)
  })

  test('reports that it is open, carries events both ways and closes once', async () => {
    const service = await serve()
    const { socket, events, next } = openSocket({ url: service.url })
    expect(await next()).toEqual({ type: 'socket.opened' })
    const { peer, request } = await service.accepted
    expect(request.headers.authorization).toBe(`Basic ${apiKey}`)
    expect(request.headers['sec-websocket-extensions']).toBeUndefined()

    peer.send('{"type":"session.created","session":{"id":"sess_1"}}')
    expect(await next()).toEqual({ type: 'server', event: { type: 'session.created', session: { id: 'sess_1' } } })

    const received = once(peer, 'message')
    socket.send({ type: 'input_audio_buffer.append', audio: new Uint8Array(3) })
    expect(JSON.parse(String((await received)[0]))).toEqual({ type: 'input_audio_buffer.append', audio: 'AAAA' })

    socket.close()
    expect(await next()).toMatchObject({ type: 'socket.closed', code: 1000, reason: '' })
    socket.close()
    socket.send({ type: 'input_audio_buffer.append', audio: new Uint8Array(3) })
    expect(events.filter(({ type }) => type === 'socket.closed')).toHaveLength(1)
  })

  test('never sends a beta header: the service would close the connection', async () => {
    const service = await serve()
    openSocket({ url: service.url })
    const { rawHeaders, headers } = (await service.accepted).request
    const expected = ['authorization', 'connection', 'host', 'sec-websocket-key', 'sec-websocket-version', 'upgrade']
    expect(Object.keys(headers).toSorted()).toEqual(expected)
    expect(rawHeaders.filter((word) => /beta/i.test(word))).toEqual([])
  })

  test('reports frames that are not events, and continues', async () => {
    const service = await serve()
    const { next, ignored } = openSocket({ url: service.url })
    await next()
    const { peer } = await service.accepted
    peer.send(Buffer.from([1, 2, 3]))
    for (const junk of ['', 'null', '[]', '{', '{"type":"ping","timestamp":1}', '{"type":"session.created"}'])
      peer.send(junk)
    peer.send('{"type":"error","error":{"message":"after all that"}}')
    expect(await next()).toMatchObject({ type: 'server', event: { type: 'error' } })
    expect(ignored).toHaveLength(7)
    expect(ignored).toEqual(expect.arrayContaining(['binary frame', 'ping']))
  })

  test('masks the API key if the service quotes it', async () => {
    const service = await serve()
    const { next } = openSocket({ url: service.url })
    await next()
    const { peer } = await service.accepted
    const error = { message: `bad key ${apiKey}` }
    const failed = { id: 'r', status: 'failed', status_details: { type: 'failed', error } }
    peer.send(JSON.stringify({ type: 'error', error }))
    peer.send(JSON.stringify({ type: 'response.done', response: failed }))
    peer.send(JSON.stringify({ type: 'conversation.item.input_audio_transcription.failed', item_id: 'u', error }))
    expect(await next()).toMatchObject({ event: { error: { message: 'bad key ***' } } })
    expect(await next()).toMatchObject({ event: { response: { error: { message: 'bad key ***' } } } })
    expect(await next()).toMatchObject({ event: { message: 'bad key ***' } })
    peer.close(4001, `key ${apiKey}`)
    expect(await next()).toEqual({ type: 'socket.closed', code: 4001, reason: 'key ***' })
  })

  test.each([
    [1000, 'done'],
    [1011, 'internal error'],
    [4000, 'expired'],
  ])('reports close code %i with its reason', async (code, reason) => {
    const service = await serve()
    const { next } = openSocket({ url: service.url })
    await next()
    ;(await service.accepted).peer.close(code, reason)
    expect(await next()).toEqual({ type: 'socket.closed', code, reason })
  })

  test('reports an abrupt end as 1006', async () => {
    const service = await serve()
    const { next } = openSocket({ url: service.url })
    await next()
    ;(await service.accepted).peer.terminate()
    expect(await next()).toMatchObject({ type: 'socket.closed', code: 1006 })
  })

  test('ends on a message over 16 MiB', async () => {
    const service = await serve()
    const { next } = openSocket({ url: service.url })
    await next()
    ;(await service.accepted).peer.send('x'.repeat(16 * 1_048_576 + 1))
    expect(await next()).toEqual({ type: 'socket.closed', code: 1006, reason: 'Max payload size exceeded' })
  })

  test('ends on a message in more than 4,096 fragments', async () => {
    const service = await serve()
    const { next } = openSocket({ url: service.url })
    await next()
    const { peer } = await service.accepted
    const inFragments = (count: number) => {
      for (let sent = 1; sent <= count; sent += 1) peer.send(' ', { fin: sent === count })
    }
    inFragments(4_096)
    peer.send(JSON.stringify({ type: 'response.created', response: { id: 'r' } }))
    expect(await next()).toMatchObject({ type: 'server' })
    inFragments(4_097)
    expect(await next()).toEqual({ type: 'socket.closed', code: 1006, reason: 'Too many message fragments' })
  })

  test('stays open while the service answers pings', async () => {
    const service = await serve()
    const { next, socket } = openSocket({ url: service.url, pingEveryMs: 5, silenceMaxMs: 5_000 })
    await next()
    const { peer } = await service.accepted
    for (let ping = 0; ping < 5; ping += 1) await once(peer, 'ping')
    socket.close()
    expect(await next()).toMatchObject({ type: 'socket.closed', code: 1000 })
  })

  test('ends if the service falls silent', async () => {
    const service = await serve({ autoPong: false })
    const { next } = openSocket({ url: service.url, pingEveryMs: 10, silenceMaxMs: 100 })
    await next()
    expect(await next()).toEqual({ type: 'socket.closed', code: 1006, reason: 'nothing was heard for 0.1 s' })
  })

  test('stays open if this process stalled and sent no pings', async () => {
    const service = await serve()
    const { next, socket } = openSocket({ url: service.url, pingEveryMs: 400, silenceMaxMs: 500 })
    await next()
    blockThread(600)
    const { peer } = await service.accepted
    await once(peer, 'ping')
    socket.close()
    expect(await next()).toMatchObject({ type: 'socket.closed', code: 1000 })
  })

  test('ends within a limit if its close frame is not answered', async () => {
    const service = await serve()
    const { next, socket } = openSocket({ url: service.url })
    await next()
    const { connection } = await service.accepted
    connection.pause()
    socket.close()
    expect(await next()).toMatchObject({ type: 'socket.closed', code: 1006 })
  })
})

async function serve(options: { readonly autoPong?: boolean } = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true, ...options })
  const accepted = new Promise<{ peer: WebSocket; request: IncomingMessage; connection: Socket }>((resolve) => {
    server.once('connection', (peer, request) => {
      peer.on('error', () => {})
      resolve({ peer, request, connection: request.socket })
    })
  })
  await once(server, 'listening')
  onTestFinished(() => {
    for (const peer of server.clients) peer.terminate()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, accepted }
}
