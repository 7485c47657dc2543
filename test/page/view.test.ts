import { expect, test } from 'vitest'
import { applyMessage } from '../../src/page/apply-message.ts'
import type { ChannelReport, ServerMessage } from '../../src/page/protocol.ts'
import { addLine, clearTranscript, emptyView, endConversation, markLineSaid, type View } from '../../src/page/view.ts'

const opened = { type: 'opened', conversation: 'page-1', agent: 'desk', resume: 's', resumed: false } as const
const common = { t: 0, conversation: 'page-1', generation: 1 }
const report = (type: string, fields: object = {}): ServerMessage => ({
  type: 'report',
  report: { ...common, type, ...fields } satisfies ChannelReport,
})
const after = (...messages: readonly ServerMessage[]) => messages.reduce(applyMessage, emptyView)
const typed = (view: View, ...ids: readonly string[]) =>
  ids.reduce((now, id) => addLine(now, { id, text: `words of ${id}` }), view)
const states = ({ lines }: View) => Object.fromEntries(lines.map(({ id, state }) => [id, state]))
const kinds = ({ entries }: View) => entries.map((entry) => entry.kind)

test('an answer left unfinished by a lost conversation is marked interrupted, a complete one is not', () => {
  const answer = { response_id: 'r1', turn: 0, text: 'Hello' }
  const begun = after(opened, report('agent.transcript.delta', answer))
  expect(endConversation(begun, false).entries).toMatchObject([{ text: 'Hello', done: true, interrupted: true }])
  const whole = applyMessage(begun, report('agent.transcript', answer))
  expect(endConversation(whole, false).entries).toMatchObject([{ text: 'Hello', done: true, interrupted: false }])
})

test('the first message of an answer interrupted in the second counts as heard', () => {
  const answer = { response_id: 'r1', turn: 1 }
  const heard = { ...answer, item_id: 'b', text: 'And', ms: 100, response_text: 'It is noon. And' }
  const whole = report('agent.transcript', { ...answer, text: 'It is noon. And warm.' })
  expect(after(opened, whole, report('agent.heard', heard)).entries).toMatchObject([{ heard: 'It is noon. And' }])
})

test('a typed line stays below until its own report comes, even if others have the same words', () => {
  const view = typed(after(opened), 'a', 'b')
  const words = { text: 'words of b', final: true, typed: true, turn: 1 }
  const other = applyMessage(view, report('caller.transcript', { ...words, item_id: 'i1' }))
  expect(other.lines.map(({ id }) => id)).toEqual(['a', 'b'])
  const own = applyMessage(other, report('caller.transcript', { ...words, item_id: 'i2', typed_id: 'b' }))
  expect(own.lines.map(({ id }) => id)).toEqual(['a'])
})

test('a call that never started is shown, with the arguments the model gave', () => {
  const refused = { name: 'pay', call_id: 'c', status: 'unconfirmed', ms: 0, output: '{}', arguments: { sum: 5 } }
  const view = after(opened, report('tool.finished', refused))
  expect(view.entries).toMatchObject([{ kind: 'tool', name: 'pay', arguments: { sum: 5 }, status: 'unconfirmed' }])
})

test("a lost conversation's sent line becomes unsent; a waiting one is kept for the next, unless that takes long", () => {
  const view = markLineSaid(typed(after(opened), 'a', 'b'), 'a')
  const left = endConversation(view, false)
  expect(states(left)).toEqual({ a: 'unsent', b: 'waiting' })
  expect(states(endConversation(view, true))).toEqual({ a: 'unsent', b: 'unsent' })
})

test('a conversation resumed after a long outage is shown once; a new one begins below it', () => {
  const answer = report('agent.transcript', { response_id: 'r1', turn: 0, text: 'Hello' })
  const away = endConversation(after(opened, answer), true)
  const texts = (view: View) => view.entries.map((entry) => 'text' in entry && entry.text)
  expect(texts([{ ...opened, resumed: true }, answer].reduce(applyMessage, away))).toEqual(['Hello'])
  expect(texts([opened, answer].reduce(applyMessage, away))).toEqual(['Hello', 'Hello'])
})

test('a refused line becomes unsent, with the reason', () => {
  const view = applyMessage(typed(after(opened), 'a'), { type: 'refused', message: 'too long', id: 'a' })
  expect([kinds(view), states(view)]).toEqual([['note'], { a: 'unsent' }])
})

test('lines wait up to a limit, and one more is unsent at once', () => {
  const many = typed(after(opened), ...Array.from({ length: 64 }, (_, index) => `${index}`))
  expect(many.lines.every(({ state }) => state === 'waiting')).toBe(true)
  const more = typed(many, 'more')
  expect(states(more)).toMatchObject({ 63: 'waiting', more: 'unsent' })
  expect(states(typed(endConversation(more, true), 'next'))).toMatchObject({ more: 'unsent', next: 'waiting' })
})

test('an undelivered line stays, whatever becomes of the conversation, until it is sent after all', () => {
  const refused = applyMessage(typed(after(opened), 'a'), { type: 'refused', message: 'too long', id: 'a' })
  const found = applyMessage(refused, { ...opened, resumed: true, since: 0, taken: [] })
  const anew = applyMessage(clearTranscript(endConversation(found, false)), opened)
  expect([found, anew].map(states)).toEqual([{ a: 'unsent' }, { a: 'unsent' }])
  expect(states(typed(anew, 'a'))).toEqual({ a: 'waiting' })
})

test('sent lines that a resumed conversation has not taken wait again', () => {
  const view = markLineSaid(markLineSaid(typed(after(opened), 'a', 'b'), 'a'), 'b')
  expect(states(applyMessage(view, { ...opened, resumed: true, taken: ['a'] }))).toEqual({ a: 'taken', b: 'waiting' })
})

test('a resumed conversation keeps entries the runner has forgotten, and repeats none', () => {
  const answered = (turn: number, t: number, type = 'agent.transcript') =>
    ({ type: 'report', report: { ...common, t, type, response_id: `r${turn}`, turn, text: `Answer ${turn}` } }) as const
  const before = after(opened, answered(1, 1), answered(2, 2, 'agent.transcript.delta'), answered(2, 3), answered(3, 4))
  const again = [{ ...opened, resumed: true, since: 3 }, answered(2, 3), answered(3, 4)] as const
  const shown = again.reduce<View>(applyMessage, before).entries
  expect(shown.map((entry) => entry.kind === 'agent' && entry.text)).toEqual(['Answer 1', 'Answer 2', 'Answer 3'])
})

test('words inserted before an answer count towards the limit of entries', () => {
  const answers = Array.from({ length: 500 }, (_, turn) =>
    report('agent.transcript', { response_id: `r${turn}`, turn, text: 'Hello' }),
  )
  const words = { text: 'hi', final: true, typed: false, turn: 499 }
  const { entries } = after(opened, ...answers, report('caller.transcript', { ...words, item_id: 'i1' }))
  expect([entries.length, entries.at(-1)?.kind, entries.at(-2)?.kind]).toEqual([500, 'agent', 'caller'])
})
