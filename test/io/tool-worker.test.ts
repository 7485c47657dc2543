import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'
import { type GivenCall, type ToolBench, toolBench, until } from '../helpers/tools.ts'

const lib = join(root, 'tools/lib')
const hasPython = spawnSync('python3', ['--version']).status === 0

let bench: ToolBench

beforeEach(() => {
  bench = toolBench({ PATH: process.env.PATH, HOME: '/home/nobody', SHOP: 'a shop secret' })
})

afterEach(() => bench.close())

/** A worker in TypeScript whose answer is this expression of `args` and `call`. */
function worker(answer: string, before = '', name = 'worker.ts'): string {
  return bench.script(
    `#!/usr/bin/env node
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { serve, ToolError } from '${lib}/worker.ts'
appendFileSync('${startsFile()}', process.pid + '\\n')
${before}
serve(async (args: any, call): Promise<unknown> => ${answer})
`,
    name,
  )
}

/** Writes as another program does: between two turns of the event loop. */
async function save(write: () => void): Promise<void> {
  write()
  await nextTurn()
}

const startsFile = () => `${dirname(bench.stateRoot)}/starts`
const starts = () => (existsSync(startsFile()) ? readFileSync(startsFile(), 'utf8').trim().split('\n') : [])
const ask = (script: string, given: GivenCall = {}) => bench.run([script], { mode: 'worker', ...given })
const logOf = (message: string) => bench.logged.filter((line) => line.message === message).map(({ fields }) => fields)

describe('a worker', () => {
  test('is started once and given call after call, from every conversation', async () => {
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
    const script = worker('"answered"')
    bench.runner.prepare('support', [toolNamed('tried', { run: [script], mode: 'worker', cwd: dirname(script) })])
    await until(() => logOf('worker is ready').length === 1)
    expect(await ask(script)).toEqual({ status: 'ok', output: 'answered' })
    expect(starts()).toHaveLength(1)
  })

  test('answers calls side by side, each with its own answer', async () => {
    const script = worker('(await delay(args.ms), String(args.ms))')
    const times = [200, 10, 100, 1, 50]
    const outcomes = await Promise.all(times.map((ms) => ask(script, { argumentsText: JSON.stringify({ ms }) })))
    expect(outcomes).toEqual(times.map((ms) => ({ status: 'ok', output: String(ms) })))
  })

  test('has a thousand calls open and not one more', async () => {
    const script = worker('new Promise(() => {})', '', 'idle.ts')
    const calls = Array.from({ length: 1_001 }, () => bench.start([script], { mode: 'worker', timeoutMs: 60_000 }))
    expect(await Promise.race(calls.map((call) => call.finished))).toEqual({
      status: 'unavailable',
      message: 'it is too busy',
    })
    await bench.runner.endConversation('main')
    const ends = await Promise.all(calls.map((call) => call.finished))
    expect(ends.filter(({ status }) => status === 'cancelled')).toHaveLength(1_000)
  })

  test('two calls of one id have each their own answer', async () => {
    const script = worker('(await delay(50), String(args.n))')
    const both = [1, 2].map((n) =>
      ask(script, { argumentsText: `{"n":${n}}`, callId: 'call_1', conversation: `c${n}` }),
    )
    expect(await Promise.all(both)).toEqual([1, 2].map((n) => ({ status: 'ok', output: String(n) })))
  })

  test('is given the exact line of the protocol, long numbers whole', async () => {
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

  test('sees the variables of the contract that are not of one call', async () => {
    const script = worker('Object.keys(process.env).sort().join(" ")')
    const outcome = await ask(script, { env: ['SHOP'] })
    expect(outcome).toMatchObject({
      output: 'HOME PATH RUNNER_AGENT RUNNER_CALL_ID RUNNER_CONTRACT RUNNER_STATE_DIR RUNNER_TOOL SHOP',
    })
  })

  test('has its secrets masked in answers, errors, noise and stderr', async () => {
    const script = worker(
      `(() => {
        console.error('err ' + process.env.SHOP)
        process.stdout.write('noise ' + process.env.SHOP + '\\n')
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
    expect(JSON.stringify([bench.logged, bench.traced])).not.toContain('a shop secret')
  })
})

describe('what a worker answers', () => {
  const replies: readonly (readonly [reply: string, given: GivenCall, expected: object])[] = [
    ['{"id":"c","output":"plain"}', {}, { status: 'ok', output: 'plain' }],
    ['{"id":"c","output":""}', {}, { status: 'ok', output: '{"ok":true}' }],
    ['{"id":"c"}', {}, { status: 'ok', output: '{"ok":true}' }],
    ['{"id":"c","output":{"a":[1, 2]}}', {}, { status: 'ok', output: '{"a":[1,2]}' }],
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
    ['{"id":"c","error":"odd"}', {}, { status: 'failed', message: 'it failed' }],
    [
      'not JSON\n[1]\n"x"\n{"id":7}\n{"id":"other","output":"x"}\n{"id":"c","output":"after noise"}',
      {},
      { status: 'ok', output: 'after noise' },
    ],
  ]
  test.each(replies)('%s', async (reply, given, expected) => {
    const script = bench.script(
      `#!/bin/sh\necho '{"ready":1}'\nread -r line\ncat <<'END'\n${reply.replaceAll('\\\\', '\\')}\nEND\ncat >/dev/null`,
    )
    expect(await ask(script, { callId: 'c', ...given })).toMatchObject(expected)
  })

  test('1 MiB of output is passed on, cut for the model; one byte more is too large; the worker lives', async () => {
    const script = worker('"x".repeat(args.n)')
    const outcome = await ask(script, { argumentsText: '{"n":1048576}' })
    expect(outcome).toMatchObject({ status: 'ok', output: expect.stringMatching(/of 1048576 bytes\]$/) })
    expect(await ask(script, { argumentsText: '{"n":1048577}' })).toMatchObject({ status: 'output_too_large' })
    expect(await ask(script, { argumentsText: '{"n":1}' })).toEqual({ status: 'ok', output: 'x' })
    expect(starts()).toHaveLength(1)
  })

  test('a line without end is too large, and the worker is replaced', async () => {
    const flood = worker('(args.n ? "fine" : new Promise(() => process.stdout.write("x".repeat(5_000_000))))')
    expect(await ask(flood)).toMatchObject({ status: 'output_too_large' })
    expect(await ask(flood, { argumentsText: '{"n":1}' })).toEqual({ status: 'ok', output: 'fine' })
    expect(starts()).toHaveLength(2)
  })
})

test('a worker that floods its output with what is no message has crashed, and the next one is waited for', async () => {
  const script = bench.script(`#!/bin/sh
echo '{"ready":1}'
read -r line
[ -e "${startsFile()}" ] && { echo '{"id":"c","output":"calm"}'; exec cat > /dev/null; }
touch "${startsFile()}"
exec yes`)
  expect(await ask(script)).toEqual({ status: 'crashed', message: 'it wrote what is no message' })
  expect(await ask(script, { callId: 'c' })).toEqual({ status: 'ok', output: 'calm' })
  expect(logOf('worker crashed')).toMatchObject([{ reason: 'it wrote lines that are no messages', crashes: 1 }])
  expect(logOf('worker wrote a line that is no message').length).toBeLessThanOrEqual(201)
})

describe('deadline and cancel', () => {
  const slow =
    '(args.hang ? new Promise(() => call.signal.addEventListener("abort", () => writeFileSync(process.env.RUNNER_STATE_DIR + "/cancelled", call.id))) : "quick")'

  test('at its deadline a call is given up, the worker is told, and goes on', async () => {
    const script = worker(slow)
    await ask(script)
    const outcome = await ask(script, { argumentsText: '{"hang":1}', timeoutMs: 300, callId: 'call_7' })
    expect(outcome).toEqual({ status: 'timeout', message: 'took longer than 0.3 s' })
    expect(await bench.written('cancelled')).toBe('call_7')
    expect(await ask(script)).toEqual({ status: 'ok', output: 'quick' })
    expect(starts()).toHaveLength(1)
  })

  test('a cancelled call is cancelled at once, and the worker is told', async () => {
    const script = worker(slow)
    await ask(script)
    const running = bench.start([script], { mode: 'worker', argumentsText: '{"hang":1}', callId: 'call_8' })
    running.cancel()
    expect(await running.finished).toEqual({ status: 'cancelled', message: 'the call was cancelled' })
    expect(await bench.written('cancelled')).toBe('call_8')
  })

  test('the end of a conversation cancels its calls and no others', async () => {
    const script = worker('(await delay(args.ms), "done")')
    await ask(script, { argumentsText: '{"ms":0}' })
    const mine = bench.start([script], { mode: 'worker', argumentsText: '{"ms":10000}', conversation: 'mine' })
    const other = bench.start([script], { mode: 'worker', argumentsText: '{"ms":200}', conversation: 'other' })
    await bench.runner.endConversation('mine')
    expect(await mine.finished).toMatchObject({ status: 'cancelled' })
    expect(await other.finished).toEqual({ status: 'ok', output: 'done' })
  })

  test('three calls given up in a row, and the worker is replaced; two and an answer, and it is not', async () => {
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
    await until(() => bench.leftovers().length === 1)
  })

  test('a call may be tried again', async () => {
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

describe('a worker that ends by itself', () => {
  test('has crashed: open calls are told so, and the next one finds another process', async () => {
    const script = worker(
      '(args.die ? process.kill(process.pid, "SIGKILL") && new Promise(() => {}) : String(process.pid))',
    )
    const hanging = ask(script, { argumentsText: '{"die":1}' })
    expect(await hanging).toEqual({ status: 'crashed', message: 'ended by SIGKILL' })
    expect(await ask(script)).toEqual({ status: 'ok', output: starts()[1] })
    expect(logOf('worker crashed')).toMatchObject([{ crashes: 1, tool: 'tried', agent: 'support' }])
  })

  test('its last words are the message', async () => {
    const script = worker('(console.error("out of paper"), process.exit(3))')
    expect(await ask(script)).toEqual({ status: 'crashed', message: 'out of paper' })
  })

  test('five times within a minute makes the tool unavailable, until the agent file is saved', async () => {
    const script = worker('process.exit(args.code)')
    for (let count = 1; count <= 5; count += 1) {
      expect(await ask(script, { argumentsText: '{"code":1}' })).toMatchObject({ status: 'crashed' })
    }
    expect(await ask(script)).toEqual({ status: 'unavailable', message: 'not available right now' })
    expect(starts()).toHaveLength(5)
    expect(logOf('worker is given up')).toMatchObject([{ crashes: 5, alert: true }])
    const times = logOf('worker is ready').length
    bench.runner.prepare('support', [toolNamed('tried', { run: [script], mode: 'worker', cwd: dirname(script) })])
    await until(() => logOf('worker is ready').length === times + 1)
  })

  test('before it is ready is misconfigured, and the operator is told its last words', async () => {
    const script = worker('1', 'throw new Error("no database")')
    expect(await ask(script)).toEqual({ status: 'misconfigured', message: 'not available right now' })
    expect(logOf('tool ended')).toMatchObject([
      { detail: expect.stringMatching(/ended before it was ready: exit code 1/) },
    ])
  })

  test('one that cannot be started, or never says that it is ready, is misconfigured', async () => {
    expect(await ask('/no/such/worker')).toMatchObject({ status: 'misconfigured' })
    const mute = bench.script('#!/bin/sh\nexec cat')
    expect(await ask(mute)).toMatchObject({ status: 'misconfigured' })
    expect(logOf('tool ended').at(-1)).toMatchObject({ detail: 'it did not print {"ready":1} within 5 s' })
  })
})

describe('when its script changes', () => {
  test('the next call is answered by the new text, and calls that run are finished by the old', async () => {
    const script = worker('(await delay(args.ms ?? 0), "old")')
    await ask(script)
    const running = ask(script, { argumentsText: '{"ms":700}' })
    await save(() => worker('"new"'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'new' })
    expect(await running).toEqual({ status: 'ok', output: 'old' })
    await until(() => bench.leftovers().length === 1)
  })

  test('it is replaced before anybody calls', async () => {
    const script = worker('"old"')
    await ask(script)
    await save(() => worker('"new"'))
    await until(() => logOf('worker is ready').length === 2)
    expect(await ask(script)).toEqual({ status: 'ok', output: 'new' })
    expect(starts()).toHaveLength(2)
  })

  test('a text that does not start leaves the old one in place, until it is saved again', async () => {
    const script = worker('"old"')
    await ask(script)
    await save(() => writeFileSync(script, '#!/usr/bin/env node\nthis is no program\n'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'old' })
    expect(await ask(script)).toEqual({ status: 'ok', output: 'old' })
    expect(logOf('worker crashed')).toHaveLength(1)
    await save(() => worker('"new"'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'new' })
  })

  test('one that was given up is started again', async () => {
    const script = worker('process.exit(1)')
    for (let count = 1; count <= 5; count += 1) await ask(script)
    expect(await ask(script)).toMatchObject({ status: 'unavailable' })
    await save(() => worker('"mended"'))
    expect(await ask(script)).toEqual({ status: 'ok', output: 'mended' })
  })
})

describe('stop', () => {
  test('closes its input, and a worker that then ends has not crashed', async () => {
    await ask(worker('"answered"'))
    await bench.runner.stop()
    expect(bench.leftovers()).toEqual([])
    expect(logOf('worker crashed')).toEqual([])
  })

  test('resolves in a process that waits for nothing else', async () => {
    const script = worker('"answered"')
    const program = `
      import { createToolRunner } from '${root}/src/io/tool-process.ts'
      import { toolNamed } from '${root}/test/helpers/agents.ts'
      const runner = createToolRunner({ baseEnv: process.env, stateRoot: '${bench.stateRoot}-2', hidden: [], log() {} })
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

  test('ends one that takes no notice, by signals', async () => {
    const deaf = bench.script(
      `#!/bin/sh\ntrap '' TERM\necho '{"ready":1}'\nread -r line\necho '{"id":"c","output":"x"}'\nwhile :; do sleep 0.05; done`,
    )
    expect(await ask(deaf, { callId: 'c' })).toEqual({ status: 'ok', output: 'x' })
    await bench.runner.stop()
    await until(() => bench.leftovers().length === 0)
  })

  test('an agent that no longer declares a worker lets it go', async () => {
    const script = worker('"answered"')
    const tool = toolNamed('tried', { run: [script], mode: 'worker', cwd: dirname(script) })
    bench.runner.prepare('support', [tool])
    bench.runner.prepare('other', [])
    await until(() => logOf('worker is ready').length === 1)
    bench.runner.prepare('support', [])
    expect(await ask(script)).toEqual({ status: 'ok', output: 'answered' })
    await until(() => bench.leftovers().length === 0)
  })
})

describe('authors write', () => {
  test.skipIf(!hasPython)('ten lines of Python', async () => {
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

  test('TypeScript without a build step, as a worker and as a plain script', async () => {
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
