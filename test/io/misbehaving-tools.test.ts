import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../helpers/cli.ts'
import { commandOf, MISBEHAVING_TOOLS, PRINTED_SECRET } from '../helpers/misbehaving-tools.ts'
import { TOOL_FIXTURES, type ToolBench, toolBench, until } from '../helpers/tools.ts'

const canSandbox = spawnSync('bwrap', ['--ro-bind', '/', '/', '--unshare-pid', '--proc', '/proc', 'true']).status === 0
if (!canSandbox)
  process.stderr.write('misbehaving tools in a sandbox are skipped: bwrap cannot build one on this machine\n')
const onLinux = process.platform === 'linux'
const MEGABYTE = 1_048_576

describe.each([
  { sandbox: 'none', possible: true },
  { sandbox: 'read_only', possible: canSandbox },
] as const)('misbehaving tools, sandbox: $sandbox', ({ sandbox, possible }) => {
  let bench: ToolBench
  beforeAll(() => {
    bench = toolBench({ ...process.env, SHOP_TOKEN: PRINTED_SECRET })
  })
  afterAll(() => bench.close())

  for (const nasty of MISBEHAVING_TOOLS) {
    test.skipIf(!possible)(`a tool that ${nasty.does} ends as ${nasty.outcome.status}`, async () => {
      expect(await bench.run(commandOf(nasty), { ...nasty.overrides, sandbox })).toEqual(nasty.outcome)
    })
  }

  test.skipIf(!possible)('after all of them no process or folder is left, and no secret was shown', async () => {
    await until(() => bench.leftovers().length === 0)
    await bench.runner.endConversation('main')
    expect(readdirSync(bench.stateRoot)).toEqual([])
    expect(JSON.stringify([bench.logged, bench.traced])).not.toContain(PRINTED_SECRET)
  })
})

test.skipIf(!canSandbox)(
  'a process that leaves its group and clears its environment is ended only by a sandbox',
  async () => {
    const bench = toolBench()
    const run = (sandbox: 'none' | 'read_only', seconds: string) =>
      bench.run([join(TOOL_FIXTURES, 'clears-its-mark.sh'), seconds], { sandbox })
    const [held, free] = [`8601.${process.pid}`, `8602.${process.pid}`]
    expect(await run('read_only', held)).toMatchObject({ output: 'answered' })
    expect(await run('none', free)).toMatchObject({ output: 'answered' })
    await bench.close()
    await until(() => sleepers(held).length === 0)
    const [orphan = 0] = sleepers(free)
    expect(orphan).toBeGreaterThan(0)
    process.kill(orphan)
  },
)

test.skipIf(!onLinux)('running all misbehaving tools ten times leaks no memory, descriptor or process', async () => {
  const program = join(root, 'test/helpers/misbehaving-tools-program.ts')
  // The young generation of the garbage collector is limited, so that its pages do not count as a leak.
  const options = ['--no-warnings', '--expose-gc', '--max-semi-space-size=2']
  const { stdout } = await promisify(execFile)(process.execPath, [...options, program])
  const { heap, rss, descriptors, processes } = JSON.parse(stdout)
  expect([descriptors, processes]).toEqual([0, 0])
  expect(heap).toBeLessThan(10 * MEGABYTE)
  expect(rss).toBeLessThan(10 * MEGABYTE)
})

function sleepers(seconds: string): readonly number[] {
  const ids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
  return ids.map(Number).filter((id) => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8') === `sleep\0${seconds}\0`
    } catch {
      return false
    }
  })
}
