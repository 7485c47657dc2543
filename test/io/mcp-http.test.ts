import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { until } from '../helpers/tools.ts'
import { call, mcpBench } from './mcp-bench.ts'
import { JSON_TYPE, serverThat } from './mcp-web-server.ts'

const { start } = mcpBench()
const EVENTS = { 'content-type': 'text/event-stream' }

/** Writes a text repeatedly while the response is being read. */
async function flood(response: ServerResponse, text: string, times = Number.POSITIVE_INFINITY): Promise<void> {
  const pieces = function* () {
    for (let count = 0; count < times; count += 1) yield text
  }
  await pipeline(pieces, response, { end: false }).catch(() => {})
}

describe('an MCP server over HTTP', () => {
  test('that fails to initialize is reported briefly, with variables in its address masked', async () => {
    const at = await serverThat(({ method }, response, url) => {
      if (method !== 'initialize') return false
      response.writeHead(500).end(`nobody knows ${url} ${'x'.repeat(100_000)}`)
      return true
    })
    const { nextReport, reports, setServers } = start({ PLACE: 'tok-4711-secret' })
    setServers(at('s/tok-4711-secret/mcp', ['PLACE']))
    const { words } = await nextReport('failed')
    expect(words).toContain('nobody knows /s/***/mcp')
    expect(words.length).toBeLessThan(400)
    expect(JSON.stringify(reports)).not.toContain('tok-4711')
  })

  test.each([404, 405])('that answers HTTP %i without a body is reported with that status', async (code) => {
    const at = await serverThat((_, response) => response.writeHead(code).end() !== undefined)
    const { nextReport, setServers } = start()
    setServers(at('mcp'))
    expect((await nextReport('failed')).words).toContain(`HTTP ${code}`)
  })

  test.each([
    ['an answer', 200, 'output_too_large'],
    ['an error', 500, 'unavailable'],
  ])('that sends %s without end is cut off', async (_, code, status) => {
    const at = await serverThat(({ method }, response) => {
      if (method !== 'tools/call') return false
      void flood(response.writeHead(code, JSON_TYPE), 'x'.repeat(1_048_576))
      return true
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    expect(await call(servers, await nextReport('listed'), 'go').finished).toMatchObject({ status })
  })

  test('may send any amount of events before its answer', async () => {
    const at = await serverThat(({ method, id }, response) => {
      if (method !== 'tools/call') return false
      const note = {
        jsonrpc: '2.0',
        method: 'notifications/message',
        params: { level: 'info', data: 'x'.repeat(500_000) },
      }
      const result = { content: [{ type: 'text', text: 'gone' }] }
      response.writeHead(200, EVENTS)
      void flood(response, `data: ${JSON.stringify(note)}\n\n`, 30).then(() => {
        response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`)
      })
      return true
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    expect(await call(servers, await nextReport('listed'), 'go').finished).toEqual({ status: 'ok', output: 'gone' })
  })

  test('that sends an event over 10 MiB fails that call at once, and answers the next', async () => {
    let calls = 0
    const at = await serverThat(({ method, id }, response) => {
      if (method !== 'tools/call') return false
      calls += 1
      const result = { content: [{ type: 'text', text: calls === 1 ? 'x'.repeat(11 * 1_048_576) : 'gone' }] }
      response.writeHead(200, EVENTS).end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`)
      return true
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    const listed = await nextReport('listed')
    expect(await call(servers, listed, 'go').finished).toEqual({
      status: 'output_too_large',
      message: 'wrote more than 1 MiB',
    })
    expect(await call(servers, listed, 'go').finished).toEqual({ status: 'ok', output: 'gone' })
  })

  test('may send the line breaks that end its events separately', async () => {
    const at = await serverThat(({ method, id }, response) => {
      if (method !== 'tools/call') return false
      const note = {
        jsonrpc: '2.0',
        method: 'notifications/message',
        params: { level: 'info', data: 'x'.repeat(1_048_576) },
      }
      const result = { content: [{ type: 'text', text: 'gone' }] }
      response.writeHead(200, EVENTS)
      void (async () => {
        for (let count = 0; count < 12; count += 1) {
          await new Promise((resolve) => response.write(`data: ${JSON.stringify(note)}\n`, resolve))
          await delay(20)
          await new Promise((resolve) => response.write('\n', resolve))
          await delay(20)
        }
        response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`)
      })()
      return true
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    expect(await call(servers, await nextReport('listed'), 'go').finished).toEqual({ status: 'ok', output: 'gone' })
  })

  test.each([
    ['ends', (response: ServerResponse) => response.end(': nothing\n\n')],
    ['breaks off', (response: ServerResponse) => response.write('data: {"js', () => response.destroy())],
  ])('whose event stream %s without an answer fails the call at once', async (_, end) => {
    const at = await serverThat(({ method }, response) => {
      if (method !== 'tools/call') return false
      end(response.writeHead(200, EVENTS))
      return true
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    expect(await call(servers, await nextReport('listed'), 'go').finished).toMatchObject({ status: 'crashed' })
  })

  test('may answer with a batch in an event, and leave the stream open', async () => {
    const at = await serverThat(({ method, id }, response) => {
      if (method !== 'tools/call') return false
      const result = { content: [{ type: 'text', text: 'fort, dünn' }] }
      response.writeHead(200, EVENTS).write(`data: [${JSON.stringify({ jsonrpc: '2.0', id, result })}]\n\n`)
      return true
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    expect(await call(servers, await nextReport('listed'), 'go').finished).toEqual({
      status: 'ok',
      output: 'fort, dünn',
    })
  })

  test.each([
    ['an event', (id: unknown) => `data: {"jsonrpc":"2.0","id":${id}}\n\n`],
    [
      'an event of several lines',
      (id: unknown) => `: so\r\nid: 7\r\ndata: {"id":\r\ndata: ${id},"result":"é"}\r\n\r\n`,
    ],
  ])('that sends a malformed answer in %s fails the call at once, though the stream stays open', async (_, event) => {
    const at = await serverThat(({ method, id }, response) => {
      if (method !== 'tools/call') return false
      response.writeHead(200, EVENTS).write(event(id))
      return true
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    const listed = await nextReport('listed')
    const malformed = { status: 'failed', message: 'its answer is no result' }
    expect(await call(servers, listed, 'go').finished).toEqual(malformed)
  })

  test.each([
    [
      'null',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"the shop is closed"}}',
      'the shop is closed',
    ],
    ['missing', '{"jsonrpc":"2.0","error":{"code":-32603,"message":"the shop is closed"}}', 'the shop is closed'],
    ['null, without a message', '{"id":null,"error":{}}', 'its answer is no result'],
  ])(
    'whose error has an id that is %s fails the call at once, though the stream stays open',
    async (_, error, message) => {
      const at = await serverThat(({ method }, response) => {
        if (method !== 'tools/call') return false
        response.writeHead(200, EVENTS).write(`data: ${error}\n\n`)
        return true
      })
      const { servers, nextReport, setServers } = start()
      setServers(at('mcp'))
      expect(await call(servers, await nextReport('listed'), 'go').finished).toEqual({ status: 'failed', message })
    },
  )

  const closed = '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"closed until nine"}}'

  test.each([
    [503, closed, { status: 'unavailable', message: 'closed until nine' }],
    [429, 'slow down', { status: 'unavailable', message: 'HTTP 429' }],
    [400, closed, { status: 'invalid_arguments', message: 'closed until nine' }],
    [401, 'who are you?', { status: 'misconfigured', message: 'not available right now' }],
    [307, '', { status: 'misconfigured', message: 'not available right now' }],
    [200, '', { status: 'failed', message: 'its answer is no result' }],
    [200, '{"jsonrpc":"2.0","id":7}', { status: 'failed', message: 'its answer is no result' }],
  ])('that answers HTTP %i, %j, fails that call alone', async (code, body, expected) => {
    const waiting: (() => void)[] = []
    const at = await serverThat(({ method, id }, response) => {
      if (method !== 'tools/call') return false
      const result = { content: [{ type: 'text', text: 'gone' }] }
      const done = () => response.writeHead(200, JSON_TYPE).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
      if (waiting.length > 0)
        response.writeHead(code, { ...JSON_TYPE, location: 'https://elsewhere.example/' }).end(body)
      else waiting.push(done)
      return true
    })
    const { servers, nextReport, reports, setServers } = start()
    setServers(at('mcp'))
    const listed = await nextReport('listed')
    const slow = call(servers, listed, 'go')
    await until(() => waiting.length > 0)
    expect(await call(servers, listed, 'go').finished).toEqual(expected)
    waiting[0]?.()
    expect(await slow.finished).toEqual({ status: 'ok', output: 'gone' })
    expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
  })

  test('that breaks off one answer still answers the other open calls', async () => {
    const asked: ServerResponse[] = []
    const at = await serverThat(({ method }, response) => {
      if (method !== 'tools/call') return false
      asked.push(response.writeHead(200, EVENTS))
      return true
    })
    const { servers, nextReport, reports, setServers } = start()
    setServers(at('mcp'))
    const listed = await nextReport('listed')
    const [slow, broken] = [call(servers, listed, 'go'), call(servers, listed, 'go')]
    await until(() => asked.length === 2)
    asked[1]?.end()
    expect(await broken.finished).toMatchObject({ status: 'crashed' })
    await nextReport(
      'listed',
      /(?:)/,
      reports.findIndex(({ type }) => type === 'failed'),
    )
    const result = { content: [{ type: 'text', text: 'gone' }] }
    for (const id of [1, 2, 3, 4]) asked[0]?.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`)
    expect(await slow.finished).toEqual({ status: 'ok', output: 'gone' })
  })

  test('that asks for an immediate reconnect is reconnected after a pause', async () => {
    let streams = 0
    const at = await serverThat(
      ({ method }) => method === 'none',
      (response) => {
        streams += 1
        response.writeHead(200, EVENTS).end('retry: 0\nid: a\ndata:\n\n')
      },
    )
    const { nextReport, setServers } = start()
    setServers(at('mcp'))
    await nextReport('listed')
    const startedMs = performance.now()
    await until(() => streams > 5)
    expect(performance.now() - startedMs).toBeGreaterThan(400)
  })

  test.each([
    [404, 'Session not found'],
    [400, 'Bad Request: No valid session ID provided'],
  ])('that has expired its session (HTTP %i, %s) gets the call again in a new one', async (code, message) => {
    let session = 1
    const at = await serverThat(({ method, id }, response) => {
      if (method === 'initialize') response.setHeader('mcp-session-id', `s${session}`)
      if (method !== 'tools/call') return false
      const known = response.req.headers['mcp-session-id'] === `s${session}`
      const result = { content: [{ type: 'text', text: `gone in s${session}` }] }
      const answer = known ? { id, result } : { id: null, error: { code: -32000, message } }
      response.writeHead(known ? 200 : code, JSON_TYPE).end(JSON.stringify({ jsonrpc: '2.0', ...answer }))
      return true
    })
    const { servers, nextReport, reports, setServers } = start()
    setServers(at('mcp'))
    const listed = await nextReport('listed')
    expect(await call(servers, listed, 'go').finished).toEqual({ status: 'ok', output: 'gone in s1' })
    session = 2
    const calls = [call(servers, listed, 'go'), call(servers, listed, 'go')]
    await nextReport('log', /ended its session/)
    calls.push(call(servers, listed, 'go'))
    for (const { finished } of calls) expect(await finished).toEqual({ status: 'ok', output: 'gone in s2' })
    expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
  })

  test.each([
    ['no sessions', 404, '', 'HTTP 404', 1],
    ['no sessions', 400, 'there is no such session of yoga', 'HTTP 400', 1],
    ['a session that expires at once', 404, '', 'HTTP 404', 2],
  ])('that has %s and answers HTTP %i %s is not asked again', async (_, code, body, message, times) => {
    let asked = 0
    const at = await serverThat(({ method }, response) => {
      if (method === 'initialize' && times === 2) response.setHeader('mcp-session-id', 's')
      if (method !== 'tools/call') return false
      asked += 1
      response.writeHead(code).end(body)
      return true
    })
    const { servers, nextReport, reports, setServers } = start()
    setServers(at('mcp'))
    const outcome = await call(servers, await nextReport('listed'), 'go').finished
    expect(outcome).toEqual({ status: code === 400 ? 'invalid_arguments' : 'failed', message })
    expect(asked).toBe(times)
    expect(reports.filter(({ words }) => words.startsWith('a server has ended its session'))).toHaveLength(
      times === 2 ? 2 : 0,
    )
  })

  test('is never given the API key of the service', async () => {
    const seen: string[] = []
    const at = await serverThat(({ method }) => {
      seen.push(method)
      return false
    })
    const { nextReport, setServers } = start({ INWORLD_API_KEY: 'key-4711-secret' })
    const server = at('mcp')
    const headers = { Authorization: `Bearer $\{env:INWORLD_API_KEY}` }
    setServers({ ...server, reach: { ...server.reach, headers } as typeof server.reach })
    expect((await nextReport('failed')).words).toContain('a variable of its header Authorization is not set')
    expect(seen).toEqual([])
  })
})
