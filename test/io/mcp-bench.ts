import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { McpReach, McpServer } from '../../src/agent/mcp-server.ts'
import type { McpTool } from '../../src/agent/tool.ts'
import { createMcpServers, type McpServers } from '../../src/io/mcp/mcp-servers.ts'
import { serverNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'

/** A server that does what it is told, the wrong things among them. */
export const moody = join(root, 'test/fixtures/mcp/moody.mjs')

type Ends = (() => Promise<unknown> | unknown)[]

export interface Heard {
  readonly type: 'listed' | 'failed' | 'log'
  readonly words: string
  readonly tools: readonly McpTool[]
}

/** What the tests of a file begin ends with each of them. */
export function mcpBench() {
  const ends: Ends = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  return {
    ends,
    start: (env: NodeJS.ProcessEnv = {}) => start(env, ends),
    /** A folder of this test. */
    folder() {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-mcp-')))
      ends.push(() => rmSync(folder, { recursive: true }))
      return folder
    },
  }
}

/** Servers whose every word is kept; `hears` waits for one that fits. */
function start(env: NodeJS.ProcessEnv, ends: Ends) {
  const heard: Heard[] = []
  const waiting = new Set<() => void>()
  const note = (type: Heard['type'], words: string, tools: readonly McpTool[] = []) => {
    heard.push({ type, words, tools })
    for (const look of waiting) look()
  }
  let keys: readonly string[] = ['INWORLD_API_KEY']
  const stateRoot = mkdtempSync(join(tmpdir(), 'runner-servers-'))
  const servers = createMcpServers({
    baseEnv: { PATH: process.env.PATH, ...env },
    hidden: () => keys,
    stateRoot,
    version: '0.0.0',
    trace: () => {},
    log: (message, fields) => note('log', `${message} ${JSON.stringify(fields)}`),
  })
  ends.push(servers.close)
  const listener = {
    onListed: (_server: string, tools: readonly McpTool[], problems: readonly string[]) =>
      note('listed', problems.join('\n'), tools),
    onFailure: (_server: string, reason: string) => note('failed', reason),
  }
  /** The next word of a kind that fits, from now on or heard already. */
  function hears(type: Heard['type'], pattern = /(?:)/, after = 0): Promise<Heard> {
    const found = Promise.withResolvers<Heard>()
    const look = () => {
      const fits = heard.slice(after).find((each) => each.type === type && pattern.test(each.words))
      if (fits === undefined) return
      waiting.delete(look)
      found.resolve(fits)
    }
    waiting.add(look)
    look()
    return found.promise
  }
  /** The variable holds a key from now on. */
  const hide = (name: string) => {
    keys = [...keys, name]
  }
  return {
    servers,
    hears,
    heard,
    hide,
    use: (...wanted: readonly McpServer[]) => servers.setServers('main', wanted, listener),
  }
}

export function serverOf(
  reach: Partial<Extract<McpReach, { kind: 'command' }>>,
  changes: Partial<McpServer> = {},
): McpServer {
  const moodyOne = { kind: 'command', command: [moody], cwd: root, env: [], named: [] } as const
  return serverNamed('server', { reach: { ...moodyOne, ...reach }, ...changes })
}

export function call(servers: McpServers, listed: Heard, name: string, given: unknown = {}) {
  const tool = listed.tools.find((each) => each.name === name)
  if (tool === undefined) throw new Error(`there is no ${name} among ${listed.tools.map((each) => each.name)}`)
  const argumentsText = typeof given === 'string' ? given : JSON.stringify(given)
  return servers.run({ callId: 'call_1', conversation: 'main', tool, argumentsText })
}

export const names = ({ tools }: Heard) => tools.map(({ name }) => name)

/** A process that has ended and was not collected yet has no environment any more. */
export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).length > 0
  } catch {
    return false
  }
}
