import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ToolBench, toolBench } from '../helpers/tools.ts'

let bench: ToolBench

beforeEach(() => {
  bench = toolBench({ PATH: process.env.PATH, SHOP: 'from outside', API_KEY: 'api-key-value' }, ['API_KEY'])
})

afterEach(() => bench.close())

describe('cwd', () => {
  test('is the folder that the script works in', async () => {
    const cwd = join(dirname(bench.script('')), 'shop')
    mkdirSync(cwd)
    expect(await bench.run(['pwd'], { cwd })).toEqual({ status: 'ok', output: cwd })
  })
})

describe('env_file', () => {
  test('its variables are the script’s, before those of the same name outside; their values are masked', async () => {
    const envFile = envFileOf('# the shop\nSHOP="from the file"\nexport MORE=short\nAPI_KEY=taken from the file\n')
    const script = ['sh', '-c', 'echo "$SHOP, $MORE, key: $API_KEY"; echo "with $SHOP" >&2']
    const outcome = await bench.run(script, { env: ['SHOP'], envFile })
    expect(outcome).toEqual({ status: 'ok', output: '***, short, key: ' })
    expect(JSON.stringify(bench.logged)).not.toContain('from the file')
  })

  test('it is read before each launch', async () => {
    const envFile = envFileOf('N=1\n')
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ output: '1' })
    writeFileSync(envFile, 'N=2\n')
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ output: '2' })
  })

  test('one that is gone makes the tool misconfigured: the operator is told which, the model is not', async () => {
    const outcome = await bench.run(['true'], { envFile: '/no/such/shop.env' })
    expect(outcome).toEqual({ status: 'misconfigured', message: 'not available right now' })
    expect(bench.logged.at(-1)?.fields).toMatchObject({
      status: 'misconfigured',
      detail: expect.stringContaining('/no/such/shop.env'),
    })
  })

  test('64 KiB are read, and not one byte more', async () => {
    const envFile = envFileOf(`N=1\n#${'x'.repeat(65_536 - 5)}`)
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ output: '1' })
    writeFileSync(envFile, `N=1\n#${'x'.repeat(65_536 - 4)}`)
    expect(await bench.run(['sh', '-c', 'echo $N'], { envFile })).toMatchObject({ status: 'misconfigured' })
  })
})

describe('retry', () => {
  /** Ends with a code until it has been run so often; then answers with the number of the run. */
  const flaky = (code: number, good: number) => [
    'sh',
    '-c',
    `n=$(cat "$RUNNER_STATE_DIR/n" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$RUNNER_STATE_DIR/n"
     [ $n -ge ${good} ] && echo "run $n of $(cat)" || { echo "no service" >&2; exit ${code}; }`,
  ]

  test.each([69, 75])('a call that ends with %i is tried again, with the same arguments', async (code) => {
    const outcome = await bench.run(flaky(code, 2), { retry: 1, argumentsText: '{"a":1}' })
    expect(outcome).toEqual({ status: 'ok', output: 'run 2 of {"a":1}' })
    expect(bench.logged.filter(({ message }) => message === 'tool is tried again')).toHaveLength(1)
    expect(bench.logged.filter(({ message }) => message === 'tool ended')).toHaveLength(1)
  })

  test.each([
    [0, { status: 'unavailable', message: 'no service' }],
    [1, { status: 'unavailable', message: 'no service' }],
    [2, { status: 'ok', output: 'run 3 of {}' }],
  ])('with retry: %i, a script that is good at its third run ends as %j', async (retry, expected) => {
    expect(await bench.run(flaky(69, 3), { retry })).toEqual(expected)
  })

  test('any other end is final', async () => {
    expect(await bench.run(flaky(1, 2), { retry: 1 })).toEqual({ status: 'failed', message: 'no service' })
  })

  test('all tries share one deadline', async () => {
    const script = ['sh', '-c', 'echo "$RUNNER_DEADLINE_MS" >> "$RUNNER_STATE_DIR/deadlines"; exit 69']
    expect(await bench.run(script, { retry: 3, timeoutMs: 20_000 })).toMatchObject({ status: 'unavailable' })
    const deadlines = (await bench.written('deadlines')).trim().split('\n')
    expect(deadlines).toHaveLength(4)
    expect(new Set(deadlines).size).toBe(1)
    const slow = await bench.run(['sh', '-c', 'sleep 0.3; exit 69'], { retry: 3, timeoutMs: 450 })
    expect(slow).toMatchObject({ status: 'unavailable' })
  })

  test('a cancel between two tries ends the call', async () => {
    const running = bench.start(flaky(69, 9), { retry: 3 })
    await bench.written('n')
    running.cancel()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
  })
})

function envFileOf(text: string): string {
  const file = join(dirname(bench.script('')), 'shop.env')
  writeFileSync(file, text)
  return file
}
