import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RETRY_AFTER_MS } from '../../src/io/tools/gated-call.ts'
import { type ToolBench, toolBench, until } from '../helpers/tools.ts'

let bench: ToolBench

beforeEach(() => {
  bench = toolBench(
    { PATH: process.env.PATH, HOME: process.env.HOME, SHOP: 'from outside', API_KEY: 'api-key-value' },
    { hidden: ['API_KEY'] },
  )
})

afterEach(() => bench.close())

describe('cwd', () => {
  test('is the working directory of the script', async () => {
    const cwd = join(dirname(bench.script('')), 'shop')
    mkdirSync(cwd)
    expect(await bench.run(['pwd'], { cwd })).toEqual({ status: 'ok', output: cwd })
  })
})

describe('env_file', () => {
  test('gives the script variables that override inherited ones, with masked values', async () => {
    const envFile = envFileOf('# the shop\nSHOP="from the file"\nexport MORE=short\nAPI_KEY=taken from the file\n')
    const script = ['sh', '-c', 'echo "$SHOP, $MORE, key: $API_KEY"; echo "with $SHOP" >&2']
    const outcome = await bench.run(script, { env: ['SHOP'], envFile })
    expect(outcome).toEqual({ status: 'ok', output: '***, short, key: ' })
    expect(JSON.stringify(bench.logged)).not.toContain('from the file')
  })

  test('is read before each launch', async () => {
    const envFile = envFileOf('N=1\n')
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ output: '1' })
    writeFileSync(envFile, 'N=2\n')
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ output: '2' })
  })

  test('that is missing makes the tool misconfigured, and only the operator learns which', async () => {
    const outcome = await bench.run(['true'], { envFile: '/no/such/shop.env' })
    expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
    expect(bench.logged.at(-1)?.fields).toMatchObject({
      status: 'misconfigured',
      detail: expect.stringContaining('/no/such/shop.env'),
    })
  })

  test('may begin with a byte order mark', async () => {
    const envFile = envFileOf('\uFEFFTOKEN=hunter2-hunter2\r\n')
    expect(await bench.run(['sh', '-c', 'echo "$TOKEN"'], { envFile })).toEqual({ status: 'ok', output: '***' })
  })

  test.each([
    ['a value with a NUL', 'TOKEN=hunter2\0-hunter2\n'],
    ['UTF-16', Buffer.from('\uFEFFTOKEN=hunter2-hunter2\n', 'utf16le')],
  ])('with %s makes the tool misconfigured, without showing its content', async (_, content) => {
    const envFile = envFileOf(content)
    expect(await bench.run(['true'], { envFile })).toMatchObject({ status: 'misconfigured' })
    expect(bench.logged.at(-1)?.fields).toMatchObject({ detail: expect.stringContaining(`${envFile} holds a NUL`) })
    expect(JSON.stringify(bench.logged)).not.toContain('hunter2')
  })

  test('may have 64 KiB, and not one byte more', async () => {
    const envFile = envFileOf(`N=1\n#${'x'.repeat(65_536 - 5)}`)
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ output: '1' })
    writeFileSync(envFile, `N=1\n#${'x'.repeat(65_536 - 4)}`)
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ status: 'misconfigured' })
  })
})

describe('retry', () => {
  /** Exits with `code` before run number `good`, which answers with its number. */
  const flaky = (code: number, good: number) => [
    'sh',
    '-c',
    `n=$(cat "$RUNNER_STATE_DIR/n" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$RUNNER_STATE_DIR/n"
     [ $n -ge ${good} ] && echo "run $n of $(cat)" || { echo "no service" >&2; exit ${code}; }`,
  ]

  test.each([69, 75])('repeats a call that ends with %i, with the same arguments', async (code) => {
    const outcome = await bench.run(flaky(code, 2), { retry: 1, argumentsText: '{"a":1}' })
    expect(outcome).toEqual({ status: 'ok', output: 'run 2 of {"a":1}' })
    expect(bench.logged.filter(({ message }) => message === 'tool is tried again')).toHaveLength(1)
    expect(bench.logged.filter(({ message }) => message === 'tool ended')).toHaveLength(1)
  })

  test.each([
    [0, { status: 'unavailable', message: 'no service' }],
    [1, { status: 'unavailable', message: 'no service' }],
    [2, { status: 'ok', output: 'run 3 of {}' }],
  ])('of %i lets a script that succeeds at its third run end as %j', async (retry, expected) => {
    expect(await bench.run(flaky(69, 3), { retry })).toEqual(expected)
  })

  test('waits a while before the next try', async () => {
    await bench.run(['sh', '-c', 'date +%s%3N >> "$RUNNER_STATE_DIR/times"; exit 69'], { retry: 1 })
    const [first, second] = (await bench.written('times')).trim().split('\n').map(Number)
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(RETRY_AFTER_MS)
  })

  test('does not repeat a call that ends otherwise', async () => {
    expect(await bench.run(flaky(1, 2), { retry: 1 })).toEqual({ status: 'failed', message: 'no service' })
  })

  test('has one deadline for all tries', async () => {
    const script = ['sh', '-c', 'echo "$RUNNER_DEADLINE_MS" >> "$RUNNER_STATE_DIR/deadlines"; exit 69']
    expect(await bench.run(script, { retry: 3, timeoutMs: 20_000 })).toMatchObject({ status: 'unavailable' })
    const deadlines = (await bench.written('deadlines')).trim().split('\n')
    expect(deadlines).toHaveLength(4)
    expect(new Set(deadlines).size).toBe(1)
  })

  test('begins no try after the deadline', async () => {
    const outcome = await bench.run(flaky(69, 2), { retry: 1, timeoutMs: RETRY_AFTER_MS })
    expect(['unavailable', 'timeout']).toContain(outcome.status)
    expect(bench.logged.filter(({ message }) => message === 'tool is tried again')).toEqual([])
  })

  test('kills the orphans of one try but not the next try, even after a stall', async () => {
    const first = 'setsid sleep 600 & touch "$RUNNER_STATE_DIR/begun"; exit 69'
    const script = `[ -e "$RUNNER_STATE_DIR/begun" ] || { ${first}; }; sleep 0.3; echo answered`
    const running = bench.start(['sh', '-c', script], { retry: 1 })
    await until(() => bench.logged.some(({ message }) => message === 'tool is tried again'))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * RETRY_AFTER_MS)
    expect(await running.finished).toEqual({ status: 'ok', output: 'answered' })
  })

  test('stops if the call is cancelled between two tries', async () => {
    const running = bench.start(flaky(69, 9), { retry: 3 })
    await bench.written('n')
    running.cancel()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
  })
})

describe('pin', () => {
  /** Answers after `go` exists, by a line the shell reads only then: it reads 8 KiB at a time. */
  const waiting = (answer: string) =>
    `#!/bin/sh\necho ready > "$RUNNER_STATE_DIR/ready"\nwhile [ ! -e "$RUNNER_STATE_DIR/go" ]; do sleep 0.02; done\n#${'-'.repeat(9_000)}\necho ${answer}\n`

  test.each([
    [true, 'first'],
    [false, 'other'],
  ])('set to %s lets a script overwritten while it runs continue as the %s one', async (pin, expected) => {
    const script = bench.script(waiting('first'))
    const running = bench.start([script], { pin })
    await bench.written('ready')
    writeFileSync(script, waiting('other'))
    writeFileSync(join(bench.stateRoot, stateFolder(), 'go'), '')
    expect(await running.finished).toEqual({ status: 'ok', output: expected })
    expect(await bench.run([script], { pin })).toEqual({ status: 'ok', output: 'other' })
  })

  test.each(['sh', '/bin/sh'])('copies the script of the interpreter %s too, with its permissions', async (shell) => {
    const script = bench.script('echo "$0 $(stat -c %a "$0")"')
    const outcome = await bench.run([shell, script, 'word'], { pin: true })
    expect(outcome).toMatchObject({ output: expect.stringMatching(/pinned\/[0-9a-f]{12}\/script.* 700$/) })
  })

  test('copies a program that is no script, whatever files it is given', async () => {
    const program = join(dirname(bench.script('')), 'readlink')
    copyFileSync('/usr/bin/readlink', program)
    const outcome = await bench.run([program, '/proc/self/exe'], { pin: true })
    expect(outcome).toMatchObject({ output: expect.stringMatching(/pinned\/[0-9a-f]{12}\/readlink$/) })
  })

  test('makes a missing script misconfigured', async () => {
    expect(await bench.run(['/no/such/script'], { pin: true })).toMatchObject({ status: 'misconfigured' })
  })
})

describe('the script’s hash', () => {
  test('is taken before each launch, and logged with the call', async () => {
    const script = bench.script('#!/bin/sh\necho one')
    const hashes = []
    for (const text of ['#!/bin/sh\necho one', '#!/bin/sh\necho two', '#!/bin/sh\necho one']) {
      writeFileSync(script, text)
      await bench.run([script])
      hashes.push(bench.logged.at(-1)?.fields.script)
    }
    expect(hashes[0]).toBe(createHash('sha256').update('#!/bin/sh\necho one').digest('hex').slice(0, 12))
    expect(hashes).toEqual([hashes[0], expect.not.stringMatching(String(hashes[0])), hashes[0]])
  })
})

describe('limits', () => {
  const none = { memoryBytes: null, cpuSeconds: null, files: null }

  test('cap the memory of a process', async () => {
    const take = (megabytes: number) => ['python3', '-c', `x = bytearray(${megabytes} * 1048576); print("taken")`]
    const limits = { ...none, memoryBytes: 256 * 1_048_576 }
    expect(await bench.run(take(100), { limits })).toEqual({ status: 'ok', output: 'taken' })
    expect(await bench.run(take(300), { limits })).toEqual({ status: 'failed', message: 'MemoryError' })
  })

  test('cap processor time, and the model is told so', async () => {
    const outcome = await bench.run(['sh', '-c', 'while :; do :; done'], { limits: { ...none, cpuSeconds: 1 } })
    expect(outcome).toEqual({ status: 'crashed', message: 'used more processor time than it may' })
  })

  test('cap the files open at once', async () => {
    const outcome = await bench.run(['sh', '-c', 'ulimit -n'], { limits: { ...none, files: 20 } })
    expect(outcome).toEqual({ status: 'ok', output: '20' })
  })

  test('that cannot be set are reported to the operator alone', async () => {
    const script = bench.script(
      '#!/bin/sh\necho "prlimit: failed to set the NOFILE resource limit" >&2; exit 1',
      'prlimit',
    )
    const without = toolBench({ PATH: dirname(script) })
    const outcome = await without.run(['/bin/true'], { limits: { ...none, files: 20 } })
    expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
    expect(without.logged.at(-1)?.fields).toMatchObject({ detail: 'prlimit: failed to set the NOFILE resource limit' })
    await without.close()
  })

  test('keep the tool from running if there is no prlimit', async () => {
    const without = toolBench({ PATH: '/no/such/folder' })
    const outcome = await without.run(['/bin/true'], { limits: { ...none, files: 20 } })
    expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
    expect(without.logged.at(-1)?.fields).toMatchObject({ detail: expect.stringContaining('prlimit') })
    await without.close()
  })
})

function stateFolder(): string {
  return readdirSync(bench.stateRoot).find((name) => name.startsWith('main-')) ?? ''
}

function envFileOf(text: string | Uint8Array): string {
  const file = join(dirname(bench.script('')), 'shop.env')
  writeFileSync(file, text)
  return file
}
