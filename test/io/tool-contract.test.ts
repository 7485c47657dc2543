import { describe, expect, test } from 'vitest'
import { createMask, type Mask } from '../../src/io/secret-mask.ts'
import {
  argumentsLine,
  judgeEnding,
  judgeFailure,
  type ProcessEnd,
  timeoutFailure,
  toolEnvironment,
  toolPath,
} from '../../src/io/tools/tool-contract.ts'

const unmasked: Mask = (text) => text

const text = { output: 'text', maxOutputBytes: 16_384 } as const

function judge(
  ending: Partial<Omit<ProcessEnd, 'stdout'>> & { stdout?: string | Buffer },
  mask = unmasked,
  wanted: Parameters<typeof judgeEnding>[2] = text,
) {
  const stdout = Buffer.from(ending.stdout ?? '')
  return judgeEnding({ exitCode: 0, signal: null, lastLine: '', ...ending, stdout }, mask, wanted)
}

test('a failure that says nothing is told in words all the same', () => {
  for (const words of ['', ' \n'])
    expect(judgeFailure('failed', words, unmasked).outcome).toEqual({
      status: 'failed',
      message: 'it failed without a word',
    })
})

describe('the line on stdin', () => {
  const cases: readonly (readonly [name: string, given: string, line: string])[] = [
    ['is the model’s own text', '{"a": 1,  "b":"x y"}', '{"a": 1,  "b":"x y"}\n'],
    ['keeps numbers that JavaScript would round', '{"id":12345678901234567890}', '{"id":12345678901234567890}\n'],
    ['is an empty object when there are no arguments', '', '{}\n'],
    ['is an empty object when there is only space', ' \n', '{}\n'],
    ['is minified when the text has line breaks', '{\n  "a": 1,\r\n  "b": [1, 2]\n}', '{"a":1,"b":[1,2]}\n'],
    ['keeps space inside strings', '{\n"a b": "c  \\"d  \\\\"}', '{"a b":"c  \\"d  \\\\"}\n'],
    ['escapes what else ends a line', '{"a":"x\u2028y\u2029"}', '{"a":"x\\u2028y\\u2029"}\n'],
    [
      'keeps long numbers while minifying',
      '{\n"id": 12345678901234567890, "x": 1.50e+2}',
      '{"id":12345678901234567890,"x":1.50e+2}\n',
    ],
  ]
  test.each(cases)('%s', (_, given, line) => {
    expect(argumentsLine(given)).toBe(line)
  })
})

describe('what the model reads of an answer', () => {
  const cases: readonly (readonly [name: string, stdout: string | Buffer, output: string])[] = [
    ['text as it is', 'on its way', 'on its way'],
    ['one trailing newline is cut', 'a\n\n', 'a\n'],
    ['a trailing CRLF is one newline', 'a\r\n', 'a'],
    ['nothing becomes ok', '', '{"ok":true}'],
    ['a lone newline becomes ok', '\n', '{"ok":true}'],
    ['JSON stays as it was written', '{ "a": 1 }\n', '{ "a": 1 }'],
    ['an object with one ordinary key is not reserved', '{"$a":1,"b":2}', '{"$a":1,"b":2}'],
    ['an empty object is not reserved', '{}', '{}'],
    ['half a character is one replacement', Buffer.from('€').subarray(0, 2), '\ufffd'],
    ['exactly the limit is not cut', 'x'.repeat(16_384), 'x'.repeat(16_384)],
  ]
  test.each(cases)('%s', (_, stdout, output) => {
    expect(judge({ stdout }).outcome).toEqual({ status: 'ok', output })
  })

  test('one byte past the limit is cut, with a marker, within the limit', () => {
    const { outcome } = judge({ stdout: 'x'.repeat(16_385) })
    const output = outcome.status === 'ok' ? outcome.output : ''
    expect(output).toMatch(/^x+\n\[cut: this is the beginning of 16385 bytes\]$/)
    expect(Buffer.byteLength(output)).toBe(16_384)
  })

  test.each([0, 1, 2, 3])('a cut falls between characters, shifted by %i bytes', (shift) => {
    const { outcome } = judge({ stdout: 'x'.repeat(shift) + '🦊'.repeat(5_000) })
    const output = outcome.status === 'ok' ? outcome.output : ''
    expect(output).toMatch(/^x*🦊+\n\[cut: /u)
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(16_384)
    expect(Buffer.byteLength(output)).toBeGreaterThan(16_380)
  })

  test('the operator hears of bytes that are not UTF-8', () => {
    expect(judge({ stdout: Buffer.from([0xff]) }).detail).toContain('not UTF-8')
  })

  test('an object with only $ keys is refused', () => {
    expect(judge({ stdout: '{"$end_call":true}\n' }).outcome.status).toBe('failed')
  })
})

describe('how a call went', () => {
  test.each([
    [64, 'invalid_arguments'],
    [65, 'invalid_arguments'],
    [69, 'unavailable'],
    [75, 'unavailable'],
    [77, 'not_allowed'],
    [1, 'failed'],
    [66, 'failed'],
    [128, 'failed'],
    [255, 'failed'],
  ])('exit code %i is %s, with the last line of stderr', (exitCode, status) => {
    expect(judge({ exitCode, lastLine: 'why' }).outcome).toEqual({ status, message: 'why' })
  })

  test.each([78, 126, 127])('exit code %i is misconfigured, and the reason is for the operator alone', (exitCode) => {
    expect(judge({ exitCode, stdout: '{"error":{"message":"secret path"}}', lastLine: 'why' })).toEqual({
      outcome: { status: 'misconfigured', message: 'not available right now' },
      detail: `exit code ${exitCode}: secret path`,
    })
  })

  const messages: readonly (readonly [name: string, ending: Parameters<typeof judge>[0], message: string])[] = [
    ['error.message comes first', { stdout: '{"error":{"message":"closed"}}', lastLine: 'log' }, 'closed'],
    ['an empty error.message does not count', { stdout: '{"error":{"message":" "}}', lastLine: 'log' }, 'log'],
    ['an error without a message does not count', { stdout: '{"error":"x"}', lastLine: 'log' }, 'log'],
    ['broken JSON does not count', { stdout: '{"error":', lastLine: 'log' }, 'log'],
    ['then the last line of stderr', { stdout: 'some text', lastLine: 'log' }, 'log'],
    ['then the exit code', { stdout: 'some text' }, 'exit code 1'],
    ['line breaks become spaces', { stdout: '{"error":{"message":"a\\n b"}}' }, 'a b'],
    ['300 characters are kept', { lastLine: '🦊'.repeat(300) }, '🦊'.repeat(300)],
    ['301 are cut to 300', { lastLine: '🦊'.repeat(301) }, `${'🦊'.repeat(299)}…`],
  ]
  test.each(messages)('message: %s', (_, ending, message) => {
    expect(judge({ exitCode: 1, ...ending }).outcome).toEqual({ status: 'failed', message })
  })

  test('a signal is a crash, told by its name when nothing else was said', () => {
    expect(judge({ exitCode: null, signal: 'SIGSEGV' }).outcome).toEqual({
      status: 'crashed',
      message: 'ended by SIGSEGV',
    })
  })

  test.each([
    [8_000, 'took longer than 8 s'],
    [500, 'took longer than 0.5 s'],
  ])('a deadline of %i ms is told as "%s"', (timeoutMs, message) => {
    expect(timeoutFailure(timeoutMs)).toEqual({ status: 'timeout', message })
  })

  test('secrets are masked before anything is cut', () => {
    const mask = createMask(['hunter2-hunter2'])
    const { outcome } = judge({ exitCode: 1, lastLine: `${'x'.repeat(290)} hunter2-hunter2` }, mask)
    expect(outcome).toEqual({ status: 'failed', message: `${'x'.repeat(290)} ***` })
  })
})

describe('the environment', () => {
  const baseEnv = {
    PATH: '/bin',
    HOME: '/h',
    LANG: 'C',
    TZ: 'UTC',
    SHOP: 's',
    KEY: 'k',
    OTHER: 'o',
    RUNNER_TOOL: 'forged',
  }
  const given = {
    baseEnv,
    hidden: ['KEY'],
    declared: ['SHOP', 'KEY', 'ABSENT', 'PATH', 'RUNNER_TOOL'],
    path: '/node:/bin',
  }

  test('is the short list, the declared names and ours, and never a hidden name', () => {
    expect(toolEnvironment({ ...given, file: {}, runner: { RUNNER_TOOL: 'lookup' } })).toEqual({
      PATH: '/node:/bin',
      HOME: '/h',
      LANG: 'C',
      TZ: 'UTC',
      SHOP: 's',
      RUNNER_TOOL: 'lookup',
    })
  })

  test('the tool’s own file adds variables, and takes none of ours', () => {
    const file = { SHOP: 'from the file', MORE: 'm', KEY: 'k', PATH: '/evil', RUNNER_TOOL: 'x', RUNNER_OTHER: 'x' }
    expect(toolEnvironment({ ...given, file, runner: { RUNNER_TOOL: 'lookup' } })).toEqual({
      PATH: '/node:/bin',
      HOME: '/h',
      LANG: 'C',
      TZ: 'UTC',
      SHOP: 'from the file',
      MORE: 'm',
      RUNNER_TOOL: 'lookup',
    })
  })

  test('PATH begins with the folder of the running Node', () => {
    expect(toolPath('/opt/node/bin', '/usr/bin')).toBe('/opt/node/bin:/usr/bin')
    expect(toolPath('/opt/node/bin', undefined)).toBe('/opt/node/bin:/usr/local/bin:/usr/bin:/bin')
  })
})

describe('what an author may set', () => {
  const json = { output: 'json', maxOutputBytes: 16_384 } as const

  test('JSON is passed minified, and long numbers survive', () => {
    expect(judge({ stdout: '{\n "id": 12345678901234567890,\n "s": "a  b"\n}\n' }, unmasked, json)).toEqual({
      outcome: { status: 'ok', output: '{"id":12345678901234567890,"s":"a  b"}' },
    })
  })

  test.each(['on its way', '{"a":1} and more', '{"a":'])('%s is no JSON, and the call has failed', (stdout) => {
    expect(judge({ stdout }, unmasked, json).outcome.status).toBe('failed')
  })

  test('an empty answer is as good as JSON', () => {
    expect(judge({ stdout: '' }, unmasked, json)).toEqual({ outcome: { status: 'ok', output: '{"ok":true}' } })
  })

  test.each([
    [1024, false],
    [1025, true],
  ])('of an answer of %i bytes, at most max_output goes to the model', (bytes, cut) => {
    const { outcome } = judge({ stdout: 'x'.repeat(bytes) }, unmasked, { output: 'text', maxOutputBytes: 1024 })
    const output = outcome.status === 'ok' ? outcome.output : ''
    expect([Buffer.byteLength(output), output.includes('[cut:')]).toEqual([1024, cut])
  })
})
