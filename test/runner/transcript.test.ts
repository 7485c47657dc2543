import { expect, test } from 'vitest'
import type { JournalLine } from '../../src/runner/journals/journal-lines.ts'
import { logLine, transcriptLine } from '../../src/runner/journals/transcript.ts'

const base = { t: 65_000, conversation: 'main', generation: 2 }

test.each<readonly [string, object, string | null]>([
  [
    'what was cut off is marked',
    { type: 'agent.transcript', text: 'Your order', interrupted: true },
    'agent   Your order [cut off]',
  ],
  ['and so is what was heard of it', { type: 'agent.heard', text: 'Your', ms: 300 }, 'heard   Your …'],
  ['even if that is nothing', { type: 'agent.heard', text: '', ms: 0 }, 'heard   nothing of it'],
  ['or too little for a word', { type: 'agent.heard', text: '', ms: 63 }, 'heard   nothing of it'],
  ['partial words are left out', { type: 'caller.transcript', text: 'whe', final: false }, null],
  [
    'further lines stand below the first',
    { type: 'agent.transcript', text: 'one\ntwo' },
    'agent   one\n                two',
  ],
  [
    'what runs in the background is told as that',
    { type: 'tool.started', name: 'report', arguments: {}, background: true },
    'tool    report {} (in the background)',
  ],
  [
    'a call that was never begun is told with what it was to be given',
    { type: 'tool.finished', name: 'pay', arguments: { euro: 5 }, status: 'invalid_arguments', ms: 0, output: '' },
    'tool    pay {"euro":5}: invalid arguments after 0 ms',
  ],
  ['escape sequences do nothing', { type: 'agent.transcript', text: 'a\u001b[2Jb' }, 'agent   ab'],
  ['an edit that came to nothing is left out', { type: 'reload.applied', fields: [], ms: 232 }, null],
  [
    'a refused edit names its place',
    { type: 'reload.refused', message: 'no such voice', file: 'a.yaml', line: 3, column: 8 },
    'reload  refused by the service: a.yaml:3:8 no such voice',
  ],
  ['lines that a full disk cost are told', { type: 'gap', lost: 3 }, 'gap     3 lines could not be written here'],
])('%s', (_, fields, text) => {
  const line = { ...base, ...fields } as unknown as JournalLine
  expect(transcriptLine(line, 0)).toBe(text === null ? null : `  1:05  ${text}`)
})

test('the log says under which generation something happened, where it was under one', () => {
  const gap = { type: 'gap', t: 0, conversation: 'main', lost: 3 } as const
  expect(logLine(gap)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {6,}gap +lost=3$/)
  expect(logLine({ ...gap, generation: 2 } as JournalLine)).toMatch(/ g2 +gap +lost=3$/)
})
