import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpClient } from '../../src/io/http/http-client.ts'
import { createGuardedFetch } from '../../src/io/mcp/mcp-fetch.ts'
import { until } from '../helpers/tools.ts'

/** Sequential requests, which reuse the connections of earlier ones. */
const REQUESTS = 5

test('an answer without a body releases its connection', async () => {
  const { ask, released } = await server((response) => response.writeHead(204).end())
  for (let count = 0; count < REQUESTS; count += 1) expect((await ask()).status).toBe(204)
  await released()
})

test('an answer cancelled unread releases its connection', async () => {
  const { ask, released } = await server((response) => response.write('on and on'))
  for (let count = 0; count < REQUESTS; count += 1) await (await ask()).body?.cancel()
  await released()
})

test('an event stream that stays open after its answer is closed soon', async () => {
  const result = 'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'
  const { ask, released } = await server((response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(result),
  )
  const request = { method: 'POST', body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' }
  for (let count = 0; count < REQUESTS; count += 1) {
    const chunk = await (await ask(request)).body?.getReader().read()
    expect(Buffer.from(chunk?.value ?? []).toString()).toBe(result)
  }
  await released()
})

test.each([
  ['no response', () => {}],
  [
    'the start of a response',
    (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':'),
  ],
])('a request cancelled after %s arrived releases its connection', async (_, begin) => {
  const { ask, released } = await server(async (response) => {
    const { method } = (await json(response.req)) as { method: string }
    if (method === 'ping') begin(response)
    else response.writeHead(202).end()
  })
  const post = (message: object) => ask({ method: 'POST', body: JSON.stringify(message) })
  for (let id = 0; id < REQUESTS; id += 1) {
    const pinged = post({ id, method: 'ping' }).then((response) => response.text())
    const rejected = expect(pinged).rejects.toThrow()
    // What the server asked under the same id is answered meanwhile.
    expect((await post({ id, result: {} })).status).toBe(202)
    const cancelled = await post({ method: 'notifications/cancelled', params: { requestId: id } })
    expect(cancelled.status).toBe(202)
    await rejected
  }
  await released()
})

async function server(answer: (response: ServerResponse) => void) {
  const listening = createServer((_, response) => answer(response)).listen(0, '127.0.0.1')
  let connections = 0
  listening.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => {
      connections -= 1
    })
  })
  await once(listening, 'listening')
  const httpClient = createHttpClient()
  onTestFinished(() => {
    httpClient.close()
    listening.closeAllConnections()
    listening.close()
  })
  const { port } = listening.address() as AddressInfo
  const fetch = createGuardedFetch(httpClient, ['127.0.0.1'])
  return {
    ask: (init?: RequestInit) => fetch(`http://127.0.0.1:${port}/`, init),
    released: () => until(() => connections < REQUESTS),
  }
}
