import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'
import { type CallOverrides, until } from '../helpers/tools.ts'
import { workerBench } from './worker-bench.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0
const workers = workerBench()

describe('a worker', () => {
  test('is started once and serves the calls of all conversations', async () => {
    const { worker, ask, starts } = workers()
    const script = worker('[args.n, "for", call.session, "in", process.pid].join(" ")')
    const one = await ask(script, { argumentsText: '{"n":1}', conversation: 'one' })
    const two = await ask(script, { argumentsText: '{"n":2}', conversation: 'two' })
    const [pid] = starts()
    expect([one, two]).toEqual([
      { status: 'ok', output: `1 for one in ${pid}` },
      { status: 'ok', output: `2 for two in ${pid}` },
    ])
    expect(starts()).toHaveLength(1)
  })

  test('is started with its agent, before the first call', async () => {
    const { worker, ask, starts, logOf, runner } = workers()
    const script = worker('"answered"')
    runner.prepare('support', [toolNamed('tried', { run: [script], mode: 'worker', cwd: dirname(script) })])
    await until(() => logOf('worker is ready').length === 1)
    expect(await ask(script)).toEqual({ status: 'ok', output: 'answered' })
    expect(starts()).toHaveLength(1)
  })

  test('answers concurrent calls, each with its own answer', async () => {
    const { worker, ask } = workers()
    const script = worker('(await delay(args.ms), String(args.ms))')
    const times = [200, 10, 100, 1, 50]
    const outcomes = await Promise.all(times.map((ms) => ask(script, { argumentsText: JSON.stringify({ ms }) })))
    expect(outcomes).toEqual(times.map((ms) => ({ status: 'ok', output: String(ms) })))
  })

  test('has at most a thousand calls open', async () => {
    const { worker, start, runner } = workers()
    const script = worker('new Promise(() => {})')
    const calls = Array.from({ length: 1_001 }, () => start([script], { mode: 'worker', timeoutMs: 60_000 }))
    expect(await Promise.race(calls.map((call) => call.finished))).toEqual({
      status: 'unavailable',
      message: 'it is too busy',
    })
    await runner.endConversation('main')
    const ends = await Promise.all(calls.map((call) => call.finished))
    expect(ends.filter(({ status }) => status === 'cancelled')).toHaveLength(1_000)
  })

  test('answers two calls with the same id separately', async () => {
    const { worker, ask } = workers()
    const script = worker('(await delay(50), String(args.n))')
    const both = [1, 2].map((n) =>
      ask(script, { argumentsText: `{"n":${n}}`, callId: 'call_1', conversation: `c${n}` }),
    )
    expect(await Promise.all(both)).toEqual([1, 2].map((n) => ({ status: 'ok', output: String(n) })))
  })

  test('that answers an abandoned call late does not answer a later call with the same id', async () => {
    const { worker, ask } = workers()
    const script = worker('(await delay(args.ms), String(args.ms))')
    await ask(script, { argumentsText: '{"ms":1}' })
    const first = await ask(script, { argumentsText: '{"ms":400}', callId: 'call_x', timeoutMs: 100 })
    const second = await ask(script, { argumentsText: '{"ms":600}', callId: 'call_x', conversation: 'other' })
    expect([first.status, second]).toEqual(['timeout', { status: 'ok', output: '600' }])
  })

  test('in Node reads Unicode line separators inside a line', async () => {
    const { worker, ask, starts } = workers()
    const script = worker('args.text')
    expect(await ask(script, { argumentsText: '{"text":"one\u2028two\u2029"}' })).toEqual({
      status: 'ok',
      output: 'one\u2028two\u2029',
    })
    expect(starts()).toHaveLength(1)
  })

  test('gets the exact line of the protocol, with long numbers intact', async () => {
    const bench = workers()
    const { ask } = bench
    const script = bench.script(`#!/bin/sh
echo '{"ready":1}'
read -r line
printf '%s' "$line" > "$RUNNER_STATE_DIR/line"
echo '{"id":"call_9","output":"read"}'
cat > /dev/null`)
    const argumentsText = '{"id": 12345678901234567890}'
    const before = Date.now()
    expect(await ask(script, { argumentsText, callId: 'call_9', timeoutMs: 9_000 })).toMatchObject({ output: 'read' })
    const line = await bench.written('line')
    const deadline = Number(/"deadline_ms":(\d+)\}$/.exec(line)?.[1])
    expect(line).toBe(`{"id":"call_9","args":${argumentsText},"session":"main","deadline_ms":${deadline}}`)
    expect(deadline).toBeGreaterThanOrEqual(before + 9_000)
  })

  test('gets the variables of the contract that do not belong to one call', async () => {
    const { worker, ask } = workers()
    const script = worker('Object.keys(process.env).sort().join(" ")')
    const outcome = await ask(script, { env: ['SHOP'] })
    expect(outcome).toMatchObject({
      output: 'HOME PATH RUNNER_AGENT RUNNER_CALL_ID RUNNER_CONTRACT RUNNER_STATE_DIR RUNNER_TOOL SHOP',
    })
  })

  test('has its secrets masked in answers, errors, noise and stderr', async () => {
    const { worker, ask, logOf, logged, traced } = workers()
    const script = worker(
      `(() => {
        console.error('err ' + process.env.SHOP)
        writeSync(1, 'noise ' + process.env.SHOP + '\\n')
        if (args.fail) throw new Error(process.env.SHOP)
        return process.env.SHOP
      })()`,
    )
    expect(await ask(script, { env: ['SHOP'] })).toEqual({ status: 'ok', output: '***' })
    expect(await ask(script, { env: ['SHOP'], argumentsText: '{"fail":true}' })).toEqual({
      status: 'failed',
      message: '***',
    })
    await until(() => logOf('worker wrote a line that is no message').length === 2)
    await until(() => logOf('tool wrote to stderr').length === 2)
    expect(JSON.stringify([logged, traced])).not.toContain('a shop secret')
  })
})

describe('an answer of a worker', () => {
  const replies: readonly (readonly [reply: string, given: CallOverrides, expected: object])[] = [
    ['{"id":"c","output":"plain"}', {}, { status: 'ok', output: 'plain' }],
    ['{"id":"c","output":""}', {}, { status: 'ok', output: '{"ok":true}' }],
    ['{"id":"c"}', {}, { status: 'ok', output: '{"ok":true}' }],
    ['{"id":"c","output":{"a":[1, 2]}}', {}, { status: 'ok', output: '{"a":[1,2]}' }],
    ['{"id":"c","output":[12345678901234567890, 2.50]}', {}, { status: 'ok', output: '[12345678901234567890,2.50]' }],
    ['{"id":"c","output":"{ \\\\"a\\\\": 1 }"}', { output: 'json' }, { status: 'ok', output: '{"a":1}' }],
    ['{"id":"c","output":"prose"}', { output: 'json' }, { status: 'failed' }],
    ['{"id":"c","output":"{\\\\"$x\\\\":1}"}', {}, { status: 'failed' }],
    [
      '{"id":"c","error":{"kind":"unavailable","message":"no service"}}',
      {},
      { status: 'unavailable', message: 'no service' },
    ],
    ['{"id":"c","error":{"kind":"not_allowed","message":"no"}}', {}, { status: 'not_allowed', message: 'no' }],
    [
      '{"id":"c","error":{"kind":"misconfigured","message":"x"}}',
      {},
      { status: 'misconfigured', message: 'not available right now' },
    ],
    ['{"id":"c","error":{"kind":"timeout","message":"x"}}', {}, { status: 'failed', message: 'x' }],
    ['{"id":"c","error":{"message":{"toString":1,"valueOf":1}}}', {}, { status: 'failed', message: 'it failed' }],
    ['{"id":"c","error":"no such order"}', {}, { status: 'failed', message: 'no such order' }],
    ['{"id":"c","error":[7]}', {}, { status: 'failed', message: 'it failed' }],
    [
      'not JSON\n[1]\n"x"\n{"id":7}\n{"id":"other","output":"x"}\n{"id":"c","output":"after noise"}',
      {},
      { status: 'ok', output: 'after noise' },
    ],
  ]
  test.each(replies)('written as %s has the outcome of the protocol', async (reply, given, expected) => {
    const bench = workers()
    const { ask } = bench
    const script = bench.script(
      `#!/bin/sh\necho '{"ready":1}'\nread -r line\ncat <<'END'\n${reply.replaceAll('\\\\', '\\')}\nEND\ncat >/dev/null`,
    )
    expect(await ask(script, { callId: 'c', ...given })).toMatchObject(expected)
  })

  test('nested too deep for this Node fails the call, and the worker stays', async () => {
    const { ask, script } = workers()
    const deep = script(`#!/usr/bin/env node
console.log('{"ready":1}')
process.stdin.on('data', () => console.log('{"id":"c","output":' + '['.repeat(50_000) + ']'.repeat(50_000) + '}'))`)
    for (const _ of ['one call', 'another']) {
      const outcome = await ask(deep, { callId: 'c' })
      const answer = outcome.status === 'ok' ? outcome.output : outcome.message
      expect(answer).toMatch(/^its answer is nested too deep$|^\[{1000}/)
    }
  })

  test('may have 1 MiB, cut for the model, and not one byte more', async () => {
    const { worker, ask, starts } = workers()
    const script = worker('"x".repeat(args.n)')
    const outcome = await ask(script, { argumentsText: '{"n":1048576}' })
    expect(outcome).toMatchObject({ status: 'ok', output: expect.stringMatching(/of 1048576 bytes\]$/) })
    expect(await ask(script, { argumentsText: '{"n":1048577}' })).toMatchObject({ status: 'output_too_large' })
    expect(await ask(script, { argumentsText: '{"n":1}' })).toEqual({ status: 'ok', output: 'x' })
    expect(starts()).toHaveLength(1)
  })

  test('in an endless line is too large, and the worker is replaced', async () => {
    const { ask, script, startsFile, logOf } = workers()
    const flood = script(`#!/bin/sh
echo '{"ready":1}'
read -r line
[ -e "${startsFile}" ] && { echo '{"id":"c","output":"fine"}'; exec cat > /dev/null; }
touch "${startsFile}"
head -c 5000000 /dev/zero | tr '\\0' x
exec cat > /dev/null`)
    expect(await ask(flood)).toMatchObject({ status: 'output_too_large' })
    expect(await ask(flood, { callId: 'c' })).toEqual({ status: 'ok', output: 'fine' })
    expect(logOf('worker crashed')).toMatchObject([{ reason: 'it wrote a line without end' }])
  })
})

test('a worker that floods its output with other lines has crashed, and is replaced', async () => {
  const bench = workers()
  const { ask, startsFile, logOf } = bench
  const script = bench.script(`#!/bin/sh
echo '{"ready":1}'
read -r line
[ -e "${startsFile}" ] && { echo '{"id":"c","output":"calm"}'; exec cat > /dev/null; }
touch "${startsFile}"
exec yes`)
  expect(await ask(script)).toEqual({ status: 'crashed', message: 'it wrote what is no message' })
  expect(await ask(script, { callId: 'c' })).toEqual({ status: 'ok', output: 'calm' })
  expect(logOf('worker crashed')).toMatchObject([{ reason: 'it wrote lines that are no messages', crashes: 1 }])
  expect(logOf('worker wrote a line that is no message').length).toBeLessThanOrEqual(201)
})

describe('a worker can be written in', () => {
  test.skipIf(!hasPython)('ten lines of Python', async () => {
    const bench = workers()
    const { ask, logOf } = bench
    const script = bench.script(`#!/usr/bin/env python3
import sys, time
sys.path.insert(0, "${root}/tools")
from lib.worker import serve, ToolError

def answer(args, call):
    print("a word for the log")
    if "no" in args: raise ToolError("not_allowed", "you may not")
    if "bug" in args: return args["missing"]
    if "slow" in args: call.cancelled.wait(20)
    return {"given": args, "in": call.session}

serve(answer)`)
    expect(await ask(script, { argumentsText: '{"a":"ü"}' })).toEqual({
      status: 'ok',
      output: '{"given": {"a": "\\u00fc"}, "in": "main"}',
    })
    const slow = bench.start([script], { mode: 'worker', argumentsText: '{"slow":1}' })
    expect(await ask(script, { argumentsText: '{"no":1}' })).toEqual({ status: 'not_allowed', message: 'you may not' })
    expect(await ask(script, { argumentsText: '{"bug":1}' })).toEqual({ status: 'failed', message: "'missing'" })
    slow.cancel()
    expect(await slow.finished).toMatchObject({ status: 'cancelled' })
    await until(() => logOf('tool wrote to stderr').length >= 4)
    expect(logOf('worker wrote a line that is no message')).toEqual([])
  })

  test.skipIf(!hasPython)('Python with sys.exit, which ends the call as in a script', async () => {
    const bench = workers()
    const script = bench.script(`#!/usr/bin/env python3
import sys
sys.path.insert(0, "${root}/tools")
from lib.worker import serve
serve(lambda args, call: sys.exit(args["with"]))`)
    const exit = (argument: unknown) => bench.ask(script, { argumentsText: JSON.stringify({ with: argument }) })
    expect(await exit(69)).toEqual({ status: 'unavailable', message: 'exit code 69' })
    expect(await exit(3)).toEqual({ status: 'failed', message: 'exit code 3' })
    expect(await exit('no such order')).toEqual({ status: 'failed', message: 'no such order' })
    expect(await exit(0)).toEqual({ status: 'ok', output: '{"ok":true}' })
    expect(bench.logOf('worker crashed')).toEqual([])
  })

  test('TypeScript without a build step, as a worker and as a plain script', async () => {
    const bench = workers()
    const { worker, ask } = bench
    const shared = 'type Order = { readonly id: string }'
    expect(await ask(worker('({ id: (args as Order).id })', shared), { argumentsText: '{"id":"A"}' })).toEqual({
      status: 'ok',
      output: '{"id":"A"}',
    })
    const plain = bench.script(
      `#!/usr/bin/env node\n${shared}\nimport { json } from 'node:stream/consumers'\nconst order = (await json(process.stdin)) as Order\nconsole.log(order.id)`,
      'plain.ts',
    )
    expect(await bench.run([plain], { argumentsText: '{"id":"B"}' })).toEqual({ status: 'ok', output: 'B' })
  })
})
