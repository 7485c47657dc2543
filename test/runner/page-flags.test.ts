import { expect, test } from 'vitest'
import { pageFlagsFault } from '../../src/runner/fronts/open-pages.ts'

const LONG = 'a-long-secret-7'

test('an open host wants a token, which the environment may hold: a command line is read by others', () => {
  expect(pageFlagsFault({ host: '0.0.0.0' }, true, {})).toMatch(/set RUNNER_TOKEN to a secret.* or add --token/)
  expect(pageFlagsFault({ host: '0.0.0.0' }, true, { RUNNER_TOKEN: ' \n' })).toMatch(/set RUNNER_TOKEN/)
  expect(pageFlagsFault({ host: '0.0.0.0' }, true, { RUNNER_TOKEN: LONG })).toBeNull()
  expect(pageFlagsFault({ host: '0.0.0.0', token: LONG }, true, {})).toBeNull()
})

test('a token that can be guessed is refused by the name of what holds it, the flag before the variable', () => {
  expect(pageFlagsFault({}, true, { RUNNER_TOKEN: 'short' })).toBe('RUNNER_TOKEN: at least 12 characters are wanted')
  expect(pageFlagsFault({ token: '' }, true, { RUNNER_TOKEN: LONG })).toMatch(/^--token: at least 12 characters/)
})

test('a token of the environment is no fault where no page is served', () => {
  expect(pageFlagsFault({ page: false }, false, { RUNNER_TOKEN: 'short' })).toBeNull()
})
