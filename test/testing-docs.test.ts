import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root, runner } from './helpers/cli.ts'

const [, shown = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/testing.md'), 'utf8')) ?? []

test('the test shown in the docs passes with the agent that init writes, and fails with other opening hours', async () => {
  const project = mkdtempSync(join(tmpdir(), 'runner-testing-'))
  await runner(['init', project], { noInput: true }).ended
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(root, join(project, 'node_modules/runner'))
  mkdirSync(join(project, 'test'))
  writeFileSync(join(project, 'test/support.test.mjs'), shown)
  expect(await nodeTest(project)).toMatch(/^# pass 3$[\s\S]*^# fail 0$/m)

  const tool = join(project, 'tools/opening_hours.mjs')
  writeFileSync(tool, readFileSync(tool, 'utf8').replace('9:00 to 18:00', '9:00 to 17:00'))
  expect(await nodeTest(project, '--test-name-pattern', 'told its hours')).toMatch(/^# pass 0$[\s\S]*^# fail 1$/m)
})

/** What `node --test` prints in a folder, as TAP. */
function nodeTest(cwd: string, ...flags: readonly string[]): Promise<string> {
  const args = ['--test', '--test-reporter=tap', ...flags]
  return new Promise((resolve) => execFile(process.execPath, args, { cwd }, (_, stdout) => resolve(stdout)))
}
