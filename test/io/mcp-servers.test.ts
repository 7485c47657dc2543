import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import type { McpReach, McpServer } from '../../src/agent/mcp-server.ts'
import type { McpTool } from '../../src/agent/tool.ts'
import { createMcpServers, type McpServers } from '../../src/io/mcp-servers.ts'
import { toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'

const moody = join(root, 'test/fixtures/mcp/moody.mjs')
const everything = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')
const filesystem = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')

const ends: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Heard {
  readonly type: 'listed' | 'failed' | 'log'
  readonly words: string
  readonly tools: readonly McpTool[]
}

/** Servers whose every word is kept; `hears` waits for one that fits. */
function start(env: NodeJS.ProcessEnv = {}) {
  const heard: Heard[] = []
  const waiting = new Set<() => void>()
  const note = (type: Heard['type'], words: string, tools: readonly McpTool[] = []) => {
    heard.push({ type, words, tools })
    for (const look of waiting) look()
  }
  const stateRoot = mkdtempSync(join(tmpdir(), 'runner-servers-'))
  const servers = createMcpServers({
    baseEnv: { PATH: process.env.PATH, ...env },
    hidden: ['INWORLD_API_KEY'],
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
  return { servers, hears, heard, use: (...wanted: readonly McpServer[]) => servers.use('main', wanted, listener) }
}

function serverOf(reach: Partial<Extract<McpReach, { kind: 'command' }>>, changes: Partial<McpServer> = {}): McpServer {
  const { timeoutMs, maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter } = toolNamed('any')
  return {
    name: 'server',
    reach: { kind: 'command', command: [moody], cwd: root, env: [], ...reach },
    include: null,
    manners: { timeoutMs, maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter },
    ...changes,
  }
}

function call(servers: McpServers, listed: Heard, name: string, given: unknown = {}) {
  const tool = listed.tools.find((each) => each.name === name)
  if (tool === undefined) throw new Error(`there is no ${name} among ${listed.tools.map((each) => each.name)}`)
  const argumentsText = typeof given === 'string' ? given : JSON.stringify(given)
  return servers.run({ callId: 'call_1', conversation: 'main', tool, argumentsText })
}

const names = ({ tools }: Heard) => tools.map(({ name }) => name)

describe('server-everything', () => {
  const server = serverOf({ command: ['node', everything, 'stdio'] })

  test('is started, listed and called', async () => {
    const { servers, hears, use } = start()
    use(server)
    const listed = await hears('listed')
    expect(names(listed)).toEqual(
      expect.arrayContaining(['echo', 'get-sum', 'get-tiny-image', 'get-structured-content']),
    )
    expect(listed.tools.find(({ name }) => name === 'echo')).toMatchObject({
      description: expect.stringContaining('Echoes'),
      parameters: { type: 'object', required: ['message'] },
    })
    expect(await call(servers, listed, 'echo', { message: 'hello' }).finished).toEqual({
      status: 'ok',
      output: 'Echo: hello',
    })
    const sum = await call(servers, listed, 'get-sum', { a: 2, b: 3 }).finished
    expect(sum).toMatchObject({ status: 'ok', output: expect.stringContaining('5') })
    const image = await call(servers, listed, 'get-tiny-image').finished
    expect(image).toMatchObject({ status: 'ok', output: expect.stringMatching(/\[image: image\/png, \d+ bytes\]/) })
    const structured = await call(servers, listed, 'get-structured-content', { location: 'Chicago' }).finished
    expect(structured).toMatchObject({ status: 'ok', output: expect.stringContaining('temperature') })
  })

  test('has its arguments checked before it is asked, by the schema that it listed', async () => {
    const { hears, use } = start()
    use(server)
    const sum = (await hears('listed')).tools.find(({ name }) => name === 'get-sum')
    expect(sum?.checkArguments({ a: 1, b: 2 })).toEqual([])
    expect(sum?.checkArguments({ a: 'one' })).toEqual(
      expect.arrayContaining([expect.stringContaining('a must be number')]),
    )
  })

  test('gives its tools as far as the file includes them, and tells of those it has not', async () => {
    const { hears, use } = start()
    use({ ...server, include: ['echo', 'ecco'] })
    const listed = await hears('listed')
    expect(names(listed)).toEqual(['echo'])
    expect(listed.words).toContain('the server server has no tool ecco; it has: echo,')
  })

  test('is reached over HTTP as well, and reached again when it has been away', async () => {
    const port = await freePort()
    const child = await serveHttp(port)
    const reach = {
      kind: 'url',
      url: `http://127.0.0.1:${port}/mcp`,
      headers: {},
      allowPrivate: ['127.0.0.1'],
    } as const
    const { servers, hears, heard, use } = start()
    use({ ...server, reach })
    const listed = await hears('listed')
    const echo = () => call(servers, listed, 'echo', { message: 'hello' }).finished
    expect(await echo()).toEqual({ status: 'ok', output: 'Echo: hello' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await echo()).toMatchObject({ status: 'crashed' })
    await hears('failed')
    expect((await echo()).status).not.toBe('ok')
    await serveHttp(port)
    await hears(
      'listed',
      /(?:)/,
      heard.findIndex(({ type }) => type === 'failed'),
    )
    expect(await echo()).toEqual({ status: 'ok', output: 'Echo: hello' })
  })

  test('at a private address is not reached unless that is allowed by name', async () => {
    const port = await freePort()
    await serveHttp(port)
    const { hears, use } = start()
    use({ ...server, reach: { kind: 'url', url: `http://127.0.0.1:${port}/mcp`, headers: {}, allowPrivate: [] } })
    expect((await hears('failed')).words).toContain('127.0.0.1 is a private address')
  })
})

/** server-everything at a port of this machine, once it listens. */
async function serveHttp(port: number): Promise<ChildProcess> {
  const child = spawn('node', [everything, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'pipe' as const,
  })
  ends.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  for await (const line of createInterface({ input: child.stderr })) if (/listening|port/i.test(line)) break
  return child
}

test('server-filesystem reads the folder that it is given, and no other', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-mcp-')))
  ends.push(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'hours.txt'), 'open from 9 to 5')
  const { servers, hears, use } = start()
  use(serverOf({ command: ['node', filesystem, folder] }, { include: ['read_text_file', 'list_directory'] }))
  const listed = await hears('listed')
  expect(names(listed).toSorted()).toEqual(['list_directory', 'read_text_file'])
  const inside = await call(servers, listed, 'read_text_file', { path: join(folder, 'hours.txt') }).finished
  expect(inside).toEqual({ status: 'ok', output: 'open from 9 to 5' })
  const outside = await call(servers, listed, 'read_text_file', { path: '/etc/hostname' }).finished
  expect(outside).toMatchObject({ status: 'failed', message: expect.stringContaining('Access denied') })
})

describe('a server', () => {
  test('whose list changes is listed again', async () => {
    const { servers, hears, heard, use } = start()
    use(serverOf({}))
    const first = await hears('listed')
    expect(names(first)).not.toContain('grown')
    const before = heard.length
    await call(servers, first, 'grow').finished
    const second = await hears('listed', /(?:)/, before)
    expect(names(second)).toContain('grown')
    expect(await call(servers, second, 'grown').finished).toEqual({ status: 'failed', message: 'no, thank you' })
  })

  test('has no tools whose names or schemas the service would refuse; each is told', async () => {
    const { hears, use } = start()
    use(serverOf({}))
    const { words } = await hears('listed')
    expect(words).toContain('a name with spaces of server is left out: its name is not')
    expect(words).toContain('broken of server is left out: its input schema is not valid')
  })

  test('that prints something else on its standard output is heard all the same', async () => {
    const { servers, hears, use } = start()
    use(serverOf({ command: ['sh', '-c', `echo hello; echo '{"a":'; exec node ${moody}`] }))
    const listed = await hears('listed')
    expect((await call(servers, listed, 'say', { text: 'hi' }).finished).status).toBe('ok')
  })

  test('gets numbers beyond 2^53 as they are', async () => {
    const { servers, hears, use } = start()
    use(serverOf({}))
    const listed = await hears('listed')
    const outcome = await call(servers, listed, 'say', '{"text":"n","number":12345678901234567890,"plain":7}').finished
    expect(outcome).toMatchObject({ output: expect.stringContaining('"number":12345678901234567890,"plain":7') })
  })

  test('that ends is answered for, and started again', async () => {
    const { servers, hears, heard, use } = start()
    use(serverOf({}))
    const listed = await hears('listed')
    const first = await call(servers, listed, 'say', { text: 'hi' }).finished
    const outcome = await call(servers, listed, 'die').finished
    expect(outcome).toMatchObject({ status: 'crashed', message: 'its server ended before it answered' })
    expect((await hears('failed')).words).toBe('it has ended')
    await hears(
      'listed',
      /(?:)/,
      heard.findIndex(({ type }) => type === 'failed'),
    )
    const second = await call(servers, listed, 'say', { text: 'hi' }).finished
    expect(second.status).toBe('ok')
    expect(second).not.toEqual(first)
  })

  test('that cannot be started is told of with what it said, and its calls are answered at once', async () => {
    const { servers, hears, use } = start({ MOODY_FAILS: 'start', MOODY_TOKEN: 'tok-4711-secret' })
    use(serverOf({ env: ['MOODY_FAILS', 'MOODY_TOKEN'] }))
    expect((await hears('failed')).words).toContain('it could not be started')
    await hears('failed', /(?:)/, 3)
    const tool = {
      ...toolNamed('say'),
      kind: 'mcp',
      server: serverOf({ env: ['MOODY_FAILS', 'MOODY_TOKEN'] }),
    } as const
    const outcome = await servers.run({ callId: 'c', conversation: 'main', tool, argumentsText: '{}' }).finished
    expect(['unavailable', 'crashed']).toContain(outcome.status)
  })

  test('that never answers ends with the runner as well, and so does what it started', async () => {
    const { servers, hears, use } = start()
    use(serverOf({ command: ['sh', '-c', 'sleep 1000 & echo child $! >&2; wait'] }))
    const pid = Number(/child (\d+)/.exec((await hears('log', /child \d+/)).words)?.[1])
    await servers.close()
    expect(isAlive(pid)).toBe(false)
  })

  test('is given no variable beside those of a script and those declared', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-mcp-')))
    ends.push(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'names')
    const names = `require('node:fs').writeFileSync(${JSON.stringify(file)}, Object.keys(process.env).sort().join(' '))`
    const { hears, use } = start({ LANG: 'C', OTHER: 'x' })
    use(serverOf({ command: [process.execPath, '-e', `${names}; import(${JSON.stringify(moody)})`] }))
    await hears('listed')
    expect(readFileSync(file, 'utf8')).toBe('LANG PATH RUNNER_CALL_ID RUNNER_STATE_DIR')
  })

  test('sees the variables that are declared, and none of what it says shows their values', async () => {
    const { servers, hears, heard, use } = start({ MOODY_TOKEN: 'tok-4711-secret', OTHER: 'x' })
    use(serverOf({ env: ['MOODY_TOKEN'] }))
    const listed = await hears('listed')
    expect(await call(servers, listed, 'picture').finished).toEqual({
      status: 'ok',
      output: '[image: image/png, 3 bytes]\n***',
    })
    await hears('log', /its token is \*\*\*/)
    expect(JSON.stringify(heard)).not.toContain('tok-4711')
  })

  test('that answers too much is cut off, and one that does not answer is given up and told so', async () => {
    const { servers, hears, use } = start()
    const server = serverOf({})
    use({ ...server, manners: { ...server.manners, timeoutMs: 300 } })
    const listed = await hears('listed')
    expect(await call(servers, listed, 'hang').finished).toEqual({
      status: 'timeout',
      message: 'took longer than 0.3 s',
    })
    await hears('log', /cancelled/)
    const cancelled = call(servers, listed, 'hang')
    cancelled.cancel()
    expect(await cancelled.finished).toMatchObject({ status: 'cancelled' })
    use(server)
    const patient = (await hears('listed', /(?:)/, 1)).tools
    expect(patient.length).toBeGreaterThan(0)
    const flood = await call(servers, { ...listed, tools: [...patient] }, 'flood').finished
    expect(['output_too_large', 'timeout']).toContain(flood.status)
  })

  test('ends with the runner, and so does what it started', async () => {
    const { servers, hears, use } = start()
    use(serverOf({}))
    const listed = await hears('listed')
    const said = await call(servers, listed, 'say', { text: 'pid' }).finished
    const child = await call(servers, listed, 'spawn').finished
    const pids = [said, child].map((outcome) => Number(/\d+$/.exec('output' in outcome ? outcome.output : '')?.[0]))
    await servers.close()
    expect(pids.map((pid) => pid > 0 && isAlive(pid))).toEqual([false, false])
  })

  test('is given its time to end by itself', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-mcp-')))
    ends.push(() => rmSync(folder, { recursive: true }))
    const { servers, hears, use } = start()
    use(serverOf({ command: ['sh', '-c', `trap '' TERM; node '${moody}'; sleep 0.3; touch '${folder}/tidied'`] }))
    await hears('listed')
    await servers.close()
    expect(readdirSync(folder)).toEqual(['tidied'])
  })

  test('is one for all conversations that have it', async () => {
    const { servers, hears, heard, use } = start()
    use(serverOf({}))
    const listed = await hears('listed')
    const others: (readonly McpTool[])[] = []
    servers.use('other', [serverOf({}, { include: ['say'] })], {
      onListed: (_server, tools) => others.push(tools),
      onFailure: () => {},
    })
    expect(others.map((tools) => tools.map(({ name }) => name))).toEqual([['say']])
    servers.endConversation('other')
    expect((await call(servers, listed, 'say', { text: 'still here' }).finished).status).toBe('ok')
    expect(heard.filter(({ words }) => words.startsWith('a server is ready'))).toHaveLength(1)
  })
})

/** A process that has ended and was not collected yet has no environment any more. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).length > 0
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
