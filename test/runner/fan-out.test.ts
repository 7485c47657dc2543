import { expect, test } from 'vitest'
import { createFanOut, type Sink } from '../../src/runner/sinks/fan-out.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

const generation = { number: 1, agent: agentWith() }

function warning(message: string): Report {
  return { type: 'warning', t: 0, conversation: 'main', generation: 1, message }
}

/** A sink that keeps what it was given; `hold` lets the test decide when each report is done. */
function sink(name: string, hold?: () => Promise<void>) {
  const taken: string[] = []
  let closed = false
  const made: Sink = {
    name,
    accepts: (type) => type === 'warning',
    take(report) {
      taken.push(report.type === 'warning' ? report.message : report.type)
      return hold?.()
    },
    close() {
      closed = true
    },
  }
  return { ...made, taken, isClosed: () => closed }
}

test('a synchronous sink has handled a report before report() returns', () => {
  const quick = sink('quick')
  const fan = createFanOut([quick], () => {})
  fan.report(warning('one'), generation)
  expect(quick.taken).toEqual(['one'])
  fan.report(warning('two'), generation)
  expect(quick.taken).toEqual(['one', 'two'])
})

test('a slow sink gets all reports in order, and delays no other sink', async () => {
  const gates: (() => void)[] = []
  const slow = sink('slow', () => new Promise((done) => gates.push(done)))
  const quick = sink('quick')
  const fan = createFanOut([slow, quick], () => {})
  for (const message of ['one', 'two', 'three']) fan.report(warning(message), generation)
  expect(quick.taken).toEqual(['one', 'two', 'three'])
  expect(slow.taken).toEqual(['one'])
  const closed = fan.close()
  while (!slow.isClosed()) {
    gates.shift()?.()
    await Promise.resolve()
  }
  await closed
  expect(slow.taken).toEqual(['one', 'two', 'three'])
})

test('reports beyond the queue limit are dropped and counted, and the sink gets later ones', async () => {
  const gates: (() => void)[] = []
  const slow = sink('slow', () => new Promise((done) => gates.push(done)))
  const failures: string[] = []
  const fan = createFanOut([slow], (name, message) => failures.push(`${name}: ${message}`), 2)
  for (const message of ['one', 'two', 'three', 'four', 'five']) fan.report(warning(message), generation)
  while (slow.taken.length < 3) {
    gates.shift()?.()
    await Promise.resolve()
  }
  gates.shift()?.()
  while (failures.length === 0) await Promise.resolve()
  fan.report(warning('six'), generation)
  gates.shift()?.()
  await fan.close()
  expect(slow.taken).toEqual(['one', 'two', 'three', 'six'])
  expect(failures).toEqual(['slow: 2 reports came faster than they could be taken, and were dropped'])
})

test('a failing sink is reported, and still gets the next report', async () => {
  const failing = sink('failing', () => Promise.reject(new Error('the disk is full')))
  const failures: string[] = []
  const fan = createFanOut([failing], (name, message) => failures.push(`${name}: ${message}`))
  fan.report(warning('one'), generation)
  fan.report(warning('two'), generation)
  await fan.close()
  expect(failing.taken).toEqual(['one', 'two'])
  expect(failures).toEqual(['failing: the disk is full', 'failing: the disk is full'])
})

test('a sink does not get reports of types it does not accept', () => {
  const quick = sink('quick')
  createFanOut([quick], () => {}).report({ ...warning(''), type: 'session.ready', ms: 1 }, generation)
  expect(quick.taken).toEqual([])
})
