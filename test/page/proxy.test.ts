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
const one = shareBrowser()
const { open } = one

/** A proxy that has the page under a path of its own; what it makes of the browser's headers is given. Resolves with its port. */
async function proxyTo(target: URL, changed: (headers: IncomingHttpHeaders) => IncomingHttpHeaders): Promise<number> {
  const { port, hostname } = target
  const behind = (url = '') => url.slice(PREFIX.length)
  const proxy = createServer(({ url, method, headers }, response) => {
    const asked = request({ hostname, port, path: behind(url), method, headers: changed(headers) }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.on('error', () => response.destroy()).pipe(response)
    })
    asked.on('error', () => response.destroy())
    asked.end()
  })
  proxy.on('upgrade', ({ url, headers }, near) => {
    const far = connect(Number(port), hostname)
    const lines = Object.entries(changed(headers)).map(([name, value]) => `${name}: ${value}`)
    far.write(`GET ${behind(url)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
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
      'that passes its own name on',
      (headers) => ({ ...headers, host: 'voice.example', origin: 'https://voice.example' }),
    ],
    ['that names the runner instead', (headers) => ({ ...headers, host: '127.0.0.1:7070' })],
  ])('%s, under a path of its own, is talked with by who knows the token', async (_, changed) => {
    const served = await servePage(['--token', TOKEN])
    open.push({ close: () => served.cli.child.kill('SIGKILL') })
    const port = await proxyTo(new URL(served.url), changed)
    const context = await one.browser.newContext()
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
