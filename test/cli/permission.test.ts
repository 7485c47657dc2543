import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy, root, runner } from '../helpers/cli.ts'

/** A user without rights of its own, as most systems have one. */
const NOBODY = 65_534

const isRoot = process.getuid?.() === 0
const probe = ['-e', `require('node:fs').readFileSync(${JSON.stringify(join(root, 'package.json'))})`]
const canBeNobody = isRoot && spawnSync(process.execPath, probe, { uid: NOBODY, gid: NOBODY }).status === 0

test.skipIf(isRoot && !canBeNobody)(
  'a temporarily unreadable file is reported, and watching goes on (as root, needs a checkout others can read)',
  async () => {
    const folder = projectCopy()
    const file = join(folder, 'agents/support.yaml')
    if (isRoot) {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      for (const name of ['', ...names]) chownSync(join(folder, name), NOBODY, NOBODY)
    }
    const cli = runner(['start', 'agents/support.yaml', '--jsonl'], { cwd: folder, ...(isRoot ? { uid: NOBODY } : {}) })
    await cli.shows(/"type":"agent.transcript",/)
    chmodSync(file, 0)
    await cli.shows(/"type":"reload.rejected"[^\n]*agents\/support\.yaml: cannot be read: permission denied/)
    chmodSync(file, 0o644)
    writeFileSync(file, readFileSync(file, 'utf8').replace('voice: Sarah', 'voice: Olivia'))
    await cli.shows(/"type":"reload.applied"[^\n]*"fields":\["voice"\]/)
    cli.type('{"type":"stop"}')
    expect(await cli.ended).toBe(0)
  },
)

const CACHE = `version: 1
name: desk
instructions: Be brief.
tools:
  - { name: fetch_prices, description: Fetches prices., run: ./fetch.sh }
`
const READ_ONLY_CACHE = `#!/bin/sh
mkdir -p "$RUNNER_STATE_DIR/cache/prices" && echo 1 > "$RUNNER_STATE_DIR/cache/prices/list" && chmod -R a-w "$RUNNER_STATE_DIR/cache"
`

test.skipIf(isRoot && !canBeNobody)(
  'a state directory in which a tool has made folders read-only is removed (as root, needs a checkout others can read)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runner-read-only-'))
    mkdirSync(join(folder, 'tmp'))
    writeFileSync(join(folder, 'desk.yaml'), CACHE)
    writeFileSync(join(folder, 'fetch.sh'), READ_ONLY_CACHE, { mode: 0o755 })
    if (isRoot) for (const name of ['', 'tmp', 'desk.yaml']) chownSync(join(folder, name), NOBODY, NOBODY)
    const user = isRoot ? { uid: NOBODY } : {}
    const cli = runner(['tool', 'run', 'desk.yaml', 'fetch_prices'], {
      cwd: folder,
      env: { TMPDIR: join(folder, 'tmp') },
      ...user,
    })
    expect([await cli.ended, cli.stdout().trim()]).toEqual([0, '{"ok":true}'])
    expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('runner-'))).toEqual([])
  },
)

/** A Node that may read, and neither write nor start anything. */
const READING_ONLY = { env: { NODE_OPTIONS: '--permission --allow-fs-read=*' }, noInput: true }

test('with read-only permissions, Node holds a conversation and reports what is missing', async () => {
  const cli = runner(['start', 'agents/support.yaml', '--offline', '--say', 'hello'], READING_ONLY)
  expect(await cli.ended).toBe(0)
  expect(cli.stderr()).toMatch(/--allow-fs-write[^\n]*"there is no control socket/)
})

test.each([
  [
    1,
    'what runs tools could not be loaded: .*--allow-child-process',
    ['tool', 'run', 'agents/support.yaml', 'opening_hours', '--args', '{"day":"monday"}'],
  ],
  [
    3,
    "Node's --permission forbids it: .*--allow-child-process",
    ['plan', 'agents/support.yaml', '--against', 'git:HEAD'],
  ],
])(
  'without permission to start processes, the command exits with %i and names the missing flag: %s',
  async (code, words, args) => {
    const cli = runner([...args], READING_ONLY)
    expect(await cli.ended).toBe(code)
    expect(cli.stderr()).toMatch(new RegExp(`^runner: ${words}`, 'm'))
  },
)
