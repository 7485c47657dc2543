import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { serverNamed } from '../helpers/agents.ts'

export const JSON_TYPE = { 'content-type': 'application/json' }

interface McpRequest {
  readonly id?: number
  readonly method: string
}

/** Starts an MCP server over HTTP: the test answers first, the usual answers follow. */
export async function serverThat(
  answer: (message: McpRequest, response: ServerResponse, url: string) => boolean,
  stream = (response: ServerResponse): unknown => response.writeHead(405).end(),
) {
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return stream(response)
    const message = (await json(request)) as McpRequest
    if (answer(message, response, request.url ?? '')) return
    if (message.id === undefined) return response.writeHead(202).end()
    response
      .writeHead(200, JSON_TYPE)
      .end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...usualAnswer(message.method) }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return (path: string, named: readonly string[] = []) =>
    serverNamed('server', {
      reach: { kind: 'url', url: `http://127.0.0.1:${port}/${path}`, named, headers: {}, allowPrivate: ['127.0.0.1'] },
    })
}

function usualAnswer(method: string): object {
  const serverInfo = { name: 'by hand', version: '1' }
  if (method === 'initialize') {
    return { result: { protocolVersion: '2025-06-18', serverInfo, capabilities: { tools: {} } } }
  }
  if (method !== 'tools/list') return { error: { code: -32601, message: 'no such method' } }
  return { result: { tools: [{ name: 'go', description: 'Goes.', inputSchema: { type: 'object' } }] } }
}
