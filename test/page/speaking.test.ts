import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page, WebSocket } from 'playwright-core'
import { afterEach, describe, expect, test } from 'vitest'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import { CHROMIUM, type Loudspeaker, listen, MISSING, openBrowser, spoken, withoutSound } from '../helpers/browser.ts'
import { projectCopy, projectWhereWordsInterrupt } from '../helpers/cli.ts'
import { AGENT, type ServedPage, servePage, withoutGreeting } from '../helpers/page.ts'
import { type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
/** Five seconds of speech. */
const QUESTION = 'Hello, please tell me, if you do not mind: where is my order, A 1042?'
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close()
})

interface Frame {
  readonly type: string
  readonly item_id?: string
  readonly audio_end_ms?: number
}

type Order = Loudspeaker['orders'][number]

interface Setup {
  readonly emulator: Emulator
  readonly served: ServedPage
  readonly frames: readonly Frame[]
}

/** A runner with an emulator that understands speech by a list of captions. */
async function serve(options: EmulatorOptions = {}, project = projectCopy()): Promise<Setup> {
  const frames: Frame[] = []
  const onFrame = (direction: 'in' | 'out', frame: string) =>
    direction === 'in' && frames.push(JSON.parse(frame) as Frame)
  const emulator = await startEmulator({ onFrame, ...options })
  open.push(emulator)
  const served = await servePage(['--base-url', emulator.url], { cwd: project, env: { INWORLD_API_KEY: 'key-1' } })
  open.push({ close: () => served.cli.child.kill('SIGTERM') })
  return { emulator, served, frames }
}

async function visit(
  url: string,
  browser: Browser,
): Promise<{ page: Page; heard: Awaited<ReturnType<typeof listen>> }> {
  open.push(browser)
  const page = await browser.newPage({ bypassCSP: true })
  page.setDefaultTimeout(PATIENCE_MS)
  const heard = await listen(page)
  await page.goto(url)
  return { page, heard }
}

/** Asks for a long answer in writing, and waits until all of its words are there and some of its sound was heard. */
async function askForLong(page: Page, heard: () => Promise<Loudspeaker>): Promise<void> {
  await type(page, 'tell me about yourself')
  await transcript(page)
    .getByText(/This is a rehearsal without a model.*I will call the first one\./)
    .waitFor()
  await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(500)
}

/**
 * Begins to talk, and reads the greeting while the browser still opens its sound; `hasSent` is whether the page has sent a message of this
 * type. From then on the page's clock, but not its screen, stands still, since the page does not wait for its sound forever; `pass` advances
 * it once the runner has sent something, so that the connection does not seem lost.
 */
async function greetedInSilence(page: Page) {
  const frames: string[] = []
  const sockets: WebSocket[] = []
  page.on('websocket', (socket) => {
    sockets.push(socket)
    socket.on('framesent', ({ payload }) => frames.push(String(payload)))
  })
  const openSound = await withoutSound(page)
  await page.addInitScript('globalThis.frameOfScreen = requestAnimationFrame.bind(globalThis)')
  await page.clock.install()
  await page.addInitScript('globalThis.requestAnimationFrame = frameOfScreen')
  await page.reload()
  await page.locator('.primary:enabled').waitFor()
  await page.clock.pauseAt(Date.now() + 3_000)
  await page.getByRole('button', { name: 'Start talking' }).click()
  await transcript(page).getByText('Hi, this is Nora. How can I help?').waitFor()
  return {
    openSound,
    hasSent: (type: string) => frames.some((frame) => frame.includes(`"${type}"`)),
    async pass(ms: number) {
      await sockets.at(-1)?.waitForEvent('framereceived')
      await page.clock.runFor(ms)
    },
  }
}

const transcript = (page: Page) => page.getByLabel('Transcript')
/** Resolves once this was seen, however briefly, from now on. */
const seen = (page: Page, words: string) => page.getByText(words).waitFor()

describe.skipIf(CHROMIUM === undefined)(`a caller who speaks to the page${MISSING}`, () => {
  test('hears the greeting from its first word, however late the browser opens its sound', async () => {
    const { served } = await serve()
    const { page, heard } = await visit(served.url, await openBrowser({ microphone: await spoken(60_000) }))
    const { openSound } = await greetedInSilence(page)
    expect((await heard()).soundMs).toBe(0)
    await openSound('resolve')
    // It takes three seconds, of which half a second lies between words.
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(2_000)
  })

  test('has heard nothing of an answer interrupted before the browser opened its sound', async () => {
    const { served, frames } = await serve()
    const { page, heard } = await visit(served.url, await openBrowser({ microphone: await spoken(60_000) }))
    const { openSound } = await greetedInSilence(page)
    await type(page, 'where is order A-1042?')
    await transcript(page)
      .getByText(/status: shipped/)
      .waitFor()
    expect(frames.map(({ type }) => type)).toContain('conversation.item.delete')
    await openSound('resolve')
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(1_000)
  })

  test('reads what the agent said if the browser turns out to have no sound', async () => {
    const { served } = await serve()
    const { page } = await visit(served.url, await openBrowser({ microphone: await spoken(60_000) }))
    const { openSound, hasSent } = await greetedInSilence(page)
    expect(hasSent('playback.drained')).toBe(false)
    await openSound('reject')
    await page
      .getByRole('alert')
      .getByText(/gives no sound.*You can type, and read/)
      .waitFor()
    await page.clock.resume()
    await expect.poll(() => hasSent('playback.drained')).toBe(true)
  })

  test('reads what the agent said if no sound opens within ten seconds, and hears later answers', async () => {
    const { served } = await serve()
    const { page, heard } = await visit(served.url, await openBrowser({ microphone: await spoken(60_000) }))
    const { openSound, hasSent, pass } = await greetedInSilence(page)
    await pass(5_000)
    await pass(4_900)
    expect(hasSent('playback.drained')).toBe(false)
    await pass(200)
    await expect.poll(() => hasSent('playback.drained')).toBe(true)
    await openSound('resolve')
    await type(page, 'where is order A-1042?')
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(1_000)
  })

  test('is shown speaking, is understood, and hears the answer', async () => {
    const { served } = await serve({ captions: ['where is order A-1042?'] }, withoutGreeting(projectCopy()))
    const browser = await openBrowser({ microphone: await spoken(500, QUESTION, 30_000) })
    const { page, heard } = await visit(served.url, browser)
    await Promise.all([seen(page, 'You are speaking'), page.getByRole('button', { name: 'Start talking' }).click()])
    await transcript(page).getByText('where is order A-1042?').waitFor()
    await transcript(page).getByText('lookup_order', { exact: true }).waitFor()
    await transcript(page)
      .getByText(/status: shipped/)
      .waitFor()
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(1_000)
    await page.getByText('last, after you spoke').waitFor()
  })

  test('breaks in: the page is silent at once, the rest is struck through, the service is told what was heard', async () => {
    const { served, frames } = await serve({ captions: ['where is order A-1042?'] }, withoutGreeting(projectCopy()))
    const microphone = await spoken(500, 'Stop, please. Where is order A 1042?', 30_000)
    const { page, heard } = await visit(served.url, await openBrowser({ microphone }))
    await askForLong(page, heard)
    await page.locator('.talk-button').click()
    await transcript(page).getByText('cut off').waitFor()
    await expect.poll(() => frames.find(({ type }) => type === 'conversation.item.truncate')).toBeDefined()
    const cutAtMs = frames.find(({ type }) => type === 'conversation.item.truncate')?.audio_end_ms ?? 0
    const orders = async () => (await heard()).orders
    await expect.poll(async () => (await orders()).map(({ type }) => type)).toEqual(['item', 'clear', 'item'])
    const [, clear, next] = (await orders()) as readonly [Order, Order, Order]
    // The fade takes 3 ms; a stretch is heard or silent as a whole.
    expect(next.soundMs - clear.soundMs).toBeLessThan(200)
    // Some of the sound has not reached the ear yet; pauses between words are played and are not sound.
    expect(cutAtMs).toBeGreaterThan(clear.soundMs - 300)
    expect(cutAtMs).toBeLessThan(clear.sinceMs + 100)
    expect(await transcript(page).locator('s').innerText()).toMatch(/I will call the first one\.$/)
    await transcript(page)
      .getByText(/status: shipped/)
      .waitFor()
  })

  test('coughs: the page pauses until it is clear that nothing was said, and then continues', async () => {
    // One word does not interrupt: a loaded machine may draw the cough out until it is taken for one.
    const { served } = await serve({ captions: ['uh'] }, withoutGreeting(projectWhereWordsInterrupt(1_500)))
    const { page, heard } = await visit(served.url, await openBrowser({ microphone: await spoken(500, 'uh', 60_000) }))
    await askForLong(page, heard)
    await page.locator('.talk-button').click()
    const orders = async () => (await heard()).orders.filter(({ type }) => type !== 'item')
    await expect
      .poll(async () => (await orders()).map(({ type }) => type))
      .toEqual(['playback.pause', 'playback.resume'])
    const [paused = 0, resumed = 0] = (await orders()).map(({ soundMs }) => soundMs)
    // The caller's turn ends after 1.5 s of silence. The fade takes 3 ms; a stretch is heard or silent as a whole.
    expect(resumed - paused).toBeLessThan(200)
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(resumed + 4_000)
    expect(await transcript(page).getByText('cut off').count()).toBe(0)
    expect(await orders()).toHaveLength(2)
  })

  test('is not heard while muted, and is heard again afterwards', async () => {
    const { served, frames } = await serve({ captions: ['hello'] })
    const again = Array.from({ length: 8 }, () => ['Now you hear me.', 3_000]).flat()
    const microphone = await spoken(500, 'Nobody hears this sentence at all.', 4_000, ...again, 30_000)
    const { page } = await visit(served.url, await openBrowser({ microphone }))
    const openSound = await withoutSound(page)
    await page.reload()
    await page.getByRole('button', { name: 'Start talking' }).click()
    await page.getByRole('button', { name: 'Mute' }).click()
    await page.getByText('Muted', { exact: true }).waitFor()
    await openSound('resolve')
    const loud = page.getByRole('meter', { name: 'Your microphone' })
    const level = async () => Number(await loud.getAttribute('aria-valuenow'))
    await expect.poll(level).toBeGreaterThan(20)
    await expect.poll(level).toBe(0)
    const isHeard = () => frames.some(({ type }) => type === 'input_audio_buffer.append')
    expect(isHeard()).toBe(false)
    await Promise.all([seen(page, 'You are speaking'), page.getByRole('button', { name: 'Mute' }).click()])
    await transcript(page).getByText('hello', { exact: true }).waitFor()
    expect(isHeard()).toBe(true)
  })

  test('holds the button to talk with the keyboard', async () => {
    const { served, frames } = await serve({ captions: ['hello'] })
    const microphone = await spoken(500, 'One two three four five six seven eight nine ten eleven twelve.', 30_000)
    const { page } = await visit(served.url, await openBrowser({ microphone }))
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await type(page, 'hi')
    await transcript(page)
      .getByText(/rehearsal without a model/)
      .waitFor()
    await page.locator('.talk-button').focus()
    await Promise.all([
      seen(page, 'You are speaking'),
      page.keyboard.down('Space').then(() => page.getByText('Release to send').waitFor()),
    ])
    // A sound of less than 250 ms would be a cough: some more of the sentence is heard before the button is let go.
    const piecesHeard = () => frames.filter(({ type }) => type === 'input_audio_buffer.append').length
    const before = piecesHeard()
    await expect.poll(piecesHeard).toBeGreaterThan(before + 10)
    await page.keyboard.up('Space')
    await transcript(page).getByText('hello', { exact: true }).waitFor()
    // Here the button does not say where turns begin and end: the runner answers a page that claims so.
    expect(await page.locator('.note').count()).toBe(0)
  })

  test('ends a turn with the button if the agent has manual turn detection', async () => {
    const project = withoutGreeting(projectCopy())
    const file = join(project, AGENT)
    const manual = readFileSync(file, 'utf8').replace(
      /^turn_detection:\n( .*\n)+/m,
      'turn_detection: { type: manual }\n',
    )
    writeFileSync(file, manual)
    const { served, frames } = await serve({ captions: ['where is order A-1042?'] }, project)
    const { page } = await visit(served.url, await openBrowser({ microphone: await spoken(QUESTION, 60_000) }))
    await page.getByRole('button', { name: 'Start talking' }).click()
    await page.getByText('Listening until you stop').waitFor()
    await expect
      .poll(() => frames.filter(({ type }) => type === 'input_audio_buffer.append').length)
      .toBeGreaterThan(20)
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await transcript(page)
      .getByText(/status: shipped/)
      .waitFor()
  })

  test('is told when the microphone is not allowed, and can type', async () => {
    const { served } = await serve()
    const { page } = await visit(served.url, await openBrowser({ allowed: false }))
    await page.getByRole('button', { name: 'Start talking' }).click()
    await page
      .getByRole('alert')
      .getByText(/may not use the microphone.*You can type/)
      .waitFor()
    await type(page, 'where is order A-1042?')
    await transcript(page)
      .getByText(/status: shipped/)
      .waitFor()
  })
})
