import { expect, test } from 'vitest'
import { networkErrorMessage, readRetryAfter } from '../../src/io/service/refusal.ts'

test.each([
  ['ENOTFOUND', 'name api.inworld.ai not found'],
  ['ENETUNREACH', 'api.inworld.ai unreachable'],
  ['CERT_HAS_EXPIRED', 'the certificate of api.inworld.ai: certificate has expired'],
])('a connection error %s becomes "%s"', (code, words) => {
  expect(networkErrorMessage(Object.assign(new Error('certificate has expired'), { code }), 'api.inworld.ai')).toBe(
    words,
  )
})

test('a connection error without a message is named by its class', () => {
  expect(networkErrorMessage(new AggregateError([]), 'api.inworld.ai')).toBe(
    'connection to api.inworld.ai failed: AggregateError',
  )
})

test.each([
  ['0', 0],
  ['120', 120_000],
  ['Thu, 01 Jan 1970 00:00:05 GMT', 4_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', null],
  [undefined, null],
])('Retry-After %s is %s ms', (header, ms) => {
  expect(readRetryAfter(header, 1_000)).toBe(ms)
})
