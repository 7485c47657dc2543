import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { JournalHeader, JournalLine } from '../../src/runner/journals/journal-lines.ts'
import type { Journal } from '../../src/runner/journals/journal-reader.ts'
import { summarise } from '../../src/runner/journals/journal-summary.ts'
import { addLine, addStatistics, EMPTY_STATISTICS, percentile } from '../../src/runner/journals/statistics.ts'
import { statisticsLines } from '../../src/runner/journals/statistics-lines.ts'

const NO_PARTS = { detection: null, commit: null, response: null, tools: null, generation: null, playback: null }

/** The statistics of a conversation with these lines. */
function statisticsOf(...lines: readonly object[]) {
  return lines.map((line) => line as JournalLine).reduce(addLine, { ...EMPTY_STATISTICS, conversations: 1 })
}

/** A journal with these lines. */
function journalOf(...lines: readonly object[]): Journal {
  const header = { type: 'journal', agent: 'desk', file: 'desk.yaml', conversation: 'main', t: 0 } as JournalHeader
  return { path: 'x.jsonl', header, invalid: [], lines: Readable.from(lines) as AsyncIterable<JournalLine> }
}

const latency = (ms: number, parts: object) => ({ type: 'turn.latency', ms, parts: { ...NO_PARTS, ...parts } })
const conversation = statisticsOf(
  ...[latency(800, { detection: 300, generation: 450 }), latency(600, { detection: 200 })],
  ...[
    { type: 'tool.finished', name: 'look', status: 'ok', ms: 40 },
    { type: 'tool.finished', name: 'look', status: 'failed', ms: 90 },
  ],
  { type: 'response.finished', model: 'm', usage: { input_tokens: 10, output_tokens: 4 } },
  { type: 'response.finished', model: 'm', usage: null },
)

test('each latency keeps its known parts, and calls and usage are added up', () => {
  expect(statisticsLines(conversation)).toEqual([
    '1 conversation, 0 turns, 0 cut off',
    'end of turn → first sound: p50 600 ms, p95 800 ms (end of turn found 200 + first sound made 450)',
    'tool look: 2 calls, 1 failed, p50 40 ms, p95 90 ms',
    'usage of m: 10 in, 4 out',
  ])
})

test('several conversations are added up', () => {
  expect(statisticsLines(addStatistics(conversation, conversation)).slice(0, 1)).toEqual([
    '2 conversations, 0 turns, 0 cut off',
  ])
  expect(statisticsLines(addStatistics(conversation, conversation)).slice(2)).toEqual([
    'tool look: 4 calls, 2 failed, p50 40 ms, p95 90 ms',
    'usage of m: 20 in, 8 out',
  ])
})

test('an answer that is cut off counts once, whether it had come whole, and with every item that was not heard to its end', async () => {
  const said = { turn: 1, text: 'At noon.', generation: 1, t: 0 }
  const { statistics } = await summarise(
    journalOf(
      { type: 'agent.transcript', ...said, response_id: 'heard to its end' },
      { type: 'agent.transcript', ...said, response_id: 'come whole' },
      { type: 'agent.heard', ...said, response_id: 'come whole', item_id: 'one', ms: 300 },
      { type: 'agent.heard', ...said, response_id: 'come whole', item_id: 'two', ms: 0 },
      { type: 'agent.heard', ...said, response_id: 'broken off', item_id: 'one', ms: 300 },
      { type: 'agent.transcript', ...said, response_id: 'broken off', interrupted: true },
      { type: 'agent.transcript', ...said, response_id: 'nothing of it came', interrupted: true },
    ),
    () => {},
  )
  expect([...statistics.values()].flatMap(statisticsLines)).toEqual(['1 conversation, 0 turns, 3 cut off'])
})

test('a turn counts once it has words, and once though they come again', async () => {
  const words = (turn: number, item_id: string, final = true) => {
    return { type: 'caller.transcript', turn, item_id, text: 'when?', final, generation: 1, t: 0 }
  }
  const { statistics } = await summarise(
    journalOf(words(1, 'a', false), words(1, 'a'), words(2, 'b'), words(1, 'a'), words(3, 'a')),
    () => {},
  )
  expect([...statistics.values()].flatMap(statisticsLines)).toEqual(['1 conversation, 3 turns, 0 cut off'])
})

test('a call that asks the caller first is no call yet, and one that was refused failed without taking time', () => {
  const call = { type: 'tool.finished', name: 'pay', ms: 0 }
  const refused = { ...call, status: 'invalid_arguments', arguments: {} }
  const asked = { ...call, status: 'unconfirmed', arguments: {} }
  const counted = (...lines: readonly object[]) => statisticsLines(statisticsOf(...lines)).slice(1)
  expect(counted(asked)).toEqual([])
  expect(counted(refused)).toEqual(['tool pay: 1 call, 1 failed'])
  expect(counted(asked, refused, { ...call, status: 'ok', ms: 40 })).toEqual([
    'tool pay: 2 calls, 1 failed, p50 40 ms, p95 40 ms',
  ])
})

test('statistics without conversations are zero', () => {
  expect(statisticsLines(EMPTY_STATISTICS)).toEqual(['0 conversations, 0 turns, 0 cut off'])
  expect(percentile([], 0.5)).toBe(null)
})
