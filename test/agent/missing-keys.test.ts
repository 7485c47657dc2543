import { expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const head = 'version: 1\nname: desk\ninstructions: Hi.\n'

test('what is missing at the top of a file is told at once, and what was mistyped is not part of it', () => {
  const saidOf = (text: string) => load({ 'agents/desk.yaml': text }).diagnostics.map(({ message }) => message)
  expect(saidOf('instructions: Hi.\n')).toEqual(['version and name are missing'])
  expect(saidOf('instructions: Hi.\nversoin: 1\n')).toEqual(['name is missing', 'unknown key "versoin"'])
  expect(saidOf(`${head}tools: [{ nam: a, run: node }]\n`)).toEqual([
    'description is missing in tools[0]',
    'unknown key "nam" in tools[0]',
  ])
})
