import { expect, test, vi } from 'vitest'
import type { McpTool } from '../../src/agent/tool.ts'
import { until } from '../helpers/tools.ts'
import { call, isAlive, type McpReport, mcpBench, names, serverOf } from './mcp-bench.ts'

const { start } = mcpBench()

test('an MCP server without conversations is ended after a minute', async () => {
  const { servers, nextReport, reports, setServers } = start()
  setServers(serverOf({}))
  const said = await call(servers, await nextReport('listed'), 'say', { text: 'pid' }).finished
  const pid = Number(/\d+$/.exec('output' in said ? said.output : '')?.[0])
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  servers.endConversation('main')
  vi.advanceTimersByTime(59_999)
  setServers(serverOf({}))
  vi.advanceTimersByTime(60_000)
  expect(names(reports.at(-1) as McpReport)).toContain('say')
  servers.endConversation('main')
  vi.advanceTimersByTime(60_000)
  vi.useRealTimers()
  await until(() => !isAlive(pid))
  expect(reports.filter(({ words }) => words.startsWith('a server is ready'))).toHaveLength(1)
})

test('conversations with the same MCP server share one process', async () => {
  const { servers, nextReport, reports, setServers } = start()
  setServers(serverOf({}))
  const listed = await nextReport('listed')
  const others: (readonly McpTool[])[] = []
  servers.setServers('other', [serverOf({}, { include: ['say'] })], (event) => {
    if (event.type === 'tools.listed') others.push(event.tools)
  })
  expect(others.map((tools) => tools.map(({ name }) => name))).toEqual([['say']])
  servers.endConversation('other')
  expect((await call(servers, listed, 'say', { text: 'still here' }).finished).status).toBe('ok')
  expect(reports.filter(({ words }) => words.startsWith('a server is ready'))).toHaveLength(1)
})
