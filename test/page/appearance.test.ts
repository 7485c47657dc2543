import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ServerMessage } from '../../src/page/protocol.ts'
import { CHROMIUM, MISSING, openBrowser } from '../helpers/browser.ts'
import { projectCopy } from '../helpers/cli.ts'
import { AGENT, type ServedPage, servePage } from '../helpers/page.ts'
import { type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const LONG_NAME = 'the_support_of_a_shop_for_clothes_that_keep_the_rain_out'
let browser: Browser
let served: ServedPage
/** Delivers a message to the page that talks, as if the runner had sent it. */
let deliver: (message: ServerMessage) => void
const open: { close(): unknown }[] = []

beforeAll(async () => {
  if (CHROMIUM === undefined) return
  const project = projectCopy()
  const file = join(project, AGENT)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('name: support', `name: ${LONG_NAME}`))
  const other = 'agents/support_of_a_branch.yaml'
  writeFileSync(join(project, other), text.replace('name: support', 'name: support_of_a_branch'))
  ;[browser, served] = await Promise.all([openBrowser(), servePage([other], { cwd: project })])
})

afterEach(async () => {
  for (const resource of open.splice(0)) await resource.close()
})

afterAll(async () => {
  served?.cli.child.kill('SIGTERM')
  await browser?.close()
})

async function talk(
  width: number,
  words: string,
  answer = /This is a rehearsal/,
  device: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 740 }, ...device })
  open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  await page.routeWebSocket(/channel/, (route) => {
    route.connectToServer()
    deliver = (message) => route.send(JSON.stringify(message))
  })
  await page.goto(served.url)
  await page.getByLabel('Type to the agent').fill(words)
  await page.keyboard.press('Enter')
  await page.locator('.entry-agent .words').filter({ hasText: answer }).waitFor()
  await page.locator('.figures').waitFor({ state: 'attached' })
  return page
}

/** What reaches beyond the window, or has to be scrolled sideways. */
const overflowing = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('main, main *')]
    .filter((element) => Math.max(element.getBoundingClientRect().right, element.scrollWidth) > innerWidth)
    .map(({ localName, className }) => localName + '.' + className)`)

const directionOf = (page: Page, who: 'caller' | 'agent') =>
  page.evaluate(`getComputedStyle([...document.querySelectorAll('.entry-${who} .words')].at(-1)).direction`)

/** How light the background of an element is, its border, and its words, as WCAG measures it. */
async function lightness(page: Page, of: string): Promise<[number, number, number]> {
  return page.evaluate(`(() => {
    const { backgroundColor, borderColor, color } = getComputedStyle(document.querySelector('${of}'))
    const canvas = new OffscreenCanvas(1, 1).getContext('2d')
    return [backgroundColor, borderColor, color].map((one) => {
      canvas.fillStyle = one
      canvas.fillRect(0, 0, 1, 1)
      const share = canvas.getImageData(0, 0, 1, 1).data[1] / 255
      return ((share + 0.055) / 1.055) ** 2.4 + 0.05
    })
  })()`)
}

describe.skipIf(CHROMIUM === undefined)(`how the page looks${MISSING}`, () => {
  test('a phone shows the latency plot when the session panel is opened', async () => {
    const page = await talk(360, 'hello')
    await page.getByRole('button', { name: 'Session' }).click()
    await expect.poll(async () => (await page.locator('.plot canvas').boundingBox())?.width ?? 0).toBeGreaterThan(300)
  })

  test('redrawing the plot causes no browser error', async () => {
    const context = await browser.newContext()
    open.push(context)
    await context.addInitScript(
      `globalThis.errors = []; addEventListener('error', ({ message }) => errors.push(message))`,
    )
    const page = await context.newPage()
    await page.goto(served.url)
    for (const turns of [1, 2]) {
      await page.getByLabel('Type to the agent').fill('hello')
      await page.keyboard.press('Enter')
      await page.getByRole('img', { name: `Waits of the last ${turns} turns` }).waitFor()
    }
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    expect(await page.evaluate('errors')).toEqual([])
  })

  test('a phone shows the session panel alone', async () => {
    const page = await talk(360, 'where is order A-1042?', /status: shipped/)
    const transcript = page.getByLabel('Transcript')
    await page.locator('details.tool summary').click()
    await page.getByRole('button', { name: 'Session' }).click()
    expect(await transcript.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Session' }).click()
    expect(await transcript.isVisible()).toBe(true)
  })

  test("a long name does not push the header's buttons off a phone", async () => {
    const page = await talk(360, 'hello')
    const box = await page.getByRole('button', { name: 'End', exact: true }).boundingBox()
    expect((box?.x ?? 360) + (box?.width ?? 0)).toBeLessThanOrEqual(344)
  })

  test('nothing overflows on a phone before the conversation', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, isMobile: true })
    open.push(context)
    const page = await context.newPage()
    await page.goto(served.url)
    await page.locator('.primary:enabled').waitFor()
    await page.locator('select').waitFor()
    expect(await overflowing(page)).toEqual([])
  })

  test('long words of the runner are wrapped on a phone: warnings, names of tools and of settings', async () => {
    const page = await talk(360, 'hello')
    const word = 'instructions_'.repeat(20)
    const base = { t: Date.now(), conversation: 'main', generation: 1 }
    const changes = [{ field: word, summary: word, lines: [], when: 'next response' }]
    deliver({ type: 'notice', level: 'warning', message: word, t: base.t })
    deliver({ type: 'report', report: { ...base, type: 'tool.started', name: word, call_id: 'c', arguments: {} } })
    deliver({ type: 'report', report: { ...base, type: 'reload.applied', changes } })
    await page.getByRole('article', { name: 'Edit applied' }).waitFor()
    expect(await overflowing(page)).toEqual([])
  })

  test('a printout contains the whole transcript', async () => {
    const page = await talk(1_280, 'word '.repeat(2_000).trim())
    await page.emulateMedia({ media: 'print' })
    const unseen = `[...document.querySelectorAll('.transcript')].map((all) => all.scrollHeight - all.clientHeight)`
    expect(await page.evaluate(unseen)).toEqual([0])
    const pages = (await page.pdf()).toString('latin1').match(/\/Type \/Page\b/g)
    expect(pages?.length).toBeGreaterThan(2)
  })

  test('with text of twice the size nothing overflows on a phone, and the name is visible', async () => {
    const page = await talk(390, 'hello')
    await page.evaluate('document.documentElement.style.fontSize = "200%"')
    expect(await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')).toEqual([390, 390])
    const boxes = await page.locator('h1, .head button, .type button').all()
    for (const box of boxes) {
      const { x = -1, width = 0 } = (await box.boundingBox()) ?? {}
      expect(width).toBeGreaterThan(60)
      expect([x >= 0, x + width <= 390]).toEqual([true, true])
    }
  })

  test('the header stays as it is when a conversation begins and ends', async () => {
    const page = await talk(1_280, 'hello')
    const places = async () => [await page.locator('.head').boundingBox(), (await page.locator('h1').boundingBox())?.y]
    const before = await places()
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('button', { name: 'Start anew' }).click()
    await page.locator('.primary').waitFor()
    expect(await places()).toEqual(before)
  })

  test('in forced colours, pressed buttons and levels are visible', async () => {
    const context = await browser.newContext({ forcedColors: 'active' })
    open.push(context)
    const page = await context.newPage()
    await page.goto(served.url)
    const colour = (of: string) => page.evaluate(`getComputedStyle(${of}).backgroundColor`)
    const button = 'document.querySelector(".switches button:last-child")'
    const before = await colour(button)
    await page.getByRole('button', { name: 'Sound off' }).click()
    await expect.poll(() => colour(button)).not.toBe(before)
    const meter = 'document.querySelector(".meter")'
    const colours = [await colour(meter), await colour(`${meter}, "::after"`), await colour('document.body')]
    expect(new Set(colours).size).toBe(3)
  })

  test('a pressed button is readable under the pointer, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ colorScheme })
      open.push(context)
      const page = await context.newPage()
      await page.goto(served.url)
      await page.getByRole('button', { name: 'Sound off', pressed: false }).click()
      await page.getByRole('button', { name: 'Sound off', pressed: true }).waitFor()
      const [background, , words] = await lightness(page, '.switches button:last-child')
      expect(Math.max(background, words) / Math.min(background, words)).toBeGreaterThan(4.5)
    }
  })

  test('with more contrast, fields have visible borders, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ contrast: 'more', colorScheme })
      open.push(context)
      const page = await context.newPage()
      await page.goto(served.url)
      const [paper, ...others] = await lightness(page, '#text')
      for (const other of others) expect(Math.max(paper, other) / Math.min(paper, other)).toBeGreaterThan(4.5)
    }
  })

  test('typing scrolls to the typed line, wherever the reader was', async () => {
    const page = await talk(1_280, 'hello')
    for (const words of Array.from({ length: 12 }, (_, index) => `line ${index}`)) {
      await page.getByLabel('Type to the agent').fill(words)
      await page.keyboard.press('Enter')
      await page.locator('.entry-caller').filter({ hasText: words }).last().waitFor()
    }
    const transcript = page.getByLabel('Transcript')
    await expect
      .poll(() => transcript.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight))
      .toBeGreaterThan(200)
    await transcript.evaluate((element) => {
      const scrolled = new Promise((resolve) => element.addEventListener('scroll', resolve, { once: true }))
      element.scrollTop = 0
      return scrolled
    })
    await type(page, 'and the last')
    await expect.poll(() => transcript.evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(200)
  })

  test('on a phone the text field does not make Safari zoom, and buttons fit a thumb', async () => {
    const page = await talk(360, 'hello', /This is a rehearsal/, { isMobile: true, hasTouch: true })
    const size = await page.evaluate('parseFloat(getComputedStyle(document.querySelector("#text")).fontSize)')
    expect(size).toBeGreaterThanOrEqual(16)
    for (const button of await page.locator('button:visible').all())
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(38)
  })

  test('a low window scrolls to the start button', async () => {
    const context = await browser.newContext({ viewport: { width: 740, height: 360 } })
    open.push(context)
    context.setDefaultTimeout(PATIENCE_MS)
    const page = await context.newPage()
    await page.goto(served.url)
    await page.locator('.primary:enabled').scrollIntoViewIfNeeded()
    const button = await page.locator('.primary').boundingBox()
    const bar = await page.locator('.bar').boundingBox()
    // The browser scrolls by whole pixels.
    expect((button?.y ?? 360) + (button?.height ?? 0)).toBeLessThan((bar?.y ?? 0) + 1)
  })

  test('words marked as not heard do not scroll the whole page', async () => {
    const page = await talk(360, 'tell me about yourself')
    const answers = page.locator('.entry-agent').filter({ hasText: 'shipping_quote' })
    for (let count = 0; count < 7; count += 1) {
      await answers.nth(count).waitFor()
      await page.getByLabel('Type to the agent').fill('tell me about yourself')
      await page.keyboard.press('Enter')
    }
    await answers.nth(6).locator('.unheard').waitFor()
    const over = 'document.documentElement.scrollHeight - innerHeight'
    expect(await page.getByLabel('Transcript').evaluate((list) => list.scrollHeight)).toBeGreaterThan(1_000)
    expect(await page.evaluate(over)).toBe(0)
  })

  test('words are laid out in their own direction', async () => {
    const page = await talk(1_280, 'مرحبا، كيف الحال؟')
    expect(await directionOf(page, 'caller')).toBe('rtl')
    expect(await directionOf(page, 'agent')).toBe('ltr')
  })

  test('the latency plot stays after the end', async () => {
    const page = await talk(1_280, 'hello')
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByText('You ended the conversation.').waitFor()
    await page.locator('.figures').getByText('last, after you typed').waitFor()
  })
})
