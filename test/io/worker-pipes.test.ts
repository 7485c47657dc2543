import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { root } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'
import { workerBench } from './worker-bench.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0
const workers = workerBench()

describe('the helper for Node', () => {
  test('keeps text printed without a line break apart from the answers', async () => {
    const { worker, ask, logOf } = workers()
    const script = worker(`(process.stdout.write('half a line '), console.info('a word'), 'answered')`)
    expect(await ask(script)).toEqual({ status: 'ok', output: 'answered' })
    await until(() => logOf('tool wrote to stderr').length === 1)
    expect(logOf('tool wrote to stderr')).toMatchObject([{ line: 'half a line a word' }])
  })
})

describe.skipIf(!hasPython)('the helper for Python', () => {
  const START = `#!/usr/bin/env python3
import os, subprocess, sys
sys.path.insert(0, "${root}/tools")
from lib.worker import serve
`

  test('keeps what the worker and its child processes print apart from the answers', async () => {
    const { ask, script, logOf } = workers()
    const prints = script(`${START}
def answer(args, call):
    print("half a line ", end="", flush=True)
    subprocess.run(["sh", "-c", "printf 'of a program '"])
    os.write(1, b"and a last word\\n")
    return "answered"

serve(answer)`)
    expect(await ask(prints)).toEqual({ status: 'ok', output: 'answered' })
    await until(() => logOf('tool wrote to stderr').length === 1)
    expect(logOf('tool wrote to stderr')).toMatchObject([{ line: 'half a line of a program and a last word' }])
  })

  test('gives child processes an empty stdin, since its own holds the next calls', async () => {
    const { ask, script } = workers()
    const reads = script(`${START}
serve(lambda args, call: subprocess.run(["cat"], stdout=subprocess.PIPE).stdout.decode() or sys.stdin.read() or "nothing")`)
    const both = await Promise.all([ask(reads), ask(reads)])
    expect(both).toEqual([1, 2].map(() => ({ status: 'ok', output: 'nothing' })))
  })

  test('reads and writes UTF-8, whatever the locale says', async () => {
    const { ask, script } = workers()
    const echoes = script(`${START.replace('env python3', 'env -S PYTHONIOENCODING=latin-1 python3')}
serve(lambda args, call: args["text"])`)
    expect(await ask(echoes, { argumentsText: '{"text":"größer €"}' })).toEqual({ status: 'ok', output: 'größer €' })
  })

  test('rejects a number with too many digits for Python, and keeps running', async () => {
    const { ask, script, logOf } = workers()
    const answers = script(`${START}serve(lambda args, call: str(args["n"]))`)
    expect(await ask(answers, { argumentsText: `{"n":${'9'.repeat(4_300)}}` })).toMatchObject({ status: 'ok' })
    expect(await ask(answers, { argumentsText: `{"n":${'9'.repeat(4_301)}}` })).toEqual({
      status: 'invalid_arguments',
      message: 'a number in the arguments has too many digits',
    })
    expect(logOf('worker crashed')).toEqual([])
  })
})
