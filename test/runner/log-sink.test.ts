import { expect, test } from 'vitest'
import { toDiagnostic } from '../../src/agent/findings/fault.ts'
import { logSink } from '../../src/runner/sinks/log-sink.ts'
import type { Report } from '../../src/session/report.ts'
import { agentWith } from '../helpers/agents.ts'

const start = { line: 4, column: 2, offset: 0 }
const fault = toDiagnostic({
  rule: 'RV101',
  message: 'unknown key "voise"',
  help: 'Write voice.',
  pointer: '/voise',
  place: { file: 'desk.yaml', start, end: start },
})

/** The lines of the log that reports of some conversations make. */
function logged(...reports: readonly object[]) {
  const lines: unknown[] = []
  const log = { info: (...line: unknown[]) => lines.push(line), warn: () => {} }
  const sink = logSink({ log, isForPagesAlone: false })
  const generation = { number: 1, agent: agentWith() }
  for (const report of reports) void sink.take({ t: 0, generation: 1, ...report } as Report, generation)
  return lines
}

test("an applied edit is logged once for each conversation, without the prompt's text", () => {
  const fields = { offered: 2, fields: ['instructions'], ms: 9, ms_wire: 5 }
  const changes = [{ field: 'instructions', when: 'next response', summary: '+1 −1 lines', lines: ['+ Secret.'] }]
  const applied = { type: 'reload.applied', ...fields, changes }
  expect(logged({ ...applied, conversation: 'a' }, { ...applied, conversation: 'b' })).toEqual([
    ['an edit is applied', { agent: 'desk', conversation: 'a', generation: 1, ...fields }],
    ['an edit is applied', { agent: 'desk', conversation: 'b', generation: 1, ...fields }],
  ])
})

test('a refusal is logged with its file, line and column', () => {
  const refused = { type: 'reload.refused', offered: 2, fields: ['voice'], certain: true, message: 'No.', code: null }
  const place = { file: 'desk.yaml', line: 4, column: 2 }
  expect(logged({ ...refused, ...place, conversation: 'a', diagnostic: fault })).toMatchObject([
    ['the service refused an edit', { fields: ['voice'], message: 'No.', ...place }],
  ])
  expect(logged({ ...refused, offered: 1, conversation: 'a' })).toMatchObject([
    ['the service refused the settings of a session', { fields: ['voice'], message: 'No.' }],
  ])
})

test('a bad save is logged once for all conversations, and again only after an edit was applied', () => {
  const bad = { type: 'reload.rejected', offered: null, diagnostics: [fault] }
  const applied = {
    type: 'reload.applied',
    conversation: 'a',
    offered: 2,
    fields: [],
    changes: [],
    ms: 1,
    ms_wire: null,
  }
  const line = [
    'a save is not taken, the last good settings stay',
    { agent: 'desk', faults: ['desk.yaml:4:2 RV101 unknown key "voise"'] },
  ]
  expect(logged({ ...bad, conversation: 'a' }, { ...bad, conversation: 'b' })).toEqual([line])
  expect(logged({ ...bad, conversation: 'a' }, applied, { ...bad, conversation: 'b' })).toMatchObject([
    line,
    [expect.anything(), expect.anything()],
    line,
  ])
})

test('where pages alone see the reports, what has to be mended is a warning, in one line', () => {
  const warned: string[] = []
  const log = { info() {}, warn: (message: string) => warned.push(message) }
  const sink = logSink({ log, isForPagesAlone: true })
  const generation = { number: 1, agent: agentWith() }
  const refused = { type: 'reload.refused', offered: 2, fields: ['voice'], certain: true, message: 'No.' }
  for (const report of [
    { type: 'reload.rejected', diagnostics: [fault] },
    { type: 'reload.rejected', diagnostics: [fault] },
    { type: 'reload.held', diagnostics: [fault] },
    refused,
    { ...refused, elsewhere: true },
    { type: 'reload.waiting', fields: ['voice'] },
  ])
    void sink.take({ t: 0, generation: 1, conversation: 'page-1', ...report } as Report, generation)
  expect(warned).toEqual([
    'a save is not taken, the last good settings stay',
    'a save is held, the last good settings stay',
    'the service refused an edit',
  ])
})
