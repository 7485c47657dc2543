import { describe, expect, test } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { type CallerMessage, createPageCaller } from '../../src/channels/page/caller.ts'
import type { PageLink } from '../../src/channels/page/link.ts'
import { parsePageMessage } from '../../src/channels/page/message.ts'
import { ASIDE, type Piece, readPiece, type ServerMessage } from '../../src/page/protocol.ts'

const WIDE = [
  { format: 'pcm', rate: 24_000 },
  { format: 'pcm', rate: 24_000 },
] as const
const OPENED = { type: 'opened', conversation: 'page-1', agent: 'desk', resume: 's', resumed: false } as const

function openTestCaller() {
  const events: CallerEvent[] = []
  const messages: ServerMessage[] = []
  const pieces: Piece[] = []
  const caller = createPageCaller((event) => events.push(event))
  const link: PageLink = {
    onMessage: () => {},
    onSound: () => {},
    onCanSendSound: () => {},
    onClosed: () => {},
    close: () => {},
    canSendSound: true,
    reportUnderrun: () => {},
    lastSeenAt: 0,
    send: (message) => messages.push(message),
    sendSound(frame) {
      const piece = readPiece(Uint8Array.from(frame).buffer)
      if (piece !== null) pieces.push(piece)
    },
  }
  return { caller, link, events, messages, pieces }
}

test('a page sends and receives PCM16 even if the session uses G.711', () => {
  const { caller, link, events, pieces, messages } = openTestCaller()
  caller.attach(link, OPENED)
  caller.sound.open({ format: 'pcmu', rate: 8_000 }, { format: 'pcma', rate: 8_000 })
  caller.handleSound(new Uint8Array(640))
  expect(events).toEqual([{ type: 'caller.audio', audio: new Uint8Array(320).fill(0xff) }])
  caller.sound.play('a', new Uint8Array(160).fill(0xd5))
  expect(messages.at(-2)).toEqual({ type: 'sound', input_rate: 8_000, output_rate: 8_000 })
  expect(pieces.map(({ sound }) => sound.byteLength)).toEqual([320])
})

test('half a sample at the end of a frame does not shift later samples', () => {
  const { caller, events } = openTestCaller()
  caller.sound.open(...WIDE)
  caller.handleSound(new Uint8Array([1, 2, 3]))
  caller.handleSound(new Uint8Array([9]))
  expect(events).toEqual([{ type: 'caller.audio', audio: new Uint8Array([1, 2]) }])
})

test("a page's answer to a clear takes precedence over its last progress report", () => {
  const { caller, link, events, messages } = openTestCaller()
  const say = (message: object) => {
    const read = parsePageMessage(JSON.stringify(message))
    if (!read.ok || ['hello', 'open', 'end'].includes(read.message.type)) throw new Error('not a message of a caller')
    caller.handleMessage(read.message as CallerMessage)
  }
  caller.attach(link, OPENED)
  caller.sound.open(...WIDE)
  caller.sound.play('a', new Uint8Array(48_000))
  say({ type: 'playback.progress', item_id: 'a', ms: 200 })
  caller.sound.clear()
  expect(messages.at(-1)).toEqual({ type: 'clear', clear: 1 })
  say({ type: 'playback.cleared', clear: 1, heard: [{ item_id: 'a', ms: 321 }] })
  expect(events).toEqual([{ type: 'playback.cleared', heard: [{ itemId: 'a', ms: 321 }] }])
})

test('a page gets the number of buttons received, over all its connections', () => {
  const { caller, link, events, messages } = openTestCaller()
  caller.attach(link, OPENED)
  for (const type of ['press', 'commit', 'press'] as const) caller.handleMessage({ type })
  expect(events.map(({ type }) => type)).toEqual(['caller.pressed', 'caller.committed', 'caller.pressed'])
  expect(messages.slice(1)).toEqual([1, 2, 3].map((count) => ({ type: 'buttons', count })))
  caller.detach()
  caller.attach(link, OPENED)
  expect(messages.at(-1)).toMatchObject({ type: 'opened', buttons: 3 })
})

test('a backchannel word belongs to no item, and a disconnected page misses it', () => {
  const { caller, link, pieces } = openTestCaller()
  caller.sound.playBeside('b1', new Uint8Array(4))
  caller.attach(link, OPENED)
  caller.sound.playBeside('b2', new Uint8Array(6))
  expect(pieces.map(({ item, piece, sound }) => [item, piece, sound.byteLength])).toEqual([[ASIDE, 0, 6]])
})

test('a returning page gets what was said, without intermediate steps', () => {
  const { caller, link, messages } = openTestCaller()
  const report = { t: 0, conversation: 'page-1', generation: 1 }
  for (const text of ['He', 'llo']) caller.report({ ...report, type: 'agent.transcript.delta', text })
  caller.report({ ...report, type: 'agent.audio', audio: 'AAAA' })
  caller.report({ ...report, type: 'agent.transcript', text: 'Hello' })
  caller.report({ ...report, type: 'caller.transcript', text: 'hi', final: false })
  caller.report({ ...report, type: 'caller.transcript', text: 'hi there', final: true })
  caller.report({ ...report, type: 'caller.transcript', text: 'so', final: false })
  caller.attach(link, OPENED)
  const reports = messages.flatMap((message) => (message.type === 'report' ? [message.report.text] : []))
  expect(reports).toEqual(['Hello', 'hi there', 'so'])
})

test('a returning page gets each utterance where it began, even if completed later', () => {
  const { caller, link, messages } = openTestCaller()
  const report = { conversation: 'page-1', generation: 1 }
  const answer = { ...report, response_id: 'r1' }
  const question = { ...report, type: 'caller.transcript', item_id: 'c1' }
  caller.report({ ...answer, t: 1, type: 'agent.transcript.delta', text: 'Hi, this' })
  caller.report({ ...question, t: 2, text: 'where is', final: false })
  caller.report({ ...report, t: 3, type: 'tool.started', call_id: 'call-1' })
  caller.report({ ...answer, t: 4, type: 'agent.transcript', text: 'Hi, this is Nora.', interrupted: true })
  caller.report({ ...question, t: 5, text: 'where is my order', final: true })
  caller.report({ ...question, t: 6, item_id: 'c2', text: 'hello', final: true })
  caller.attach(link, OPENED)
  const reports = messages.flatMap((message) => (message.type === 'report' ? [message.report] : []))
  expect(reports).toMatchObject([
    { t: 1, type: 'agent.transcript', text: 'Hi, this is Nora.', interrupted: true },
    { t: 2, type: 'caller.transcript', text: 'where is my order', final: true },
    { t: 3, type: 'tool.started' },
    { t: 6, type: 'caller.transcript', text: 'hello' },
  ])
})

test('a returning page gets the words of each turn, even if an earlier turn is incomplete', () => {
  const { caller, link, messages } = openTestCaller()
  const base = { t: 0, conversation: 'page-1', generation: 1, type: 'caller.transcript' }
  caller.report({ ...base, item_id: 'a', text: 'one', final: false })
  caller.report({ ...base, item_id: 'b', text: 'two', final: false })
  caller.report({ ...base, item_id: 'a', text: 'one!', final: true })
  caller.attach(link, OPENED)
  expect(messages.flatMap((message) => (message.type === 'report' ? [message.report.text] : []))).toEqual([
    'one!',
    'two',
  ])
})

test('a long streamed answer takes up one entry of the history', () => {
  const { caller, link, messages } = openTestCaller()
  const report = { t: 0, conversation: 'page-1', generation: 1 }
  const delta = { ...report, type: 'agent.transcript.delta' }
  caller.report({ ...report, type: 'caller.transcript', text: 'tell me a story', final: true })
  for (let word = 0; word < 600; word += 1) caller.report({ ...delta, response_id: 'r1', text: 'word ' })
  caller.report({ ...delta, response_id: 'r2', text: 'more' })
  caller.attach(link, OPENED)
  const reports = messages.flatMap((message) => (message.type === 'report' ? [message.report.text] : []))
  expect(reports).toEqual(['tell me a story', 'word '.repeat(600), 'more'])
})

test("a returning page gets the runner's notices in order, including those it missed", () => {
  const { caller, link, messages } = openTestCaller()
  const report = { type: 'warning', conversation: 'page-1', generation: 1 }
  caller.attach(link, OPENED)
  caller.report({ ...report, t: 1 })
  caller.notice('warning', 'agents/desk.yaml cannot be watched')
  caller.report({ ...report, t: 2 })
  caller.detach()
  caller.notice('info', 'agents/desk.yaml is as it was before')
  messages.length = 0
  caller.attach(link, OPENED)
  expect(messages.slice(1)).toMatchObject([
    { report: { t: 1 }, past: true },
    { type: 'notice', level: 'warning', message: 'agents/desk.yaml cannot be watched', past: true },
    { report: { t: 2 }, past: true },
    { type: 'notice', level: 'info', message: 'agents/desk.yaml is as it was before', past: true },
  ])
})

test('a page returning to a long conversation gets the time its history begins', () => {
  const { caller, link, messages } = openTestCaller()
  const report = { type: 'tool.finished', conversation: 'page-1', generation: 1 }
  for (let t = 1; t <= 501; t += 1) caller.report({ ...report, t })
  caller.attach(link, OPENED)
  expect(messages[0]).toMatchObject({ type: 'opened', since: 2 })
  expect(messages[1]).toMatchObject({ report: { t: 2 }, past: true })
})

test('a page returning to a long conversation gets the settings, however long ago they were confirmed', () => {
  const { caller, link, messages } = openTestCaller()
  const report = { conversation: 'page-1', generation: 1 }
  caller.report({ ...report, type: 'tool.finished', t: 1 })
  caller.report({ ...report, type: 'session.settings', t: 2, session: {} })
  for (let t = 3; t <= 502; t += 1) caller.report({ ...report, type: 'tool.finished', t })
  caller.attach(link, OPENED)
  expect(messages[0]).toMatchObject({ type: 'opened', since: 4 })
  expect(messages.slice(1, 3)).toMatchObject([{ report: { type: 'session.settings', t: 2 } }, { report: { t: 4 } }])
  expect(messages).toHaveLength(501)
})

test('a returning page gets no more than it can take: the newest 4 MB, and the settings', () => {
  const { caller, link, messages } = openTestCaller()
  const report = { conversation: 'page-1', generation: 1 }
  caller.report({ ...report, type: 'session.settings', t: 1, session: {} })
  for (let t = 2; t <= 12; t += 1)
    caller.report({ ...report, type: 'tool.finished', t, output: 'é'.repeat(t === 2 ? 1 : 499_000) })
  caller.attach(link, OPENED)
  expect(messages[0]).toMatchObject({ type: 'opened', since: 9 })
  const repeated = messages.flatMap((message) => (message.type === 'report' ? [message.report.t] : []))
  expect(repeated).toEqual([1, 9, 10, 11, 12])
})

describe('a typed line with an id', () => {
  const line = { type: 'text', text: 'where is it?', id: 'a' } as const

  test('is accepted once and acknowledged every time it is sent', () => {
    const { caller, link, events, messages } = openTestCaller()
    caller.attach(link, OPENED)
    for (const message of [line, line, { ...line, id: 'b' }]) caller.handleMessage(message)
    expect(events).toEqual([
      { type: 'caller.text', text: 'where is it?' },
      { type: 'caller.text', text: 'where is it?' },
    ])
    expect(messages.slice(1)).toEqual(['a', 'a', 'b'].map((id) => ({ type: 'taken', id })))
  })

  test('is listed as taken to a returning page, and named in its report', () => {
    const { caller, link, messages } = openTestCaller()
    const said = { type: 'caller.transcript', final: true, typed: true, t: 0, conversation: 'page-1', generation: 1 }
    caller.handleMessage(line)
    caller.handleMessage({ ...line, id: 'b' })
    for (const text of ['where is it?', 'typed elsewhere', 'where is it?']) caller.report({ ...said, text })
    caller.attach(link, OPENED)
    expect(messages[0]).toEqual({ ...OPENED, taken: ['a', 'b'], buttons: 0, since: 0 })
    const ids = messages.flatMap((message) => (message.type === 'report' ? [message.report.typed_id] : []))
    expect(ids).toEqual(['a', undefined, 'b'])
  })

  test.each([
    ['without words', { ...line, text: ' ' }, { id: 'a' }],
    ['that is too long', { ...line, text: 'a'.repeat(32_769) }, { id: 'a' }],
    ['whose id is invalid', { ...line, id: 7 }, {}],
  ])('%s is refused, with its id if that is valid', (_, message, id) => {
    const read = parsePageMessage(JSON.stringify(message))
    expect(read).toEqual({ ok: false, message: expect.stringMatching(/^text: /), ...id })
  })
})
