import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy, runner } from '../helpers/cli.ts'

test('hooks get the events of a whole conversation, its end included', async () => {
  const project = projectCopy()
  writeFileSync(join(project, 'tools/tell.sh'), '#!/bin/sh\ncat >> "$0.told"\n')
  chmodSync(join(project, 'tools/tell.sh'), 0o755)
  const events = ['session_started', 'conversation_item_created', 'tool_finished', 'session_ended']
  const hooks = events.map((event) => `  ${event}: ../tools/tell.sh\n`).join('')
  appendFileSync(join(project, 'agents/support.yaml'), `\nhooks:\n${hooks}`)
  const cli = runner(['start', 'agents/support.yaml', '--say', 'where is order A-1042?'], { cwd: project })
  expect(await cli.ended).toBe(0)
  const received = readFileSync(join(project, 'tools/tell.sh.told'), 'utf8').trim().split('\n')
  const lines = received.map((line) => JSON.parse(line) as { readonly hook: string; readonly name?: string })
  expect([...new Set(lines.map(({ hook }) => hook))]).toEqual(events)
  expect(lines.find(({ hook }) => hook === 'tool_finished')).toMatchObject({ agent: 'support', name: 'lookup_order' })
  expect(lines.at(-1)).toMatchObject({ hook: 'session_ended', type: 'session.closed', reason: 'stopped' })
})

test('validate reports a hook whose script is missing', async () => {
  const project = projectCopy()
  appendFileSync(join(project, 'agents/support.yaml'), '\nhooks:\n  session_ended: { run: ../tools/nobody.sh }\n')
  const cli = runner(['validate', 'agents/support.yaml'], { cwd: project, noInput: true })
  expect(await cli.ended).toBe(1)
  expect(cli.stdout()).toMatch(/error\[RV501\] hook script \.\.\/tools\/nobody\.sh is missing/)
})

test('a hook still running 10 s after the end is killed, and that is logged', async () => {
  const project = projectCopy()
  const pid = join(project, 'pid')
  writeFileSync(
    join(project, 'tools/hang.sh'),
    `#!/bin/sh\ntrap '' TERM\necho $$ > '${pid}'\nwhile :; do sleep 1; done\n`,
  )
  chmodSync(join(project, 'tools/hang.sh'), 0o755)
  appendFileSync(
    join(project, 'agents/support.yaml'),
    '\nhooks:\n  session_ended: { run: ../tools/hang.sh, timeout: 1m }\n',
  )
  const cli = runner(['start', 'agents/support.yaml', '--say', 'hello'], { cwd: project })
  expect(await cli.ended).toBe(0)
  expect(cli.stdout() + cli.stderr()).toContain('what was not over in time is ended: hooks, tools, conversations')
  await expect.poll(() => commandOf(readFileSync(pid, 'utf8').trim())).toBe('')
})

test('a second signal ends the run at once, and the hook it waits for', async () => {
  const project = projectCopy()
  const pid = join(project, 'pid')
  writeFileSync(join(project, 'tools/hang.sh'), `#!/bin/sh\necho $$ > '${pid}'\nexec sleep 1000\n`)
  chmodSync(join(project, 'tools/hang.sh'), 0o755)
  appendFileSync(join(project, 'agents/support.yaml'), '\nhooks: { session_ended: { run: ../tools/hang.sh } }\n')
  const cli = runner(['start', 'agents/support.yaml', '--jsonl'], { cwd: project })
  await cli.shows(/"type":"session.ready"/)
  cli.child.kill('SIGTERM')
  await expect.poll(() => existsSync(pid)).toBe(true)
  cli.child.kill('SIGTERM')
  expect(await cli.ended).toBe(143)
  expect(cli.stderr()).not.toContain('what was not over in time')
  await expect.poll(() => commandOf(readFileSync(pid, 'utf8').trim())).toBe('')
})

/** Empty where the process is over, also where nobody has asked how it ended. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
