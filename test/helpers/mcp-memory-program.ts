// Calls an MCP server whose answers are long, and prints how many bytes of them stay in memory. Run with --expose-gc.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { McpTool } from '../../src/agent/tool.ts'
import { createMcpServers } from '../../src/io/mcp/mcp-servers.ts'
import { serverNamed } from './agents.ts'
import { root } from './cli.ts'

const CALLS = 200
const text = 'x'.repeat(10_000)

const stateRoot = mkdtempSync(join(tmpdir(), 'runner-servers-'))
const baseEnv = { PATH: process.env.PATH }
const servers = createMcpServers({
  baseEnv,
  hidden: () => [],
  stateRoot,
  version: '0.0.0',
  log: () => {},
  trace: () => {},
})
const command = [join(root, 'test/fixtures/mcp/moody.mjs')]
const server = serverNamed('server', { reach: { kind: 'command', command, cwd: root, env: [], named: [] } })
const { promise: listed, resolve: onTools, reject } = Promise.withResolvers<readonly McpTool[]>()
servers.setServers('main', [server], (event) =>
  event.type === 'tools.listed' ? onTools(event.tools) : reject(new Error(event.reason)),
)
const tool = (await listed).find(({ name }) => name === 'say')
if (tool === undefined) throw new Error('the server has no tool that says something')

let ok = 0
await callAll(tool)
const before = heapBytes()
await callAll(tool)
const kept = heapBytes() - before
await servers.close()
rmSync(stateRoot, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ ok, answered: CALLS * text.length, kept })}\n`)

async function callAll(tool: McpTool): Promise<void> {
  for (let count = 0; count < CALLS; count += 1) {
    const argumentsText = JSON.stringify({ text })
    const { status } = await servers.run({ callId: `call_${count}`, conversation: 'main', tool, argumentsText })
      .finished
    ok += status === 'ok' ? 1 : 0
  }
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
