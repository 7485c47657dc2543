import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { projectCopy, runner } from '../helpers/cli.ts'
import { agent, edit, started, voice } from './running-process.ts'

/** Lets a process open files with numbers below this one; those that it has stay open. */
const limitFiles = (pid: number | undefined, max: number) =>
  spawnSync('prlimit', ['--pid', String(pid), `--nofile=${max}:`]).status === 0

test.skipIf(process.platform !== 'linux')(
  'a run that may open no more files holds its conversation, and applies a save once it may again',
  async () => {
    const folder = projectCopy()
    const cli = runner(['start', agent, '--jsonl', '--page', '--port', '0'], { cwd: folder })
    started.push(cli)
    const [, address = ''] = /(http:\S+)/.exec(await cli.shows(/in a browser: \S+/)) ?? []
    await cli.shows(/"type":"agent.transcript",/)
    expect(limitFiles(cli.child.pid, 3)).toBe(true)

    cli.type('{"type":"text","text":"lookup order A-1042"}')
    await cli.shows(/"agent.transcript",[^\n]*lookup_order did not work: not available right now/)
    edit(folder, voice('Sarah', 'Olivia'))
    await expect(fetch(address, { signal: AbortSignal.timeout(500) })).rejects.toThrow(/aborted/)
    cli.type('{"type":"text","text":"hello"}')
    await cli.shows(/"agent.transcript",[^\n]*You said: \\"hello/)

    expect(limitFiles(cli.child.pid, 1_024)).toBe(true)
    await cli.shows(/"reload.applied"[^\n]*"fields":\["voice"\]/)
    expect((await fetch(address)).status).toBe(200)
    cli.type('{"type":"text","text":"lookup order A-1042"}')
    await cli.shows(/"agent.transcript",[^\n]*status: shipped/)
    expect(cli.stdout()).not.toMatch(/"session.closed"/)
    cli.child.kill('SIGTERM')
    expect(await cli.ended).toBe(0)
  },
)
