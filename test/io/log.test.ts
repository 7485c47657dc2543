import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { logFields, SPOKEN_FIELDS } from '../../src/io/log/log-fields.ts'
import { prettyLine } from '../../src/io/log/pretty-line.ts'
import type { LogLevel } from '../../src/io/log.ts'

const logModule = fileURLToPath(new URL('../../src/io/log.ts', import.meta.url))
const key = 'key/with+odd "chars"'

describe('a line on stderr', () => {
  test('is one JSON object with time, level, message and fields', async () => {
    const [line] = await logged({}, `log.info('tool ended', { tool: 'lookup', ms: 12 })`)
    expect(JSON.parse(line ?? '')).toEqual({
      level: 'info',
      time: expect.any(Number),
      msg: 'tool ended',
      tool: 'lookup',
      ms: 12,
    })
  })

  test('appears only if its level is at least the configured one', async () => {
    const all = `log.debug('d'); log.info('i'); log.warn('w'); log.error('e')`
    expect((await logged({ level: 'debug' }, all)).map(message)).toEqual(['d', 'i', 'w', 'e'])
    expect((await logged({ level: 'warn' }, all)).map(message)).toEqual(['w', 'e'])
    expect(await logged({ level: 'silent' }, all)).toEqual([])
  })

  test('is written even if the process is killed right after', async () => {
    expect(
      await logged({}, `for (let i = 0; i < 500; i += 1) log.info('line'); process.kill(process.pid, 'SIGKILL')`),
    ).toHaveLength(500)
  })

  test.each([false, true])('never shows a secret, in any field or encoding (pretty: %s)', async (pretty) => {
    const lines = await logged(
      { pretty, secrets: [key] },
      `
      const key = ${JSON.stringify(key)}
      log.info('message ' + key)
      log.info('field', { a: { b: [{ c: 'x' + key + 'y' }] }, [key]: 1 })
      log.error('error', { error: new Error('refused ' + key, { cause: new Error(key) }) })
      log.info('url', { url: 'wss://x/?k=' + encodeURIComponent(key), other: new URL('wss://x/?k=' + key).href })
      log.info('base64', { header: Buffer.from('user:' + key).toString('base64') })
      log.info('nested', { body: JSON.stringify({ key }) })
    `,
    )
    expect(lines).toHaveLength(6)
    for (const line of lines) {
      expect(line).toContain('***')
      expect(line).not.toMatch(/odd|b2Rk|9kZC|vZG/)
    }
  })

  test('masks a secret that becomes known later', async () => {
    const code = `
      options.secrets = [${JSON.stringify(key)}]
      log.info('field', { url: ${JSON.stringify(key)} })
    `
    expect((await logged({}, code)).map((line) => JSON.parse(line))).toMatchObject([{ url: '***' }])
  })

  test('shows what was said only at level debug', async () => {
    const code = `log.info('turn', { text: 'my name is Ada', item: { transcript: 'hello' } })`
    expect((await logged({}, code)).map((line) => JSON.parse(line))).toMatchObject([
      { text: '14 characters', item: { transcript: '5 characters' } },
    ])
    expect((await logged({ level: 'debug' }, code)).map((line) => JSON.parse(line))).toMatchObject([
      { text: 'my name is Ada', item: { transcript: 'hello' } },
    ])
  })

  test('goes to the screen while one is set, without secrets', async () => {
    const code = `
      log.showOn((level, words) => process.stderr.write(level + '|' + words + '|\\n'))
      log.error('tool ended', { tool: 'lookup', reason: 'no ' + ${JSON.stringify(key)} })
      log.showOn(null)
      log.info('after')
    `
    const [shown, after] = await logged({ pretty: true, secrets: [key] }, code)
    expect(shown).toBe('error|tool ended tool=lookup reason="no ***"|')
    expect(after).toMatch(/^\d\d:\d\d:\d\d info {2}after$/)
    expect((await logged({}, code)).map(message)).toEqual(['tool ended', 'after'])
  })

  test('is dropped harmlessly if nobody reads stderr any more', async () => {
    const child = start(
      {},
      `
      setInterval(() => log.info('line', { filler: 'x'.repeat(10_000) }), 1)
      process.stdin.once('data', () => process.exit(7))
      log.info('ready')
    `,
    )
    const exit = once(child, 'exit')
    await once(child.stderr, 'data')
    child.stderr.destroy()
    child.stdin.end('go on\n')
    expect(await exit).toEqual([7, null])
  })
})

describe('a field', () => {
  test.each(SPOKEN_FIELDS)('named %s shows only its length', (name) => {
    expect(logFields({ [name]: 'words' }, { spoken: false })).toEqual({ [name]: '5 characters' })
    expect(logFields({ a: [{ [name]: { b: 1 } }] }, { spoken: false })).toEqual({ a: [{ [name]: 'not shown' }] })
    expect(logFields({ [name]: 'words' }, { spoken: true })).toEqual({ [name]: 'words' })
  })

  test('with credentials is masked at any level, whatever its case', () => {
    const headers = { Authorization: 'Basic x', cookie: 'a=b', 'X-API-Key': 'y', accept: 'z' }
    const shown = { headers: { Authorization: '***', cookie: '***', 'X-API-Key': '***', accept: 'z' } }
    expect(logFields({ headers }, { spoken: true })).toEqual(shown)
  })

  test('shows the length of bytes, the message of an error, and a circular value up to a depth', () => {
    const circle: { [key: string]: unknown } = {}
    circle.self = circle
    const error = Object.assign(new Error('no'), { code: 'ENOENT' })
    expect(logFields({ bytes: Buffer.alloc(3), big: 1n, error, none: null }, { spoken: true })).toEqual({
      bytes: '3 bytes',
      big: '1',
      error: { type: 'Error', message: 'no', code: 'ENOENT', stack: expect.stringContaining('no') },
      none: null,
    })
    expect(JSON.stringify(logFields({ circle }, { spoken: true }))).toContain('…')
  })
})

describe('a pretty line', () => {
  const pretty = (fields: object) =>
    prettyLine(JSON.stringify({ level: 'info', time: 0, msg: 'tool ended', ...fields }))

  test('shows time, level, message and fields', () => {
    expect(pretty({ tool: 'lookup', ms: 3, reason: 'no such order' })).toMatch(
      /^\d\d:\d\d:\d\d info {2}tool ended tool=lookup ms=3 reason="no such order"\n$/,
    )
  })

  test('is one line without terminal control characters', () => {
    const line = pretty({ line: '\u001b[2J\u202egnp\u0007', other: 'a\nb', '\u009b2J': 'c\r' })
    expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(line.indexOf('\n')).toBe(line.length - 1)
  })
})

interface Given {
  readonly level?: LogLevel
  readonly pretty?: boolean
  readonly secrets?: readonly string[]
}

function start(given: Given, code: string) {
  const options = JSON.stringify({ level: 'info', pretty: false, secrets: [], ...given })
  const program = `import { createLog } from ${JSON.stringify(logModule)}; const options = ${options}; const log = createLog({ ...options, secrets: () => options.secrets }); ${code}`
  return spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program])
}

async function logged(given: Given, code: string): Promise<readonly string[]> {
  const written = await text(start(given, code).stderr)
  return written.split('\n').filter((line) => line !== '')
}

function message(line: string): unknown {
  return JSON.parse(line).msg
}
