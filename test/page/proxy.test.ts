import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING } from '../helpers/browser.ts'
import { servePage } from '../helpers/page.ts'
import { shareBrowser } from '../helpers/shared-browser.ts'
import { type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const TOKEN = 'a-long-secret-7'
const PREFIX = '/voice'
const shared = shareBrowser()
const { open } = shared

/** A proxy that serves the page under a path of its own, with changed headers. Resolves with its port. */
async function proxyTo(
  target: URL,
  changeHeaders: (headers: IncomingHttpHeaders) => IncomingHttpHeaders,
): Promise<number> {
  const { port, hostname } = target
  const pathBehind = (url = '') => url.slice(PREFIX.length)
  const proxy = createServer(({ url, method, headers }, response) => {
    const asked = request(
      { hostname, port, path: pathBehind(url), method, headers: changeHeaders(headers) },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.on('error', () => response.destroy()).pipe(response)
      },
    )
    asked.on('error', () => response.destroy())
    asked.end()
  })
  proxy.on('upgrade', ({ url, headers }, near) => {
    const far = connect(Number(port), hostname)
    const lines = Object.entries(changeHeaders(headers)).map(([name, value]) => `${name}: ${value}`)
    far.write(`GET ${pathBehind(url)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to)
      from.on('error', () => to.destroy())
    }
    open.push({ close: () => far.destroy() })
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  open.push(proxy)
  return (proxy.address() as AddressInfo).port
}

describe.skipIf(CHROMIUM === undefined)(`a page behind a proxy${MISSING}`, () => {
  test.each<readonly [string, (headers: IncomingHttpHeaders) => IncomingHttpHeaders]>([
    [
      'that passes on its own host name',
      (headers) => ({ ...headers, host: 'voice.example', origin: 'https://voice.example' }),
    ],
    ["that passes on the runner's address", (headers) => ({ ...headers, host: '127.0.0.1:7070' })],
  ])('%s works under a path of its own, with the token', async (_, changeHeaders) => {
    const served = await servePage(['--token', TOKEN])
    open.push({ close: () => served.cli.child.kill('SIGKILL') })
    const port = await proxyTo(new URL(served.url), changeHeaders)
    const context = await shared.browser.newContext()
    open.push(context)
    context.setDefaultTimeout(PATIENCE_MS)
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${port}${PREFIX}/#token=${TOKEN}`)
    await page.locator('.primary:enabled').waitFor()
    await type(page, 'hello')
    await page.locator('.words').filter({ hasText: 'You said: "hello"' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`${PREFIX}/`)
  })
})
