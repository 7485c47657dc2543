import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy, root } from '../helpers/cli.ts'

/** Takes all file events from whatever is started by it. */
const without = ['-U', '-r', 'sh', '-c', 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', 'sh']
const canTake = spawnSync('unshare', [...without, 'true']).status === 0

test.skipIf(!canTake)(
  'without file events, that is reported once and polling finds every edit (needs a user namespace)',
  async () => {
    const folder = projectCopy()
    const file = join(folder, 'agents/support.yaml')
    const program = [process.execPath, join(root, 'bin/runner.js'), 'start', 'agents/support.yaml', '--jsonl']
    const child = spawn('unshare', [...without, ...program], { cwd: folder, env: { PATH: process.env.PATH } })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk))
    const shown = (pattern: RegExp) => expect.poll(() => text).toMatch(pattern)
    await shown(/"type":"agent.transcript",/)
    await shown(/no events of its files \(EMFILE[^)]*\); they are looked at instead/)
    const edit = (from: string, to: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
    edit('voice: Sarah', 'voice: Olivia')
    await shown(/"type":"reload.applied"[^\n]*"generation":2/)
    edit('voice: Olivia', 'voice: Ashley')
    await shown(/"type":"reload.applied"[^\n]*"generation":3/)
    child.stdin.end('{"type":"stop"}\n')
    await once(child, 'close')
    expect(text.match(/no events of its files/g)).toHaveLength(1)
  },
)
