import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/server.ts'
import { CHROMIUM, type Loudspeaker, listen, MISSING } from '../helpers/browser.ts'
import { projectCopy } from '../helpers/cli.ts'
import { servePage, withoutGreeting } from '../helpers/page.ts'
import { shareBrowser } from '../helpers/shared-browser.ts'
import { said, type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const shared = shareBrowser()
const { open } = shared

interface Talk {
  readonly page: Page
  readonly heard: () => Promise<Loudspeaker>
  /** Where the service was told to cut an answer, in ms of it. */
  readonly cutsMs: readonly number[]
  /** The different messages of this type that the page has sent. */
  readonly sent: (type: string) => readonly string[]
  /** Lets the rest of the answer arrive, and waits for it. */
  receiveRest(): Promise<void>
}

/** Pieces of the answer that arrive before the sound is stopped: six of its 24 seconds. */
const PIECES_BEFORE = 60

/** Gives a test the page's sound to take away, as a browser may. */
const KEEP_CONTEXTS = `
  globalThis.contexts = []
  globalThis.AudioContext = class extends AudioContext {
    constructor(...given) {
      super(...given)
      contexts.push(this)
    }
  }`

/** A page in the middle of a long answer whose sound the browser has just stopped. */
async function talkWithStoppedSound(): Promise<Talk> {
  const cutsMs: number[] = []
  const emulator = await startEmulator({
    onFrame(direction, frame) {
      const { type, audio_end_ms } = JSON.parse(frame) as { readonly type: string; readonly audio_end_ms: number }
      if (direction === 'in' && type === 'conversation.item.truncate') cutsMs.push(audio_end_ms)
    },
  })
  open.push(emulator)
  const cwd = withoutGreeting(projectCopy())
  const served = await servePage(['--base-url', emulator.url], { cwd, env: { INWORLD_API_KEY: 'key-1' } })
  open.push({ close: () => served.cli.child.kill('SIGTERM') })
  const context = await shared.browser.newContext({ bypassCSP: true })
  open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const { sent, release } = await deliverInTwoParts(page)
  const heard = await listen(page)
  await page.addInitScript({ content: KEEP_CONTEXTS })
  await page.goto(served.url)
  await type(page, 'tell me about yourself')
  await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(500)
  await page.evaluate('contexts[0].suspend()')
  return {
    page,
    heard,
    cutsMs,
    sent: (type) => [...new Set(sent.filter((message) => message.includes(`"${type}"`)))],
    async receiveRest() {
      release()
      await said(page, /I will call the first one\./)
    },
  }
}

/** Delivers the first pieces of sound at once, so that none comes late, and what follows them once it is released. */
async function deliverInTwoParts(page: Page) {
  const sent: string[] = []
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  await page.routeWebSocket(/channel/, (route) => {
    const runner = route.connectToServer()
    let pieceCount = 0
    let delivered = Promise.resolve()
    route.onMessage((message) => {
      sent.push(String(message))
      runner.send(message)
    })
    runner.onMessage((message) => {
      if (typeof message !== 'string') pieceCount += 1
      if (pieceCount === PIECES_BEFORE) begin()
      const due = pieceCount > PIECES_BEFORE ? released : pieceCount > 0 ? begun : undefined
      delivered = delivered.then(() => due).then(() => route.send(message))
    })
  })
  return { sent, release }
}

describe.skipIf(CHROMIUM === undefined)(`a caller whose browser stops the sound in an answer${MISSING}`, () => {
  test('is shown why, and hears again after typing', async () => {
    const { page, heard, receiveRest } = await talkWithStoppedSound()
    await receiveRest()
    await page.getByRole('alert').getByText('The browser has stopped the sound of this page.').waitFor()
    const before = (await heard()).soundMs
    await type(page, 'where is order A-1042?')
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await expect.poll(async () => (await heard()).soundMs).toBeGreaterThan(before + 1_000)
  })

  test('has heard nothing of what arrives meanwhile, and does not hear it after an interruption', async () => {
    const { page, heard, cutsMs, sent, receiveRest } = await talkWithStoppedSound()
    const before = await heard()
    await receiveRest()
    await page.keyboard.press('Escape')
    await page.locator('.unheard').waitFor()
    await expect.poll(() => cutsMs).toHaveLength(1)
    expect(cutsMs[0]).toBeLessThan(before.sinceMs + 100)
    await type(page, 'where is order A-1042?')
    await expect.poll(() => sent('playback.started')).toHaveLength(2)
    expect((await heard()).soundMs - before.soundMs).toBeLessThan(5_000)
  })

  test('hears what arrived meanwhile once the sound is back, and not before', async () => {
    const { page, heard, sent, receiveRest } = await talkWithStoppedSound()
    const { sinceMs } = await heard()
    const drained = sent('playback.drained')
    await receiveRest()
    expect([(await heard()).sinceMs, sent('playback.drained')]).toEqual([sinceMs, drained])
    await page.evaluate('contexts[0].resume()')
    await expect.poll(async () => (await heard()).sinceMs).toBeGreaterThan(PIECES_BEFORE * 100 + 1_000)
  })
})
