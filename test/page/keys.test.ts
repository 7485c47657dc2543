import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING } from '../helpers/browser.ts'
import { sharePage } from '../helpers/shared-page.ts'
import { type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const shared = sharePage()

/** A page on which the agent speaks at length, with all that the page sends to the runner. */
async function openSpeakingPage() {
  const context = await shared.browser.newContext()
  shared.open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const said: string[] = []
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => said.push(String(payload))))
  await page.goto(shared.served.url)
  await page.locator('.primary:enabled').waitFor()
  await type(page, 'tell me about yourself')
  await page.getByText('The agent is speaking').waitFor()
  return { page, said: (what: string) => said.some((frame) => frame.includes(`"${what}"`)) }
}

const button = (page: Page, words: string) => page.locator('.talk-button').getByText(words, { exact: true }).waitFor()

describe.skipIf(CHROMIUM === undefined)(`keys, wherever the focus is${MISSING}`, () => {
  test('Escape silences the agent', async () => {
    const { page } = await openSpeakingPage()
    await page.keyboard.press('Escape')
    await page.getByText('cut off').last().waitFor()
  })

  test('Escape that cancels an input composition does not silence the agent', async () => {
    const { page, said } = await openSpeakingPage()
    await page.evaluate(`document.activeElement.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', isComposing: true, bubbles: true }))`)
    await type(page, 'and where is order A-1042?')
    await page
      .locator('.words')
      .getByText(/status: shipped/)
      .waitFor()
    expect(said('interrupt')).toBe(false)
  })

  test('Enter does not send a line that is too long: it stays in the box, with an explanation', async () => {
    const { page, said } = await openSpeakingPage()
    const box = page.getByLabel('Type to the agent')
    await box.fill('')
    await page.keyboard.insertText('x'.repeat(32_769))
    await page.keyboard.press('Enter')
    const words = await box.evaluate(
      (element) => (element as unknown as { validationMessage: string }).validationMessage,
    )
    expect(words).toBe('These are 32769 characters; 32768 can be sent at a time.')
    expect(await box.inputValue()).toHaveLength(32_769)
    expect(said('x'.repeat(100))).toBe(false)
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Enter')
    await expect.poll(() => box.inputValue()).toBe('')
  })

  test('Alt+T talks and stops', async () => {
    const { page } = await openSpeakingPage()
    await page.keyboard.press('Alt+t')
    await button(page, 'Stop')
    await page.keyboard.press('Alt+t')
    await button(page, 'Talk')
    expect(await page.getByLabel('Type to the agent').inputValue()).toBe('')
  })

  test('no context menu opens over the held button, which would miss the release', async () => {
    const { page } = await openSpeakingPage()
    await page.getByRole('button', { name: 'Push to talk' }).click()
    const isOpened = page.evaluate(
      `new Promise((opened) => addEventListener('contextmenu', (menu) => opened(!menu.defaultPrevented)))`,
    )
    await page.locator('.talk-button').click({ button: 'right' })
    expect(await isOpened).toBe(false)
  })

  test('another key does not end a turn for which Space is held', async () => {
    const { page } = await openSpeakingPage()
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await page.locator('.talk-button').focus()
    await page.keyboard.down('Space')
    await button(page, 'Release to send')
    await page.keyboard.press('Shift')
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    expect(await page.locator('.talk-button').innerText()).toBe('Release to send')
    await page.keyboard.up('Space')
    await button(page, 'Hold to talk')
  })
})
