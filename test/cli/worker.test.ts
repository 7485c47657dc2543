import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Cli, linesOf, projectCopy, runner } from '../helpers/cli.ts'

const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

/** A project whose one tool is a worker in TypeScript that answers with a word and its process. */
function project(): { readonly folder: string; save(word: string): void } {
  const folder = projectCopy()
  const script = join(folder, 'tools/tell_time.mts')
  const save = (word: string) =>
    writeFileSync(
      script,
      `#!/usr/bin/env node\nimport { serve } from './lib/worker.mts'\nserve(() => '${word} ' + process.pid)\n`,
    )
  save('noon')
  chmodSync(script, 0o755)
  writeFileSync(
    join(folder, 'agents/clock.yaml'),
    `version: 1
name: clock
instructions: Tell the time.
tools:
  - name: tell_time
    description: Tell the time of day.
    run: ../tools/tell_time.mts
    mode: worker
`,
  )
  return { folder, save }
}

test('a worker serves conversations from the start, and its edited script after a save', async () => {
  const { folder, save } = project()
  const cli = runner(['start', 'agents/clock.yaml', '--jsonl', '--offline', '--log-level', 'info'], { cwd: folder })
  open.push(cli)
  const answers = () =>
    linesOf(cli.stdout()).flatMap((line) => (line.type === 'tool.finished' ? [String(line.output)] : []))
  const ask = async (conversation: string) => {
    const before = answers().length
    cli.type(JSON.stringify({ type: 'text', text: 'tell time', conversation }))
    await expect.poll(() => answers().length).toBe(before + 1)
    return answers().at(-1)
  }
  await cli.shows(/"msg":"worker is ready"/)
  const first = await ask('main')
  expect(first).toMatch(/^noon \d+$/)
  expect(await ask('other')).toBe(first)
  save('midnight')
  expect(await ask('main')).toMatch(/^midnight \d+$/)
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
  const pid = Number(answers().at(-1)?.split(' ')[1])
  expect(() => readFileSync(`/proc/${pid}/stat`)).toThrow(/ENOENT/)
})

test('tool run uses the worker protocol, and tool list shows that the tool is a worker', async () => {
  const { folder } = project()
  const ran = runner(['tool', 'run', 'agents/clock.yaml', 'tell_time', '--trace'], { cwd: folder, noInput: true })
  expect(await ran.ended).toBe(0)
  expect(ran.stdout()).toMatch(/^noon \d+\n$/)
  expect(ran.stderr()).toMatch(/^stdin +\{"id":"try_\d+","args":\{\},"session":"try","deadline_ms":\d+\}$/m)
  expect(ran.stderr()).toMatch(/^stdout +\{"id":"try_\d+","output":"noon \d+"\}$/m)
  const listed = runner(['tool', 'list', 'agents/clock.yaml'], { cwd: folder, noInput: true })
  expect(await listed.ended).toBe(0)
  expect(listed.stdout()).toMatch(/^ {2}keeps a worker \/.*tell_time\.mts$/m)
})
