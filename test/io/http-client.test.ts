import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createHttpClient, type HttpClient } from '../../src/io/http/http-client.ts'

const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** A server that answers each request byte for byte; returns its address. */
async function serve(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => answer(socket))
    ends.push(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function httpClient(): HttpClient {
  const made = createHttpClient()
  ends.push(made.close)
  return made
}

const get = (url: string) => ({ method: 'GET', url, headers: {}, body: null }) as const
const allowPrivate = ['127.0.0.1']

test('a request aborted at the moment its answer completes does not end the process', async () => {
  const url = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'))
  const controller = new AbortController()
  const answer = await httpClient().open(get(url), { allowPrivate, signal: controller.signal })
  answer.on('error', () => {})
  answer.once('data', () => controller.abort())
  await new Promise((closed) => answer.socket.once('close', closed))
  expect(answer.complete).toBe(true)
})

test('a hundred requests to one host run concurrently', async () => {
  const pending: Socket[] = []
  const url = await serve((socket) => {
    pending.push(socket)
    if (pending.length < 100) return
    for (const socket of pending) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello')
  })
  const { request } = httpClient()
  const { signal } = new AbortController()
  const answers = await Promise.all(Array.from({ length: 100 }, () => request(get(url), { allowPrivate, signal })))
  expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
})

test('a reused connection does not accumulate listeners', async () => {
  const url = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'))
  const { open } = httpClient()
  const { signal } = new AbortController()
  const counts: number[] = []
  for (let request = 0; request < 3; request += 1) {
    const answer = await open(get(url), { allowPrivate, signal })
    const { socket } = answer
    counts.push(socket.listenerCount('error'))
    answer.resume()
    await once(socket, 'free')
  }
  expect(counts).toEqual([counts[0], counts[0], counts[0]])
})

test('an HTTP 101 answer is rejected at once', async () => {
  const url = await serve((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
  )
  const pending = httpClient().request(get(url), { allowPrivate, signal: new AbortController().signal })
  await expect(pending).rejects.toMatchObject({ reason: 'encoded', message: expect.stringContaining('HTTP 101') })
})
