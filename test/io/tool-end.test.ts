import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { blockThread, TOOL_FIXTURES, until } from '../helpers/tools.ts'
import { fixtureTools, onLinux } from './fixture-tools.ts'

const toolProcessModule = fileURLToPath(new URL('../../src/io/tool-process.ts', import.meta.url))
const tools = fixtureTools()

describe('deadline and cancel', () => {
  test('a call that takes too long ends at its deadline', async () => {
    const { outcomeOf } = tools()
    expect(await outcomeOf('never-exits.sh', { timeoutMs: 300 })).toEqual({
      status: 'timeout',
      message: 'took longer than 0.3 s',
    })
  })

  test('an answer in time counts even if this process stalled beyond the deadline', async () => {
    const { start, traced } = tools()
    const running = start([join(TOOL_FIXTURES, 'exits.sh'), '0'], { timeoutMs: 1_000 })
    await until(() => traced.some(({ type }) => type === 'launched'))
    blockThread(1_500)
    expect(await running.finished).toMatchObject({ status: 'ok' })
  })

  test('a script that ignores SIGTERM outlives its outcome, and is killed later', async () => {
    const { written, start } = tools()
    const running = start([join(TOOL_FIXTURES, 'ignores-sigterm.sh')], { killAfterMs: 2_000 })
    const pid = Number(await written('pid'))
    running.cancel()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
    expect(isAlive(pid)).toBe(true)
    await written('asked')
    await until(() => !isAlive(pid))
  })

  test('a cancelled script has time to clean up', async () => {
    const { written, start } = tools()
    const running = start([join(TOOL_FIXTURES, 'tidies-up.sh')])
    await written('ready')
    running.cancel()
    running.cancel()
    expect(await running.finished).toEqual({ status: 'cancelled', message: 'the call was cancelled' })
    await written('tidy')
  })

  test('an answer after the cancel is ignored', async () => {
    const { logged, leftovers, written, start } = tools()
    const running = start([join(TOOL_FIXTURES, 'late-answer.sh')])
    await written('ready')
    running.cancel()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
    await until(() => leftovers().length === 0)
    expect(logged.filter(({ message }) => message === 'tool ended')).toHaveLength(1)
  })

  test('a cancel after the end is ignored', async () => {
    const { start } = tools()
    const running = start([join(TOOL_FIXTURES, 'exits.sh'), '0'])
    const outcome = await running.finished
    running.cancel()
    expect(await running.finished).toBe(outcome)
  })

  test('stop cancels running calls and rejects new ones', async () => {
    const { outcomeOf, runner, start } = tools()
    const running = start([join(TOOL_FIXTURES, 'never-exits.sh')])
    await runner.stop()
    expect(await running.finished).toMatchObject({ status: 'cancelled' })
    expect(await outcomeOf('echo-arguments.sh')).toMatchObject({ status: 'cancelled' })
  })

  test('the end of one conversation leaves the tools of another alone', async () => {
    const { runner, leftovers, written, start } = tools()
    const one = start([join(TOOL_FIXTURES, 'never-exits.sh')], { conversation: 'one' })
    const other = start([join(TOOL_FIXTURES, 'tidies-up.sh')], { conversation: 'other' })
    await written('ready')
    await runner.endConversation('one')
    expect(await one.finished).toMatchObject({ status: 'cancelled' })
    expect(leftovers()).not.toEqual([])
    other.cancel()
  })
})

describe.skipIf(!onLinux)('after a call', () => {
  test.each(['grandchild-holds-stdout.sh', 'setsid-child.sh'])('no process of %s is left', async (script) => {
    const { outcomeOf, leftovers } = tools()
    expect(await outcomeOf(script)).toEqual({ status: 'ok', output: 'answered' })
    await until(() => leftovers().length === 0)
  })

  test('a child that cleared its environment but stayed in the group is killed', async () => {
    const { outcomeOf } = tools()
    const outcome = await outcomeOf(['sh', '-c', 'env -i sleep 1000 & echo $!'])
    const pid = Number(outcome.status === 'ok' ? outcome.output : Number.NaN)
    expect(pid).toBeGreaterThan(0)
    await until(() => !isAlive(pid))
  })

  test('a hundred children are killed', async () => {
    const { leftovers, written, start } = tools()
    const running = start([join(TOOL_FIXTURES, 'hundred-children.sh')])
    await written('ready')
    // One that is just becoming another program shows no environment for a moment.
    await until(() => leftovers().length >= 100)
    running.cancel()
    await until(() => leftovers().length === 0)
  })

  test('a call with the same id in another conversation keeps running', async () => {
    const { outcomeOf, runner, leftovers, written, start } = tools()
    const callId = 'call_7'
    const other = start([join(TOOL_FIXTURES, 'tidies-up.sh')], { conversation: 'other', callId })
    await written('ready')
    expect(await outcomeOf('setsid-child.sh', { callId })).toMatchObject({ status: 'ok' })
    await runner.endConversation('main')
    expect(leftovers()).not.toEqual([])
    other.cancel()
    expect(await other.finished).toMatchObject({ status: 'cancelled' })
  })

  test('killing its orphans spares the next call with the same id', async () => {
    const { outcomeOf } = tools()
    const callId = 'call_0'
    expect(await outcomeOf('setsid-child.sh', { callId })).toMatchObject({ status: 'ok' })
    expect(await outcomeOf(['sh', '-c', 'sleep 0.3; echo answered'], { callId })).toEqual({
      status: 'ok',
      output: 'answered',
    })
  })

  test('its children have the full time to clean up, even if the script itself exits at once', async () => {
    const { start, written } = tools()
    const tidies = `trap 'sleep 0.2; echo tidy >"$RUNNER_STATE_DIR/tidied"; exit 0' TERM`
    const child = `(${tidies}; echo ready >"$RUNNER_STATE_DIR/ready"; while :; do sleep 0.02; done)`
    const running = start(['sh', '-c', `${child} & wait`], { killAfterMs: 5_000 })
    await written('ready')
    running.cancel()
    expect(await written('tidied')).toBe('tidy\n')
  })

  test('and 64 at once, no descriptor is leaked', async () => {
    const { outcomeOf, runner } = tools()
    await outcomeOf('echo-arguments.sh')
    const before = readdirSync('/proc/self/fd').length
    const outcomes = await Promise.all(Array.from({ length: 64 }, () => outcomeOf('echo-arguments.sh')))
    expect(outcomes).toEqual(outcomes.map(() => ({ status: 'ok', output: '{}' })))
    await runner.endConversation('main')
    await until(() => readdirSync('/proc/self/fd').length <= before)
  })
})

describe('when the runner', () => {
  const withChild = ['sh', '-c', 'sleep 1000 & echo ready >"$RUNNER_STATE_DIR/ready"; wait']
  const ends: readonly (readonly [how: string, end: string, possible: boolean])[] = [
    ['exits', 'process.exit(0)', onLinux],
    ['is killed', "process.kill(process.pid, 'SIGKILL')", onLinux && spawnSync('setpriv', ['--version']).status === 0],
  ]
  for (const [how, end, possible] of ends) {
    test.skipIf(!possible)(
      `${how}, its tools end too${how === 'is killed' ? '' : ', with their children'}`,
      async () => {
        const { call, stateRoot, leftovers, written } = tools()
        const given = JSON.stringify(call(how === 'is killed' ? [join(TOOL_FIXTURES, 'tidies-up.sh')] : withChild))
        const program = `
        import { createToolRunner } from ${JSON.stringify(toolProcessModule)}
        const options = { baseEnv: process.env, stateRoot: ${JSON.stringify(stateRoot)}, hidden: () => [], log() {} }
        createToolRunner(options).run(${given})
        process.stdin.once('data', () => { ${end} })`
        const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program])
        const exit = once(child, 'exit')
        await written('ready')
        child.stdin.end('now\n')
        await exit
        await until(() => leftovers().length === 0)
        rmSync(join(stateRoot, readdirSync(stateRoot)[0] ?? 'none'), { recursive: true })
      },
    )
  }
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
