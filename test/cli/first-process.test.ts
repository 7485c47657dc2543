import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { signalProcess } from '../../src/io/processes/processes.ts'
import { projectCopy, root } from '../helpers/cli.ts'
import { until } from '../helpers/tools.ts'
import { agent, edit } from './running-process.ts'

/** Makes a program the first process of a container, which ignores every signal that it does not handle. */
const asFirst = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc']
const canUnshare = spawnSync('unshare', [...asFirst, 'true']).status === 0

/** A tool that leaves processes behind which nobody but the first process could reap. */
const LEAVING = '#!/bin/sh\n(sleep 0.1 &)\n(setsid sleep 0.1 &)\n(setsid sleep 1000 > /dev/null 2>&1 &)\necho left\n'

test.skipIf(!canUnshare).each(['SIGTERM', 'SIGINT'] as const)(
  'the first process of a container ends on %s, whatever its tools left (needs a user namespace)',
  async (signal) => {
    const folder = projectCopy()
    writeFileSync(join(folder, 'tools/leave.sh'), LEAVING, { mode: 0o755 })
    edit(folder, (text) =>
      text.replace(/^tools:$/m, 'tools:\n  - { name: leave, description: Leaves., run: ../tools/leave.sh }'),
    )
    const { child, pid, shows } = await startFirst(folder)
    await shows(/"type":"agent.transcript",/)
    for (let call = 1; call <= 3; call += 1) {
      child.stdin.write('{"type":"text","text":"leave"}\n')
      await shows(new RegExp(`("tool.finished"[^\\n]*"ok"[^]*){${call}}`))
    }
    process.kill(pid, signal)
    expect(await once(child, 'close')).toEqual([0, null])
  },
)

test.skipIf(!canUnshare)('the first process of a container ends on a signal while it starts', async () => {
  const { child, pid } = await startFirst(projectCopy())
  const again = setInterval(() => signalProcess(pid, 'SIGTERM'), 20)
  const [code] = await once(child, 'exit')
  clearInterval(again)
  expect([0, 143]).toContain(code)
})

test.skipIf(!canUnshare)('first processes of two containers with one project are each found in their own', async () => {
  const folder = projectCopy()
  const containers = [await startFirst(folder), await startFirst(folder)]
  for (const { shows } of containers) await shows(/"type":"agent.transcript",/)
  for (let round = 0; round < 2; round += 1) {
    for (const { pid } of containers) expect(inside(pid, folder, 'status')).toMatch(/^support .*\n {2}generation 1 /m)
  }
  expect(readdirSync(join(folder, '.runner/run'))).toHaveLength(2)
  for (const { child, pid } of containers) {
    process.kill(pid, 'SIGTERM')
    await once(child, 'close')
  }
  expect(readdirSync(join(folder, '.runner/run'))).toEqual([])
})

/** What a command prints in the container of a first process. */
function inside(pid: number, cwd: string, name: string): string {
  const enter = ['--target', `${pid}`, '--user', '--preserve-credentials', '--mount', '--pid', `--wdns=${cwd}`]
  const program = [process.execPath, join(root, 'bin/runner.js'), name]
  const { stdout, stderr } = spawnSync('nsenter', [...enter, ...program], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })
  return stdout + stderr
}

/** Starts the runner as a first process; its pid is the one outside the container. */
async function startFirst(cwd: string) {
  const program = [process.execPath, join(root, 'bin/runner.js'), 'start', agent, '--jsonl']
  const child = spawn('unshare', [...asFirst, ...program], { cwd, env: { PATH: process.env.PATH } })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (more: Buffer) => (text += more.toString()))
  const children = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
  await until(() => children() !== '')
  return { child, pid: Number(children()), shows: (pattern: RegExp) => expect.poll(() => text).toMatch(pattern) }
}
