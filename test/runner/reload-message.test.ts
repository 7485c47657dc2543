import { expect, test } from 'vitest'
import { missingFileFault } from '../../src/agent/checks/edit-faults.ts'
import { reloadMessage } from '../../src/runner/fronts/reload-message.ts'

const stamp = { t: 0, conversation: 'main', generation: 1, offered: 2 }
const frame = ({ message }: { readonly message: string }) => `<${message}>`
const words = (report: Parameters<typeof reloadMessage>[0]) => reloadMessage(report, { frame }).split('\n')

test('an applied edit shows what changed, from when on, and how long it took', () => {
  const changes = [
    { field: 'voice', when: 'next response', summary: 'Clive → Sarah', lines: [] },
    { field: 'instructions', when: 'next response', summary: '+1 −1 lines', lines: ['- Be brief.', '+ Be kind.'] },
    { field: 'description', when: 'now', summary: 'a → b', lines: [] },
  ] as const
  const fields = changes.map(({ field }) => field)
  expect(words({ ...stamp, type: 'reload.applied', fields, changes, ms: 459, ms_wire: 380 })).toEqual([
    'applied: voice, instructions, description · generation 2 · sent after 380 ms, confirmed after 459 ms',
    '  voice: Clive → Sarah, from the next response on',
    '  instructions: +1 −1 lines, from the next response on',
    '    - Be brief.',
    '    + Be kind.',
    '  description: a → b',
  ])
})

test("an edit applied without the service shows one time, and a conversation's own override is marked as such", () => {
  const changes = [{ field: 'tools', when: 'next response', summary: '+ read_file', lines: [] }] as const
  const applied = { ...stamp, type: 'reload.applied', fields: ['tools'], changes, ms: 12 } as const
  expect(words({ ...applied, ms_wire: null })[0]).toBe('applied: tools · generation 2 · 12 ms')
  expect(words({ ...applied, ms_wire: 10, own: true })[0]).toBe(
    'applied to this conversation alone: tools · sent after 10 ms, confirmed after 12 ms',
  )
})

test('an edit that restores the settings in force is shown as applied', () => {
  const applied = { ...stamp, type: 'reload.applied', fields: [], changes: [], ms: 12, ms_wire: null } as const
  expect(words(applied)).toEqual(['applied: nothing differs from before · generation 2 · 12 ms'])
})

test('a rejected save shows its diagnostics below a general line', () => {
  const gone = missingFileFault('agents/desk.yaml', 'agents/desk.yaml: there is no such file')
  expect(words({ ...stamp, type: 'reload.rejected', diagnostics: [gone] })).toEqual([
    'not taken, the last good settings stay',
    '<agents/desk.yaml: there is no such file>',
  ])
})

test('a refusal shows which generation stays, and whether it is certain', () => {
  const refused = { ...stamp, type: 'reload.refused', fields: ['voice'], message: 'No.', code: null } as const
  const nowhere = { file: null, line: null, column: null, diagnostic: null }
  expect(words({ ...refused, ...nowhere, certain: true })).toEqual([
    'refused by the service, generation 1 stays: voice: No.',
  ])
  expect(words({ ...refused, ...nowhere, certain: false })).toEqual([
    'it seems, refused by the service, generation 1 stays: voice: No.',
  ])
  expect(words({ ...refused, ...nowhere, certain: true, offered: 1 })).toEqual(['refused by the service: voice: No.'])
  expect(words({ ...refused, ...nowhere, certain: true, offered: 1, fields: [] })).toEqual([
    'refused by the service: No.',
  ])
})
