import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING } from '../helpers/browser.ts'
import { sharePage } from '../helpers/shared-page.ts'
import { said, type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
/** As many entries as stand on the page at a time. */
const ENTRIES_MAX = 500
const one = sharePage()

/** Gives a test the connection of the page, to say more over it than an agent does in hours. */
const KEEP_SOCKET = `
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given)
      globalThis.channel = this
    }
  }`

async function talking(): Promise<Page> {
  const context = await one.browser.newContext()
  one.open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  await page.addInitScript({ content: KEEP_SOCKET })
  await page.goto(one.served.url)
  await type(page, 'hello')
  await said(page, /You said: "hello"/)
  return page
}

/** Says so many lines from this one on, a few each time that the page is drawn; resolves once the last is there. */
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

/** What the page keeps, in MB. */
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
