import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Cli, linesOf, projectCopy, runner } from '../helpers/cli.ts'

const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

function start(args: readonly string[], options: Parameters<typeof runner>[1] = {}): Cli {
  const cli = runner(['start', ...args], options)
  open.push(cli)
  return cli
}

const folder = () => join(mkdtempSync(join(tmpdir(), 'runner-journal-')), 'calls')

function onlyFile(where: string): string {
  const [name, ...others] = readdirSync(where)
  expect(others).toEqual([])
  return join(where, name ?? '')
}

async function print(...args: string[]) {
  const cli = runner(args, { noInput: true })
  const code = await cli.ended
  return { code, stdout: cli.stdout(), stderr: cli.stderr() }
}

test("a journal holds a conversation's settings, transcripts, tool calls, latencies, usage and end", async () => {
  const where = folder()
  await start(['agents/support.yaml', '--say', 'where is order A-1042?', '--journal', where]).ended
  const lines = linesOf(readFileSync(onlyFile(where), 'utf8'))
  expect(lines[0]).toMatchObject({ type: 'journal', version: 1, agent: 'support', conversation: 'main' })
  expect(lines[1]).toMatchObject({ type: 'generation', generation: 1, voice: 'Sarah' })
  expect(lines[1]?.instructions).toContain('Nora')
  const types = lines.map(({ type }) => type)
  for (const type of ['caller.transcript', 'tool.started', 'tool.finished', 'agent.transcript', 'item.created'])
    expect(types).toContain(type)
  for (const type of ['turn.latency', 'response.finished']) expect(types).toContain(type)
  expect(types).not.toContain('agent.transcript.delta')
  expect(types.at(-1)).toBe('session.closed')
})

test('lines that cannot be written are logged as errors, counted at the end, and set the exit code', async () => {
  const where = folder()
  const given = ['agents/support.yaml', '--jsonl', '--no-main', '--journal', where, '--log-level', 'error']
  const cli = start(given)
  await cli.shows(/so the built-in emulator answers/)
  writeFileSync(where, '')
  cli.type('{"type":"text","text":"hello"}')
  await cli.shows(/"from":"journal"[^\n]*events are missing/)
  cli.child.stdin.end()
  expect(await cli.ended).toBe(3)
  const reasons = linesOf(cli.stderr().replace(/^runner: .*$/gm, '')).map(({ from, reason }) => [from, reason])
  expect(reasons).toEqual([
    ['journal', expect.stringMatching(/what is said meanwhile is not written down/)],
    ['journal', expect.stringMatching(/calls: [1-9]\d* lines could not be written in all; the run ends with 3$/)],
  ])
})

test("after a deployment moves the working folder's symlink, later journals are written at its new target", async () => {
  const site = mkdtempSync(join(tmpdir(), 'runner-site-'))
  const current = join(site, 'current')
  const deploy = () => {
    const release = projectCopy()
    symlinkSync(release, join(site, 'next'))
    renameSync(join(site, 'next'), current)
    return release
  }
  const first = deploy()
  const cli = start(['agents/support.yaml', '--jsonl', '--no-main', '--journal', 'calls'], {
    cwd: current,
    env: { PWD: current },
  })
  cli.type('{"type":"conversation.open","conversation":"a"}')
  await cli.shows(/"session.ready".*"conversation":"a"/)
  cli.type('{"type":"conversation.close","conversation":"a"}')
  await cli.shows(/"session.closed"/)
  expect(readdirSync(join(first, 'calls'))).toHaveLength(1)
  const second = deploy()
  rmSync(first, { recursive: true })
  cli.type('{"type":"conversation.open","conversation":"b"}')
  await cli.shows(/"session.ready".*"conversation":"b"/)
  cli.child.stdin.end()
  expect(await cli.ended).toBe(0)
  expect(readdirSync(join(second, 'calls'))).toEqual([expect.stringMatching(/-support-b\.jsonl$/)])
})

test('a generation line precedes the reports under that generation', async () => {
  const project = projectCopy()
  const where = folder()
  const cli = start(['agents/support.yaml', '--jsonl', '--journal', where], { cwd: project })
  await cli.shows(/"agent.transcript"/)
  const file = join(project, 'agents/support.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('voice: Sarah', 'voice: Clive'))
  await cli.shows(/"reload.applied"/)
  cli.type('{"type":"text","text":"hello again"}')
  await cli.shows(/hello again/)
  cli.child.stdin.end()
  await cli.ended
  const lines = linesOf(readFileSync(onlyFile(where), 'utf8'))
  const at = (fits: (line: (typeof lines)[number]) => boolean) => lines.findIndex(fits)
  const generation = at(({ type, voice }) => type === 'generation' && voice === 'Clive')
  expect(generation).toBeGreaterThan(1)
  expect(at(({ text }) => text === 'hello again')).toBeGreaterThan(generation)
})

test('the journal of a killed runner holds what was said', async () => {
  const where = folder()
  const cli = start(['agents/support.yaml', '--jsonl', '--journal', where])
  await cli.shows(/"agent.transcript"/)
  cli.child.kill('SIGKILL')
  await cli.ended
  const { code, stdout } = await print('transcript', onlyFile(where))
  expect(code).toBe(0)
  expect(stdout).toMatch(/agent +Hi, this is Nora/)
})

test('transcript prints a conversation as text, and skips invalid lines', async () => {
  const where = folder()
  await start(['agents/support.yaml', '--say', 'where is order A-1042?', '--journal', where]).ended
  const file = onlyFile(where)
  const call = '"type":"tool.started","conversation":"main","generation":1,"name":"pay","call_id":"c"'
  appendFileSync(file, `{${call},"t":1,"arguments":{"account":12345678901234567890}}\n`)
  appendFileSync(file, '{"type":"agent.transc')
  const { code, stdout, stderr } = await print('transcript', file)
  expect(code).toBe(0)
  expect(
    stdout
      .replaceAll(/in \d+ ms/g, 'in N ms')
      .split('\n')
      .slice(1),
  ).toEqual([
    expect.stringMatching(/—— generation 1 \([0-9a-f]{8}\): openai\/gpt-4.1-mini, Sarah$/),
    '  0:00  agent   Hi, this is Nora. How can I help?',
    expect.stringMatching(/caller {2}where is order A-1042\?$/),
    expect.stringMatching(/tool {4}lookup_order \{"order_number":"A-1042"\}$/),
    expect.stringMatching(/tool {4}lookup_order: ok in N ms$/),
    expect.stringMatching(/agent {3}.*shipped/),
    expect.stringMatching(/over {4}stopped$/),
    expect.stringMatching(/tool {4}pay \{"account":12345678901234567890\}$/),
    '',
  ])
  expect(stderr).toMatch(/left out what is no line of a journal: line \d+/)
})

test("logs lists a folder's conversations with statistics, and the events of one file", async () => {
  const where = folder()
  for (const words of ['where is order A-1042?', 'thanks'])
    await start(['agents/support.yaml', '--say', words, '--journal', where]).ended
  const listed = await print('logs', where)
  expect(listed.code).toBe(0)
  expect(listed.stdout.match(/ · support · .* · 1 turn · (?:1 call|0 calls) · .* · stopped$/gm)).toHaveLength(2)
  expect(listed.stdout).toMatch(/^ {2}2 conversations, 2 turns, 0 cut off$/m)
  expect(listed.stdout).toMatch(/end of turn → first sound: p50 \d+ ms, p95 \d+ ms \(/)
  expect(listed.stdout).toMatch(/tool lookup_order: 1 call, 0 failed, p50 \d+ ms/)
  expect(listed.stdout).toMatch(/usage of openai\/gpt-4.1-mini: \d+ in, \d+ out/)
  const one = await print('logs', join(where, readdirSync(where).sort()[0] ?? ''))
  expect(one.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}g1 {3}tool.finished +name="lookup_order"/m)
})

test('a reader that closes the pipe early, such as head, causes no error', async () => {
  const where = folder()
  await start(['agents/support.yaml', '--say', 'thanks', '--journal', where]).ended
  const cli = runner(['logs', where], { noInput: true })
  cli.child.stdout.destroy()
  expect(await cli.ended).toBe(0)
  expect(cli.stderr()).toBe('')
})

test.each([
  ['logs', 'nowhere', /nowhere does not exist; name a file that --journal wrote \(for runner logs, also its folder\)/],
  ['transcript', 'calls/x.jsonl', /x\.jsonl does not exist; name a file that --journal wrote/],
  ['logs', 'tools', /tools holds no journal; runner start --journal tools writes them/],
  ['transcript', 'package.json', /package.json is not a journal: its first line/],
  ['transcript', 'package.json/x.jsonl', /x\.jsonl cannot be read: a file is where a folder would be/],
  ['transcript', 'agents', /agents is a folder; name one of the files that runner logs agents lists/],
])('%s %s explains what is wrong', async (command, path, message) => {
  const { code, stderr } = await print(command, path)
  expect(code).toBe(3)
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/\n {4}at /)
})

test('an unwritable --journal folder ends the start before anything is opened', async () => {
  const cli = start(['agents/support.yaml', '--say', 'hello', '--journal', 'package.json'])
  expect(await cli.ended).toBe(3)
  expect(cli.stderr()).toMatch(/--journal: package.json is not a folder; name another folder/)
  expect(cli.stdout()).toBe('')
})
