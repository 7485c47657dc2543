import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { PageLink } from '../../src/channels/page/link.ts'
import { PROTOCOL, type ServerMessage } from '../../src/page/protocol.ts'
import type { Conversation } from '../../src/runner/conversation.ts'
import { createPagesFront } from '../../src/runner/fronts/front-pages.ts'
import type { Runner } from '../../src/runner/runner.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/**
 * A front with one agent, and how often a conversation of it was told to stop. The runner is played: the waits are those of a clock that
 * jumps, on which a line to a real service would be lost.
 */
function served() {
  let stops = 0
  const conversation = { name: 'page-1', isOver: false, stop: () => (stops += 1), dispatch: () => {} }
  const runner: Pick<Runner, 'open' | 'generations'> = {
    open: () => conversation as unknown as Conversation,
    generations: () => undefined,
  }
  const front = createPagesFront({
    agents: [],
    version: '1',
    show: { frame: () => '' } as never,
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
  const told = { onMessage: nothing, onSound: nothing, onCanSendSound: nothing, onClosed: nothing }
  const ends = {
    ...told,
    sendSound: nothing,
    close: nothing,
    canSendSound: true,
    reportUnderrun: nothing,
    lastSeenAt: performance.now(),
  }
  return { link: { ...ends, send: (message) => messages.push(message) }, messages }
}

/** A page in a conversation, and the secret of that. */
function talking({ front }: ReturnType<typeof served>) {
  const { link, messages } = page()
  front.welcome(link, { type: 'hello', protocol: PROTOCOL })
  link.onMessage({ type: 'open' })
  const opened = messages.find((message) => message.type === 'opened')
  return { link, resume: opened?.resume ?? '' }
}

test('a conversation waits for its page until 45 s after the last sign of it, however late its loss is noticed', () => {
  const run = served()
  const { link } = talking(run)
  vi.advanceTimersByTime(20_000)
  link.onClosed()
  vi.advanceTimersByTime(24_999)
  expect(run.stops()).toBe(0)
  vi.advanceTimersByTime(1)
  expect(run.stops()).toBe(1)
})

test.each([44, 300])(
  'a page that found nobody while the runner stood still for %i s finds its conversation',
  (seconds) => {
    const run = served()
    const { link, resume } = talking(run)
    vi.advanceTimersByTime(seconds * 1_000)
    link.onClosed()
    vi.advanceTimersByTime(15_000)
    expect(run.stops()).toBe(0)
    const again = page()
    run.front.welcome(again.link, { type: 'hello', protocol: PROTOCOL, resume })
    expect(again.messages.map(({ type }) => type)).toEqual(['welcome', 'opened'])
  },
)

test('a page that was away for half a minute finds its conversation, which then waits for nothing', () => {
  const run = served()
  const { link, resume } = talking(run)
  link.onClosed()
  vi.advanceTimersByTime(35_000)
  const again = page()
  run.front.welcome(again.link, { type: 'hello', protocol: PROTOCOL, resume })
  expect(again.messages.map(({ type }) => type)).toEqual(['welcome', 'opened'])
  vi.advanceTimersByTime(3_600_000)
  expect(run.stops()).toBe(0)
})
