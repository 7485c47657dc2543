import { expect, test } from 'vitest'
import { lossFaults, refusedContentFault, renameFaults } from '../../src/agent/checks/edit-faults.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'

const prompt = 'a'.repeat(100)
const before = agentWith({ instructions: prompt, tools: [toolNamed('one'), toolNamed('two')] })
const rules = (changes: Parameters<typeof agentWith>[0]) =>
  lossFaults(before, agentWith({ ...before, ...changes })).map(({ rule, message }) => `${rule} ${message}`)

test('a prompt of which less than half is left is held, one of which half is left is not', () => {
  expect(rules({ instructions: 'a'.repeat(49) })).toEqual(['RV905 the prompt went from 100 to 49 characters'])
  expect(rules({ instructions: 'b'.repeat(50) })).toEqual([])
})

test('spaces at the ends of a prompt are no part of it', () => {
  expect(rules({ instructions: `${'a'.repeat(49)}${' '.repeat(60)}` })).toHaveLength(1)
})

test('all tools gone is held, one of two is not', () => {
  expect(rules({ tools: [] })).toEqual(['RV905 all 2 tools are gone'])
  expect(rules({ tools: [toolNamed('three')] })).toEqual([])
})

test('an agent that never had tools loses none', () => {
  const bare = agentWith({ instructions: prompt })
  expect(lossFaults(bare, agentWith({ ...bare, voice: 'Sarah' }))).toEqual([])
})

test('each names its place, and what to do', () => {
  const [fault] = lossFaults(before, agentWith({ ...before, instructions: 'short' }))
  expect(fault).toMatchObject({ level: 'error', file: 'agents/desk.yaml', pointer: '/instructions' })
  expect(fault?.help).toMatch(/runner reload --accept/)
  expect(fault?.range.start.line).toBe(4)
})

test('another name is refused while the agent runs', () => {
  expect(renameFaults(before, agentWith({ name: 'other' })).map(({ rule }) => rule)).toEqual(['RV901'])
  expect(renameFaults(before, before)).toEqual([])
})

test('content that was refused names the generation that it was', () => {
  expect(refusedContentFault(before, 7).message).toBe('the service refused this content before, as generation 7')
})
