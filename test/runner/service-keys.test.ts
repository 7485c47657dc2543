import { expect, test } from 'vitest'
import { createServiceKeys } from '../../src/runner/service-keys.ts'
import { agentWith } from '../helpers/agents.ts'

function naming(api_key_env: string) {
  return agentWith({ connection: { ...agentWith().connection, api_key_env } })
}

test('every variable ever named as a key variable stays hidden, and its value secret', () => {
  const keys = createServiceKeys({ FIRST: 'first-key', SECOND: 'second-key', RUNNER_TOKEN: 'of-the-page' })
  for (const name of ['FIRST', 'UNSET', 'SECOND', 'FIRST']) keys.add(naming(name))
  expect(keys.names()).toEqual(['RUNNER_TOKEN', 'FIRST', 'UNSET', 'SECOND'])
  expect(keys.values()).toEqual(['of-the-page', 'first-key', 'second-key'])
})

test('beyond a thousand names, the oldest unset variable is forgotten', () => {
  const keys = createServiceKeys({ FIRST: 'first-key' })
  keys.add(naming('FIRST'))
  for (let count = 1; count < 1_000; count += 1) keys.add(naming(`UNSET_${count}`))
  expect(keys.names().slice(1)).toHaveLength(1_000)
  keys.add(naming('LAST'))
  expect(keys.names().slice(1)).toHaveLength(1_000)
  expect(keys.names().slice(1, 3)).toEqual(['FIRST', 'UNSET_2'])
  expect(keys.names().at(-1)).toBe('LAST')
})
