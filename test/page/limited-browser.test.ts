import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING } from '../helpers/browser.ts'
import { sharePage } from '../helpers/shared-page.ts'
import { type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const shared = sharePage()

/** A page on which a line was typed and answered, in a browser that runs this script first. */
async function openAndType(script: string): Promise<Page> {
  const context = await shared.browser.newContext()
  shared.open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  await context.addInitScript({ content: script })
  const page = await context.newPage()
  await page.goto(shared.served.url)
  await page.locator('.primary:enabled').waitFor()
  await type(page, 'where is order A-1042?')
  await page
    .locator('.words')
    .getByText(/status: shipped/)
    .waitFor()
  return page
}

describe.skipIf(CHROMIUM === undefined)(`a browser with limited features${MISSING}`, () => {
  test('without storage: the conversation works all the same', async () => {
    await openAndType(`Object.defineProperty(globalThis, 'sessionStorage', {
      get() { throw new DOMException('no cookies', 'SecurityError') } })`)
  })

  test('without sound after a reload until the page is touched: says so meanwhile', async () => {
    const page = await openAndType('')
    await page.reload()
    await page.getByRole('alert').getByText('Press Talk, or type, and it goes on.').waitFor()
    await type(page, 'thank you')
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  test('without sound over plain http: says so, and leaves no audio context open', async () => {
    const page = await openAndType(`
      Object.defineProperty(globalThis, 'isSecureContext', { value: false })
      Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined })
      globalThis.contexts = []
      globalThis.AudioContext = class extends AudioContext {
        constructor(...given) {
          super(...given)
          contexts.push(this)
        }
      }`)
    await page.getByRole('alert').getByText('gives sound only to pages on this machine or over https').waitFor()
    await type(page, 'thank you')
    await page.locator('.entry-caller').filter({ hasText: 'thank you' }).waitFor()
    const open = () => page.evaluate('contexts.filter(({ state }) => state !== "closed").length')
    await expect.poll(open).toBe(0)
    await page.reload()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toMatch(/over https.*You can type, and read\./)
  })

  test('without a loudspeaker that answers: says so until one does, and does not block the microphone', async () => {
    const page = await openAndType(`
      const { resume } = AudioContext.prototype
      globalThis.plugIn = () => Object.assign(AudioContext.prototype, { resume })
      AudioContext.prototype.resume = () => new Promise(() => {})`)
    await page.getByRole('button', { name: 'Talk', exact: true }).click()
    await page.getByText('Opening the microphone …').waitFor()
    await page.getByRole('alert').getByText('no loudspeaker answers').waitFor()
    await page.getByText('Microphone is off').waitFor()
    await page.evaluate('void plugIn()')
    await type(page, 'thank you')
    await page.getByRole('alert').waitFor({ state: 'detached' })
  })

  test('with a slow audio thread: ten minutes of sound at once do not block it', async () => {
    const page = await openAndType('')
    const clearedMs = await page.evaluate(`(async () => {
      const context = new AudioContext()
      await context.audioWorklet.addModule('playback-worklet.js')
      const node = new AudioWorkletNode(context, 'playback', { numberOfInputs: 0, processorOptions: { rate: 24_000 } })
      node.connect(context.destination)
      const samples = new Int16Array(24_000).fill(1_000)
      for (let piece = 1; piece <= 600; piece += 1)
        node.port.postMessage({ type: 'play', itemId: 'a', piece, fromMs: (piece - 1) * 1_000, samples })
      const askedAt = performance.now()
      node.port.postMessage({ type: 'clear', id: 1 })
      await new Promise((resolve) => (node.port.onmessage = ({ data }) => data.type === 'cleared' && resolve()))
      await context.close()
      return performance.now() - askedAt
    })()`)
    expect(clearedMs).toBeLessThan(2_000)
  })
})
