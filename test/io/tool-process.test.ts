import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ScriptTool } from '../../src/agent/tool.ts'
import { createToolRunner, type RunningTool, type ToolRunner } from '../../src/io/tool-process.ts'
import { toolNamed } from '../helpers/agents.ts'
import { until } from '../helpers/tools.ts'

const fixtures = fileURLToPath(new URL('../fixtures/tools', import.meta.url))
const toolProcessModule = fileURLToPath(new URL('../../src/io/tool-process.ts', import.meta.url))
const onLinux = process.platform === 'linux'
const secret = 'very,secret value'

let stateRoot: string
let runner: ToolRunner
let calls = 0
let logged: { message: string; fields: { readonly [key: string]: unknown } }[]

beforeEach(() => {
  stateRoot = mkdtempSync(join(tmpdir(), 'runner-tools-'))
  logged = []
  calls = 0
  runner = createToolRunner({
    baseEnv: {
      PATH: process.env.PATH,
      HOME: '/home/nobody',
      LANG: 'C',
      TZ: 'UTC',
      SHOP_TOKEN: secret,
      API_KEY: 'api-key-value',
      OTHER: 'x',
    },
    stateRoot,
    hidden: ['API_KEY'],
    log: (message, fields) => logged.push({ message, fields }),
  })
})

afterEach(async () => {
  await runner.stop()
  await until(() => leftovers().length === 0)
  expect(readdirSync(stateRoot)).toEqual([])
  rmSync(stateRoot, { recursive: true })
})

describe('what a script is given', () => {
  test('its arguments come on stdin, one line and the end of input', async () => {
    const argumentsText = '{"a": "$(touch x); `y` \\u0000 \\n -n %s *", "id": 12345678901234567890}'
    expect(await outcomeOf('echo-arguments.sh', { argumentsText })).toEqual({ status: 'ok', output: argumentsText })
  })

  test('five MiB of arguments are read to the end', async () => {
    const argumentsText = JSON.stringify({ text: 'x'.repeat(5 * 1_048_576) })
    const outcome = await outcomeOf(['sh', '-c', 'wc -c'], { argumentsText })
    expect(outcome).toEqual({ status: 'ok', output: String(argumentsText.length + 1) })
  })

  test('its environment is exactly the list of the contract', async () => {
    const before = Date.now()
    const outcome = await outcomeOf(['env'], { env: ['SHOP_TOKEN', 'API_KEY', 'NOT_SET'], timeoutMs: 9_000 })
    const given = Object.fromEntries(lines(outcome).map((line) => line.split(/=(.*)/s).slice(0, 2)))
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

  test('fixed words reach it untouched by any shell, in its working directory', async () => {
    const words = ['$HOME; echo x', '*', '--flag', '']
    const outcome = await outcomeOf([join(fixtures, 'words.sh'), ...words])
    expect(lines(outcome)).toEqual([...words, fixtures])
  })

  test('a bare name is found on the tools’ PATH, where the running Node comes first', async () => {
    expect(await outcomeOf(['node', '-p', 'process.version'])).toEqual({ status: 'ok', output: process.version })
  })

  test('its state directory is its conversation’s alone, and goes with the conversation', async () => {
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
})

describe('how scripts end', () => {
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
  ])('%s %j', async (script, words, expected) => {
    expect(await outcomeOf([join(fixtures, script), ...words])).toEqual(expected)
  })

  test('one MiB of output is read whole, and cut for the model', async () => {
    const outcome = await outcomeOf([join(fixtures, 'output-bytes.sh'), '1048576'])
    expect(lines(outcome).at(-1)).toBe('[cut: this is the beginning of 1048576 bytes]')
  })

  test('what could not be launched is told to the operator', async () => {
    await outcomeOf('missing-interpreter.sh')
    expect(ended()).toMatchObject({
      status: 'misconfigured',
      detail: expect.stringContaining('missing-interpreter.sh'),
    })
  })

  test.skipIf(!onLinux)('the same holds without setpriv', async () => {
    const bare = createToolRunner({
      baseEnv: { PATH: '/no/such/folder' },
      stateRoot,
      hidden: [],
      log: (message, fields) => logged.push({ message, fields }),
    })
    for (const script of ['missing-interpreter.sh', 'crlf-shebang.sh', 'not-executable.sh', 'no-such-file.sh']) {
      const { finished } = bare.run(callOf([join(fixtures, script)]))
      expect(await finished).toEqual({ status: 'misconfigured', message: 'not available right now' })
      expect(ended()).toMatchObject({ detail: expect.stringMatching(/ENOENT|EACCES/) })
    }
    expect(await bare.run(callOf([join(fixtures, 'words.sh'), 'a'])).finished).toMatchObject({ status: 'ok' })
    await bare.stop()
  })

  test.each([
    ['a working directory that is gone', { cwd: '/no/such/folder' }],
    ['a fixed word with a NUL', { words: ['a\0b'] }],
  ])('%s is misconfigured', async (_, { cwd = fixtures, words = [] }: { cwd?: string; words?: readonly string[] }) => {
    const outcome = await outcomeOf([join(fixtures, 'words.sh'), ...words], { cwd })
    expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
  })

  test('a state root that cannot be made is misconfigured', async () => {
    writeFileSync(join(stateRoot, 'file'), '')
    const blocked = createToolRunner({
      baseEnv: process.env,
      stateRoot: join(stateRoot, 'file'),
      hidden: [],
      log: () => {},
    })
    expect(await blocked.run(callOf(['sh', '-c', 'echo'])).finished).toMatchObject({ status: 'misconfigured' })
    rmSync(join(stateRoot, 'file'))
  })
})

test('a state root that others may write to, or a link to one, is misconfigured', async () => {
  const others = join(stateRoot, 'others')
  mkdirSync(others)
  chmodSync(others, 0o777)
  symlinkSync(others, join(stateRoot, 'link'))
  for (const name of ['others', 'link']) {
    const misled = createToolRunner({
      baseEnv: process.env,
      stateRoot: join(stateRoot, name),
      hidden: [],
      log: () => {},
    })
    expect(await misled.run(callOf(['sh', '-c', 'echo'])).finished).toMatchObject({ status: 'misconfigured' })
  }
  for (const name of ['others', 'link']) rmSync(join(stateRoot, name), { recursive: true })
})

describe('deadline and cancel', () => {
  test('the outcome comes at the deadline', async () => {
    expect(await outcomeOf('never-exits.sh', { timeoutMs: 300 })).toEqual({
      status: 'timeout',
      message: 'took longer than 0.3 s',
    })
  })

  test('a script that ignores SIGTERM is asked, outlives its outcome, and is killed', async () => {
    const running = runner.run(callOf([join(fixtures, 'ignores-sigterm.sh')], { killAfterMs: 2_000 }))
    const pid = Number(await written('pid'))
    running.cancel()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
    expect(isAlive(pid)).toBe(true)
    await written('asked')
    await until(() => !isAlive(pid))
  })

  test('a cancelled script may tidy up', async () => {
    const running = runner.run(callOf([join(fixtures, 'tidies-up.sh')]))
    await written('ready')
    running.cancel()
    running.cancel()
    expect(await running.finished).toEqual({ status: 'cancelled', message: 'the call was cancelled' })
    await written('tidy')
  })

  test('an answer that comes after the cancel changes nothing', async () => {
    const running = runner.run(callOf([join(fixtures, 'late-answer.sh')]))
    await written('ready')
    running.cancel()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
    await until(() => leftovers().length === 0)
    expect(logged.filter(({ message }) => message === 'tool ended')).toHaveLength(1)
  })

  test('a cancel after the end changes nothing', async () => {
    const running = runner.run(callOf([join(fixtures, 'exits.sh'), '0']))
    const outcome = await running.finished
    running.cancel()
    expect(await running.finished).toBe(outcome)
  })

  test('stop cancels what runs and starts nothing any more', async () => {
    const running = runner.run(callOf([join(fixtures, 'never-exits.sh')]))
    await runner.stop()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
    expect(await outcomeOf('echo-arguments.sh')).toMatchObject({ status: 'cancelled' })
  })

  test('the end of one conversation leaves the tools of another alone', async () => {
    const one = runner.run(callOf([join(fixtures, 'never-exits.sh')], { conversation: 'one' }))
    const other = runner.run(callOf([join(fixtures, 'tidies-up.sh')], { conversation: 'other' }))
    await written('ready')
    await runner.endConversation('one')
    expect(await one.finished).toMatchObject({ status: 'cancelled' })
    expect(leftovers()).not.toEqual([])
    other.cancel()
  })
})

describe.skipIf(!onLinux)('nothing is left of a call', () => {
  test.each(['grandchild-holds-stdout.sh', 'setsid-child.sh'])('%s', async (script) => {
    expect(await outcomeOf(script)).toEqual({ status: 'ok', output: 'answered' })
    await until(() => leftovers().length === 0)
  })

  test('a hundred children', async () => {
    const running = runner.run(callOf([join(fixtures, 'hundred-children.sh')]))
    await written('ready')
    expect(leftovers().length).toBeGreaterThanOrEqual(100)
    running.cancel()
    await until(() => leftovers().length === 0)
  })

  test('a call of the same id in another conversation is left alone', async () => {
    const callId = 'call_7'
    const other = runner.run(callOf([join(fixtures, 'tidies-up.sh')], { conversation: 'other', callId }))
    await written('ready')
    expect(await outcomeOf('setsid-child.sh', { callId })).toMatchObject({ status: 'ok' })
    await runner.endConversation('main')
    expect(leftovers()).not.toEqual([])
    other.cancel()
    expect(await other.finished).toMatchObject({ status: 'cancelled' })
  })

  test('64 calls at once leave no descriptor open', async () => {
    await outcomeOf('echo-arguments.sh')
    const before = readdirSync('/proc/self/fd').length
    const outcomes = await Promise.all(Array.from({ length: 64 }, () => outcomeOf('echo-arguments.sh')))
    expect(outcomes).toEqual(outcomes.map(() => ({ status: 'ok', output: '{}' })))
    await runner.endConversation('main')
    await until(() => readdirSync('/proc/self/fd').length <= before)
  })
})

describe('when the runner itself ends', () => {
  const ends: readonly (readonly [how: string, end: string, possible: boolean])[] = [
    ['by itself', 'process.exit(0)', onLinux],
    ['killed', "process.kill(process.pid, 'SIGKILL')", onLinux && spawnSync('setpriv', ['--version']).status === 0],
  ]
  for (const [how, end, possible] of ends) {
    test.skipIf(!possible)(`${how}, its tools end too`, async () => {
      const call = JSON.stringify(callOf([join(fixtures, 'tidies-up.sh')]))
      const program = `
        import { createToolRunner } from ${JSON.stringify(toolProcessModule)}
        const options = { baseEnv: process.env, stateRoot: ${JSON.stringify(stateRoot)}, hidden: [], log() {} }
        createToolRunner(options).run(${call})
        process.stdin.once('data', () => { ${end} })`
      const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program])
      const exit = once(child, 'exit')
      await written('ready')
      child.stdin.end('now\n')
      await exit
      await until(() => leftovers().length === 0)
      rmSync(join(stateRoot, readdirSync(stateRoot)[0] ?? 'none'), { recursive: true })
    })
  }
})

describe('secrets', () => {
  test('the value of a declared variable is masked in an answer and in the log', async () => {
    const outcome = await outcomeOf([join(fixtures, 'prints-secret.sh'), '0'], { env: ['SHOP_TOKEN'] })
    expect(lines(outcome)).toEqual(['token ***', 'url ?t=***', 'basic bm9yYTp***'])
    expect(logged).toContainEqual({
      message: 'tool wrote to stderr',
      fields: expect.objectContaining({ line: 'refused for ***' }),
    })
    expect(JSON.stringify(logged)).not.toContain(secret)
  })

  test('it is masked in the message of a failure', async () => {
    const outcome = await outcomeOf([join(fixtures, 'prints-secret.sh'), '1'], { env: ['SHOP_TOKEN'] })
    expect(outcome).toEqual({ status: 'failed', message: 'refused for ***' })
  })

  test('a hidden name is masked too, however the script came by its value', async () => {
    expect(await outcomeOf(['sh', '-c', 'echo api-key-value'])).toEqual({ status: 'ok', output: '***' })
  })
})

describe('the log', () => {
  test('shows stderr line by line, up to a limit, with the call', async () => {
    await outcomeOf('floods-stderr.sh')
    const said = logged.filter(({ message }) => message === 'tool wrote to stderr')
    expect(said).toHaveLength(201)
    expect(said[0]?.fields).toMatchObject({
      tool: 'nasty',
      call_id: 'call_1',
      line: 'this line is repeated very often',
    })
    expect(said.at(-1)?.fields).toMatchObject({ line: 'and more, which is not shown' })
  })
})

interface Given extends Partial<Omit<ScriptTool, 'kind' | 'name' | 'run'>> {
  readonly argumentsText?: string
  readonly conversation?: string
  readonly callId?: string
}

function callOf(run: readonly string[], given: Given = {}): Parameters<ToolRunner['run']>[0] {
  calls += 1
  const { argumentsText = '{}', conversation = 'main', callId = `call_${calls}`, ...settings } = given
  const tool = toolNamed('nasty', { run, cwd: fixtures, timeoutMs: 60_000, killAfterMs: 5_000, ...settings })
  return { callId, tool, argumentsText, agent: 'support', conversation, generation: 3 }
}

function outcomeOf(script: string | readonly string[], given: Given = {}): RunningTool['finished'] {
  const run = typeof script === 'string' ? [join(fixtures, script)] : script
  return runner.run(callOf(run, given)).finished
}

function lines(outcome: Awaited<RunningTool['finished']>): readonly string[] {
  return outcome.status === 'ok' ? outcome.output.split('\n') : [`${outcome.status}: ${outcome.message}`]
}

function ended() {
  return logged.filter(({ message }) => message === 'tool ended').at(-1)?.fields
}

/** Waits for a script to write a file into its state directory. */
async function written(name: string): Promise<string> {
  const find = () =>
    readdirSync(stateRoot)
      .map((folder) => join(stateRoot, folder, name))
      .find((file) => existsSync(file))
  await until(() => find() !== undefined && readFileSync(find() ?? '', 'utf8') !== '')
  return readFileSync(find() ?? '', 'utf8')
}

/** Processes, zombies aside, that carry this test's state root in their environment. */
function leftovers(): readonly string[] {
  if (!onLinux) return []
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^[0-9]+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(stateRoot)
    } catch {
      return false
    }
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
