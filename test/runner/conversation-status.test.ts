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
function statusLine(...reports: readonly object[]): string {
  const status = reports.reduce<ConversationStatus>((now, report) => statusAfter(now, report as Report), start)
  return conversationText(status).trim()
}

test.each<[string, readonly object[], string]>([
  ['has the generation alone if nothing was offered', [], 'main · generation 1'],
  [
    'shows an edit that waits',
    [{ ...edit, type: 'reload.waiting' }],
    'main · generation 1 · 2 waiting: voice · waiting for a quiet moment: voice',
  ],
  [
    'shows an edit that is in flight',
    [{ ...edit, type: 'reload.sent', ms: 20 }],
    'main · generation 1 · 2 sent: voice, sent after 20 ms',
  ],
  [
    'shows a confirmed edit with both its times',
    [{ ...edit, type: 'reload.waiting' }, { ...edit, type: 'reload.sent', ms: 20 }, applied],
    'main · generation 1 · 2 applied: voice Sarah → Olivia, sent after 20 ms, confirmed after 90 ms',
  ],
  [
    'shows an edit that needed no update with one time',
    [{ ...applied, ms: 3, ms_wire: null }],
    'main · generation 1 · 2 applied: voice Sarah → Olivia, after 3 ms',
  ],
  [
    'shows that an edit changed nothing',
    [{ ...applied, fields: [], changes: [], ms: 3, ms_wire: null }],
    'main · generation 1 · 2 applied: nothing differs from before, after 3 ms',
  ],
  ['shows a refusal with its message', [refused], 'main · generation 1 · 2 refused: voice: unknown voice'],
  [
    'shows an edit that is deferred',
    [{ ...edit, type: 'reload.deferred', fields: ['greeting'], reason: '' }],
    'main · generation 1 · 2 deferred: greeting',
  ],
  [
    'shows the part that waits if another is deferred',
    [
      { ...edit, type: 'reload.waiting' },
      { ...edit, type: 'reload.deferred', fields: ['greeting'], reason: '' },
    ],
    'main · generation 1 · 2 waiting: voice · waiting for a quiet moment: voice',
  ],
  [
    'shows the part that is applied if another is deferred',
    [
      { ...applied, ms: 3, ms_wire: null },
      { ...edit, type: 'reload.deferred', fields: ['greeting'], reason: '' },
    ],
    'main · generation 1 · 2 applied: voice Sarah → Olivia, after 3 ms',
  ],
  [
    'still shows a deferred edit after a new session opened',
    [
      { ...edit, type: 'reload.deferred' },
      { ...edit, type: 'session.ready' },
    ],
    'main · generation 1 · 2 deferred: voice',
  ],
  [
    "ignores the conversation's own overrides",
    [
      { ...applied, own: true },
      { ...refused, own: true },
    ],
    'main · generation 1',
  ],
])('the status line %s', (_, reports, line) => {
  expect(statusLine(...reports)).toBe(line)
})

test('deferred fields are listed', () => {
  expect(conversationText({ ...start, deferred: ['greeting', 'audio'] }).trim()).toBe(
    'main · generation 1 · for the next session: greeting, audio',
  )
})

test('a conversation without a confirmed generation is shown as opening', () => {
  expect(conversationText({ ...start, generation: null }).trim()).toBe('main · opening')
})

test('durations are shown in the largest useful unit', () => {
  const times = [-5, 0, 119_000, 120_000, 7_199_000, 7_200_000].map(duration)
  expect(times).toEqual(['0 s', '0 s', '119 s', '2 min', '120 min', '2 h'])
})
