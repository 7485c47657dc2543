import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { PageLink } from '../../src/channels/page/link.ts'
import { PROTOCOL, type ServerMessage } from '../../src/page/protocol.ts'
import type { Conversation } from '../../src/runner/conversation.ts'
import { createPagesFront } from '../../src/runner/fronts/front-pages.ts'
import type { Runner } from '../../src/runner/runner.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/**
 * A front with one agent, and how often its conversation was stopped. The runner is a stub, since a
 * connection to a real service would be lost when the fake clock jumps.
 */
function openFront() {
  let stops = 0
  const conversation = { name: 'page-1', isOver: false, stop: () => (stops += 1), dispatch: () => {} }
  const runner: Pick<Runner, 'open' | 'generations'> = {
    open: () => conversation as unknown as Conversation,
    generations: () => undefined,
  }
  const front = createPagesFront({
    agents: [],
    version: '1',
    frames: { frame: () => '' } as never,
    notify: () => {},
    closeServer: async () => {},
  })
  front.begin(runner as Runner)
  return { front, stops: () => stops }
}

/** A page that has been there just now. */
function page(): { readonly link: PageLink; readonly messages: ServerMessage[] } {
  const messages: ServerMessage[] = []
  const nothing = () => {}
  const handlers = { onMessage: nothing, onSound: nothing, onCanSendSound: nothing, onClosed: nothing }
  const ends = {
    ...handlers,
    sendSound: nothing,
    close: nothing,
    canSendSound: true,
    reportUnderrun: nothing,
    lastSeenAt: performance.now(),
  }
  return { link: { ...ends, send: (message) => messages.push(message) }, messages }
}

/** A page in a conversation, and the secret of that. */
function openConversation({ front }: ReturnType<typeof openFront>) {
  const { link, messages } = page()
  front.welcome(link, { type: 'hello', protocol: PROTOCOL })
  link.onMessage({ type: 'open' })
  const opened = messages.find((message) => message.type === 'opened')
  return { link, resume: opened?.resume ?? '' }
}

test("a conversation waits for its page until 45 s after the page's last sign of life, however late the loss is noticed", () => {
  const run = openFront()
  const { link } = openConversation(run)
  vi.advanceTimersByTime(20_000)
  link.onClosed()
  vi.advanceTimersByTime(24_999)
  expect(run.stops()).toBe(0)
  vi.advanceTimersByTime(1)
  expect(run.stops()).toBe(1)
})

test.each([44, 300])('a page gets its conversation back after the runner was frozen for %i s', (seconds) => {
  const run = openFront()
  const { link, resume } = openConversation(run)
  vi.advanceTimersByTime(seconds * 1_000)
  link.onClosed()
  vi.advanceTimersByTime(15_000)
  expect(run.stops()).toBe(0)
  const again = page()
  run.front.welcome(again.link, { type: 'hello', protocol: PROTOCOL, resume })
  expect(again.messages.map(({ type }) => type)).toEqual(['welcome', 'opened'])
})

test('a page that reconnects after 35 s gets its conversation back, and the wait for it is cancelled', () => {
  const run = openFront()
  const { link, resume } = openConversation(run)
  link.onClosed()
  vi.advanceTimersByTime(35_000)
  const again = page()
  run.front.welcome(again.link, { type: 'hello', protocol: PROTOCOL, resume })
  expect(again.messages.map(({ type }) => type)).toEqual(['welcome', 'opened'])
  vi.advanceTimersByTime(3_600_000)
  expect(run.stops()).toBe(0)
})
