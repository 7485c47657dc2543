import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFanOut } from '../../src/runner/sinks/fan-out.ts'
import { journalSink } from '../../src/runner/sinks/journal-sink.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

const generation = { number: 1, agent: agentWith() }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runner-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function ready(conversation: string): Report {
  return { type: 'session.ready', t: 1_000_000, conversation, generation: 1, ms: 5 }
}

function openFiles(): readonly string[] {
  const links = readdirSync('/proc/self/fd').map((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`)
    } catch {
      return ''
    }
  })
  return links.filter((path) => path.startsWith(folder))
}

test('each conversation has a file whose name says when, with which agent, and which it is', () => {
  const sink = journalSink(folder)
  for (const conversation of ['main', '../a b', 'x'.repeat(50)]) sink.take(ready(conversation), generation)
  sink.close()
  expect(readdirSync(folder).toSorted()).toEqual([
    '19700101T001640000Z-desk-___a_b.jsonl',
    '19700101T001640000Z-desk-main.jsonl',
    `19700101T001640000Z-desk-${'x'.repeat(40)}.jsonl`,
  ])
  const [header, , report] = readFileSync(join(folder, '19700101T001640000Z-desk-main.jsonl'), 'utf8').split('\n')
  expect([header, report].map((line) => JSON.parse(line ?? ''))).toMatchObject([
    { type: 'journal', conversation: 'main', agent: 'desk' },
    { type: 'session.ready', ms: 5 },
  ])
})

test('a process that leaves at once ends what is open, and nothing twice', () => {
  const sink = journalSink(folder)
  for (const conversation of ['a', 'b']) sink.take(ready(conversation), generation)
  const closed = { type: 'session.closed', t: 1, conversation: 'a', generation: 1, code: null, failed: false } as const
  sink.take({ ...closed, reason: 'stopped' }, generation)
  sink.leave()
  sink.leave()
  const ends = readdirSync(folder).map((file) =>
    readFileSync(join(folder, file), 'utf8').match(/"session.closed","reason":"[^"]*/g),
  )
  expect(ends).toEqual([null, ['"session.closed","reason":"the process left at once']])
})

test('what was heard of a turn so far is not written down, and what was heard of it in the end is', () => {
  const sink = journalSink(folder)
  const heard = (text: string, final: boolean): Report => ({
    ...{ type: 'caller.transcript', t: 1_000_000, conversation: 'main', generation: 1 },
    ...{ turn: 1, text, final, item_id: 'item_1' },
  })
  for (const report of [heard('where is', false), heard('where is it?', true)]) sink.take(report, generation)
  sink.close()
  const [file = ''] = readdirSync(folder)
  expect(readFileSync(join(folder, file), 'utf8').match(/where is[^"]*/g)).toEqual(['where is it?'])
})

test('a line is in its file when the report has been given, though the disk is still to have one before it', async () => {
  const fan = createFanOut([journalSink(folder)], (_sink, message) => expect.unreachable(message))
  const said = (conversation: string): Report => ({
    ...{ type: 'agent.transcript', t: 1_000_000, conversation, generation: 1 },
    ...{ text: 'hello', response_id: 'b', turn: 1 },
  })
  for (const conversation of ['a', 'b', 'a']) fan.report(said(conversation), generation)
  const written = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8').match(/hello/g)?.length)
  expect(written).toEqual([2, 1])
  await fan.close()
})

test('conversations that begin at one moment, and whose names begin alike, have a file each', () => {
  const sink = journalSink(folder)
  const names = ['one', 'two', 'three'].map((end) => 'x'.repeat(50) + end)
  for (const conversation of names) sink.take(ready(conversation), generation)
  sink.close()
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8').split('\n')[0] ?? '')
  expect(files.map((header) => JSON.parse(header).conversation).toSorted()).toEqual(names.toSorted())
})

test('what cannot be written is told with the first line of it alone', () => {
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder any more')
  const sink = journalSink(join(folder, 'calls'))
  expect(() => sink.take(ready('main'), generation)).toThrow('what is said meanwhile is not written down')
  expect(() => sink.take(ready('main'), generation)).not.toThrow()
  expect(() => sink.take(ready('other'), generation)).toThrow('what is said meanwhile is not written down')
  sink.close()
})

test.skipIf(process.platform !== 'linux')(
  'no file stays open: neither that of a conversation which ended, nor another at the end',
  async () => {
    const sink = journalSink(folder)
    for (const conversation of ['a', 'b']) sink.take(ready(conversation), generation)
    expect(openFiles()).toHaveLength(2)
    const closed = {
      t: 1_000_001,
      conversation: 'a',
      generation: 1,
      reason: 'stopped',
      code: null,
      failed: false,
    } as const
    sink.take({ type: 'session.closed', ...closed }, generation)
    await expect.poll(openFiles).toHaveLength(1)
    await sink.close()
    expect(openFiles()).toEqual([])
  },
)
