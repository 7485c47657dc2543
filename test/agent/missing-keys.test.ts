import { expect, test } from 'vitest'
import { load } from '../helpers/agent-files.ts'

const head = 'version: 1\nname: desk\ninstructions: Hi.\n'

test('missing keys of a map are one fault, without those that were misspelt', () => {
  const messagesOf = (text: string) => load({ 'agents/desk.yaml': text }).diagnostics.map(({ message }) => message)
  expect(messagesOf('instructions: Hi.\n')).toEqual(['version and name are missing'])
  expect(messagesOf('instructions: Hi.\nversoin: 1\n')).toEqual(['name is missing', 'unknown key "versoin"'])
  expect(messagesOf(`${head}tools: [{ nam: a, run: node }]\n`)).toEqual([
    'description is missing in tools[0]',
    'unknown key "nam" in tools[0]',
  ])
})

test.each([
  ['idle: {}', 'after and say are missing in idle'],
  ['tools: [{}]', 'name, description and run are missing in tools[0]'],
  ['tools: [{ name: a }]', 'description and run are missing in tools[0]'],
  ['tools: [{ timeout: 8s, description: "A, b." }]', 'name and run are missing in tools[0]'],
  ['idle: { times: 2 }', 'after and say are missing in idle'],
])('the keys that %s lacks are named in one message', (text, message) => {
  const { diagnostics } = load({ 'agents/desk.yaml': `${head}${text}\n` })
  expect(diagnostics.map((each) => each.message)).toEqual([message])
})
