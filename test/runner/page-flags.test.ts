import { expect, test } from 'vitest'
import { pageFlagsFault } from '../../src/runner/fronts/open-pages.ts'

const LONG = 'a-long-secret-7'

test('a host other than this machine requires a token, by flag or by environment variable', () => {
  expect(pageFlagsFault({ host: '0.0.0.0' }, true, {})).toMatch(/set RUNNER_TOKEN to a secret.* or add --token/)
  expect(pageFlagsFault({ host: '0.0.0.0' }, true, { RUNNER_TOKEN: ' \n' })).toMatch(/set RUNNER_TOKEN/)
  expect(pageFlagsFault({ host: '0.0.0.0' }, true, { RUNNER_TOKEN: LONG })).toBeNull()
  expect(pageFlagsFault({ host: '0.0.0.0', token: LONG }, true, {})).toBeNull()
})

test('a short token is rejected, naming the flag or variable that gave it; the flag wins', () => {
  expect(pageFlagsFault({}, true, { RUNNER_TOKEN: 'short' })).toBe('RUNNER_TOKEN: at least 12 characters are wanted')
  expect(pageFlagsFault({ token: '' }, true, { RUNNER_TOKEN: LONG })).toMatch(/^--token: at least 12 characters/)
})

test('an empty host is rejected: it would be every address of the machine', () => {
  expect(pageFlagsFault({ host: '', token: LONG }, true, {})).toMatch(/^--host is empty: an address is wanted/)
})

test('a short token in the environment is ignored when no page is served', () => {
  expect(pageFlagsFault({ page: false }, false, { RUNNER_TOKEN: 'short' })).toBeNull()
})
