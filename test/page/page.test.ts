import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, listen, MISSING, openBrowser } from '../helpers/browser.ts'
import { projectCopy } from '../helpers/cli.ts'
import { AGENT, type ServedPage, servePage } from '../helpers/page.ts'
import { said, type } from '../helpers/talk.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let browser: Browser
let folder: string
let served: ServedPage
/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const open: { close(): unknown }[] = []

beforeAll(async () => {
  if (CHROMIUM === undefined) return
  folder = projectCopy()
  ;[browser, served] = await Promise.all([openBrowser(), servePage([], { cwd: folder })])
})

afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close()
})

afterAll(async () => {
  served?.cli.child.kill('SIGTERM')
  await browser?.close()
})

async function visit(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  return context.newPage()
}

async function talk(page: Page, on = served): Promise<void> {
  await page.goto(on.url)
  await type(page, 'hello')
  await said(page, /You said: "hello"/)
}

/** Edits the agent file, and puts it back once this test is over. */
function edit(change: (text: string) => string, project = folder): void {
  const file = join(project, AGENT)
  const before = readFileSync(file, 'utf8')
  open.push({ close: () => writeFileSync(file, before) })
  writeFileSync(file, change(before))
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<{ violations: readonly Violation[] }> } }).axe.run(),
  )
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

describe.skipIf(CHROMIUM === undefined)(`the page${MISSING}`, () => {
  test('loads nothing from other servers, and respects its own content policy', async () => {
    const page = await visit()
    const hosts: string[] = []
    const errors: string[] = []
    page.on('request', (request) => hosts.push(new URL(request.url()).host))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    page.on('pageerror', (error) => errors.push(error.message))
    await talk(page)
    expect(new Set(hosts)).toEqual(new Set([new URL(served.url).host]))
    expect(errors).toEqual([])
  })

  test('opens no conversation before the caller starts one', async () => {
    const page = await visit()
    await page.goto(served.url)
    await page.getByRole('button', { name: 'Start talking' }).waitFor()
    await page.getByText('First-line support for a web shop.').waitFor()
    expect(await page.getByLabel('Transcript').count()).toBe(0)
  })

  test("shows the next conversation's voice as soon as an edit is saved, and after a reload", async () => {
    const page = await visit()
    await page.goto(served.url)
    await page.locator('.facts').getByText('voice Sarah').waitFor()
    edit((text) => text.replace('voice: Sarah', 'voice: Olivia'))
    await page.locator('.facts').getByText('voice Olivia').waitFor()
    await page.reload()
    await page.locator('.facts').getByText('voice Olivia').waitFor()
  })

  test('is ready, however late the browser first draws it', async () => {
    const page = await visit()
    await page.clock.install()
    await page.clock.pauseAt(Date.now() + 60_000)
    const welcomed = page
      .waitForEvent('websocket')
      .then((socket) => socket.waitForEvent('framereceived', ({ payload }) => /"type":"welcome"/.test(String(payload))))
    await page.goto(served.url)
    await welcomed
    await page.clock.resume()
    await page.locator('.primary:enabled').waitFor()
  })

  test('shows a running tool, and its details on a click', async () => {
    const page = await visit({ bypassCSP: true })
    const heard = await listen(page)
    await talk(page)
    await type(page, 'where is order A-1042?')
    const tool = page.locator('details.tool')
    await tool.getByText(/^ok · \d+ ms$/).waitFor()
    expect(await tool.getByText('rain jacket').isVisible()).toBe(false)
    await tool.locator('summary').focus()
    await page.keyboard.press('Enter')
    await tool.getByText('rain jacket').waitFor()
    expect(await tool.locator('summary').innerText()).toMatch(/lookup_order\s+order_number: A-1042/)
    await said(page, /status: shipped/)
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(500)
  })

  test('shows a tool running in the background, and then how it ended', async () => {
    const page = await visit()
    await talk(page)
    edit((text) => text.replace('run: ../tools/lookup_order.mjs', '$&\n    background: true'))
    await page.getByRole('article', { name: 'Edit applied' }).waitFor()
    await type(page, 'where is order A-1042?')
    await said(page, /lookup_order has begun/)
    await page
      .locator('details.tool')
      .getByText(/^in the background · ok · \d+ ms$/)
      .waitFor()
    await said(page, /status: shipped/)
  })

  test('shows an applied edit: what changed, how fast, and its generation', async () => {
    const page = await visit()
    await talk(page)
    const generation = Number(await page.locator('.badge b').innerText())
    edit((text) => text.replace('You are Nora.', 'You are Captain Nora, a pirate.'))
    const card = page.getByRole('article', { name: 'Edit applied' })
    await card.getByText('instructions').waitFor()
    const words = await card.innerText()
    expect(words).toMatch(new RegExp(`generation ${generation + 1}\\s+\\d+ ms after saving`))
    expect(words).toMatch(/- You are Nora\.[\s\S]*\+ You are Captain Nora, a pirate\./)
    expect(await page.locator('.badge b').innerText()).toBe(String(generation + 1))
    await type(page, 'who are you?')
    await said(page, /Captain Nora, a pirate/)
    await page.getByText('Instructions', { exact: true }).click()
    await page
      .locator('.instructions')
      .getByText(/Captain Nora/)
      .waitFor()
  })

  test('shows a faulty edit with its source lines, and continues', async () => {
    const page = await visit()
    await talk(page)
    edit((text) => text.replace('eagerness: low', 'eagernes: low'))
    const card = page.getByRole('article', { name: 'Edit rejected' })
    await card.getByText(/agents\/support\.yaml:41:3/).waitFor()
    expect(await card.innerText()).toMatch(/unknown key "eagernes" in turn_detection[\s\S]*\^\^\^[\s\S]*eagerness\?/)
    await type(page, 'where is order B-2077?')
    await said(page, /status: delivered/)
  })

  test("shows an edit the service refused at its line, with the service's message", async () => {
    const project = projectCopy()
    const own = await servePage([], { cwd: project })
    open.push({ close: () => own.cli.child.kill('SIGTERM') })
    const page = await visit()
    await talk(page, own)
    edit((text) => text.replace('assemblyai/u3-rt-pro', 'acme/none'), project)
    const card = page.getByRole('article', { name: 'Edit refused' })
    await card.getByText(/agents\/support\.yaml:29:10/).waitFor()
    const words = await card.innerText()
    expect(words).toMatch(/The service says: .*acme\/none/)
    expect(words.match(/Unsupported transcription model/g)).toHaveLength(1)
  })

  test('resumes its conversation after a reload', async () => {
    const page = await visit()
    await talk(page)
    await type(page, 'where is order A-1042?')
    await said(page, /status: shipped/)
    const before = await page.locator('.entry').count()
    await page.reload()
    await said(page, /status: shipped/)
    expect(await page.locator('.entry').count()).toBe(before)
    expect(await page.getByText('connected').isVisible()).toBe(true)
    await type(page, 'when are you open on monday?')
    await said(page, /On Monday/)
  })

  test('holds two conversations in two tabs', async () => {
    const [page, other] = await Promise.all([visit(), visit()])
    await Promise.all([talk(page), talk(other)])
    await Promise.all([type(page, 'where is order A-1042?'), type(other, 'where is order B-2077?')])
    await Promise.all([said(page, /status: shipped/), said(other, /status: delivered/)])
    expect(await page.locator('.entry').getByText('B-2077').count()).toBe(0)
    expect(
      await other
        .locator('.entry')
        .getByText(/^(?!.*lookup order).*A-1042/)
        .count(),
    ).toBe(0)
  })

  test('falls silent when another tab takes its conversation over, which continues there', async () => {
    const page = await visit({ bypassCSP: true })
    const heard = await listen(page)
    await page.goto(served.url)
    await type(page, 'tell me about yourself')
    await said(page, /I will call the first one/)
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(500)
    const secret = await page.evaluate('sessionStorage.getItem("runner.resume")')
    const other = await page.context().newPage()
    await other.addInitScript({ content: `sessionStorage.setItem('runner.resume', ${JSON.stringify(secret)})` })
    await other.goto(served.url)
    await page.getByText('another page took this conversation over').waitFor()
    const before = (await heard()).soundMs
    await type(other, 'when are you open on monday?')
    await said(other, /On Monday/)
    expect((await heard()).soundMs - before).toBeLessThan(200)
  })

  test('ends the conversation on request, and starts a new one', async () => {
    const page = await visit()
    await talk(page)
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByText('You ended the conversation.').waitFor()
    await page.getByRole('button', { name: 'Start anew' }).click()
    await page.getByRole('button', { name: 'Start talking' }).waitFor()
    await type(page, 'hello')
    await said(page, /You said: "hello"/)
  })

  test('keeps the focus in the page when the focused button is removed', async () => {
    const page = await visit()
    await talk(page)
    const focused = () => page.evaluate('document.activeElement.tagName')
    for (const name of ['End', 'Start anew', 'Start talking']) {
      await page.getByRole('button', { name, exact: true }).and(page.locator(':enabled')).focus()
      await page.keyboard.press('Enter')
      await expect.poll(focused).toBe('MAIN')
    }
  })

  test('accepts a text of many thousand characters whole', async () => {
    const page = await visit()
    await talk(page)
    const text = 'word '.repeat(4_000).trim()
    await page.getByLabel('Type to the agent').focus()
    await page.keyboard.insertText(text)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.entry-caller .words').last().innerText()).toBe(text)
  })

  test('shows markup in what is said as text, and announces it to screen readers once', async () => {
    const page = await visit()
    await page.goto(served.url)
    const markup = `<img src=x onerror="document.title='gone'"><b>[x](javascript:alert(1))`
    await type(page, markup)
    await page.locator('.entry-caller .words').filter({ hasText: markup }).waitFor()
    await page.locator('.entry-agent .words').filter({ hasText: markup }).waitFor()
    expect(await page.locator('.entry img, .entry a, .words b').count()).toBe(0)
    expect(await page.title()).not.toBe('gone')
    await page.getByRole('status').filter({ hasText: markup }).waitFor()
  })

  test('is silent with the sound off, and continues in words', async () => {
    const page = await visit({ bypassCSP: true })
    const heard = await listen(page)
    await page.goto(served.url)
    await page.getByRole('button', { name: 'Sound off' }).click()
    await type(page, 'where is order A-1042?')
    await said(page, /status: shipped/)
    await type(page, 'when are you open on monday?')
    await said(page, /On Monday/)
    expect(await heard()).toMatchObject({ soundMs: 0 })
  })

  test.each(['light', 'dark'] as const)('has no accessibility violation found by axe, in %s', async (colorScheme) => {
    const page = await visit({ colorScheme })
    await page.goto(served.url)
    await page.getByRole('button', { name: 'Start talking' }).waitFor()
    expect(await violations(page)).toEqual([])
    await talk(page)
    await type(page, 'where is order A-1042?')
    await page.locator('details.tool').click()
    await said(page, /status: shipped/)
    await type(page, 'stop')
    await page.getByText('cut off').first().waitFor()
    for (const [count, key] of ['eagernes', 'eager'].entries()) {
      edit((text) => text.replace(/eager\w*: low/, `${key}: low`))
      await page.getByRole('article', { name: 'Edit rejected' }).nth(count).waitFor()
    }
    await page.getByText('Instructions', { exact: true }).click()
    expect(await violations(page)).toEqual([])
  })

  test('fits a phone: nothing overflows, and the talk button is large enough for a thumb', async () => {
    const page = await visit({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true })
    await talk(page)
    await type(page, 'where is order A-1042?')
    await said(page, /status: shipped/)
    const sizes = await page.evaluate(
      '[document.documentElement.scrollWidth, innerWidth, document.body.scrollHeight, innerHeight]',
    )
    const [width = 0, shown, height = 0, tall = 0] = sizes as readonly number[]
    expect(width).toBe(shown)
    expect(height).toBeLessThanOrEqual(tall)
    const box = await page.locator('.talk-button').boundingBox()
    expect(box?.height).toBeGreaterThanOrEqual(44)
    expect(await violations(page)).toEqual([])
  })

  test('says that the runner has stopped, and not that the conversation waits', async () => {
    const own = await servePage()
    const page = await visit()
    await page.goto(own.url)
    await type(page, 'hello')
    await said(page, /You said: "hello"/)
    own.cli.child.kill('SIGINT')
    await page.getByText(/^The connection was lost\. Trying again …\s*$/).waitFor()
  })

  test('asks for the token, and removes it from the address', async () => {
    const own = await servePage(['--token', 'a-long-secret-7'])
    open.push({ close: () => own.cli.child.kill('SIGTERM') })
    const page = await visit()
    await page.goto(own.url)
    await page.getByRole('heading', { name: 'Your token, please' }).waitFor()
    await page.getByLabel(/asks for its token/).fill('a-long-secret-7')
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByRole('button', { name: 'Start talking' }).waitFor()
    for (const before of ['about:blank', own.url]) {
      const other = await visit()
      for (const address of [before, `${own.url}/#token=a-long-secret-7`]) await other.goto(address)
      await other.locator('.primary:enabled').waitFor()
      expect(other.url()).toBe(`${own.url}/`)
    }
  })
})
