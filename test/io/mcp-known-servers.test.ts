import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { root } from '../helpers/cli.ts'
import { call, mcpBench, names, serverOf } from './mcp-bench.ts'

const everything = join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js')
const filesystem = join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js')

const { start, folder, ends } = mcpBench()

describe('server-everything', () => {
  const server = serverOf({ command: ['node', everything, 'stdio'] })

  test('is started, listed and called', async () => {
    const { servers, nextReport, setServers } = start()
    setServers(server)
    const listed = await nextReport('listed')
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

  test('has its arguments checked by the schema it listed', async () => {
    const { nextReport, setServers } = start()
    setServers(server)
    const sum = (await nextReport('listed')).tools.find(({ name }) => name === 'get-sum')
    expect(sum?.checkArguments({ a: 1, b: 2 })).toEqual([])
    expect(sum?.checkArguments({ a: 'one' })).toEqual(
      expect.arrayContaining([expect.stringContaining('a must be number')]),
    )
  })

  test('offers only the included tools, and reports included ones it lacks', async () => {
    const { nextReport, setServers } = start()
    setServers({ ...server, include: ['echo', 'ecco'] })
    const listed = await nextReport('listed')
    expect(names(listed)).toEqual(['echo'])
    expect(listed.words).toContain('the server server has no tool ecco; it has: echo,')
  })

  test('is reached over HTTP, and again after a restart', async () => {
    const port = await freePort()
    const child = await serveHttp(port)
    const reach = {
      kind: 'url',
      url: `http://127.0.0.1:${port}/mcp`,
      named: [],
      headers: {},
      allowPrivate: ['127.0.0.1'],
    } as const
    const { servers, nextReport, reports, setServers } = start()
    setServers({ ...server, reach })
    const listed = await nextReport('listed')
    const echo = () => call(servers, listed, 'echo', { message: 'hello' }).finished
    expect(await echo()).toEqual({ status: 'ok', output: 'Echo: hello' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await echo()).toMatchObject({ status: 'unavailable' })
    await nextReport('failed')
    expect((await echo()).status).not.toBe('ok')
    await serveHttp(port)
    await nextReport(
      'listed',
      /(?:)/,
      reports.findIndex(({ type }) => type === 'failed'),
    )
    expect(await echo()).toEqual({ status: 'ok', output: 'Echo: hello' })
  })

  test('at a private address is not reached unless that is allowed by name', async () => {
    const port = await freePort()
    await serveHttp(port)
    const { nextReport, setServers } = start()
    setServers({
      ...server,
      reach: { kind: 'url', url: `http://127.0.0.1:${port}/mcp`, named: [], headers: {}, allowPrivate: [] },
    })
    expect((await nextReport('failed')).words).toContain('127.0.0.1 is a private address')
  })
})

test('server-filesystem reads only the folder it is given', async () => {
  const own = folder()
  writeFileSync(join(own, 'hours.txt'), 'open from 9 to 5')
  const { servers, nextReport, setServers } = start()
  setServers(serverOf({ command: ['node', filesystem, own] }, { include: ['read_text_file', 'list_directory'] }))
  const listed = await nextReport('listed')
  expect(names(listed).toSorted()).toEqual(['list_directory', 'read_text_file'])
  const inside = await call(servers, listed, 'read_text_file', { path: join(own, 'hours.txt') }).finished
  expect(inside).toEqual({ status: 'ok', output: 'open from 9 to 5' })
  const outside = await call(servers, listed, 'read_text_file', { path: '/etc/hostname' }).finished
  expect(outside).toMatchObject({ status: 'failed', message: expect.stringContaining('Access denied') })
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
