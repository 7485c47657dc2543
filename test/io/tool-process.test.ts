import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createToolRunner } from '../../src/io/tool-process.ts'
import { TOOL_FIXTURES } from '../helpers/tools.ts'
import { fixtureTools, linesOf, onLinux, SECRET } from './fixture-tools.ts'

const tools = fixtureTools()

describe('a script', () => {
  test('gets its arguments on stdin as one line, then the end of input', async () => {
    const { outcomeOf } = tools()
    const argumentsText = '{"a": "$(touch x); `y` \\u0000 \\n -n %s *", "id": 12345678901234567890}'
    expect(await outcomeOf('echo-arguments.sh', { argumentsText })).toEqual({ status: 'ok', output: argumentsText })
  })

  test('can read five MiB of arguments', async () => {
    const { outcomeOf } = tools()
    const argumentsText = JSON.stringify({ text: 'x'.repeat(5 * 1_048_576) })
    const outcome = await outcomeOf(['sh', '-c', 'wc -c'], { argumentsText })
    expect(outcome).toEqual({ status: 'ok', output: String(argumentsText.length + 1) })
  })

  test('gets exactly the environment of the contract', async () => {
    const { outcomeOf, stateRoot } = tools()
    const before = Date.now()
    const outcome = await outcomeOf(['env'], { env: ['SHOP_TOKEN', 'API_KEY', 'NOT_SET'], timeoutMs: 9_000 })
    const given = Object.fromEntries(linesOf(outcome).map((line) => line.split(/=(.*)/s).slice(0, 2)))
    const { RUNNER_DEADLINE_MS, RUNNER_STATE_DIR, ...rest } = given
    expect(rest).toEqual({
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: '/home/nobody',
      LANG: 'C',
      TZ: 'UTC',
      SHOP_TOKEN: '***',
      RUNNER_CONTRACT: '1',
      RUNNER_TOOL: 'nasty',
      RUNNER_AGENT: 'support',
      RUNNER_SESSION_ID: 'main',
      RUNNER_CALL_ID: 'call_1',
      RUNNER_GENERATION: '3',
    })
    expect(Number(RUNNER_DEADLINE_MS)).toBeGreaterThanOrEqual(before + 9_000)
    expect(dirname(String(RUNNER_STATE_DIR))).toBe(stateRoot)
  })

  test('gets its fixed arguments untouched by any shell, in its working directory', async () => {
    const { outcomeOf } = tools()
    const words = ['$HOME; echo x', '*', '--flag', '']
    const outcome = await outcomeOf([join(TOOL_FIXTURES, 'words.sh'), ...words])
    expect(linesOf(outcome)).toEqual([...words, TOOL_FIXTURES])
  })

  test('with a bare name is found on the tools’ PATH, where the running Node comes first', async () => {
    const { outcomeOf } = tools()
    expect(await outcomeOf(['node', '-p', 'process.version'])).toEqual({ status: 'ok', output: process.version })
  })

  test('has a state directory of its conversation, which is removed with the conversation', async () => {
    const { outcomeOf, runner, stateRoot } = tools()
    const keep = ['sh', '-c', 'cat "$RUNNER_STATE_DIR/kept"; echo kept > "$RUNNER_STATE_DIR/kept"; echo']
    expect(await outcomeOf(keep, { conversation: '../a b' })).toEqual({ status: 'ok', output: '{"ok":true}' })
    expect(await outcomeOf(keep, { conversation: '../a b' })).toEqual({ status: 'ok', output: 'kept\n' })
    expect(await outcomeOf(keep, { conversation: 'c' })).toEqual({ status: 'ok', output: '{"ok":true}' })
    const folders = readdirSync(stateRoot)
    expect(folders).toHaveLength(2)
    for (const folder of folders) expect(statSync(join(stateRoot, folder)).mode & 0o777).toBe(0o700)
    await runner.endConversation('../a b')
    expect(readdirSync(stateRoot)).toEqual(folders.filter((folder) => folder.startsWith('c-')))
  })

  test('gets a new state directory if an earlier conversation of that name is still ending', async () => {
    const { outcomeOf, runner, start, written } = tools()
    const stubborn = 'trap "" TERM; echo "$RUNNER_STATE_DIR" >"$RUNNER_STATE_DIR/ready"; sleep 1000 & wait; wait'
    start(['sh', '-c', stubborn], { killAfterMs: 200 })
    const earlier = (await written('ready')).trim()
    const lastEnd = runner.endConversation('main')
    const [own = ''] = linesOf(await outcomeOf(['sh', '-c', 'echo "$RUNNER_STATE_DIR"']))
    expect(existsSync(earlier)).toBe(true)
    await lastEnd
    expect([existsSync(earlier), existsSync(own)]).toEqual([false, true])
  })

  test('gets its state directory again if the previous call removed it', async () => {
    const { outcomeOf } = tools()
    expect(await outcomeOf(['sh', '-c', 'rmdir "$RUNNER_STATE_DIR"'])).toMatchObject({ status: 'ok' })
    expect(await outcomeOf(['sh', '-c', 'test -d "$RUNNER_STATE_DIR" && echo there'])).toMatchObject({
      output: 'there',
    })
  })
})

describe('the outcome', () => {
  test.each([
    ['half-a-character.sh', [], { status: 'ok', output: 'price \ufffd' }],
    ['never-reads-stdin.sh', [], { status: 'ok', output: 'answered' }],
    ['floods-stderr.sh', [], { status: 'ok', output: 'answered' }],
    ['grandchild-holds-stdout.sh', [], { status: 'ok', output: 'answered' }],
    ['exits.sh', ['0'], { status: 'ok', output: '{"ok":true}' }],
    ['output-bytes.sh', ['16384'], { status: 'ok', output: 'x'.repeat(16_384) }],
    ['exits.sh', ['64'], { status: 'invalid_arguments', message: 'exit code 64' }],
    ['exits.sh', ['65'], { status: 'invalid_arguments', message: 'exit code 65' }],
    ['exits.sh', ['69'], { status: 'unavailable', message: 'exit code 69' }],
    ['exits.sh', ['75'], { status: 'unavailable', message: 'exit code 75' }],
    ['exits.sh', ['77'], { status: 'not_allowed', message: 'exit code 77' }],
    ['exits.sh', ['78'], { status: 'misconfigured', message: 'not available right now' }],
    ['exits.sh', ['3'], { status: 'failed', message: 'exit code 3' }],
    ['json-error.sh', [], { status: 'failed', message: 'The order is closed.' }],
    ['stderr-line.sh', [], { status: 'failed', message: 'no such order' }],
    ['dies-by-signal.sh', [], { status: 'crashed', message: 'ended by SIGSEGV' }],
    ['not-executable.sh', [], { status: 'misconfigured', message: 'not available right now' }],
    ['missing-interpreter.sh', [], { status: 'misconfigured', message: 'not available right now' }],
    ['crlf-shebang.sh', [], { status: 'misconfigured', message: 'not available right now' }],
    ['no-such-file.sh', [], { status: 'misconfigured', message: 'not available right now' }],
    ['floods-stdout.sh', [], { status: 'output_too_large', message: 'wrote more than 1 MiB' }],
    ['output-bytes.sh', ['1048577'], { status: 'output_too_large', message: 'wrote more than 1 MiB' }],
    [
      'reserved.sh',
      [],
      { status: 'failed', message: 'its answer has only keys that begin with $, which are reserved' },
    ],
  ])('of %s %j is %j', async (script, words, expected) => {
    const { outcomeOf } = tools()
    expect(await outcomeOf([join(TOOL_FIXTURES, script), ...words])).toEqual(expected)
  })

  test('of one MiB of output is cut for the model', async () => {
    const { outcomeOf } = tools()
    const outcome = await outcomeOf([join(TOOL_FIXTURES, 'output-bytes.sh'), '1048576'])
    expect(linesOf(outcome).at(-1)).toBe('[cut: this is the beginning of 1048576 bytes]')
  })

  test('of a script that cannot be started has the reason for the operator', async () => {
    const { outcomeOf, lastEnd } = tools()
    await outcomeOf('missing-interpreter.sh')
    expect(lastEnd()).toMatchObject({
      status: 'misconfigured',
      detail: expect.stringContaining('missing-interpreter.sh'),
    })
  })

  test.skipIf(!onLinux)('of a script that cannot be started is the same without setpriv', async () => {
    const { call, lastEnd, stateRoot, logged } = tools()
    const bare = createToolRunner({
      baseEnv: { PATH: '/no/such/folder' },
      stateRoot,
      hidden: () => [],
      log: (message, fields) => logged.push({ message, fields }),
    })
    for (const script of ['missing-interpreter.sh', 'crlf-shebang.sh', 'not-executable.sh', 'no-such-file.sh']) {
      const { finished } = bare.run(call([join(TOOL_FIXTURES, script)]))
      expect(await finished).toEqual({ status: 'misconfigured', message: 'not available right now' })
      expect(lastEnd()).toMatchObject({ detail: expect.stringMatching(/ENOENT|EACCES/) })
    }
    expect(await bare.run(call([join(TOOL_FIXTURES, 'words.sh'), 'a'])).finished).toMatchObject({ status: 'ok' })
    await bare.stop()
  })

  test.each([
    ['a working directory that is gone', { cwd: '/no/such/folder' }, 'there is no folder /no/such/folder'],
    ['a fixed word with a NUL', { words: ['a\0b'] }, 'null bytes'],
  ])(
    'of %s is misconfigured, with the reason for the operator',
    async (_, { cwd = TOOL_FIXTURES, words = [] }: { cwd?: string; words?: readonly string[] }, reason) => {
      const { outcomeOf, lastEnd } = tools()
      const outcome = await outcomeOf([join(TOOL_FIXTURES, 'words.sh'), ...words], { cwd })
      expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
      expect(lastEnd()?.detail).toContain(reason)
    },
  )

  test('is misconfigured if the state root cannot be created', async () => {
    const { call, stateRoot } = tools()
    writeFileSync(join(stateRoot, 'file'), '')
    const blocked = createToolRunner({
      baseEnv: process.env,
      stateRoot: join(stateRoot, 'file'),
      hidden: () => [],
      log: () => {},
    })
    expect(await blocked.run(call(['sh', '-c', 'echo'])).finished).toMatchObject({ status: 'misconfigured' })
    rmSync(join(stateRoot, 'file'))
  })
})

test('a state root that others can write to, or a link to one, makes calls misconfigured', async () => {
  const { call, stateRoot } = tools()
  const others = join(stateRoot, 'others')
  mkdirSync(others)
  chmodSync(others, 0o777)
  symlinkSync(others, join(stateRoot, 'link'))
  for (const name of ['others', 'link']) {
    const misled = createToolRunner({
      baseEnv: process.env,
      stateRoot: join(stateRoot, name),
      hidden: () => [],
      log: () => {},
    })
    expect(await misled.run(call(['sh', '-c', 'echo'])).finished).toMatchObject({ status: 'misconfigured' })
  }
  for (const name of ['others', 'link']) rmSync(join(stateRoot, name), { recursive: true })
})

describe('a secret', () => {
  test('in a declared variable is masked in answers and in the log', async () => {
    const { outcomeOf, logged } = tools()
    const outcome = await outcomeOf([join(TOOL_FIXTURES, 'prints-secret.sh'), '0'], { env: ['SHOP_TOKEN'] })
    expect(linesOf(outcome)).toEqual(['token ***', 'url ?t=***', 'basic bm9yYTp***'])
    expect(logged).toContainEqual({
      message: 'tool wrote to stderr',
      fields: expect.objectContaining({ line: 'refused for ***' }),
    })
    expect(JSON.stringify(logged)).not.toContain(SECRET)
  })

  test('is masked in the message of a failure', async () => {
    const { outcomeOf } = tools()
    const outcome = await outcomeOf([join(TOOL_FIXTURES, 'prints-secret.sh'), '1'], { env: ['SHOP_TOKEN'] })
    expect(outcome).toEqual({ status: 'failed', message: 'refused for ***' })
  })

  test('in the command is masked, unless it is a path', async () => {
    const { outcomeOf, logged, traced } = tools()
    const words = ['sh', '-c', 'echo "$0 $1"; echo "$0" >&2', SECRET, '/home/nobody']
    const outcome = await outcomeOf(words, { named: ['SHOP_TOKEN', 'HOME'] })
    expect(outcome).toEqual({ status: 'ok', output: '*** /home/nobody' })
    expect(JSON.stringify([logged, traced])).not.toContain(SECRET)
  })

  test('of the runner in the command prevents the start', async () => {
    const { outcomeOf, logged } = tools()
    const outcome = await outcomeOf(['sh', '-c', 'echo "$0"', 'its value'], { named: ['API_KEY'] })
    expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
    const detail = 'it would be given API_KEY, which holds a secret of the runner, in its words'
    expect(logged.at(-1)?.fields).toMatchObject({ detail })
  })

  test('of the runner is masked, however the script got it', async () => {
    const { outcomeOf } = tools()
    expect(await outcomeOf(['sh', '-c', 'echo api-key-value'])).toEqual({ status: 'ok', output: '***' })
  })
})

describe('an uncaught error in Node', () => {
  const thrown = `Object.assign(new Error('the order book is closed'), { code: 'X1', cause: new Error('why') })`
  test.each([
    [`throw ${thrown}`, 'Error: the order book is closed'],
    [`Promise.reject(${thrown})`, 'Error: the order book is closed'],
    [`throw 'only words'`, 'only words'],
    [`null.name`, "TypeError: Cannot read properties of null (reading 'name')"],
    [`console.error('Node.js v24.0.0'); process.exit(1)`, 'Node.js v24.0.0'],
    [`console.error('  the last line\\n'); process.exit(1)`, 'the last line'],
  ])('from %s is reported by its message, without stack or Node version', async (code, message) => {
    const { outcomeOf } = tools()
    expect(await outcomeOf([process.execPath, '-e', code])).toEqual({ status: 'failed', message })
  })
})

describe('the log', () => {
  test('shows at most 1,000 characters of a line', async () => {
    const { outcomeOf, logged } = tools()
    await outcomeOf(['sh', '-c', 'printf %01001d 0 >&2'])
    const stderrLines = logged.filter(({ message }) => message === 'tool wrote to stderr')
    expect(stderrLines.map(({ fields }) => String(fields.line).length)).toEqual([1_000])
  })

  test('shows stderr line by line, up to a limit, with the call', async () => {
    const { outcomeOf, logged, traced } = tools()
    await outcomeOf('floods-stderr.sh')
    const said = logged.filter(({ message }) => message === 'tool wrote to stderr')
    expect(said).toHaveLength(201)
    expect(traced.filter(({ type }) => type === 'stderr')).toHaveLength(201)
    expect(said[0]?.fields).toMatchObject({
      tool: 'nasty',
      call_id: 'call_1',
      line: 'this line is repeated very often',
    })
    expect(said.at(-1)?.fields).toMatchObject({ line: 'and more, which is not shown' })
  })
})
