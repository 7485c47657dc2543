import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING, soundOfMicrophone } from '../helpers/browser.ts'
import { type FaultyProxy, openFaultyProxy } from '../helpers/faulty-proxy.ts'
import { type ServedPage, servePage } from '../helpers/page.ts'
import { shareBrowser } from '../helpers/shared-browser.ts'
import { said, type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const shared = shareBrowser()
const { open } = shared

async function serve(port = '0'): Promise<ServedPage> {
  const served = await servePage(['--port', port])
  open.push({ close: () => served.cli.child.kill('SIGKILL') })
  return served
}

async function kill(served: ServedPage): Promise<void> {
  served.cli.child.kill('SIGKILL')
  await served.cli.ended
}

async function lineTo(served: ServedPage): Promise<FaultyProxy> {
  const line = await openFaultyProxy(Number(new URL(served.url).port))
  open.push(line)
  return line
}

/** A page in a conversation, at this port of the machine. */
async function talking(port: number | string): Promise<Page> {
  const context = await shared.browser.newContext()
  open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  await page.clock.install()
  await page.goto(`http://127.0.0.1:${port}`)
  await page.locator('.primary:enabled').waitFor()
  await type(page, 'hello')
  await said(page, /You said: "hello"/)
  return page
}

const typed = (page: Page, text: string) => page.locator('.entry-caller').filter({ hasText: text })

/** Advances the clock of the page until it shows this text. */
async function waitForText(page: Page, text: string | RegExp): Promise<void> {
  await expect
    .poll(async () => {
      await page.clock.runFor(5_000)
      return page.getByText(text).isVisible()
    })
    .toBe(true)
}

describe.skipIf(CHROMIUM === undefined)(`a line typed while the connection is lost${MISSING}`, () => {
  test('is shown as being sent, and is sent once the conversation is resumed', async () => {
    const line = await lineTo(await serve())
    const page = await talking(line.port)
    line.cut()
    await type(page, 'where is order A-1042?')
    await page.getByText('sending …').waitFor()
    await page.clock.runFor(10_000)
    await said(page, /status: shipped/)
    expect(await typed(page, 'A-1042').count()).toBe(1)
    expect(await page.getByText('not sent').count()).toBe(0)
  })

  test('is marked as not sent if the conversation is over, and can be sent in the next', async () => {
    const served = await serve()
    const line = await lineTo(served)
    const page = await talking(line.port)
    line.cut()
    await type(page, 'where is order A-1042?')
    await page.getByText('sending …').waitFor()
    await kill(served)
    await serve(new URL(served.url).port)
    await page.clock.runFor(10_000)
    await page.getByText('The earlier conversation is over.').first().waitFor()
    await page.getByText('— not sent', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Send again' }).click()
    await said(page, /status: shipped/)
    expect(await typed(page, 'A-1042').count()).toBe(1)
    expect(await page.getByText('not sent').count()).toBe(0)
  })
})

describe.skipIf(CHROMIUM === undefined)(`a caller who speaks while the connection is lost or slow${MISSING}`, () => {
  test('is warned that they may not have been heard, until they are', async () => {
    const line = await lineTo(await serve())
    const page = await talking(line.port)
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    line.cut()
    await soundOfMicrophone(page)
    await page.clock.runFor(10_000)
    await page.getByRole('alert').getByText('what you said meanwhile may not have been heard').waitFor()
    await type(page, 'again')
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  test('is warned that the connection is too slow for their voice, until it has caught up', async () => {
    const line = await lineTo(await serve())
    const page = await talking(line.port)
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    const release = line.hold()
    await page.getByRole('alert').getByText('too slow for your voice').waitFor()
    release()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    expect(await page.getByText('connected').isVisible()).toBe(true)
  })

  test('ends the conversation: the microphone is off at once, and it is over once resumed', async () => {
    const line = await lineTo(await serve())
    const page = await talking(line.port)
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    line.cut()
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await page.getByRole('button', { name: 'Ending …' }).waitFor()
    await page.locator('.talk-button').getByText('Talk').waitFor()
    await page.clock.runFor(10_000)
    await page.getByText('You ended the conversation.').waitFor()
  })

  test('can turn the microphone off, and sees the reason on a phone, also in the session panel', async () => {
    const served = await serve()
    const page = await talking(new URL(served.url).port)
    await page.setViewportSize({ width: 360, height: 640 })
    await page.locator('.talk-button').click()
    await page.getByRole('button', { name: 'Session' }).click()
    await kill(served)
    await page
      .getByText(/The connection was lost. Trying again.*waits for 45 s.*what you type is sent/)
      .click({ trial: true })
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.locator('.talk-button:disabled').getByText('Talk').waitFor()
  })
})

describe.skipIf(CHROMIUM === undefined)(`a line typed into a tab that is reloaded${MISSING}`, () => {
  test('is in the text box again if it was not sent yet', async () => {
    const page = await talking(new URL((await serve()).url).port)
    await page.getByLabel('Type to the agent').fill('where is order')
    await page.reload()
    await page.getByText('connected').waitFor()
    expect(await page.getByLabel('Type to the agent').inputValue()).toBe('where is order')
    await type(page, 'where is order A-1042?')
    await said(page, /status: shipped/)
    await page.reload()
    await said(page, /status: shipped/)
    expect(await page.getByLabel('Type to the agent').inputValue()).toBe('')
  })

  test('is sent once if the connection was lost and the conversation is resumed', async () => {
    const line = await lineTo(await serve())
    const page = await talking(line.port)
    line.cut()
    await type(page, 'where is order A-1042?')
    await page.getByText('sending …').waitFor()
    await page.reload()
    await said(page, /status: shipped/)
    expect(await typed(page, 'A-1042').count()).toBe(1)
  })

  test('is marked as not sent if the conversation is over, until it is sent or discarded', async () => {
    const served = await serve()
    const line = await lineTo(served)
    const page = await talking(line.port)
    line.cut()
    await type(page, 'where is order A-1042?')
    await type(page, 'never mind')
    await page.getByText('sending …').last().waitFor()
    await kill(served)
    await serve(new URL(served.url).port)
    await page.reload()
    await expect.poll(() => page.getByText('— not sent', { exact: true }).count()).toBe(2)
    await page.getByRole('button', { name: 'Discard' }).last().click()
    await page.reload()
    await page.getByText('Talk or type, and a new conversation begins.').waitFor()
    expect(await typed(page, 'never mind').count()).toBe(0)
    await page.getByRole('button', { name: 'Send again' }).click()
    await said(page, /status: shipped/)
    expect(await page.getByText('not sent').count()).toBe(0)
  })
})

test.skipIf(CHROMIUM === undefined)(`the transcript is drawn at once in a tab that is reloaded${MISSING}`, async () => {
  const page = await talking(new URL((await serve()).url).port)
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`)
  for (const line of lines) await type(page, line)
  const last = page.locator('.entry-caller .words:not(.words-partial)').filter({ hasText: lines.at(-1) ?? '' })
  await last.waitFor()
  await page.addInitScript(`
    globalThis.drawings = 0
    const isEntry = (node) => node instanceof HTMLElement && node.matches('.entry-caller')
    new MutationObserver((changes) => {
      if (changes.some(({ addedNodes }) => [...addedNodes].some(isEntry))) drawings += 1
    }).observe(document, { childList: true, subtree: true })`)
  await page.reload()
  await last.waitFor()
  expect(await page.evaluate('drawings')).toBeLessThan(lines.length / 2)
})

describe.skipIf(CHROMIUM === undefined)(`a long outage of the runner${MISSING}`, () => {
  test('is retried more slowly, which the page says, and ends without a click', async () => {
    const served = await serve()
    const { port } = new URL(served.url)
    const page = await talking(port)
    await kill(served)
    await waitForText(
      page,
      /Is it still running\? The page goes on trying\. The conversation is over; the next begins below it\./,
    )
    await page.getByText('reconnecting').waitFor()
    expect(await page.getByText('Nothing is confirmed yet.').isVisible()).toBe(true)
    await serve(port)
    await waitForText(page, 'Talk or type, and a new conversation begins.')
    await type(page, 'again')
    await said(page, /You said: "again"/)
  })

  test.each([
    ['the network is back', 'dispatchEvent(new Event("online"))'],
    ['somebody looks at the page', 'document.dispatchEvent(new Event("visibilitychange"))'],
  ])('is retried at once when %s', async (_, script) => {
    const served = await serve()
    const { port } = new URL(served.url)
    const page = await talking(port)
    await kill(served)
    await waitForText(page, 'The page goes on trying.')
    await serve(port)
    await page.evaluate(script)
    await page.getByText('Talk or type, and a new conversation begins.').waitFor()
  })
})
