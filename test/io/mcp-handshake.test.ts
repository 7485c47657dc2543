import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../helpers/cli.ts'
import { call, mcpBench, serverOf } from './mcp-bench.ts'
import { JSON_TYPE, serverThat } from './mcp-web-server.ts'

const { start } = mcpBench()
const EVENTS = { 'content-type': 'text/event-stream' }

describe('an MCP server over HTTP that knows the old handshake alone', () => {
  const page = '<p>Hello</p>'
  test.each<[string, (response: ServerResponse) => ServerResponse]>([
    ['HTTP 500', (response) => response.writeHead(500, JSON_TYPE).end('{"error":"internal"}')],
    ['HTTP 404', (response) => response.writeHead(404).end()],
    ['HTTP 202', (response) => response.writeHead(202).end()],
    ['HTTP 204', (response) => response.writeHead(204).end()],
    ['a page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page)],
    ['what is no message', (response) => response.writeHead(200, JSON_TYPE).end('{"error":"unknown"}')],
    ['what is no JSON', (response) => response.writeHead(200, JSON_TYPE).end('unknown method')],
    ['a stream without an answer', (response) => response.writeHead(200, EVENTS).end(': nothing\n\n')],
  ])('is reached by it at once when it answers the new one with %s', async (_, answerWith) => {
    const at = await serverThat(({ method }, response) => {
      return method === 'server/discover' && answerWith(response) === response
    })
    const { nextReport, reports, setServers } = start()
    setServers(at('mcp'))
    expect((await nextReport('listed')).tools).toMatchObject([{ name: 'go' }])
    expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
  })
})

test('an MCP server over HTTP that never answers the new handshake is reached by the old one, and by that alone from then on', async () => {
  const methods: string[] = []
  let session = 0
  const at = await serverThat(({ method }, response) => {
    methods.push(method)
    if (method === 'initialize') response.setHeader('mcp-session-id', ++session)
    if (method === 'tools/call' && session === 1) return response.writeHead(404).end() === response
    return method === 'server/discover'
  })
  const { servers, nextReport, reports, setServers } = start()
  setServers(at('mcp'))
  const listed = await nextReport('listed')
  await call(servers, listed, 'go').finished
  expect(session).toBe(2)
  expect(methods.filter((method) => method === 'server/discover')).toHaveLength(1)
  expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
})

test('a started MCP server that knows the new handshake alone is never reported as missing', async () => {
  const { servers, nextReport, reports, setServers } = start()
  setServers(serverOf({ command: [join(root, 'test/fixtures/mcp/modern.mjs')] }))
  const listed = await nextReport('listed')
  expect(await call(servers, listed, 'go').finished).toEqual({ status: 'ok', output: 'went' })
  expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
})

test('an MCP server over HTTP that knows the new handshake alone, and sleeps at first, is never reported as missing', async () => {
  let isAwake = false
  const at = await serverThat(({ id, method }, response) => {
    if (method === 'initialize') isAwake = true
    if (method === 'initialize') return response.writeHead(404).end() === response
    const answer = { jsonrpc: '2.0', id, result: { ...NEW_ANSWER, ...NEW_ANSWERS[method] } }
    return !isAwake || response.writeHead(200, JSON_TYPE).end(JSON.stringify(answer)) === response
  })
  const { servers, nextReport, reports, setServers } = start()
  setServers(at('mcp'))
  const listed = await nextReport('listed')
  expect(await call(servers, listed, 'go').finished).toEqual({ status: 'ok', output: 'went' })
  expect(reports.filter(({ type }) => type === 'failed')).toEqual([])
})

const NEW_ANSWER = { resultType: 'complete', ttlMs: 0, cacheScope: 'public' }
const NEW_ANSWERS: { readonly [method: string]: object } = {
  'server/discover': {
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    serverInfo: { name: 'by hand', version: '1' },
  },
  'tools/list': { tools: [{ name: 'go', description: 'Goes.', inputSchema: { type: 'object' } }] },
  'tools/call': { content: [{ type: 'text', text: 'went' }] },
}

test.each([401, 403])(
  'an MCP server that refuses the caller with HTTP %i is not asked in another way',
  async (code) => {
    const methods: string[] = []
    const at = await serverThat(({ method }, response) => {
      methods.push(method)
      return response.writeHead(code).end() === response
    })
    const { nextReport, setServers } = start()
    setServers(at('mcp'))
    await nextReport('failed')
    expect(new Set(methods)).toEqual(new Set(['server/discover']))
  },
)

test('a call that an MCP server takes as a message without an answer fails at once', async () => {
  const at = await serverThat(({ method }, response) => {
    return method === 'tools/call' && response.writeHead(202).end() === response
  })
  const { servers, nextReport, setServers } = start()
  setServers(at('mcp'))
  expect(await call(servers, await nextReport('listed'), 'go').finished).toMatchObject({ status: 'crashed' })
})
