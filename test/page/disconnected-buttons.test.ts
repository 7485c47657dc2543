import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page, WebSocketRoute } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROTOCOL } from '../../src/page/protocol.ts'
import { CHROMIUM, KEEP_TRACKS, MISSING, soundOfMicrophone } from '../helpers/browser.ts'
import { projectCopy } from '../helpers/cli.ts'
import { AGENT, type ServedPage, servePage } from '../helpers/page.ts'
import { shareBrowser } from '../helpers/shared-browser.ts'
import { said, type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
/** A close code that a page takes for a loss. */
const LOST_CODE = 3_000
const shared = shareBrowser()
let served: ServedPage

beforeAll(async () => {
  if (CHROMIUM === undefined) return
  const project = projectCopy()
  const file = join(project, AGENT)
  const manual = readFileSync(file, 'utf8')
    .replace(/^turn_detection:\n( .*\n)+/m, 'turn_detection: { type: manual }\n')
    .replace(/^greeting:.*\n/m, '')
  writeFileSync(file, manual)
  served = await servePage([], { cwd: project })
})

afterAll(() => served?.cli.child.kill('SIGTERM'))

/** The connection between a page and the runner. */
interface Channel {
  /** What the page sent, except sound and playback reports. */
  readonly said: readonly string[]
  /** Loses the connection; the page reconnects once the returned function was called, and finds the `same` conversation or `none`. */
  lose(conversation?: 'same' | 'none'): Promise<() => void>
  /** Drops what the page sends, until it has reconnected. */
  cut(): void
  /** Holds back what the runner sends until the returned function is called. */
  holdBack(): () => void
  /** From now on the runner's messages seem this many ms late to the page. */
  delay(ms: number): void
}

async function talking(): Promise<{ readonly page: Page; readonly channel: Channel }> {
  const context = await shared.browser.newContext()
  shared.open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  await context.addInitScript({ content: KEEP_TRACKS })
  const page = await context.newPage()
  const channel = await routed(page)
  await page.goto(served.url)
  await type(page, 'hello')
  await said(page, /You said: "hello"/)
  await page.getByText('turns').waitFor()
  return { page, channel }
}

async function routed(page: Page): Promise<Channel> {
  const said: string[] = []
  let current: WebSocketRoute | null = null
  let isUnreachable = false
  let canResume = true
  let isCut = false
  let delivered = Promise.resolve()
  let lateMs = 0
  await page.routeWebSocket(/channel/, (route) => {
    if (isUnreachable) return void route.close({ code: LOST_CODE })
    current = route
    isCut = false
    const runner = route.connectToServer()
    route.onMessage((message) => {
      const { type = 'sound' } = typeof message === 'string' ? (JSON.parse(message) as { type: string }) : {}
      if (!/^(sound|playback)/.test(type)) said.push(type)
      if (isCut) return
      runner.send(type === 'hello' && !canResume ? JSON.stringify({ type, protocol: PROTOCOL }) : message)
    })
    runner.onMessage((message) => {
      const at = typeof message === 'string' && /^\{"type":"alive".*"at":(\d+)/.exec(message)?.[1]
      const seen = at ? message.replace(`"at":${at}`, `"at":${Number(at) - lateMs}`) : message
      delivered = delivered.then(() => route.send(seen)).catch(() => {})
    })
  })
  return {
    said,
    async lose(conversation = 'same') {
      isUnreachable = true
      canResume = conversation === 'same'
      await current?.close({ code: LOST_CODE })
      await page.getByText('The connection was lost.').waitFor()
      return () => {
        isUnreachable = false
      }
    },
    cut() {
      isCut = true
    },
    holdBack() {
      const { promise, resolve } = Promise.withResolvers<void>()
      delivered = delivered.then(() => promise)
      return resolve
    },
    delay(ms) {
      lateMs = ms
    },
  }
}

const isAnswered = (page: Page) =>
  page
    .getByText(/I heard you speak/)
    .first()
    .waitFor()
const isConnected = (page: Page) => page.locator('.state-talking').waitFor()
const afterHello = ({ said }: Channel) => said.slice(said.lastIndexOf('hello') + 1)

describe.skipIf(CHROMIUM === undefined)(`a caller whose connection to the runner is lost${MISSING}`, () => {
  test('ends a turn: it is over once the conversation is resumed', async () => {
    const { page, channel } = await talking()
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    const reconnect = await channel.lose()
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await page.locator('.talk-button').getByText('Talk').waitFor()
    reconnect()
    await isConnected(page)
    await expect.poll(() => afterHello(channel)).toEqual(['commit'])
    await isAnswered(page)
  })

  test('begins a turn: it is sent on resuming if it is not over yet', async () => {
    const { page, channel } = await talking()
    await page.getByRole('button', { name: 'Push to talk' }).click()
    const button = page.getByRole('button', { name: 'Hold to talk' })
    await button.focus()
    await page.keyboard.down('Space')
    await soundOfMicrophone(page)
    await page.keyboard.up('Space')
    await button.waitFor()
    await isAnswered(page)
    const reconnect = await channel.lose()
    for (const press of ['down', 'up', 'down'] as const) await page.keyboard[press]('Space')
    await page.getByText('Release to send').waitFor()
    reconnect()
    await expect.poll(() => afterHello(channel)).toEqual(['interrupt', 'press'])
  })

  test('begins a turn before the loss is noticed: it is sent after the loss was noticed', async () => {
    const { page, channel } = await talking()
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await page.getByRole('button', { name: 'Hold to talk' }).focus()
    channel.cut()
    await page.keyboard.down('Space')
    await expect.poll(() => channel.said.at(-1)).toBe('press')
    const reconnect = await channel.lose()
    reconnect()
    await expect.poll(() => afterHello(channel)).toEqual(['press'])
    await soundOfMicrophone(page)
    await page.keyboard.up('Space')
    await isAnswered(page)
  })

  test('begins a turn whose acknowledgement is lost: the turn does not begin again', async () => {
    const { page, channel } = await talking()
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await page.getByRole('button', { name: 'Hold to talk' }).focus()
    const release = channel.holdBack()
    await page.keyboard.down('Space')
    await expect.poll(() => channel.said.at(-1)).toBe('press')
    const reconnect = await channel.lose()
    release()
    reconnect()
    await isConnected(page)
    await soundOfMicrophone(page)
    await page.keyboard.up('Space')
    await isAnswered(page)
    expect(afterHello(channel)).toEqual(['commit'])
  })

  test('begins and ends a turn meanwhile: it is over, and reported as not heard', async () => {
    const { page, channel } = await talking()
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await page.getByRole('button', { name: 'Hold to talk' }).focus()
    channel.cut()
    for (const press of ['down', 'up'] as const) await page.keyboard[press]('Space')
    await expect.poll(() => channel.said.at(-1)).toBe('commit')
    const reconnect = await channel.lose()
    reconnect()
    await page.getByText('the turn was empty').first().waitFor()
    expect(afterHello(channel)).toEqual(['commit'])
  })

  test('ends a turn whose acknowledgement is lost: it does not end twice', async () => {
    const { page, channel } = await talking()
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await isAnswered(page)
    const reconnect = await channel.lose()
    reconnect()
    await isConnected(page)
    expect(afterHello(channel)).toEqual([])
  })

  test('begins and ends a turn at once: the turn before it is answered', async () => {
    const { page, channel } = await talking()
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await page.getByRole('button', { name: 'Hold to talk' }).focus()
    await page.keyboard.down('Space')
    await soundOfMicrophone(page)
    const reconnect = await channel.lose()
    for (const press of ['up', 'down', 'up'] as const) await page.keyboard[press]('Space')
    reconnect()
    await expect.poll(() => afterHello(channel)).toEqual(['interrupt', 'commit'])
    await isAnswered(page)
  })

  test('silences the agent: it falls silent at once, and the runner is notified later', async () => {
    const { page, channel } = await talking()
    await type(page, 'tell me about yourself')
    const answer = page.locator('.entry-agent').nth(1)
    await answer.getByText('shipping_quote').waitFor()
    await page.getByText('The agent is speaking').waitFor()
    const reconnect = await channel.lose()
    await page.keyboard.press('Escape')
    await expect
      .poll(() => page.getByRole('meter', { name: "The agent's voice" }).getAttribute('aria-valuenow'))
      .toBe('0')
    reconnect()
    await answer.getByText('cut off').waitFor()
    expect(afterHello(channel)).toEqual(['interrupt'])
  })

  test('silences the agent after an undelivered line: the line is answered', async () => {
    const { page, channel } = await talking()
    channel.cut()
    await type(page, 'and again')
    await expect.poll(() => channel.said.at(-1)).toBe('text')
    const reconnect = await channel.lose()
    await page.keyboard.press('Escape')
    reconnect()
    await page.locator('.entry-agent').getByText('You said: "and again"').waitFor()
    expect(afterHello(channel)).toEqual(['interrupt', 'text'])
  })

  test('silences a silent agent while resuming: what it says next is heard', async () => {
    const { page, channel } = await talking()
    await page.keyboard.press('Escape')
    await page.getByText('cut off').waitFor()
    const reconnect = await channel.lose()
    const release = channel.holdBack()
    reconnect()
    await expect.poll(() => channel.said.at(-1)).toBe('hello')
    await page.keyboard.press('Escape')
    release()
    await isConnected(page)
    await type(page, 'hello again')
    await page.getByText('The agent is speaking').waitFor()
  })

  test('silences an agent whose conversation is over: the next conversation is not affected', async () => {
    const { page, channel } = await talking()
    const reconnect = await channel.lose('none')
    await page.keyboard.press('Escape')
    reconnect()
    await page.getByText('Talk or type, and a new conversation begins.').waitFor()
    await type(page, 'hello again')
    await page.getByText('The agent is speaking').waitFor()
    expect(afterHello(channel)).toEqual(['open', 'text'])
  })
})

describe.skipIf(CHROMIUM === undefined)(`a turn that the caller ends with a button${MISSING}`, () => {
  test('is over when the talk mode changes', async () => {
    const { page, channel } = await talking()
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    await page.getByRole('button', { name: 'Push to talk' }).click()
    await expect.poll(() => channel.said.at(-1)).toBe('commit')
    await isAnswered(page)
  })

  test('is over when the microphone is lost', async () => {
    const { page, channel } = await talking()
    await page.locator('.talk-button').click()
    await soundOfMicrophone(page)
    await page.evaluate('tracks[0].dispatchEvent(new Event("ended"))')
    await expect.poll(() => channel.said.at(-1)).toBe('commit')
    await isAnswered(page)
  })
})

test.skipIf(CHROMIUM === undefined)(
  `a caller is warned that the connection is too slow for the agent, until it no longer is${MISSING}`,
  async () => {
    const { page, channel } = await talking()
    channel.delay(3_500)
    await page.getByRole('alert').getByText('too slow for the agent').waitFor()
    channel.delay(0)
    await page.getByRole('alert').waitFor({ state: 'detached' })
  },
)
