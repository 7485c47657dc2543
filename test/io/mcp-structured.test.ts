import { describe, expect, test } from 'vitest'
import { withStructuredText } from '../../src/io/mcp/mcp-structured.ts'
import { call, mcpBench, serverOf } from './mcp-bench.ts'
import { JSON_TYPE, serverThat } from './mcp-web-server.ts'

const { start } = mcpBench()
const DATA = '{"order":12345678901234567890,"price":1.10,"far":{"e":1e400}}'

describe('structured data alone reaches the model with its numbers as the server wrote them', () => {
  test('from a process', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(serverOf({}))
    const listed = await nextReport('listed')
    expect(await call(servers, listed, 'data', { text: DATA }).finished).toEqual({ status: 'ok', output: DATA })
  })

  test.each([
    ['as JSON', JSON_TYPE, (message: string) => message],
    ['as an event', { 'content-type': 'text/event-stream' }, (message: string) => `id: 7\ndata: ${message}\n\n`],
    ['in a batch', JSON_TYPE, (message: string) => `[${message}]`],
  ])('over HTTP, %s', async (_, headers, wrap) => {
    const at = await serverThat(({ method, id }, response) => {
      if (method !== 'tools/call') return false
      const message = `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":${DATA}}}`
      return response.writeHead(200, headers).end(wrap(message)) === response
    })
    const { servers, nextReport, setServers } = start()
    setServers(at('mcp'))
    const outcome = await call(servers, await nextReport('listed'), 'go').finished
    expect(outcome).toEqual({ status: 'ok', output: DATA })
  })
})

test('text beside structured data is what counts, and what holds no such data stays as it is', () => {
  const beside = '{"result":{"content":[{"type":"text","text":"two"}],"structuredContent":{"n":2.0}}}'
  expect(withStructuredText(beside)).toBe(beside)
  for (const text of ['{"result": {"content": []}}', 'no JSON: "structuredContent"', '["structuredContent",1.0]'])
    expect(withStructuredText(text)).toBe(text)
})
