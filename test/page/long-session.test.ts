import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING } from '../helpers/browser.ts'
import { sharePage } from '../helpers/shared-page.ts'
import { said, type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
/** The most entries on the page. */
const ENTRIES_MAX = 500
const shared = sharePage()

/** Gives a test the page's socket, to deliver more over it than an agent says in hours. */
const KEEP_SOCKET = `
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given)
      globalThis.channel = this
    }
  }`

async function talking(): Promise<Page> {
  const context = await shared.browser.newContext()
  shared.open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  await page.addInitScript({ content: KEEP_SOCKET })
  await page.goto(shared.served.url)
  await type(page, 'hello')
  await said(page, /You said: "hello"/)
  return page
}

/** Delivers this many lines, a few per drawing of the page, numbered from `from`; resolves once the last is shown. */
async function sayLines(page: Page, from: number, count: number): Promise<void> {
  await page.evaluate(`(async () => {
    for (let line = ${from}; line < ${from + count}; line += 1) {
      const words = { item_id: 'item-' + line, turn: line, text: 'line ' + line, final: true }
      const report = { type: 'caller.transcript', t: Date.now(), conversation: 'main', generation: 1, ...words }
      channel.onmessage({ data: JSON.stringify({ type: 'report', report }) })
      if (line % 5 === 0) await new Promise((drawn) => requestAnimationFrame(drawn))
    }
  })()`)
  await page.getByText(`line ${from + count - 1}`, { exact: true }).waitFor()
}

/** The page's heap, in MB. */
async function memoryMb(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  return usedSize / 1_000_000
}

describe.skipIf(CHROMIUM === undefined)(`a page that is open for a long time${MISSING}`, () => {
  test('stores no more than it shows, however much was said', async () => {
    const page = await talking()
    await sayLines(page, 1_000, ENTRIES_MAX)
    const before = await memoryMb(page)
    await sayLines(page, 2_000, ENTRIES_MAX * 2)
    expect(await page.locator('.entry').count()).toBe(ENTRIES_MAX)
    expect((await memoryMb(page)) - before).toBeLessThan(2)
  })

  test('continues its conversation after the browser froze and resumed it', async () => {
    const page = await talking()
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await page.getByText('connected').waitFor()
    await type(page, 'where is order A-1042?')
    await page
      .locator('.words')
      .filter({ hasText: /status: shipped/ })
      .waitFor()
    expect(await page.locator('.entry-caller').allInnerTexts()).toHaveLength(2)
  })
})
