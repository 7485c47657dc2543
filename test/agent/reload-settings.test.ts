import { expect, test } from 'vitest'
import { load } from './loading.ts'

const file = (reload: string) => `version: 1\nname: desk\ninstructions: Be brief.\nreload: ${reload}\n`

test.each([
  ['{ ack_timeout: 499ms }', 'RV506', 'reload.ack_timeout is 499ms; 500ms to 30s is wanted'],
  ['{ ack_timeout: 31s }', 'RV506', 'reload.ack_timeout is 31s; 500ms to 30s is wanted'],
  ['{ apply: soon }', 'RV105', 'reload.apply is "soon"; one of turn, now, next_session is wanted'],
])('reload: %s is told where it stands', (reload, rule, message) => {
  const { diagnostics } = load(file(reload))
  expect(diagnostics).toMatchObject([{ rule, message, range: { start: { line: 4 } } }])
})

test.each(['{ ack_timeout: 500ms }', '{ ack_timeout: 30s }', '{ apply: now }'])('reload: %s is fine', (reload) => {
  expect(load(file(reload)).diagnostics).toEqual([])
})
