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

const STREAM_ADVICE = 'cannot be opened as a file; read descriptor 0, and write to 1 and 2'

function judge(
  ending: Partial<Omit<ProcessEnd, 'stdout'>> & { stdout?: string | Buffer },
  mask = unmasked,
  wanted: Parameters<typeof judgeEnding>[2] = text,
) {
  const stdout = Buffer.from(ending.stdout ?? '')
  return judgeEnding({ exitCode: 0, signal: null, lastLine: '', ...ending, stdout }, mask, wanted)
}

test('a failure without a message gets a default one', () => {
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
    ['escapes Unicode line separators', '{"a":"x\u2028y\u2029"}', '{"a":"x\\u2028y\\u2029"}\n'],
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

describe('the output for the model', () => {
  const cases: readonly (readonly [name: string, stdout: string | Buffer, output: string])[] = [
    ['is the text unchanged', 'on its way', 'on its way'],
    ['loses one trailing newline', 'a\n\n', 'a\n'],
    ['loses one trailing CRLF', 'a\r\n', 'a'],
    ['is ok if there is none', '', '{"ok":true}'],
    ['is ok if it is a lone newline', '\n', '{"ok":true}'],
    ['is JSON as written', '{ "a": 1 }\n', '{ "a": 1 }'],
    ['may have a key with $ beside an ordinary one', '{"$a":1,"b":2}', '{"$a":1,"b":2}'],
    ['may be an empty object', '{}', '{}'],
    ['has a replacement character for half a character', Buffer.from('€').subarray(0, 2), '\ufffd'],
    ['is not cut at exactly the limit', 'x'.repeat(16_384), 'x'.repeat(16_384)],
  ]
  test.each(cases)('%s', (_, stdout, output) => {
    expect(judge({ stdout }).outcome).toEqual({ status: 'ok', output })
  })

  test('is cut with a marker one byte past the limit', () => {
    const { outcome } = judge({ stdout: 'x'.repeat(16_385) })
    const output = outcome.status === 'ok' ? outcome.output : ''
    expect(output).toMatch(/^x+\n\[cut: this is the beginning of 16385 bytes\]$/)
    expect(Buffer.byteLength(output)).toBe(16_384)
  })

  test.each([0, 1, 2, 3])('is cut between characters, shifted by %i bytes', (shift) => {
    const { outcome } = judge({ stdout: 'x'.repeat(shift) + '🦊'.repeat(5_000) })
    const output = outcome.status === 'ok' ? outcome.output : ''
    expect(output).toMatch(/^x*🦊+\n\[cut: /u)
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(16_384)
    expect(Buffer.byteLength(output)).toBeGreaterThan(16_380)
  })

  test('has a note for the operator if it is not UTF-8', () => {
    expect(judge({ stdout: Buffer.from([0xff]) }).detail).toContain('not UTF-8')
  })

  test('is refused if it is an object with only $ keys', () => {
    expect(judge({ stdout: '{"$end_call":true}\n' }).outcome.status).toBe('failed')
  })
})

describe('the outcome of a call', () => {
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
  ])('with exit code %i is %s, with the last line of stderr', (exitCode, status) => {
    expect(judge({ exitCode, lastLine: 'why' }).outcome).toEqual({ status, message: 'why' })
  })

  test.each([78, 126, 127])('with exit code %i is misconfigured, and only the operator learns why', (exitCode) => {
    expect(judge({ exitCode, stdout: '{"error":{"message":"secret path"}}', lastLine: 'why' })).toEqual({
      outcome: { status: 'misconfigured', message: 'not available right now' },
      detail: `exit code ${exitCode}: secret path`,
    })
  })

  test.each([
    [1, 'cat: /dev/stdin: No such device or address', 'exit code 1: /dev/stdin is a socket, which '],
    [1, "Error: ENXIO: no such device or address, open '/dev/stdin'", 'exit code 1: /dev/stdin is a socket, which '],
    [1, './tool.sh: line 3: /dev/fd/1: No such device or address', 'exit code 1: /dev/fd/1 is a socket, which '],
    [0, 'jq: error: Could not open /dev/stdin: No such device or address', '/dev/stdin is a socket, which '],
  ])('with exit code %i and %s on stderr tells the operator what to do instead', (exitCode, lastLine, detail) => {
    expect(judge({ exitCode, lastLine }).detail).toBe(`${detail}${STREAM_ADVICE}`)
  })

  test.each(['cat: /dev/stdin: Permission denied', 'cat: /dev/fd/12: No such device or address'])(
    'with %s on stderr has no such advice',
    (lastLine) => {
      expect(judge({ exitCode: 1, lastLine }).detail).toBe('exit code 1')
    },
  )

  const messages: readonly (readonly [name: string, ending: Parameters<typeof judge>[0], message: string])[] = [
    ['is error.message first', { stdout: '{"error":{"message":"closed"}}', lastLine: 'log' }, 'closed'],
    ['is not an empty error.message', { stdout: '{"error":{"message":" "}}', lastLine: 'log' }, 'log'],
    ['is not an error without a message', { stdout: '{"error":"x"}', lastLine: 'log' }, 'log'],
    ['is not taken from broken JSON', { stdout: '{"error":', lastLine: 'log' }, 'log'],
    ['is the last line of stderr next', { stdout: 'some text', lastLine: 'log' }, 'log'],
    ['is the exit code last', { stdout: 'some text' }, 'exit code 1'],
    ['has spaces for line breaks', { stdout: '{"error":{"message":"a\\n b"}}' }, 'a b'],
    ['is not cut at 300 characters', { lastLine: '🦊'.repeat(300) }, '🦊'.repeat(300)],
    ['is cut to 300 characters at 301', { lastLine: '🦊'.repeat(301) }, `${'🦊'.repeat(299)}…`],
  ]
  test.each(messages)('has a message that %s', (_, ending, message) => {
    expect(judge({ exitCode: 1, ...ending }).outcome).toEqual({ status: 'failed', message })
  })

  test('after a signal is crashed, with the signal as its message', () => {
    expect(judge({ exitCode: null, signal: 'SIGSEGV' }).outcome).toEqual({
      status: 'crashed',
      message: 'ended by SIGSEGV',
    })
  })

  test.each([
    [8_000, 'took longer than 8 s'],
    [500, 'took longer than 0.5 s'],
  ])('after a deadline of %i ms has the message "%s"', (timeoutMs, message) => {
    expect(timeoutFailure(timeoutMs)).toEqual({ status: 'timeout', message })
  })

  test('has secrets masked before its message is cut', () => {
    const mask = createMask(['hunter2-hunter2'])
    const { outcome } = judge({ exitCode: 1, lastLine: `${'x'.repeat(290)} hunter2-hunter2` }, mask)
    expect(outcome).toEqual({ status: 'failed', message: `${'x'.repeat(290)} ***` })
  })
})

describe('the environment of a tool', () => {
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

  test("has the standard variables, the declared ones and the runner's own, but no hidden one", () => {
    expect(toolEnvironment({ ...given, file: {}, runner: { RUNNER_TOOL: 'lookup' } })).toEqual({
      PATH: '/node:/bin',
      HOME: '/h',
      LANG: 'C',
      TZ: 'UTC',
      SHOP: 's',
      RUNNER_TOOL: 'lookup',
    })
  })

  test("has the variables of the env file, which override none of the runner's own", () => {
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

  test('has a PATH that begins with the folder of the running Node', () => {
    expect(toolPath('/opt/node/bin', '/usr/bin')).toBe('/opt/node/bin:/usr/bin')
    expect(toolPath('/opt/node/bin', undefined)).toBe('/opt/node/bin:/usr/local/bin:/usr/bin:/bin')
  })
})

describe('with output settings', () => {
  const json = { output: 'json', maxOutputBytes: 16_384 } as const

  test('JSON is minified, and long numbers survive', () => {
    expect(judge({ stdout: '{\n "id": 12345678901234567890,\n "s": "a  b"\n}\n' }, unmasked, json)).toEqual({
      outcome: { status: 'ok', output: '{"id":12345678901234567890,"s":"a  b"}' },
    })
  })

  test.each(['on its way', '{"a":1} and more', '{"a":'])('%s is not JSON, so the call fails', (stdout) => {
    expect(judge({ stdout }, unmasked, json).outcome.status).toBe('failed')
  })

  test('an empty answer counts as JSON', () => {
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
