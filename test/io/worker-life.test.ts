import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'
import { workerBench } from './worker-bench.ts'

const workers = workerBench()

/** Writes as another program does: between two turns of the event loop. */
async function save(write: () => void): Promise<void> {
  write()
  await nextTurn()
}

describe('deadline and cancel', () => {
  const slow =
    '(args.hang ? new Promise(() => call.signal.addEventListener("abort", () => writeFileSync(process.env.RUNNER_STATE_DIR + "/cancelled", call.id))) : "quick")'

  test('a call that times out is cancelled at the worker, which keeps running', async () => {
    const { worker, ask, starts, written } = workers()
    const script = worker(slow)
    await ask(script)
    const outcome = await ask(script, { argumentsText: '{"hang":1}', timeoutMs: 300, callId: 'call_7' })
    expect(outcome).toEqual({ status: 'timeout', message: 'took longer than 0.3 s' })
    expect(await written('cancelled')).toBe('call_7')
    expect(await ask(script)).toEqual({ status: 'ok', output: 'quick' })
    expect(starts()).toHaveLength(1)
  })

  test('a cancelled call ends at once, and the worker is notified', async () => {
    const { worker, ask, start, written } = workers()
    const script = worker(slow)
    await ask(script)
    const running = start([script], { mode: 'worker', argumentsText: '{"hang":1}', callId: 'call_8' })
    running.cancel()
    expect(await running.finished).toEqual({ status: 'cancelled', message: 'the call was cancelled' })
    expect(await written('cancelled')).toBe('call_8')
  })

  test('the end of a conversation cancels its calls and no others', async () => {
    const { worker, ask, start, runner } = workers()
    const script = worker('(await delay(args.ms), "done")')
    await ask(script, { argumentsText: '{"ms":0}' })
    const mine = start([script], { mode: 'worker', argumentsText: '{"ms":10000}', conversation: 'mine' })
    const other = start([script], { mode: 'worker', argumentsText: '{"ms":200}', conversation: 'other' })
    await runner.endConversation('mine')
    expect(await mine.finished).toMatchObject({ status: 'cancelled' })
    expect(await other.finished).toEqual({ status: 'ok', output: 'done' })
  })

  test('three timeouts in a row replace the worker, two and an answer do not', async () => {
    const { worker, ask, starts, logOf, leftovers } = workers()
    const script = worker(slow)
    const hang = () => ask(script, { argumentsText: '{"hang":1}', timeoutMs: 200 })
    await ask(script)
    for (let count = 0; count < 2; count += 1) expect(await hang()).toMatchObject({ status: 'timeout' })
    await ask(script)
    for (let count = 0; count < 2; count += 1) expect(await hang()).toMatchObject({ status: 'timeout' })
    await ask(script)
    expect(starts()).toHaveLength(1)
    for (let count = 0; count < 3; count += 1) expect(await hang()).toMatchObject({ status: 'timeout' })
    expect(await ask(script)).toEqual({ status: 'ok', output: 'quick' })
    expect(starts()).toHaveLength(2)
    expect(logOf('worker is replaced')).toMatchObject([{ reason: 'it answered none of its last 3 calls' }])
    await until(() => leftovers().length === 1)
  })

  test('a call that is unavailable is retried', async () => {
    const { worker, ask } = workers()
    const script = worker(
      `(() => {
        if (existsSync(mark)) return 'now'
        writeFileSync(mark, '')
        throw new ToolError('unavailable', 'not yet')
      })()`,
      "const mark = process.env.RUNNER_STATE_DIR + '/mark'",
    )
    expect(await ask(script, { retry: 1 })).toEqual({ status: 'ok', output: 'now' })
  })
})

describe('a worker that exits by itself', () => {
  test('fails its open calls as crashed, and the next call gets a new process', async () => {
    const { worker, ask, starts, logOf } = workers()
    const script = worker(
      '(args.die ? process.kill(process.pid, "SIGKILL") && new Promise(() => {}) : String(process.pid))',
    )
    const hanging = ask(script, { argumentsText: '{"die":1}' })
    expect(await hanging).toEqual({ status: 'crashed', message: 'ended by SIGKILL' })
    expect(await ask(script)).toEqual({ status: 'ok', output: starts()[1] })
    expect(logOf('worker crashed')).toMatchObject([{ crashes: 1, tool: 'tried', agent: 'support' }])
  })

  test('may leave its last answer without a line break', async () => {
    const { script, ask } = workers()
    const answer = String.raw`echo "$line" | sed 's/.*"id":"\([^"]*\)".*/{"id":"\1","output":"goodbye"}/' | tr -d '\n'`
    const file = script(`#!/bin/sh\necho '{"ready":1}'\nread -r line\n${answer}\n`)
    expect(await ask(file)).toEqual({ status: 'ok', output: 'goodbye' })
  })

  test.each([
    ['output', 'exec >&-'],
    ['input', 'answer; exec <&-; echo closed >"$RUNNER_STATE_DIR/closed"'],
  ])('or only closes its %s counts as crashed', async (pipe, closes) => {
    const { script, ask, written, logOf, leftovers } = workers()
    const answer = String.raw`answer() { echo "$line" | sed 's/.*"id":"\([^"]*\)".*/{"id":"\1","output":"open"}/'; }`
    const choice = `case "$line" in *close*) ${closes}; sleep 1000 ;; *) answer ;; esac`
    const file = script(`#!/bin/sh\necho '{"ready":1}'\n${answer}\nwhile read -r line; do ${choice}; done`)
    const close = () => ask(file, { argumentsText: '{"close":1}' })
    if (pipe === 'input') {
      expect(await close()).toEqual({ status: 'ok', output: 'open' })
      await written('closed')
    }
    expect(await close()).toEqual({ status: 'crashed', message: `it closed its ${pipe}` })
    expect(await ask(file)).toEqual({ status: 'ok', output: 'open' })
    expect(logOf('worker crashed')).toMatchObject([{ reason: `it closed its ${pipe}`, crashes: 1 }])
    await until(() => leftovers().length === 1)
  })

  test('takes its process group with it, even children that cleared their environment', async () => {
    const { worker, ask } = workers()
    const spawns = "spawn('env', ['-i', 'sleep', '1000'], { stdio: 'ignore' }).pid"
    const script = worker(
      `(args.die ? process.exit(1) : String(${spawns}))`,
      "import { spawn } from 'node:child_process'",
    )
    const outcome = await ask(script)
    const pid = Number(outcome.status === 'ok' ? outcome.output : Number.NaN)
    expect(process.kill(pid, 0)).toBe(true)
    await ask(script, { argumentsText: '{"die":1}' })
    await until(() => !isAlive(pid))
  })

  test('has its last line on stderr as the message', async () => {
    const { worker, ask } = workers()
    const script = worker('(console.error("out of paper"), process.exit(3))')
    expect(await ask(script)).toEqual({ status: 'crashed', message: 'out of paper' })
  })

  test('five times within a minute makes the tool unavailable, until the agent file is saved', async () => {
    const { worker, ask, starts, logOf, runner } = workers()
    const script = worker('process.exit(args.code)')
    for (let count = 1; count <= 5; count += 1) {
      expect(await ask(script, { argumentsText: '{"code":1}' })).toMatchObject({ status: 'crashed' })
    }
    expect(await ask(script)).toEqual({ status: 'unavailable', message: 'not available right now' })
    expect(starts()).toHaveLength(5)
    expect(logOf('worker is given up')).toMatchObject([{ crashes: 5, alert: true }])
    const times = logOf('worker is ready').length
    runner.prepare('support', [toolNamed('tried', { run: [script], mode: 'worker', cwd: dirname(script) })])
    await until(() => logOf('worker is ready').length === times + 1)
  })

  test('before it is ready is misconfigured, and only the operator learns why', async () => {
    const { worker, ask, logOf } = workers()
    const script = worker('1', 'throw new Error("no database")')
    expect(await ask(script)).toEqual({ status: 'misconfigured', message: 'not available right now' })
    expect(logOf('tool ended')).toMatchObject([
      { detail: expect.stringMatching(/ended before it was ready: exit code 1/) },
    ])
  })

  test('before the first call is reported at once, and once per save', async () => {
    const { worker, ask, logOf, runner } = workers()
    const script = worker('1', 'throw new Error("no database")')
    runner.prepare('support', [toolNamed('tried', { run: [script], mode: 'worker', cwd: dirname(script) })])
    await until(() => logOf('worker does not start').length === 1)
    await ask(script)
    const reason = 'it ended before it was ready: exit code 1: Error: no database'
    expect(logOf('worker does not start')).toMatchObject([{ status: 'misconfigured', reason }])
    await save(() => worker('1', 'throw new Error("no paper")'))
    await until(() => logOf('worker does not start').length === 2)
  })

  test('or cannot start, or never says that it is ready, is misconfigured', async () => {
    const bench = workers()
    const { ask, logOf } = bench
    expect(await ask('/no/such/worker')).toMatchObject({ status: 'misconfigured' })
    const mute = bench.script('#!/bin/sh\nexec cat')
    expect(await ask(mute)).toMatchObject({ status: 'misconfigured' })
    expect(logOf('tool ended').at(-1)).toMatchObject({ detail: 'it did not print {"ready":1} within 5 s' })
  })
})

describe('a worker whose script changes', () => {
  test('answers the next call with the new script, and finishes open calls with the old', async () => {
    const { worker, ask, leftovers } = workers()
    const script = worker('(await delay(args.ms ?? 0), "old")')
    await ask(script)
    const running = ask(script, { argumentsText: '{"ms":700}' })
    await save(() => worker('"new"'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'new' })
    expect(await running).toEqual({ status: 'ok', output: 'old' })
    await until(() => leftovers().length === 1)
  })

  test.each([[[]], [[process.execPath]]])('is replaced before the next call, run by %j', async (interpreter) => {
    const { worker, start, starts, logOf } = workers()
    const script = worker('"old"')
    const ask = () => start([...interpreter, script], { mode: 'worker' }).finished
    expect(await ask()).toEqual({ status: 'ok', output: 'old' })
    await save(() => worker('"new"'))
    await until(() => logOf('worker is ready').length === 2)
    expect(await ask()).toEqual({ status: 'ok', output: 'new' })
    expect(starts()).toHaveLength(2)
  })

  test('stays in place if the new script does not start, until it is saved again', async () => {
    const { worker, ask, logOf } = workers()
    const script = worker('"old"')
    await ask(script)
    await save(() => writeFileSync(script, '#!/usr/bin/env node\nthis is no program\n'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'old' })
    expect(await ask(script)).toEqual({ status: 'ok', output: 'old' })
    expect(logOf('worker does not start')).toMatchObject([
      { status: 'misconfigured', reason: expect.stringContaining('SyntaxError') },
    ])
    await save(() => worker('"new"'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'new' })
  })

  test('is started again if it had been given up', async () => {
    const { worker, ask } = workers()
    const script = worker('process.exit(1)')
    for (let count = 1; count <= 5; count += 1) await ask(script)
    expect(await ask(script)).toMatchObject({ status: 'unavailable' })
    await save(() => worker('"mended"'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'mended' })
  })
})

describe('a worker given a variable that has become a key', () => {
  const env = ['SHOP']

  test('is replaced by one without it', async () => {
    const { worker, ask, hide, starts, logOf } = workers()
    const script = worker('String(process.env.SHOP?.length)')
    expect(await ask(script, { env })).toEqual({ status: 'ok', output: '13' })
    hide('SHOP')
    expect(await ask(script, { env })).toEqual({ status: 'ok', output: 'undefined' })
    expect(await ask(script, { env })).toEqual({ status: 'ok', output: 'undefined' })
    expect(starts()).toHaveLength(2)
    expect(logOf('worker is replaced')).toEqual([
      expect.objectContaining({ reason: 'a variable that it was given holds a key by now' }),
    ])
  })

  test('is replaced before the next call', async () => {
    const { worker, ask, hide, logOf } = workers()
    await ask(worker('"answered"'), { env })
    hide('SHOP')
    await until(() => logOf('worker is ready').length === 2)
  })

  test('is ended even if none starts without it', async () => {
    const { worker, ask, hide, leftovers } = workers()
    const script = worker('"answered"', 'if (process.env.SHOP === undefined) process.exit(1)')
    await ask(script, { env })
    hide('SHOP')
    expect(await ask(script, { env })).toMatchObject({ status: 'misconfigured' })
    await until(() => leftovers().length === 0)
  })

  test('in its command is ended and not replaced', async () => {
    const { worker, ask, hide, leftovers } = workers()
    const script = worker('"answered"')
    const given = { named: ['SHOP'] }
    expect(await ask(script, given)).toMatchObject({ status: 'ok' })
    hide('SHOP')
    expect(await ask(script, given)).toMatchObject({ status: 'misconfigured' })
    await until(() => leftovers().length === 0)
  })

  test('stays if it does not see that variable, whose value is masked', async () => {
    const { worker, ask, hide, starts } = workers()
    const script = worker('"a shop" + " secret"')
    expect(await ask(script)).toEqual({ status: 'ok', output: 'a shop secret' })
    hide('SHOP')
    expect(await ask(script)).toEqual({ status: 'ok', output: '***' })
    expect(starts()).toHaveLength(1)
  })
})

describe('stop', () => {
  test('closes the input of a worker, whose exit is then not a crash', async () => {
    const { worker, ask, logOf, runner, leftovers } = workers()
    await ask(worker('"answered"'))
    await runner.stop()
    expect(leftovers()).toEqual([])
    expect(logOf('worker crashed')).toEqual([])
  })

  test('resolves in a process that waits for nothing else', async () => {
    const { worker, stateRoot } = workers()
    const script = worker('"answered"')
    const program = `
      import { createToolRunner } from '${root}/src/io/tool-process.ts'
      import { toolNamed } from '${root}/test/helpers/agents.ts'
      const runner = createToolRunner({ baseEnv: process.env, stateRoot: '${stateRoot}-2', hidden: () => [], log() {} })
      const tool = toolNamed('tried', { run: ['${script}'], mode: 'worker' })
      const about = { argumentsText: '{}', agent: 'a', conversation: 'c', generation: 1 }
      await runner.run({ callId: 'call_1', tool, ...about }).finished
      await runner.stop()
      console.log('stopped')`
    const ran = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], {
      encoding: 'utf8',
    })
    expect(ran).toMatchObject({ status: 0, stdout: 'stopped\n' })
  })

  test('ends a worker that ignores its closed input by signals', async () => {
    const bench = workers()
    const { ask } = bench
    const deaf = bench.script(
      `#!/bin/sh\ntrap '' TERM\necho '{"ready":1}'\nread -r line\necho '{"id":"c","output":"x"}'\nwhile :; do sleep 0.05; done`,
    )
    expect(await ask(deaf, { callId: 'c' })).toEqual({ status: 'ok', output: 'x' })
    await bench.runner.stop()
    await until(() => bench.leftovers().length === 0)
  })

  test('also ends a worker that its agent no longer declares', async () => {
    const { worker, ask, logOf, runner, leftovers } = workers()
    const script = worker('"answered"')
    const tool = toolNamed('tried', { run: [script], mode: 'worker', cwd: dirname(script) })
    runner.prepare('support', [tool])
    runner.prepare('other', [])
    await until(() => logOf('worker is ready').length === 1)
    runner.prepare('support', [])
    expect(await ask(script)).toEqual({ status: 'ok', output: 'answered' })
    await until(() => leftovers().length === 0)
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
