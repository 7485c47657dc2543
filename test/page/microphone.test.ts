import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, KEEP_TRACKS, MISSING, soundOfMicrophone } from '../helpers/browser.ts'
import { projectCopy } from '../helpers/cli.ts'
import { type ServedPage, servePage, withoutGreeting } from '../helpers/page.ts'
import { shareBrowser } from '../helpers/shared-browser.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const shared = shareBrowser()
let served: ServedPage

beforeAll(async () => {
  if (CHROMIUM === undefined) return
  served = await servePage([], { cwd: withoutGreeting(projectCopy()) })
})

afterAll(() => served?.cli.child.kill('SIGTERM'))

/** A page on which somebody has begun to talk, in a browser that runs this script first. */
async function talking(script = ''): Promise<Page> {
  const context = await shared.browser.newContext()
  shared.open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  await context.addInitScript({ content: KEEP_TRACKS + script })
  const page = await context.newPage()
  await page.goto(served.url)
  await page.getByRole('button', { name: 'Start talking' }).click()
  return page
}

const isOn = (page: Page) => page.locator('.talk-button').getByText('Stop').waitFor()
const isOff = (page: Page) => page.locator('.talk-button').getByText('Talk').waitFor()
const waitForAlert = (page: Page, words: RegExp) => page.getByRole('alert').getByText(words).waitFor()
const devices = (page: Page) => page.evaluate('tracks.map(({ readyState }) => readyState)')

describe.skipIf(CHROMIUM === undefined)(`a microphone${MISSING}`, () => {
  test('that cannot be read is reported and released', async () => {
    const page = await talking(`
      AudioContext.prototype.createMediaStreamSource = () => {
        throw new DOMException('another sample rate', 'NotSupportedError')
      }`)
    await waitForAlert(page, /could not be opened \(NotSupportedError\)/)
    await isOff(page)
    expect(await devices(page)).toEqual(['ended'])
  })

  test.each([
    ['NotFoundError', /No microphone was found\. Plug one in/],
    ['NotReadableError', /in use by another program/],
  ])('that is not there to be opened is reported with what to do: %s', async (name, words) => {
    const page = await talking(`
      navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', '${name}') }`)
    await waitForAlert(page, words)
    await isOff(page)
  })

  test('that the browser gives to no page over plain http is reported with the reason', async () => {
    const page = await talking(`
      Object.defineProperty(navigator, 'mediaDevices', { value: undefined })`)
    await waitForAlert(page, /a microphone only to pages on this machine or over https.*You can type/)
    await isOff(page)
  })

  test('that awaits permission is not shown as listening', async () => {
    const page = await talking(`
      navigator.mediaDevices.getUserMedia = (getUserMedia => async (constraints) => {
        await new Promise((answer) => { globalThis.allow = answer })
        return getUserMedia(constraints)
      })(navigator.mediaDevices.getUserMedia)`)
    await page.getByText('Opening the microphone …').waitFor()
    await expect.poll(() => page.evaluate('globalThis.allow !== undefined')).toBe(true)
    await page.evaluate('allow()')
    await soundOfMicrophone(page)
    const opening = page.getByText('Opening the microphone …')
    expect(await opening.count()).toBe(0)
    for (const isShown of [isOff, isOn]) {
      await page.locator('.talk-button').click()
      await isShown(page)
    }
    expect(await opening.count()).toBe(0)
  })

  test('that the system mutes is shown as muted for as long as it is', async () => {
    const page = await talking()
    await soundOfMicrophone(page)
    await page.evaluate('tracks[0].dispatchEvent(new Event("mute"))')
    await waitForAlert(page, /muted the microphone: you are not heard/)
    await page.evaluate('tracks[0].dispatchEvent(new Event("unmute"))')
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await isOn(page)
  })

  test('opened for push to talk is released when the talk mode changes', async () => {
    const page = await talking()
    await soundOfMicrophone(page)
    const modeButton = page.getByRole('button', { name: 'Push to talk' })
    const button = page.getByRole('button', { name: 'Hold to talk' })
    await modeButton.click()
    await button.focus()
    await page.keyboard.down('Space')
    await page.getByText('Release to send').waitFor()
    await page.keyboard.up('Space')
    await button.waitFor()
    await modeButton.click()
    await isOff(page)
    await page.getByText('Microphone is off').waitFor()
    await expect.poll(() => devices(page)).toEqual(['ended'])
  })

  test('that is refused is requested once per press, however long the key is held', async () => {
    const page = await talking(`
      globalThis.requestCount = 0
      navigator.mediaDevices.getUserMedia = async () => {
        requestCount += 1
        throw new DOMException('no', 'NotAllowedError')
      }`)
    await waitForAlert(page, /may not use the microphone/)
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await page.getByRole('button', { name: 'Hold to talk' }).focus()
    await page.keyboard.down('Space')
    await expect.poll(() => page.evaluate('requestCount')).toBe(2)
    await page.keyboard.down('Space')
    expect(await page.evaluate('requestCount')).toBe(2)
  })

  test('that is unplugged is reported as gone, and reopened when the button is pressed', async () => {
    const page = await talking()
    await soundOfMicrophone(page)
    await page.evaluate('tracks[0].dispatchEvent(new Event("ended"))')
    await waitForAlert(page, /unplugged, or is not allowed any more/)
    await isOff(page)
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    expect(await devices(page)).toEqual(['ended', 'live'])
  })
})
