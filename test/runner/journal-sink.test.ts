import { closeSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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

function said(conversation: string): Report {
  return {
    ...{ type: 'agent.transcript', t: 1_000_000, conversation, generation: 1 },
    ...{ text: 'hello', response_id: 'b', turn: 1 },
  }
}

function closed(conversation: string): Report {
  const end = { reason: 'stopped', code: null, failed: false }
  return { type: 'session.closed', t: 1_000_001, conversation, generation: 1, ...end }
}

/** The numbers of the journals that this process holds open. */
function openFiles(): readonly number[] {
  const numbers = readdirSync('/proc/self/fd').filter((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`).startsWith(folder)
    } catch {
      return false
    }
  })
  return numbers.map(Number)
}

test('each conversation has a file named by its time, agent and conversation', () => {
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

test('an immediate exit ends each open journal exactly once', () => {
  const sink = journalSink(folder)
  for (const conversation of ['a', 'b']) sink.take(ready(conversation), generation)
  sink.take(closed('a'), generation)
  sink.endAtExit()
  sink.endAtExit()
  const ends = readdirSync(folder).map((file) =>
    readFileSync(join(folder, file), 'utf8').match(/"session.closed","reason":"[^"]*/g),
  )
  expect(ends).toEqual([null, ['"session.closed","reason":"the process left at once']])
})

test('partial transcripts are not written, final ones are', () => {
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

test('a line is in its file at once, even while an earlier one is being synced to disk', async () => {
  const fan = createFanOut([journalSink(folder)], (_sink, message) => expect.unreachable(message))
  for (const conversation of ['a', 'b', 'a']) fan.report(said(conversation), generation)
  const written = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8').match(/hello/g)?.length)
  expect(written).toEqual([2, 1])
  await fan.close()
})

test('conversations opened at the same moment with the same shortened name have a file each', () => {
  const sink = journalSink(folder)
  const names = ['one', 'two', 'three'].map((end) => 'x'.repeat(50) + end)
  for (const conversation of names) sink.take(ready(conversation), generation)
  sink.close()
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8').split('\n')[0] ?? '')
  expect(files.map((header) => JSON.parse(header).conversation).toSorted()).toEqual(names.toSorted())
})

test('the first line that cannot be written is reported, and all of them are counted at the end', async () => {
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder any more')
  const sink = journalSink(join(folder, 'calls'))
  expect(() => sink.take(ready('main'), generation)).toThrow('what is said meanwhile is not written down')
  expect(() => sink.take(ready('main'), generation)).not.toThrow()
  expect(() => sink.take(ready('other'), generation)).toThrow('what is said meanwhile is not written down')
  await expect(sink.close()).rejects.toThrow('calls: 3 lines could not be written in all')
  expect(sink.isComplete).toBe(false)
})

describe.skipIf(process.platform !== 'linux')('open journal files', () => {
  test('are closed when their conversation ends, and all of them at the end', async () => {
    const sink = journalSink(folder)
    for (const conversation of ['a', 'b']) sink.take(ready(conversation), generation)
    expect(openFiles()).toHaveLength(2)
    sink.take(closed('a'), generation)
    await expect.poll(openFiles).toHaveLength(1)
    await sink.close()
    expect(openFiles()).toEqual([])
  })

  test('of ended conversations are limited in number, however slow the disk is', async () => {
    const sink = journalSink(folder, 2)
    for (const conversation of ['a', 'b', 'c', 'd', 'e']) sink.take(closed(conversation), generation)
    // The disk is at work on one beside those that wait for it.
    expect(openFiles()).toHaveLength(3)
    await sink.close()
    expect(openFiles()).toEqual([])
  })

  test.each([
    ['once', said],
    ['at the end of a conversation', closed],
  ])('are named when the disk fails to sync them: %s', async (_when, last) => {
    const sink = journalSink(folder)
    sink.take(said('a'), generation)
    const before = openFiles()
    sink.take(last('b'), generation)
    for (const file of openFiles()) if (!before.includes(file)) closeSync(file)
    expect(sink.isComplete).toBe(true)
    await expect(sink.close()).rejects.toThrow(/-desk-b\.jsonl: EBADF.*; the disk may not have/)
    expect(sink.isComplete).toBe(false)
    expect(openFiles()).toEqual([])
  })
})
