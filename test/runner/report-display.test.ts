import { expect, test } from 'vitest'
import { createReportDisplay } from '../../src/runner/fronts/report-display.ts'

test.each(['x', '😀'])("the first 160 characters of a tool's output are shown on one line: %s", (character) => {
  const notes: string[] = []
  const display = {
    agentSaid() {},
    agentEnded() {},
    agentCutOff() {},
    note: (_: string, text: string) => void notes.push(text),
  }
  const call = { type: 'tool.finished', t: 0, conversation: 'main', generation: 1, name: 'look', call_id: 'c' } as const
  for (const length of [160, 161]) {
    createReportDisplay(display, { frame: () => '' })({
      ...call,
      status: 'ok',
      ms: 5,
      output: `\n${character.repeat(length - 1)}`,
    })
  }
  const shown = ` ${character.repeat(159)}`
  expect(notes).toEqual([`look ok in 5 ms: ${shown}`, `look ok in 5 ms: ${shown}…`])
})

test('a reconnect and a session roll-over are shown', () => {
  const notes: string[] = []
  const display = {
    agentSaid() {},
    agentEnded() {},
    agentCutOff() {},
    note: (_: string, text: string) => void notes.push(text),
  }
  const show = createReportDisplay(display, { frame: () => '' })
  const ready = { type: 'session.ready', t: 0, conversation: 'main', generation: 1, ms: 80 } as const
  for (const report of [ready, { ...ready, gap_ms: 412 }, { ...ready, gap_ms: 0 }]) show(report)
  expect(notes).toEqual(['connected again', 'the next session has taken over'])
})

test('a refusal of the settings at the start is an error, and that of an edit belongs to the reload', () => {
  const kinds: string[] = []
  const display = {
    agentSaid() {},
    agentEnded() {},
    agentCutOff() {},
    note: (kind: string) => void kinds.push(kind),
  }
  const show = createReportDisplay(display, { frame: () => '' })
  const stamp = {
    t: 0,
    conversation: 'main',
    generation: 1,
    fields: ['voice'],
    certain: true,
    message: 'No.',
    code: null,
  } as const
  const refused = { ...stamp, type: 'reload.refused', file: null, line: null, column: null, diagnostic: null } as const
  for (const report of [
    { ...refused, offered: 1 },
    { ...refused, offered: 2 },
    { ...refused, offered: 1, own: true } as const,
  ])
    show(report)
  expect(kinds).toEqual(['error', 'reload', 'reload'])
})

test('for an interrupted answer whose words are all shown already, the last words heard are shown', () => {
  const notes: string[] = []
  const display = {
    agentSaid() {},
    agentEnded() {},
    agentCutOff() {},
    note: (_: string, text: string) => void notes.push(text),
  }
  const show = createReportDisplay(display, { frame: () => '' })
  const heard = { type: 'agent.heard', t: 0, conversation: 'main', generation: 1, ms: 900, item_id: 'i' } as const
  for (const text of ['', 'Your order', 'Your order A-1042 left our warehouse on Monday and is with', '😀'.repeat(41)])
    show({ ...heard, response_id: 'r', turn: 1, text })
  expect(notes).toEqual([
    'nothing of it was heard',
    'heard only up to "Your order"',
    'heard only up to "… our warehouse on Monday and is with"',
    `heard only up to "… ${'😀'.repeat(40)}"`,
  ])
})

test('a failed call is shown with its error, and one that never started with its arguments', () => {
  const notes: string[] = []
  const display = {
    agentSaid() {},
    agentEnded() {},
    agentCutOff() {},
    note: (_: string, text: string) => void notes.push(text),
  }
  const call = { type: 'tool.finished', t: 0, conversation: 'main', generation: 1, name: 'pay', call_id: 'c' } as const
  const failure = (kind: string, message: string) => ({ output: JSON.stringify({ error: { kind, message } }) })
  const show = createReportDisplay(display, { frame: () => '' })
  show({ ...call, status: 'timeout', ms: 8_000, ...failure('timeout', 'took longer than 8 s') })
  show({
    ...call,
    status: 'invalid_arguments',
    ms: 0,
    arguments: { sum: 0 },
    ...failure('invalid_arguments', 'too little'),
  })
  expect(notes).toEqual([
    'pay timeout after 8000 ms: took longer than 8 s',
    'pay {"sum":0} invalid arguments: too little',
  ])
})

test('the code of an error is shown once', () => {
  const notes: string[] = []
  const display = {
    agentSaid() {},
    agentEnded() {},
    agentCutOff() {},
    note: (_: string, text: string) => void notes.push(text),
  }
  const error = { type: 'error', t: 0, conversation: 'main', generation: 1 } as const
  const show = createReportDisplay(display, { frame: () => '' })
  show({ ...error, message: 'No room.', code: 'rate_limit_exceeded' })
  show({ ...error, message: 'refused (HTTP 402): Payment Required', code: '402' })
  expect(notes).toEqual(['No room. (rate_limit_exceeded)', 'refused (HTTP 402): Payment Required'])
})
