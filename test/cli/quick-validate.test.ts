import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../helpers/cli.ts'

const cases = [
  ['agents/support.yaml'],
  ['test/fixtures/agents/six-mistakes.bad.yaml', 'agents'],
  ['absent.yaml', 'agents'],
  ['test/fixtures/rules'],
]

test.each(cases)(
  'validate without flags takes the fast path, with the same output as the full program: %s',
  (...paths) => {
    const quick = node(['bin/runner.js', 'validate', ...paths])
    expect(quick.stdout.length + quick.stderr.length).toBeGreaterThan(0)
    expect(node(['bin/runner.js', 'validate', ...paths, '--fail-on', 'error'])).toEqual(quick)
  },
)

test('the script of the fast path is used from the code cache', () => {
  const code =
    "(await import('./bin/quick-validate.js')).runQuickly(['validate', 'agents']).then((ran) => console.log(ran))"
  expect(node(['--input-type=module', '-e', code]).stdout).toBe('1 file, no faults\ntrue\n')
})

test('code needed only for faults is not in the main script of the fast path', () => {
  expect(statSync(join(root, 'dist/quick-validate.cache')).size).toBeLessThan(460_000)
})

test('the script needed for faults is used from the code cache too', () => {
  const code = `const { scripts, runQuickly } = await import('./bin/quick-validate.js')
    await runQuickly(['validate', 'test/fixtures/agents/six-mistakes.bad.yaml'])
    console.log([...scripts].map(([name, { cachedDataRejected }]) => name + ' ' + cachedDataRejected).join())`
  expect(node(['--input-type=module', '-e', code]).stdout).toMatch(
    /\nquick-validate false,quick-validate-faults false\n$/,
  )
})

test('another V8 version, which rejects the code cache, runs the full program', () => {
  const code =
    "(await import('./bin/quick-validate.js')).runQuickly(['validate', 'agents']).then((ran) => console.log(ran))"
  expect(node(['--no-opt', '--input-type=module', '-e', code]).stdout).toBe('false\n')
  expect(node(['--no-opt', 'bin/runner.js', 'validate', 'agents'])).toMatchObject({
    status: 0,
    stdout: '1 file, no faults\n',
  })
})

function node(args: readonly string[]) {
  const { INWORLD_API_KEY: _key, ...env } = process.env
  const options = { cwd: root, encoding: 'utf8', env: { ...env, NODE_OPTIONS: '', GITHUB_ACTIONS: '' } } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options)
  return { status, stdout, stderr }
}
