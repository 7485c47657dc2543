import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { JournalHeader, JournalLine } from '../../src/runner/journals/journal-lines.ts'
import { logLine, transcriptLine, transcriptLines } from '../../src/runner/journals/transcript.ts'

const base = { t: 65_000, conversation: 'main', generation: 2 }

test.each<readonly [string, object, string | null]>([
  [
    'an interrupted answer is marked',
    { type: 'agent.transcript', text: 'Your order', interrupted: true },
    'agent   Your order [cut off]',
  ],
  [
    'what was heard of an interrupted answer is shown',
    { type: 'agent.heard', text: 'Your', ms: 300 },
    'heard   Your …',
  ],
  [
    'an answer of which nothing was heard is shown as such',
    { type: 'agent.heard', text: '', ms: 0 },
    'heard   nothing of it',
  ],
  [
    'an answer of which less than a word was heard is shown as unheard',
    { type: 'agent.heard', text: '', ms: 63 },
    'heard   nothing of it',
  ],
  ['partial transcripts are left out', { type: 'caller.transcript', text: 'whe', final: false }, null],
  [
    'further lines are indented below the first',
    { type: 'agent.transcript', text: 'one\ntwo' },
    'agent   one\n                two',
  ],
  [
    'a background call is marked',
    { type: 'tool.started', name: 'report', arguments: {}, background: true },
    'tool    report {} (in the background)',
  ],
  [
    'a call that never started is shown with its arguments',
    { type: 'tool.finished', name: 'pay', arguments: { euro: 5 }, status: 'invalid_arguments', ms: 0, output: '' },
    'tool    pay {"euro":5}: invalid arguments after 0 ms',
  ],
  ['escape sequences are removed', { type: 'agent.transcript', text: 'a\u001b[2Jb' }, 'agent   ab'],
  ['an edit that changed nothing is left out', { type: 'reload.applied', fields: [], ms: 232 }, null],
  [
    'a refused edit shows its file, line and column',
    { type: 'reload.refused', message: 'no such voice', file: 'a.yaml', line: 3, column: 8 },
    'reload  refused by the service: a.yaml:3:8 no such voice',
  ],
  ['a gap shows how many lines were lost', { type: 'gap', lost: 3 }, 'gap     3 lines could not be written here'],
])('%s', (_, fields, text) => {
  const line = { ...base, ...fields } as unknown as JournalLine
  expect(transcriptLine(line, 0)).toBe(text === null ? null : `  1:05  ${text}`)
})

test('words of the caller that come again at once are shown once, as they came last', async () => {
  const words = (text: string, t: number, final = true) => {
    return { ...base, t, type: 'caller.transcript', turn: 1, item_id: 'a', text, final }
  }
  const lines = Readable.from([
    ...[words('whe', 0, false), words('when do', 1_000), { ...base, type: 'item.updated', item: {} }],
    ...[words('when do you open?', 2_000), { ...base, t: 3_000, type: 'agent.transcript', text: 'At nine.', turn: 1 }],
    { ...words('thanks', 4_000), turn: 2, item_id: 'b' },
  ])
  const shown: string[] = []
  for await (const line of transcriptLines({ header: { t: 0 } as JournalHeader, lines })) shown.push(line.trim())
  expect(shown).toEqual(['0:02  caller  when do you open?', '0:03  agent   At nine.', '0:04  caller  thanks'])
})

test('a log line shows the generation, if there is one', () => {
  const gap = { type: 'gap', t: 0, conversation: 'main', lost: 3 } as const
  expect(logLine(gap)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {6,}gap +lost=3$/)
  expect(logLine({ ...gap, generation: 2 } as JournalLine)).toMatch(/ g2 +gap +lost=3$/)
})
