import {
  appendFileSync,
  existsSync,
  mkdirSync,
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
import { recordPath } from './running-process.ts'

const agent = 'agents/support.yaml'
const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

async function begin(folder: string, args: readonly string[] = []): Promise<Cli> {
  const cli = runner(['start', agent, '--jsonl', ...args], { cwd: folder })
  open.push(cli)
  if (!args.includes('--no-main')) await cli.shows(/"type":"agent.transcript",/)
  return cli
}

async function end(cli: Cli): Promise<void> {
  cli.type('{"type":"stop"}')
  expect(await cli.ended).toBe(0)
}

function edit(folder: string, change: (text: string) => string): void {
  const file = join(folder, agent)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

const storedGenerations = (folder: string) =>
  readdirSync(join(folder, '.runner/generations/support'))
    .map((name) => JSON.parse(readFileSync(join(folder, '.runner/generations/support', name), 'utf8')))
    .sort((one, other) => one.number - other.number)
const audit = (folder: string) => linesOf(readFileSync(join(folder, '.runner/audit.ndjson'), 'utf8'))

test("reload and rollback accept the agent's file, from any folder", async () => {
  const folder = projectCopy()
  await begin(folder)
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Olivia'))
  const asked = async (args: readonly string[], cwd = folder) => {
    const cli = runner(args, { cwd, noInput: true })
    await cli.ended
    return cli.stdout() + cli.stderr()
  }
  expect(await asked(['reload', agent])).toMatch(/^support: generation 2, confirmed/)
  expect(await asked(['rollback', 'support.yaml'], join(folder, 'agents'))).toMatch(/^support: generation 3, confirmed/)
  expect(await asked(['reload', 'agents/other.yaml'])).toMatch(/no running process has an agent "agents\/other.yaml"/)
})

test('generation numbers continue over restarts, and verdicts are stored', async () => {
  const folder = projectCopy()
  const first = await begin(folder)
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Olivia'))
  await first.shows(/"type":"reload.applied"[^\n]*"generation":2[^\n]*"fields":\["voice"\]/)
  edit(folder, (text) => text.replace('voice: Olivia', 'voice: Nobody'))
  await first.shows(/"type":"reload.refused"/)
  edit(folder, (text) => text.replace('voice: Nobody', 'voice: Ashley'))
  await first.shows(/"type":"reload.applied"[^\n]*"generation":4/)
  await end(first)
  const judged = storedGenerations(folder).map(({ number, verdict, source }) => `${number} ${source} ${verdict}`)
  expect(judged).toEqual(['1 start confirmed', '2 file confirmed', '3 file refused', '4 file confirmed'])

  const second = await begin(folder)
  await second.shows(/"type":"session.ready"[^\n]*"generation":4/)
  await end(second)
  edit(folder, (text) => text.replace('voice: Ashley', 'voice: Clive'))
  const third = await begin(folder)
  await third.shows(/"type":"session.ready"[^\n]*"generation":5/)
  await end(third)
})

test('a generation with a deferred setting is not confirmed until that setting is reverted', async () => {
  const folder = projectCopy()
  const cli = await begin(folder)
  const before = readFileSync(join(folder, agent), 'utf8')
  const audio = '\naudio: { output: { format: pcm, rate: 16000 } }\n'
  edit(folder, (text) => text.replace('description: First', 'description: Friendly first') + audio)
  await cli.shows(/"type":"reload.applied"[^\n]*"offered":2,"fields":\["description"\]/)
  await cli.shows(/"type":"reload.deferred"[^\n]*"offered":2/)
  writeFileSync(join(folder, agent), before)
  await cli.shows(/"type":"reload.applied"[^\n]*"offered":3/)
  await end(cli)
  const judged = storedGenerations(folder).map(({ number, verdict }) => `${number} ${verdict}`)
  expect(judged).toEqual(['1 confirmed', '2 open', '3 confirmed'])
})

test('a comment makes no generation', async () => {
  const folder = projectCopy()
  const cli = await begin(folder)
  edit(folder, (text) => `# hello\n${text}`)
  await expect.poll(() => audit(folder).map(({ ev }) => ev)).toContain('reload.nochange')
  await end(cli)
  expect(storedGenerations(folder).map(({ number }) => number)).toEqual([1])
})

test('a save that removes all tools is held, and saving it again confirms it', async () => {
  const folder = projectCopy()
  const cli = await begin(folder)
  const cut = readFileSync(join(folder, agent), 'utf8').split('\ntools:')[0] ?? ''
  writeFileSync(join(folder, agent), cut)
  await cli.shows(/"type":"reload.held"[^\n]*"rule":"RV905","level":"error","message":"all 3 tools are gone"/)
  writeFileSync(join(folder, agent), cut)
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":2[^\n]*"fields":\["tools"\]/)
  await end(cli)
})

test('saving a script or another file does not confirm a held save', async () => {
  const folder = projectCopy()
  writeFileSync(join(folder, 'agents/prompt.md'), 'You are Nora, and you answer the phone.\n')
  edit(folder, (text) => text.replace(/^instructions: \|\n( .*\n)+/m, 'instructions_file: prompt.md\n'))
  const cli = await begin(folder)
  writeFileSync(join(folder, 'agents/prompt.md'), 'You are\n')
  await cli.shows(/"type":"reload.held"[^\n]*"rule":"RV905"/)
  const waitForUnchangedSaves = (count: number) =>
    expect.poll(() => audit(folder).filter(({ ev }) => ev === 'reload.nochange')).toHaveLength(count)
  appendFileSync(join(folder, 'tools/lookup_order.mjs'), '\n')
  await waitForUnchangedSaves(1)
  edit(folder, (text) => `# hello\n${text}`)
  await waitForUnchangedSaves(2)
  expect(audit(folder).map(({ ev }) => ev)).not.toContain('reload.published')
  writeFileSync(join(folder, 'agents/prompt.md'), 'You are\n')
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":2[^\n]*"fields":\["instructions"\]/)
  await end(cli)
})

test('a held save can be confirmed by saving again even after other or invalid saves', async () => {
  const folder = projectCopy()
  writeFileSync(join(folder, 'agents/prompt.md'), 'You are Nora, and you answer the phone.\n')
  edit(folder, (text) => text.replace(/^instructions: \|\n( .*\n)+/m, 'instructions_file: prompt.md\n'))
  const cli = await begin(folder)
  const waitForReports = (count: number) => cli.shows(new RegExp(`("type":"reload.(held|rejected)"[^]*){${count}}`))
  writeFileSync(join(folder, 'agents/prompt.md'), 'You are\n')
  await waitForReports(1)
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Olivia'))
  await waitForReports(2)
  edit(folder, (text) => `foo: 1\n${text}`)
  await waitForReports(3)
  edit(folder, (text) => text.replace('foo: 1\n', ''))
  await waitForReports(4)
  writeFileSync(join(folder, 'agents/prompt.md'), 'You are\n')
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":2[^\n]*"fields":\["voice","instructions"\]/)
  await end(cli)
})

test('--settle sets the settle time: a long one is waited for, and 0 works with renames', async () => {
  const folder = projectCopy()
  const slow = await begin(folder, ['--settle', '900'])
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Olivia'))
  const [, ms] = /"type":"reload.sent"[^\n]*"ms":(\d+)/.exec(await slow.shows(/"type":"reload.sent"[^\n]*/)) ?? []
  expect(Number(ms)).toBeGreaterThanOrEqual(890)
  await end(slow)
  const quick = await begin(folder, ['--settle', '0'])
  const text = readFileSync(join(folder, agent), 'utf8').replace('voice: Olivia', 'voice: Ashley')
  writeFileSync(join(folder, 'agents/.new'), text)
  renameSync(join(folder, 'agents/.new'), join(folder, agent))
  await quick.shows(/"type":"reload.applied"[^\n]*"fields":\["voice"\]/)
  await end(quick)
})

test('a good save replaces a held one', async () => {
  const folder = projectCopy()
  const cli = await begin(folder)
  const good = readFileSync(join(folder, agent), 'utf8')
  writeFileSync(join(folder, agent), good.split('\ntools:')[0] ?? '')
  await cli.shows(/"type":"reload.held"/)
  writeFileSync(join(folder, agent), good.replace('voice: Sarah', 'voice: Olivia'))
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":2[^\n]*"fields":\["voice"\]/)
  await end(cli)
})

test('content that the service refused is not offered again', async () => {
  const folder = projectCopy()
  const cli = await begin(folder)
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Nobody'))
  await cli.shows(/"type":"reload.refused"[^\n]*"offered":2/)
  cli.type('{"type":"conversation.open","conversation":"b"}')
  await cli.shows(/"type":"session.ready"[^\n]*"conversation":"b","generation":1/)
  edit(folder, (text) => text.replace('voice: Nobody', 'voice: Olivia'))
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":3/)
  edit(folder, (text) => text.replace('voice: Olivia', 'voice: Nobody'))
  await cli.shows(/"type":"reload.held"[^\n]*RV906[^\n]*as generation 2/)
  await end(cli)
  expect(cli.stdout().match(/"type":"reload.refused"/g)).toHaveLength(1)
})

test('content that the service has just refused is held when it is saved again', async () => {
  const folder = projectCopy()
  const cli = await begin(folder)
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Nobody'))
  await cli.shows(/"type":"reload.refused"[^\n]*"offered":2/)
  edit(folder, (text) => text)
  await cli.shows(/"type":"reload.held"[^\n]*RV906[^\n]*as generation 2/)
  edit(folder, (text) => text)
  await cli.shows(/"type":"reload.refused"[^\n]*"offered":3/)
  await end(cli)
})

test('a conversation whose generation is refused at the start falls back on the last confirmed one, even of an earlier run', async () => {
  const folder = projectCopy()
  await end(await begin(folder))
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Nobody'))
  const cli = await begin(folder)
  const words = 'the service refused generation 2; this conversation begins with generation 1'
  await cli.shows(new RegExp(`"type":"reload.refused"[^\n]*"offered":2[\\s\\S]*"type":"warning"[^\n]*${words}`))
  await cli.shows(/"type":"session.ready"[^\n]*"generation":1/)
  cli.type('{"type":"conversation.open","conversation":"b"}')
  await cli.shows(/"type":"session.ready"[^\n]*"conversation":"b","generation":1/)
  const reload = runner(['reload'], { cwd: folder, noInput: true })
  expect(await reload.ended).toBe(5)
  expect(reload.stderr()).toMatch(/^support: generation 2, refused by the service\n +main · generation 1 · 2 refused/)
  const status = runner(['status'], { cwd: folder, noInput: true })
  expect(await status.ended).toBe(0)
  expect(status.stdout()).toMatch(/^ +generation 1 · started \d{1,3} s ago · confirmed/m)
  await end(cli)
  expect(cli.stdout().match(/"type":"reload.refused"/g)).toHaveLength(1)
})

test('a missing agent file is reported as a rejected save, and its return as applied', async () => {
  const folder = projectCopy()
  const cli = await begin(folder)
  const text = readFileSync(join(folder, agent), 'utf8')
  rmSync(join(folder, agent))
  await cli.shows(/"type":"reload.rejected"[^\n]*"rule":"RV907"[^\n]*agents\/support.yaml: there is no such file/)
  writeFileSync(join(folder, agent), text)
  await cli.shows(/"type":"reload.applied"[^\n]*"offered":1,"fields":\[\]/)
  await end(cli)
})

test('a process follows a deployment symlink: the new release has its record, generations and rollback', async () => {
  const site = mkdtempSync(join(tmpdir(), 'runner-site-'))
  const release = (name: string) => join(site, 'releases', name)
  mkdirSync(join(site, 'releases'))
  for (const name of ['1', '2']) renameSync(projectCopy(), release(name))
  edit(release('2'), (text) => text.replace('voice: Sarah', 'voice: Olivia'))
  const lead = (name: string) => {
    symlinkSync(release(name), join(site, 'next'))
    renameSync(join(site, 'next'), join(site, 'current'))
  }
  lead('1')
  const cli = runner(['start', `current/${agent}`, '--jsonl'], { cwd: site })
  open.push(cli)
  await cli.shows(/"type":"agent.transcript",/)
  lead('2')
  await cli.shows(/"type":"reload.applied"[^\n]*"offered":2,/)
  const record = recordPath(release('2'), cli.child.pid)
  await expect.poll(() => existsSync(record), { timeout: 20_000 }).toBe(true)
  const asked = runner(['status'], { cwd: release('2'), noInput: true })
  expect(await asked.ended).toBe(0)
  expect(asked.stdout()).toMatch(/^support .*\n {2}generation 2 /m)
  const rollback = runner(['rollback', 'support'], { cwd: release('2'), noInput: true })
  expect([await rollback.ended, rollback.stderr()]).toEqual([0, ''])
  await cli.shows(/"type":"reload.applied"[^\n]*"offered":3,"fields":\["voice"\]/)
  await end(cli)
  expect(storedGenerations(release('2')).map(({ number, verdict }) => `${number} ${verdict}`)).toEqual([
    ...['2 confirmed', '3 confirmed'],
  ])
  expect(audit(release('2')).map(({ ev }) => ev)).toContain('reload.acked')
  expect(audit(release('1')).map(({ ev }) => ev)).not.toContain('reload.acked')
})

test('without any conversation, the outcome of an edit is printed on standard error', async () => {
  const folder = projectCopy()
  const cli = await begin(folder, ['--no-main', '--log-level', 'info'])
  await cli.shows(/runner 0/)
  edit(folder, (text) => text.replace('voice: Sarah', 'voise: Sarah'))
  await cli.shows(/not taken, the last good settings stay[\s\S]*RV101/)
  edit(folder, (text) => text.replace('voise: Sarah', 'voice: Olivia'))
  await cli.shows(/generation 2 is loaded; the next conversation begins with it/)
  await end(cli)
})

test('with reload.probe and no conversation, each edit is probed; a refusal is shown at its line, and audited', async () => {
  const folder = projectCopy()
  edit(folder, (text) => `${text}\nreload: { probe: true }\n`)
  const cli = await begin(folder, ['--no-main', '--log-level', 'info'])
  await cli.shows(/runner 0/)
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Olivia'))
  await cli.shows(/the service said yes to generation 2 \(\d+ ms\)/)
  edit(folder, (text) => text.replace('voice: Olivia', 'voice: Nobody'))
  await cli.shows(/refused by the service, new conversations begin with generation 2: [^\n]*[\s\S]*support\.yaml:11/)
  cli.type('{"type":"conversation.open","conversation":"a"}')
  await cli.shows(/"type":"session.ready"[^\n]*"generation":2/)
  await end(cli)
  expect(storedGenerations(folder).map(({ number, verdict }) => `${number} ${verdict}`)).toEqual([
    ...['1 open', '2 confirmed', '3 refused'],
  ])
  expect(linesOf(cli.stdout()).filter(({ conversation }) => conversation !== 'a')).toEqual([])
  const refusal = { gen: 3, paths: ['voice'], message: "Unsupported voice: 'Nobody'.", code: 'invalid_value' }
  expect(audit(folder).find(({ ev }) => ev === 'generation.refused')).toMatchObject(refusal)
})

test('every step of an edit is appended to the audit', async () => {
  const folder = projectCopy()
  const first = await begin(folder)
  edit(folder, (text) => text.replace('voice: Sarah', 'voice: Olivia').replace('Hi, this', 'Ahoy, this'))
  await first.shows(/"type":"reload.applied"/)
  edit(folder, (text) => text.replace('voice: Olivia', 'voice: Nobody'))
  await first.shows(/"type":"reload.refused"/)
  edit(folder, (text) => text.replace('voice: Nobody', 'voise: Nobody'))
  await first.shows(/"type":"reload.rejected"/)
  await end(first)
  const steps = audit(folder)
  const names = steps.map(({ ev }) => ev)
  expect(names.slice(0, 6)).toEqual([
    ...['generation.confirmed', 'reload.seen', 'reload.published', 'reload.deferred', 'reload.sent', 'reload.acked'],
  ])
  for (const step of ['reload.nacked', 'generation.refused', 'reload.refused', 'session.final'])
    expect(names).toContain(step)
  expect(steps.find(({ ev }) => ev === 'reload.published')).toMatchObject({
    agent: 'support',
    gen: 2,
    prev: 1,
    source: 'file',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    actor: { kind: 'file', path: join(folder, agent), uid: process.getuid?.() },
  })
  expect(steps.find(({ ev }) => ev === 'reload.acked')).toEqual({
    ...{
      t: expect.any(String),
      ev: 'reload.acked',
      agent: 'support',
      gen: 2,
      session: 'main',
      paths: ['voice'],
    },
    ms: expect.any(Number),
    ms_wire: expect.any(Number),
  })
  expect(steps.filter(({ ev }) => ev === 'reload.nacked')).toMatchObject([{ gen: 3, prev: 2 }])
  expect(steps.filter(({ ev }) => ev === 'session.final')).toMatchObject([{ gen: 2 }])

  edit(folder, (text) => text.replace('voise: Nobody', 'voice: Olivia'))
  await end(await begin(folder))
  expect(audit(folder).slice(0, steps.length)).toEqual(steps)
  expect(audit(folder).length).toBeGreaterThan(steps.length)
})
