import { expect, test } from 'vitest'
import { type ConversationStatus, statusAfter } from '../../src/runner/generations/conversation-status.ts'
import { conversationText, duration } from '../../src/runner/printing/status-text.ts'
import type { Report } from '../../src/session/report.ts'

const start: ConversationStatus = {
  conversation: 'main',
  agent: 'desk',
  generation: 1,
  since: 0,
  waiting: [],
  deferred: [],
  last: null,
}
const edit = { t: 5, conversation: 'main', generation: 1, offered: 2, fields: ['voice'] }
const applied = {
  ...edit,
  type: 'reload.applied',
  ms: 90,
  ms_wire: 20,
  changes: [{ field: 'voice', when: 'next response', summary: 'Sarah → Olivia', lines: [] }],
}
const refused = { ...edit, type: 'reload.refused', certain: true, message: 'unknown voice', code: null }

/** The line of `runner status` after these reports. */
function told(...reports: readonly object[]): string {
  const standing = reports.reduce<ConversationStatus>((now, report) => statusAfter(now, report as Report), start)
  return conversationText(standing).trim()
}

test.each<[string, readonly object[], string]>([
  ['nothing was offered', [], 'main · generation 1'],
  [
    'it waits',
    [{ ...edit, type: 'reload.waiting' }],
    'main · generation 1 · 2 waiting: voice · waiting for a quiet moment: voice',
  ],
  [
    'it is on its way',
    [{ ...edit, type: 'reload.sent', ms: 20 }],
    'main · generation 1 · 2 sent: voice, sent after 20 ms',
  ],
  [
    'it was confirmed',
    [{ ...edit, type: 'reload.waiting' }, { ...edit, type: 'reload.sent', ms: 20 }, applied],
    'main · generation 1 · 2 applied: voice Sarah → Olivia, sent after 20 ms, confirmed after 90 ms',
  ],
  [
    'nothing of it had to be sent',
    [{ ...applied, ms: 3, ms_wire: null }],
    'main · generation 1 · 2 applied: voice Sarah → Olivia, after 3 ms',
  ],
  [
    'it took back what the conversation never had',
    [{ ...applied, fields: [], changes: [], ms: 3, ms_wire: null }],
    'main · generation 1 · 2 applied: nothing differs from before, after 3 ms',
  ],
  ['it was refused', [refused], 'main · generation 1 · 2 refused: voice: unknown voice'],
  [
    'a part waits for the next session',
    [{ ...edit, type: 'reload.deferred', fields: ['greeting'], reason: '' }],
    'main · generation 1 · 2 deferred: greeting',
  ],
  [
    'one part waits for a quiet moment, and one for the next session',
    [
      { ...edit, type: 'reload.waiting' },
      { ...edit, type: 'reload.deferred', fields: ['greeting'], reason: '' },
    ],
    'main · generation 1 · 2 waiting: voice · waiting for a quiet moment: voice',
  ],
  [
    'one part is in force, and one waits for the next session',
    [
      { ...applied, ms: 3, ms_wire: null },
      { ...edit, type: 'reload.deferred', fields: ['greeting'], reason: '' },
    ],
    'main · generation 1 · 2 applied: voice Sarah → Olivia, after 3 ms',
  ],
  [
    'the session opened again with it',
    [
      { ...edit, type: 'reload.deferred' },
      { ...edit, type: 'session.ready' },
    ],
    'main · generation 1 · 2 deferred: voice',
  ],
  [
    'it wanted something of itself',
    [
      { ...applied, own: true },
      { ...refused, own: true },
    ],
    'main · generation 1',
  ],
])('%s', (_, reports, line) => {
  expect(told(...reports)).toBe(line)
})

test('what waits for the next session is listed', () => {
  expect(conversationText({ ...start, deferred: ['greeting', 'audio'] }).trim()).toBe(
    'main · generation 1 · for the next session: greeting, audio',
  )
})

test('a conversation that the service has not confirmed yet is opening', () => {
  expect(conversationText({ ...start, generation: null }).trim()).toBe('main · opening')
})

test('times are told in the unit that fits', () => {
  const times = [-5, 0, 119_000, 120_000, 7_199_000, 7_200_000].map(duration)
  expect(times).toEqual(['0 s', '0 s', '119 s', '2 min', '120 min', '2 h'])
})
