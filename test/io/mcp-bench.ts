import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { McpReach, McpServer } from '../../src/agent/mcp-server.ts'
import type { McpTool } from '../../src/agent/tool.ts'
import { createMcpServers, type McpServerEvent, type McpServers } from '../../src/io/mcp/mcp-servers.ts'
import { serverNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'

/** A server whose tools misbehave on request. */
export const moody = join(root, 'test/fixtures/mcp/moody.mjs')

type Ends = (() => Promise<unknown> | unknown)[]

export interface McpReport {
  readonly type: 'listed' | 'failed' | 'log'
  readonly words: string
  readonly tools: readonly McpTool[]
}

/** Servers and folders for the tests of a file, which end with each test. */
export function mcpBench() {
  const ends: Ends = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  return {
    ends,
    start: (env: NodeJS.ProcessEnv = {}) => start(env, ends),
    /** Creates a folder that is removed after the test. */
    folder() {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-mcp-')))
      ends.push(() => rmSync(folder, { recursive: true }))
      return folder
    },
  }
}

/** Servers that record all reports; `nextReport` waits for a matching one. */
function start(env: NodeJS.ProcessEnv, ends: Ends) {
  const reports: McpReport[] = []
  const waiting = new Set<() => void>()
  const report = (type: McpReport['type'], words: string, tools: readonly McpTool[] = []) => {
    reports.push({ type, words, tools })
    for (const check of waiting) check()
  }
  let keys: readonly string[] = ['INWORLD_API_KEY']
  const stateRoot = mkdtempSync(join(tmpdir(), 'runner-servers-'))
  const servers = createMcpServers({
    baseEnv: { PATH: process.env.PATH, ...env },
    hidden: () => keys,
    stateRoot,
    version: '0.0.0',
    trace: () => {},
    log: (message, fields) => report('log', `${message} ${JSON.stringify(fields)}`),
  })
  ends.push(servers.close)
  const onEvent = (event: McpServerEvent) =>
    event.type === 'tools.listed'
      ? report('listed', event.problems.join('\n'), event.tools)
      : report('failed', event.reason)
  /** The first matching report, earlier ones from `after` on included. */
  function nextReport(type: McpReport['type'], pattern = /(?:)/, after = 0): Promise<McpReport> {
    const found = Promise.withResolvers<McpReport>()
    const check = () => {
      const match = reports.slice(after).find((each) => each.type === type && pattern.test(each.words))
      if (match === undefined) return
      waiting.delete(check)
      found.resolve(match)
    }
    waiting.add(check)
    check()
    return found.promise
  }
  /** Hides a variable from servers from now on. */
  const hide = (name: string) => {
    keys = [...keys, name]
  }
  return {
    servers,
    nextReport,
    reports,
    hide,
    setServers: (...wanted: readonly McpServer[]) => servers.setServers('main', wanted, onEvent),
  }
}

export function serverOf(
  reach: Partial<Extract<McpReach, { kind: 'command' }>>,
  changes: Partial<McpServer> = {},
): McpServer {
  const moodyReach = { kind: 'command', command: [moody], cwd: root, env: [], named: [] } as const
  return serverNamed('server', { reach: { ...moodyReach, ...reach }, ...changes })
}

export function call(servers: McpServers, listed: McpReport, name: string, given: unknown = {}) {
  const tool = listed.tools.find((each) => each.name === name)
  if (tool === undefined) throw new Error(`there is no ${name} among ${listed.tools.map((each) => each.name)}`)
  const argumentsText = typeof given === 'string' ? given : JSON.stringify(given)
  return servers.run({ callId: 'call_1', conversation: 'main', tool, argumentsText })
}

export const names = ({ tools }: McpReport) => tools.map(({ name }) => name)

/** A zombie process has no environment any more. */
export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).length > 0
  } catch {
    return false
  }
}
