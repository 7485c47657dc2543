import { expect, test } from 'vitest'
import {
  lossFaults,
  otherAgentKeyFaults,
  refusedContentFault,
  renameFaults,
} from '../../src/agent/checks/edit-faults.ts'
import { load } from '../helpers/agent-files.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'

const prompt = 'a'.repeat(100)
const before = agentWith({ instructions: prompt, tools: [toolNamed('one'), toolNamed('two')] })
const rules = (changes: Parameters<typeof agentWith>[0]) =>
  lossFaults(before, agentWith({ ...before, ...changes })).map(({ rule, message }) => `${rule} ${message}`)

test('an edit that leaves less than half of the prompt is held, and one that leaves half is not', () => {
  expect(rules({ instructions: 'a'.repeat(49) })).toEqual(['RV905 the prompt went from 100 to 49 characters'])
  expect(rules({ instructions: 'b'.repeat(50) })).toEqual([])
})

test('white space around a prompt does not count', () => {
  expect(rules({ instructions: `${'a'.repeat(49)}${' '.repeat(60)}` })).toHaveLength(1)
})

test('an edit that removes all tools is held, and one that keeps a tool is not', () => {
  expect(rules({ tools: [] })).toEqual(['RV905 all 2 tools are gone'])
  expect(rules({ tools: [toolNamed('three')] })).toEqual([])
  const single = agentWith({ tools: [toolNamed('one')] })
  expect(lossFaults(single, agentWith({ tools: [] })).map(({ message }) => message)).toEqual(['the only tool is gone'])
})

test('an edit of an agent that never had tools is not held', () => {
  const bare = agentWith({ instructions: prompt })
  expect(lossFaults(bare, agentWith({ ...bare, voice: 'Sarah' }))).toEqual([])
})

test('a held edit says what was lost, where, and how to accept it', () => {
  const [fault] = lossFaults(before, agentWith({ ...before, instructions: 'short' }))
  expect(fault).toMatchObject({ level: 'error', file: 'agents/desk.yaml', pointer: '/instructions' })
  expect(fault?.help).toMatch(/runner reload --accept/)
  expect(fault?.range.start.line).toBe(4)
})

test('a new name is refused while the agent runs', () => {
  expect(renameFaults(before, agentWith({ name: 'other' })).map(({ rule }) => rule)).toEqual(['RV901'])
  expect(renameFaults(before, before)).toEqual([])
})

test('the key of another agent is refused in a setting that others would see; no tool gets it anyway', () => {
  const text = [
    'version: 1\nname: desk\ninstructions: Hi.',
    `stt: { model: "\${env:EARS}/\${env:OTHER_KEY}" }`,
    `tools: [{ name: look, description: Looks., run: [sh, "\${env:OTHER_KEY}"] }]\n`,
  ].join('\n')
  const loaded = load({ 'agents/desk.yaml': text }, { env: { EARS: 'a', OTHER_KEY: 'b' } })
  if (loaded.status !== 'loaded') throw new Error('the file has a fault')
  expect(otherAgentKeyFaults(loaded.agent, ['MY_KEY', 'OTHER_KEY'])).toMatchObject([
    {
      rule: 'RV404',
      message: 'stt.model would take OTHER_KEY, which holds the key of another agent',
      pointer: '/stt/model',
      range: { start: { line: 4, column: 15 } },
    },
  ])
  expect(otherAgentKeyFaults(loaded.agent, ['MY_KEY'])).toEqual([])
})

test('content that the service has refused is reported with its generation', () => {
  expect(refusedContentFault(before, 7).message).toBe('the service refused this content before, as generation 7')
})
