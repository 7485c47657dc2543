import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CLOSE, PROTOCOL } from '../../src/page/protocol.ts'
import { root, runner } from '../helpers/cli.ts'
import { AGENT, type BarePage, barePage, type ServedPage, servePage, talkingPage } from '../helpers/page.ts'

const TOKEN = 'a-long-secret-7'
let served: ServedPage
let guarded: ServedPage
const open: { close(): unknown }[] = []

beforeAll(async () => {
  ;[served, guarded] = await Promise.all([servePage(), servePage([], { env: { RUNNER_TOKEN: TOKEN } })])
})

afterEach(() => {
  for (const resource of open.splice(0)) resource.close()
})

afterAll(async () => {
  for (const { cli } of [served, guarded]) {
    cli.child.kill('SIGTERM')
    expect(await cli.ended).toBe(0)
  }
})

interface Answer {
  readonly status: number | undefined
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: string
}

/** Sends a request unchanged: `fetch` would normalise paths and refuse some headers. */
function ask(
  path: string,
  options: { method?: string; headers?: { [name: string]: string } } = {},
  { url } = served,
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, ...options }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode, headers: response.headers, body })
    })
    asked.on('error', reject)
    asked.end()
  })
}

async function connected(channel = served.channel, headers = {}): Promise<BarePage> {
  const page = barePage(channel, headers)
  open.push(page.socket)
  await once(page.socket, 'open')
  return page
}

/** The status that a WebSocket is refused with. */
async function refusal(channel: string, headers: { readonly [name: string]: string }): Promise<number | undefined> {
  const { socket } = barePage(channel, headers)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }]
  socket.terminate()
  return response.statusCode
}

describe('the page', () => {
  test('may load nothing from elsewhere, and may not be shown in another page', async () => {
    const { status, headers, body } = await ask('/')
    expect(status).toBe(200)
    const policy = String(headers['content-security-policy'])
    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'/)
    expect(policy).not.toMatch(/unsafe|\*|https:/)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    expect(body).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
  })

  test('is compressed for a browser that accepts gzip', async () => {
    const plain = await ask('/index.js')
    const packed = await ask('/index.js', { method: 'HEAD', headers: { 'accept-encoding': 'gzip, deflate, br' } })
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
    expect(Number(packed.headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']) / 2)
    expect(await (await fetch(`${served.url}/index.js`)).text()).toBe(plain.body)
  })

  test.each(['gzip;q=0', 'identity, gzip; q=0.0', 'x-gzip', 'br'])('is sent uncompressed for %s', async (accepted) => {
    const { headers } = await ask('/index.js', { method: 'HEAD', headers: { 'accept-encoding': accepted } })
    expect(headers).not.toHaveProperty('content-encoding')
  })

  test.each(['gzip;q=0.5', 'deflate, GZIP', 'br;q=1.0, gzip ; q=0.8, *;q=0.1'])(
    'is compressed for %s',
    async (accepted) => {
      const { headers } = await ask('/index.js', { method: 'HEAD', headers: { 'accept-encoding': accepted } })
      expect(headers).toMatchObject({ 'content-encoding': 'gzip' })
    },
  )

  test.each(['identity', 'gzip'])('is not sent again if cached, as %s', async (accepted) => {
    const asking = (known?: string) =>
      ask('/index.js', { headers: { 'accept-encoding': accepted, ...(known && { 'if-none-match': known }) } })
    const etag = String((await asking()).headers.etag)
    for (const known of [etag, `W/${etag}`, `"another", ${etag}`])
      expect(await asking(known)).toMatchObject({ status: 304, body: '' })
    expect((await asking('"another"')).status).toBe(200)
  })

  test('has an etag of its own when uncompressed', async () => {
    const packed = await ask('/index.js', { headers: { 'accept-encoding': 'gzip' } })
    const plain = await ask('/index.js', { headers: { 'if-none-match': String(packed.headers.etag) } })
    expect([plain.status, plain.headers.etag === packed.headers.etag]).toEqual([200, false])
  })

  test.each([
    ...['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/%252e%252e/package.json'],
    ...['/..\\package.json', '//etc/passwd', '/.env', '/agents/support.yaml'],
  ])('serves nothing but its own files: %s', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })

  test('is served to a program that offers another protocol in its request', async () => {
    const headers = {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQCAAAAAAIAAAAA',
    }
    const answers = await Promise.all(['/', '/nothing'].map((path) => ask(path, { headers })))
    expect(answers.map(({ status }) => status)).toEqual([200, 404])
    expect(answers[0]?.body).toBe((await ask('/')).body)
  })

  test('answers only GET and HEAD', async () => {
    expect((await ask('/', { method: 'POST' })).status).toBe(405)
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  test.each(['evil.example', 'evil.example:7070', '127.0.0.1.evil.example', 'localhost.evil.example'])(
    'is not served under a foreign host name: %s',
    async (host) => {
      expect((await ask('/', { headers: { host } })).status).toBe(421)
    },
  )

  test('is served under any host name if a token is required', async () => {
    const headers = { host: 'voice.example' }
    expect((await ask('/', { headers }, guarded)).status).toBe(200)
    expect((await ask('/metrics', { headers }, guarded)).status).toBe(401)
    for (const host of ['voice.example; script-src *', "voice.example;script-src-elem'self'", 'a,b'])
      expect((await ask('/', { headers: { host } }, guarded)).status).toBe(421)
  })

  test.each(['127.0.0.1:80', 'localhost:9999', '[::1]:7070', 'LOCALHOST'])('is served under %s', async (host) => {
    expect((await ask('/', { headers: { host } })).status).toBe(200)
  })
})

describe('the channel', () => {
  test('refuses pages of other sites, and foreign host names', async () => {
    expect(await refusal(served.channel, { origin: 'https://evil.example' })).toBe(403)
    expect(await refusal(served.channel, { origin: 'null' })).toBe(403)
    expect(await refusal(served.channel, { origin: 'http://127.0.0.1:1' })).toBe(403)
    for (const host of ['127.evil.example', 'localhost.evil.example', `localhost.${new URL(served.url).host}`])
      expect(await refusal(served.channel, { origin: `http://${host}` })).toBe(403)
    expect(await refusal(served.channel, { host: 'evil.example' })).toBe(421)
    expect(await refusal(served.channel.replace('/channel', '/other'), {})).toBe(404)
  })

  test('accepts the page itself, and programs', async () => {
    await connected(served.channel, { origin: served.url })
    await connected(served.channel)
  })

  const closes: readonly (readonly [string, (page: BarePage) => void, number, RegExp])[] = [
    ['a text that is not JSON', ({ socket }) => socket.send('hello'), CLOSE.badMessage, /one JSON object/],
    ['a first message other than hello', (page) => page.say({ type: 'open' }), CLOSE.badMessage, /must be a hello/],
    ['sound before hello', ({ socket }) => socket.send(Buffer.alloc(8)), CLOSE.badMessage, /before hello/],
    [
      'another protocol',
      (page) => page.say({ type: 'hello', protocol: PROTOCOL + 1 }),
      CLOSE.badMessage,
      /protocol 2 is not spoken here, 1 is/,
    ],
    [
      'a frame past the limit',
      ({ socket }) => socket.send(Buffer.alloc(262_145)),
      CLOSE.tooFast,
      /262145 bytes; at most 262144/,
    ],
  ]

  test.each(closes)('closes with a reason after %s', async (_name, act, code, reason) => {
    const page = await connected()
    act(page)
    const [closedWith, words] = await page.closed
    expect(closedWith).toBe(code)
    expect(words).toMatch(reason)
  })

  test('closes if no hello comes', async () => {
    const page = await connected()
    expect(await page.closed).toEqual([CLOSE.noHello, 'no hello within 5000 ms'])
  })

  test('closes if more sound comes than anybody can speak, or too many frames', async () => {
    const [loud, busy] = await Promise.all([talkingPage(served.channel), talkingPage(served.channel)])
    // Ten times what the reserve holds: on a slow machine the reserve fills again meanwhile.
    for (let count = 0; count < 96; count += 1) loud.socket.send(Buffer.alloc(100_000))
    for (let count = 0; count < 6_000; count += 1) busy.say({ type: 'resume' })
    expect(await loud.closed).toEqual([CLOSE.tooFast, 'more than 192000 bytes a second'])
    expect(await busy.closed).toEqual([CLOSE.tooFast, 'more than 150 frames a second'])
  })

  test('continues after an invalid message, and says what is wrong with it', async () => {
    const page = await talkingPage(served.channel)
    open.push(page.socket)
    page.socket.send('{"type":"playback.progress","item_id":"a","ms":-1}')
    expect(await page.message('refused')).toMatchObject({ message: expect.stringMatching(/whole ms/) })
    page.socket.send('{"type":"text","text":"   "}')
    page.socket.send('{"type":"playback.cleared","clear":7,"heard":[{"item_id":"nobody","ms":3}]}')
    page.socket.send(Buffer.alloc(3))
    page.say({ type: 'text', text: 'when are you open on monday?' })
    await page.report('agent.transcript', ({ text }) => /Monday/.test(String(text)))
  })

  test('accepts the longest typed turn, whatever its characters', async () => {
    const page = await talkingPage(served.channel)
    open.push(page.socket)
    page.say({ type: 'text', text: '\u0001'.repeat(32_768), id: 'a' })
    expect(await page.message('taken')).toMatchObject({ id: 'a' })
  })

  test('refuses clients without the token', async () => {
    const [none, wrong] = await Promise.all([connected(guarded.channel), connected(guarded.channel)])
    none.say({ type: 'hello', protocol: PROTOCOL })
    wrong.say({ type: 'hello', protocol: PROTOCOL, token: `${TOKEN}x` })
    expect(await none.closed).toEqual([CLOSE.badToken, 'a token is wanted'])
    expect(await wrong.closed).toEqual([CLOSE.badToken, 'the token is wrong'])
    open.push((await talkingPage(guarded.channel, { token: TOKEN })).socket)
    expect(guarded.cli.stdout() + guarded.cli.stderr()).not.toContain(TOKEN)
  })
})

describe('a request that arrives byte by byte', () => {
  const HEAD = 'GET / HTTP/1.1\r\nhost: localhost\r\n'
  const REQUESTS: readonly (readonly [head: string, byte: string])[] = [
    ['', ''],
    [`${HEAD}x-slow: `, 'a'],
    [`${HEAD}content-length: 9000\r\n\r\n`, 'a'],
    [`${HEAD}connection: upgrade\r\nupgrade: websocket\r\nx-slow: `, 'a'],
  ]

  test('times out after ten seconds, and two hundred of them do not block the page', async () => {
    const { cli, url } = await servePage()
    open.push({ close: () => cli.child.kill('SIGKILL') })
    const begunAt = performance.now()
    const closed = REQUESTS.flatMap(([head, byte]) =>
      Array.from({ length: 50 }, async () => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1')
        open.push({ close: () => socket.destroy() })
        socket.on('error', () => {}).write(head)
        const dripping = setInterval(() => socket.write(byte), 1_000)
        await new Promise((resolve) => socket.resume().once('close', resolve))
        clearInterval(dripping)
      }),
    )
    expect((await fetch(url)).status).toBe(200)
    await Promise.all(closed)
    expect(performance.now() - begunAt).toBeLessThan(20_000)
  })
})

describe('runner start', () => {
  test.each([
    ['an open host without a token', ['--page', '--host', '0.0.0.0'], /--host 0\.0\.0\.0 lets others.*--token/],
    ['a token that can be guessed', ['--page', '--token', 'short'], /--token: at least 12 characters/],
    ['a port with --no-page', ['--no-page', '--port', '7071'], /--no-page leaves nothing that --port could be for/],
    [
      'a port and a token without a page',
      ['--port', '0', '--token', TOKEN],
      /no page is served here.*--port, --token.*add --page/,
    ],
    ['a host for metrics without a port', ['--metrics-host', '0.0.0.0'], /--metrics-host.*add --metrics-port/],
    ['a port out of range', ['--port', '70700'], /0 to 65535/],
  ])('refuses %s', async (_name, flags, words) => {
    const cli = runner(['start', AGENT, ...flags], { noInput: true })
    expect(await cli.ended).toBe(2)
    expect(cli.stderr()).toMatch(words)
  })

  test('uses the next free port, and says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    open.push(taken)
    const { port } = taken.address() as { port: number }
    const cli = runner(['start', AGENT, '--page', '--no-main', '--port', String(port)])
    open.push({ close: () => cli.child.kill('SIGKILL') })
    expect(await cli.shows(/browser: .*/)).toMatch(
      new RegExp(`127\\.0\\.0\\.1:(?!${port} )\\d+ \\(port ${port} is taken\\)`),
    )
  })

  test.each([
    ['--say', ['--say', 'hello']],
    ['a pipe', []],
    ['--jsonl', ['--jsonl']],
  ])('serves no page with %s', async (_name, flags) => {
    const cli = runner(['start', AGENT, ...flags])
    cli.child.stdin.end('')
    if (flags.length === 0) {
      await cli.shows(/How can I help/)
      cli.child.kill('SIGINT')
    }
    await cli.ended
    expect(cli.stdout() + cli.stderr()).not.toMatch(/browser/)
  })

  test('serves the page beside JSON lines if asked, and keeps its conversations out of them', async () => {
    const cli = runner(['start', AGENT, '--jsonl', '--page', '--port', '0'])
    open.push({ close: () => cli.child.kill('SIGKILL') })
    const line = await cli.shows(/http:\/\/[^\s/]+/)
    const page = await talkingPage(`${line.replace('http', 'ws')}/channel`)
    await page.report('agent.transcript')
    cli.child.stdin.end()
    expect(await page.closed).toEqual([1001, 'the runner stops'])
    expect(await cli.ended).toBe(0)
    const { conversation } = await page.message('opened')
    expect(cli.stdout()).not.toContain(conversation)
  })

  test('serves the page at a terminal by default, unless --no-page is given', async () => {
    const command = (flags: string) =>
      `stty cols 200; exec ${process.execPath} ${root}/bin/runner.js start ${root}/${AGENT} ${flags}`
    const outputOf = async (flags: string, until: RegExp) => {
      const child = spawn('script', ['-qfec', command(flags), '/dev/null'], {
        env: { ...process.env, NO_COLOR: '1' },
      })
      open.push({ close: () => child.kill('SIGKILL') })
      let text = ''
      for await (const chunk of child.stdout) {
        text += chunk
        if (until.test(text)) break
      }
      return text
    }
    expect(await outputOf('--port 0', /How can I help/)).toMatch(/in a browser: http:\/\/127\.0\.0\.1:\d+/)
    expect(await outputOf('--no-page', /How can I help/)).not.toMatch(/browser/)
  })
})
