import { expect, test } from 'vitest'
import { traceText } from '../../src/runner/printing/trace-text.ts'

const launched = {
  type: 'launched',
  command: ['./look.sh', 'a'],
  cwd: '/shop',
  stdin: '{}',
  variables: ['PATH'],
  unset: [],
} as const

/** The names of the rows that an author reads. */
function rows(script: string | null): readonly string[] {
  return [...traceText({ ...launched, script }).matchAll(/^\s*(\w+) /gm)].map(([, name = '']) => name)
}

test('the trace of a launch shows the hash of its script, if the command names one', () => {
  expect(rows('4f2a')).toEqual(['command', 'folder', 'script', 'variables', 'stdin'])
  expect(traceText({ ...launched, script: '4f2a' })).toMatch(/script +sha256 4f2a…/)
  expect(rows(null)).toEqual(['command', 'folder', 'variables', 'stdin'])
})
