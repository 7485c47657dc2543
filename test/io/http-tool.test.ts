import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { HttpTool } from '../../src/agent/tool.ts'
import { createHttpTools, type HttpTools } from '../../src/io/http/http-tool.ts'
import type { ToolTrace } from '../../src/io/tools/tool-trace.ts'
import { toolNamed } from '../helpers/agents.ts'

const servers: Server[] = []
const runners: HttpTools[] = []
const seen: IncomingMessage[] = []
const bodies: string[] = []
const traces: ToolTrace[] = []
const logged: { readonly [key: string]: unknown }[] = []

afterEach(async () => {
  for (const runner of runners.splice(0)) runner.close()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  for (const list of [seen, bodies, traces, logged]) list.length = 0
})

/** Starts a server on this machine; returns its origin. */
async function serve(answer: RequestListener, host = '127.0.0.1'): Promise<string> {
  const server = createServer((request, response) => {
    seen.push(request)
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      bodies.push(body)
      answer(request, response)
    })
  })
  servers.push(server)
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const ENV = { TOKEN: 'tok-4711-secret', INWORLD_API_KEY: 'the-key-of-the-service' }

function toolOf(changes: Partial<HttpTool> & { readonly url: string }): HttpTool {
  const { name, description, parameters, checkArguments, ...manners } = toolNamed('ask')
  const { maxOutputBytes, confirm, background, onInterrupt, concurrency, sayAfter } = manners
  return {
    kind: 'http',
    name,
    description,
    parameters,
    checkArguments,
    maxOutputBytes,
    confirm,
    background,
    onInterrupt,
    concurrency,
    sayAfter,
    timeoutMs: 10_000,
    method: 'GET',
    headers: {},
    body: undefined,
    output: 'text',
    retry: 0,
    allowPrivate: ['127.0.0.1'],
    ...changes,
  }
}

function run(changes: Partial<HttpTool> & { readonly url: string }, args: unknown = {}) {
  const options = { baseEnv: ENV, hidden: () => ['INWORLD_API_KEY'] }
  const runner = createHttpTools({
    ...options,
    log: (_message, fields) => logged.push(fields),
    trace: (event) => traces.push(event),
  })
  runners.push(runner)
  const call = { callId: 'call_1', conversation: 'main', argumentsText: JSON.stringify(args) }
  return runner.run({ ...call, tool: toolOf(changes) })
}

function outcomeOf(changes: Partial<HttpTool> & { readonly url: string }, args: unknown = {}) {
  return run(changes, args).finished
}

describe('a request', () => {
  test('carries the arguments where the agent file places them, and returns the answer', async () => {
    const origin = await serve((_, response) => response.end('{"status":"shipped"}\n'))
    const outcome = await outcomeOf(
      {
        url: `${origin}/orders/{id}?full={full}`,
        method: 'POST',
        headers: { Authorization: `Bearer \${env:TOKEN}` },
        body: { note: '{note}' },
      },
      { id: 'A/1', full: true, note: 'please' },
    )
    expect(outcome).toEqual({ status: 'ok', output: '{"status":"shipped"}' })
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/orders/A%2F1?full=true' })
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer tok-4711-secret', 'accept-encoding': 'identity' })
    expect(bodies).toEqual(['{"note":"please"}'])
  })

  test('is traced and logged without the values of variables', async () => {
    const origin = await serve((request, response) => response.end(`you sent ${request.headers.authorization}`))
    const url = `${origin}/?key=\${env:TOKEN}`
    const outcome = await outcomeOf({ url, headers: { Authorization: `Bearer \${env:TOKEN}` } })
    expect(outcome).toEqual({ status: 'ok', output: 'you sent Bearer ***' })
    expect(seen[0]?.url).toBe('/?key=tok-4711-secret')
    expect(traces.map(({ type }) => type)).toEqual(['requested', 'responded', 'answered'])
    expect(JSON.stringify([traces, logged])).not.toContain('tok-4711')
  })

  test('is never given the API key of the service', async () => {
    const origin = await serve((_, response) => response.end())
    const outcome = await outcomeOf({ url: origin, headers: { 'X-Key': `\${env:INWORLD_API_KEY}` } })
    expect(outcome).toMatchObject({ status: 'misconfigured', message: 'not available right now' })
    expect(seen).toEqual([])
  })

  test('is retried if the server has closed the reused connection', async () => {
    const origin = await serve((_, response) => response.end('fine'))
    const runner = createHttpTools({ baseEnv: {}, hidden: () => [], log: () => {}, trace: () => {} })
    runners.push(runner)
    const call = { callId: 'c', conversation: 'main', argumentsText: '{}', tool: toolOf({ url: origin }) }
    await runner.run(call).finished
    servers[0]?.closeAllConnections()
    expect(await runner.run(call).finished).toEqual({ status: 'ok', output: 'fine' })
  })

  test('is not retried if a new connection breaks', async () => {
    const origin = await serve((request) => request.socket.resetAndDestroy())
    expect(await outcomeOf({ url: origin })).toMatchObject({ status: 'unavailable' })
    expect(seen).toHaveLength(1)
  })

  test.each([
    ['POST', 'unavailable', 2],
    ['PATCH', 'unavailable', 2],
    ['PUT', 'ok', 3],
    ['DELETE', 'ok', 3],
  ] as const)('by %s that broke on a reused connection ends as %s', async (method, status, requests) => {
    const origin = await serve((request, response) => {
      if (seen.length === 2) request.socket.resetAndDestroy()
      else response.end('fine')
    })
    const runner = createHttpTools({ baseEnv: {}, hidden: () => [], log: () => {}, trace: () => {} })
    runners.push(runner)
    const call = { callId: 'c', conversation: 'main', argumentsText: '{}', tool: toolOf({ url: origin, method }) }
    await runner.run(call).finished
    expect(await runner.run(call).finished).toMatchObject({ status })
    expect(seen).toHaveLength(requests)
  })
})

describe('an answer', () => {
  test.each([
    [400, 'invalid_arguments', '{"error":{"message":"no such order"}}', 'no such order'],
    [422, 'invalid_arguments', '{"detail":"the date has passed"}', 'the date has passed'],
    [401, 'misconfigured', '{"error":"bad token"}', 'not available right now'],
    [403, 'not_allowed', '{"message":"not yours"}', 'not yours'],
    [404, 'failed', '<html>', 'HTTP 404'],
    [425, 'unavailable', '', 'HTTP 425'],
    [429, 'unavailable', '', 'HTTP 429'],
    [500, 'unavailable', 'stack trace', 'HTTP 500'],
    [503, 'unavailable', '{"error":"down"}', 'down'],
    [600, 'failed', '', 'HTTP 600'],
  ])('with status %i is %s', async (status, kind, body, message) => {
    const origin = await serve((_, response) => response.writeHead(status).end(body))
    expect(await outcomeOf({ url: origin })).toEqual({ status: kind, message })
  })

  test('without a body is a success', async () => {
    const origin = await serve((_, response) => response.writeHead(204).end())
    expect(await outcomeOf({ url: origin })).toEqual({ status: 'ok', output: '{"ok":true}' })
  })

  test('is minified if it must be JSON, and cut if it is too long', async () => {
    const json = await serve((_, response) => response.end('{ "a": 12345678901234567890 }'))
    expect(await outcomeOf({ url: json, output: 'json' })).toEqual({
      status: 'ok',
      output: '{"a":12345678901234567890}',
    })
    const text = await serve((_, response) => response.end('x'.repeat(500)))
    expect(await outcomeOf({ url: text, output: 'json' })).toMatchObject({ status: 'failed' })
    expect(await outcomeOf({ url: text, maxOutputBytes: 300 })).toMatchObject({
      output: expect.stringMatching(/^x+\n\[cut: this is the beginning of 500 bytes\]$/),
    })
  })

  test.each(['image/png', 'application/octet-stream'])('of type %s is a failure', async (type) => {
    const origin = await serve((_, response) => response.writeHead(200, { 'content-type': type }).end('abc'))
    expect(await outcomeOf({ url: origin })).toMatchObject({ status: 'failed' })
  })

  test('is decoded by the charset it declares', async () => {
    const headers = { 'content-type': 'text/plain; charset=iso-8859-1' }
    const origin = await serve((_, response) => response.writeHead(200, headers).end(Buffer.from([0xe4])))
    expect(await outcomeOf({ url: origin })).toEqual({ status: 'ok', output: 'ä' })
  })

  test('that never ends is aborted at 1 MiB', async () => {
    const origin = await serve((_, response) => {
      const pour = () => {
        while (response.write(Buffer.alloc(65_536, 'x'))) {}
        response.once('drain', pour)
      }
      pour()
    })
    expect(await outcomeOf({ url: origin })).toMatchObject({ status: 'output_too_large' })
  })

  test.each(['Identity', ''])('with content-encoding "%s" is read as it is', async (encoding) => {
    const origin = await serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end('x'))
    expect(await outcomeOf({ url: origin })).toEqual({ status: 'ok', output: 'x' })
  })

  test('in an encoding that was not requested is not decoded', async () => {
    const origin = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'))
    expect(await outcomeOf({ url: origin })).toMatchObject({ status: 'failed', message: 'its answer cannot be read' })
  })
})

describe('a server that does not answer', () => {
  test('is given up at the deadline', async () => {
    const origin = await serve(() => {})
    const outcome = await outcomeOf({ url: origin, timeoutMs: 150 })
    expect(outcome).toEqual({ status: 'timeout', message: 'took longer than 0.15 s' })
  })

  test('is given up at once when the call is cancelled, and its connection is closed', async () => {
    const arrived = Promise.withResolvers<IncomingMessage>()
    const origin = await serve((request) => arrived.resolve(request))
    const call = run({ url: origin })
    const request = await arrived.promise
    call.cancel()
    expect(await call.finished).toMatchObject({ status: 'cancelled' })
    if (!request.socket.destroyed) await once(request.socket, 'close')
  })

  test('because it refuses the connection is unavailable, and only the operator learns why', async () => {
    const origin = await serve(() => {})
    for (const server of servers.splice(0)) server.close()
    const outcome = await outcomeOf({ url: origin })
    expect(outcome).toEqual({ status: 'unavailable', message: 'the service did not answer' })
    expect(JSON.stringify(logged)).toContain('ECONNREFUSED')
  })

  test('completely is unavailable', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
    })
    expect(await outcomeOf({ url: origin })).toMatchObject({ status: 'unavailable' })
  })

  test('except with HTTP 503 is asked again if the tool sets retry', async () => {
    const origin = await serve((_, response) => response.writeHead(seen.length === 1 ? 503 : 200).end('now'))
    expect(await outcomeOf({ url: origin, retry: 1 })).toEqual({ status: 'ok', output: 'now' })
    expect(seen).toHaveLength(2)
  })
})

describe('a redirect', () => {
  const to = (location: string, status = 302): RequestListener => {
    return (request, response) => {
      if (request.url === '/there') response.end(`${request.method} there`)
      else response.writeHead(status, { location }).end()
    }
  }

  test('within the host is followed', async () => {
    expect(await outcomeOf({ url: await serve(to('/there')) })).toEqual({ status: 'ok', output: 'GET there' })
    const kept = await outcomeOf({ url: await serve(to('/there', 307)), method: 'POST', body: { a: 1 } })
    expect([kept, bodies.at(-1)]).toEqual([{ status: 'ok', output: 'POST there' }, '{"a":1}'])
  })

  test.each([
    [301, 'DELETE', 'DELETE'],
    [302, 'PUT', 'PUT'],
    [302, 'PATCH', 'PATCH'],
    [301, 'POST', 'GET'],
    [303, 'DELETE', 'GET'],
    [308, 'POST', 'POST'],
  ] as const)('with status %i turns %s into %s', async (status, method, followed) => {
    const outcome = await outcomeOf({ url: await serve(to('/there', status)), method })
    expect(outcome).toEqual({ status: 'ok', output: `${followed} there` })
  })

  test('to another host is not followed, and no header reaches it', async () => {
    const other = await serve((_, response) => response.end('stolen'))
    const origin = await serve(to(`${other}/there`))
    const outcome = await outcomeOf({ url: origin, headers: { Authorization: `Bearer \${env:TOKEN}` } })
    expect(outcome).toMatchObject({ status: 'misconfigured' })
    expect(seen).toHaveLength(1)
  })

  test('in a loop is given up after three hops', async () => {
    expect(await outcomeOf({ url: await serve(to('/again')) })).toMatchObject({ status: 'misconfigured' })
    expect(seen).toHaveLength(4)
  })
})

describe('a private address', () => {
  test.each(['127.0.0.1', '::1'])('%s is refused unless it is allowed by name', async (host) => {
    const origin = await serve((_, response) => response.end('inside'), host)
    expect(await outcomeOf({ url: origin, allowPrivate: [] })).toMatchObject({ status: 'misconfigured' })
    expect(await outcomeOf({ url: origin, allowPrivate: ['localhost'] })).toMatchObject({ status: 'misconfigured' })
    expect(seen).toEqual([])
    expect(await outcomeOf({ url: origin, allowPrivate: [host] })).toEqual({ status: 'ok', output: 'inside' })
  })

  test.each(['localhost', 'LOCALHOST'])('behind the name %s is detected when the name is resolved', async (name) => {
    const origin = await serve((_, response) => response.end('inside'))
    const url = origin.replace('127.0.0.1', name)
    expect(await outcomeOf({ url, allowPrivate: [] })).toMatchObject({ status: 'misconfigured' })
    expect(seen).toEqual([])
    expect(JSON.stringify(logged)).toContain('has the private address')
    expect(await outcomeOf({ url, allowPrivate: ['localhost'] })).toEqual({ status: 'ok', output: 'inside' })
  })

  test.each(['2130706433', '0x7f.1', '127.1', '0177.0.0.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '0.0.0.0'])(
    'written as %s is recognised',
    async (host) => {
      const origin = await serve((_, response) => response.end('inside'))
      const url = origin.replace('127.0.0.1', host)
      expect(await outcomeOf({ url, allowPrivate: [] })).toMatchObject({ status: 'misconfigured' })
      expect(seen).toEqual([])
    },
  )

  test('that is allowed for one tool is refused for another', async () => {
    const origin = (await serve((_, response) => response.end('inside'))).replace('127.0.0.1', 'localhost')
    const runner = createHttpTools({ baseEnv: {}, hidden: () => [], log: () => {}, trace: () => {} })
    runners.push(runner)
    const ask = (allowPrivate: readonly string[]) =>
      runner.run({
        callId: 'c',
        conversation: 'main',
        argumentsText: '{}',
        tool: toolOf({ url: origin, allowPrivate }),
      })
    expect(await ask(['localhost']).finished).toMatchObject({ status: 'ok' })
    expect(await ask([]).finished).toMatchObject({ status: 'misconfigured' })
  })
})
