import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linesOf, projectCopy, root, runner } from '../helpers/cli.ts'
import { agent, begin, command, edit, started, voice } from './running-process.ts'

const withoutTools = (text: string) => text.split('\ntools:')[0] ?? ''

test('status shows generations and conversations, as text and as JSON', async () => {
  const { folder } = await begin()
  const people = await command(folder, ['status'])
  expect(people).toMatchObject({ code: 0, stderr: '' })
  expect(people.stdout).toMatch(
    /^support \(agents\/support\.yaml\)\n {2}generation 1 · started .* · confirmed · [0-9a-f]{12}$/m,
  )
  expect(people.stdout).toMatch(/^ {2}1 conversation, 1 on generation 1\n {4}main · generation 1$/m)
  const [status] = JSON.parse((await command(folder, ['status', '--json'])).stdout)
  expect(status.agents[0]).toMatchObject({
    name: 'support',
    held: null,
    generation: { number: 1, verdict: 'confirmed' },
  })
  const paths = status.agents[0].files.map(({ path }: { path: string }) => path)
  expect(paths).toEqual(expect.arrayContaining([agent, 'tools/lookup_order.mjs']))
})

test('a tool that calls runner status is answered by its own runner', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runner-asked-'))
  const tool = 'name: tell_status, description: Tells the status., timeout: 30s'
  const run = JSON.stringify([process.execPath, join(root, 'bin/runner.js'), 'status'])
  writeFileSync(join(folder, 'package.json'), '{}')
  const text = `version: 1\nname: desk\ninstructions: Help.\ntools: [{ ${tool}, run: ${run} }]\n`
  writeFileSync(join(folder, 'desk.yaml'), text)
  const said = await command(folder, ['start', 'desk.yaml', '--offline', '--say', 'tell the status'])
  expect(said.code).toBe(0)
  expect(said.stdout).toMatch(/1 conversation, 1 on generation 1/)
})

test.skipIf(process.platform === 'win32')(
  'named pipes in the place of its files delay neither a tool, nor status, nor the end',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runner-pipes-'))
    const tool = 'name: look_here, description: Looks here., run: ./look.sh, env_file: ./shop.env'

    writeFileSync(join(folder, 'package.json'), '{}')
    const tools = `[{ ${tool} }, { name: list_it, description: Lists it., run: ./list.sh }]`
    writeFileSync(join(folder, 'desk.yaml'), `version: 1\nname: desk\ninstructions: Help.\ntools: ${tools}\n`)
    writeFileSync(join(folder, 'shop.env'), 'A=1\n')
    for (const name of ['look.sh', 'list.sh']) writeFileSync(join(folder, name), '#!/bin/sh\n', { mode: 0o755 })
    const cli = runner(['start', 'desk.yaml', '--jsonl'], { cwd: folder })
    started.push(cli)
    await cli.shows(/"type":"session.ready"/)
    for (const name of ['desk.yaml', 'shop.env', 'look.sh', 'list.sh']) {
      unlinkSync(join(folder, name))
      spawnSync('mkfifo', [join(folder, name)])
    }
    for (const name of ['look_here', 'list_it']) {
      cli.type(JSON.stringify({ type: 'text', text: name.replace('_', ' ') }))
      await cli.shows(new RegExp(`"type":"tool.finished"[^\\n]*"name":"${name}"[^\\n]*"status":"misconfigured"`))
    }
    expect(await command(folder, ['reload'])).toMatchObject({ code: 5 })
    expect((await command(folder, ['status'])).stdout).toContain('desk.yaml is no regular file')
    cli.type('{"type":"stop"}')
    expect(await cli.ended).toBe(0)
  },
)

test('an edit that is undone no longer waits for the next session, and reload says that nothing differs', async () => {
  const { folder } = await begin()
  edit(folder, (text) => text.replace('Hi, this is Nora.', 'Good day.'))
  expect((await command(folder, ['reload'])).stdout).toMatch(
    / · 2 deferred: greeting · for the next session: greeting\n$/,
  )
  edit(folder, (text) => text.replace('Good day.', 'Hi, this is Nora.'))
  expect((await command(folder, ['reload'])).stdout).toMatch(
    / · generation 3 · 3 applied: nothing differs from before, after \d+ ms\n$/,
  )
})

test('reload prints the outcome of the save in every conversation', async () => {
  const { folder } = await begin()
  expect(await command(folder, ['reload'])).toMatchObject({
    code: 0,
    stdout: 'support: nothing to do, generation 1 is in force\n',
  })
  edit(folder, voice('Sarah', 'Olivia'))
  const applied = await command(folder, ['reload', 'support'])
  expect(applied.stdout).toMatch(
    /^support: generation 2, confirmed\n {4}main · generation 2 · 2 applied: voice Sarah → Olivia, sent after \d+ ms, confirmed after \d+ ms\n$/,
  )
  edit(folder, voice('Olivia', 'Nobody'))
  const refused = await command(folder, ['reload', 'support'])
  expect(refused).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/main · generation 2 · 3 refused: voice: [^\n]*Nobody[\s\S]*support\.yaml:11:8\n/),
  })
  edit(folder, (text) => text.replace('voice: Nobody', 'voise: Nobody'))
  const faulty = await command(folder, ['reload'])
  expect(faulty).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/unknown key "voise"[\s\S]*support\.yaml:11:1/),
  })
})

test("with reload.probe and no conversation, reload and status show the service's verdict with its line", async () => {
  const folder = projectCopy()
  edit(folder, (text) => `${text}\nreload: { probe: true }\n`)
  const cli = runner(['start', agent, '--jsonl', '--no-main'], { cwd: folder })
  started.push(cli)
  const records = join(folder, '.runner/run')
  await expect.poll(() => existsSync(records) && readdirSync(records)).toHaveLength(1)
  edit(folder, voice('Sarah', 'Olivia'))
  expect(await command(folder, ['reload'])).toMatchObject({ code: 0, stdout: 'support: generation 2, confirmed\n' })
  edit(folder, voice('Olivia', 'Nobody'))
  const refused = await command(folder, ['reload'])
  expect(refused).toMatchObject({ code: 5, stdout: '' })
  expect(refused.stderr).toMatch(
    /^support: generation 3, refused by the service\nerror\[RV910\] [^\n]*'Nobody'[^\n]*\n[^\n]*support\.yaml:11:8\n/,
  )
  expect((await command(folder, ['status'])).stdout).toMatch(
    /^ {2}generation 2 .*\n {2}the service refused generation 3:\n {4}error\[RV910\] .*\n.*support\.yaml:11:8\n/m,
  )
})

test('status shows why the last save is not in force, with its lines', async () => {
  const { folder } = await begin()
  edit(folder, (text) => text.replace('voice:', 'voise:'))
  await command(folder, ['reload'])
  expect((await command(folder, ['status'])).stdout).toMatch(
    /^ {2}the last save is not taken:\n {4}error\[RV101\] unknown key "voise"\n.*support\.yaml:11:1\n/m,
  )
  unlinkSync(join(folder, agent))
  await command(folder, ['reload'])
  expect((await command(folder, ['status'])).stdout).toContain(
    '\n  the last save is not taken:\n    agents/support.yaml: there is no such file\n',
  )
})

test('a warning that a good save brings is shown once: in the conversation, by reload, and by status until the next save', async () => {
  const { folder, cli } = await begin()
  const described = (name: string) => (text: string) => text.replace(`description: The ${name}.`, `title: The ${name}.`)
  edit(folder, described("parcel's weight in kilograms"))
  const first = (await command(folder, ['reload'])).stdout
  expect(first).toMatch(
    /^support: generation 2, confirmed\n[^\n]*\nwarning\[RV505\] [^\n]*weight_kg has no description\n/,
  )
  expect((await command(folder, ['status'])).stdout).toMatch(
    /^ {2}generation 2 has new warnings:\n {4}warning\[RV505\] /m,
  )
  edit(folder, described('country to ship to'))
  const second = (await command(folder, ['reload'])).stdout
  expect(second.match(/warning\[.*/g)).toEqual([expect.stringMatching(/country has no description$/)])
  const endCall = '  - control: end_call\n    description: End the call.\n'
  edit(folder, (text) => voice('Sarah', 'Olivia')(text).replace('\ntools:\n', `\ntools:\n${endCall}`))
  expect((await command(folder, ['reload'])).stdout).not.toContain('warning')
  expect((await command(folder, ['status'])).stdout).not.toContain('warning')
  await command(folder, ['rollback', 'support', '--to', '1'])
  await command(folder, ['rollback', 'support', '--to', '2'])
  expect((await command(folder, ['status'])).stdout).toMatch(/rolled back[^\n]*\n {2}generation 6 has new warnings:\n/)
  const shown = linesOf(cli.stdout()).flatMap(({ type, message }) => (type === 'warning' ? [message] : []))
  expect(shown).toEqual([
    expect.stringMatching(/^agents\/support\.yaml:\d+:\d+ .*weight_kg has no description$/),
    expect.stringMatching(/^agents\/support\.yaml:\d+:\d+ .*country has no description$/),
    expect.stringMatching(/^agents\/support\.yaml:\d+:\d+ .*weight_kg has no description$/),
  ])
})

test('a warning that a good save brings is logged where no conversation shows it', async () => {
  const folder = projectCopy()
  const cli = runner(['start', agent, '--jsonl', '--no-main'], { cwd: folder })
  started.push(cli)
  const records = join(folder, '.runner/run')
  await expect.poll(() => existsSync(records) && readdirSync(records)).toHaveLength(1)
  edit(folder, (text) => text.replace("description: The parcel's weight in kilograms.", 'title: Weight.'))
  await cli.shows(/support\.yaml: 1 new warning[\s\S]*RV505/)
})

test('reload --accept applies a held save', async () => {
  const { folder, cli } = await begin()
  expect(await command(folder, ['reload', '--accept'])).toMatchObject({ code: 5, stderr: 'support: nothing is held\n' })
  edit(folder, withoutTools)
  expect(await command(folder, ['reload'])).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/held[\s\S]*RV905/),
  })
  expect((await command(folder, ['status'])).stdout).toMatch(/is held:\n {4}error\[RV905\] all 3 tools are gone/)
  expect(await command(folder, ['reload', '--accept'])).toMatchObject({ code: 0 })
  await cli.shows(/"type":"reload.applied"[^\n]*"generation":2[^\n]*"fields":\["tools"\]/)
})

test('reload --accept sends content again that the service refused before', async () => {
  const { folder, cli } = await begin()
  edit(folder, voice('Sarah', 'Nobody'))
  await command(folder, ['reload'])
  edit(folder, voice('Nobody', 'Sarah'))
  await command(folder, ['reload'])
  edit(folder, voice('Sarah', 'Nobody'))
  await command(folder, ['reload'])
  await cli.shows(/"type":"reload.held"[^\n]*RV906/)
  expect(await command(folder, ['reload', '--accept'])).toMatchObject({ code: 5 })
  await cli.shows(/"type":"reload.refused"[^\n]*"offered":3/)
})

test('rollback makes a new generation of old content, and the next change of the file replaces it', async () => {
  const { folder, cli } = await begin()
  edit(folder, voice('Sarah', 'Olivia'))
  await command(folder, ['reload'])
  const back = await command(folder, ['rollback', 'support'])
  expect(back).toMatchObject({ code: 0, stdout: expect.stringMatching(/^support: generation 3, /) })
  await cli.shows(/"type":"reload.applied"[^\n]*"offered":3,"fields":\["voice"\]/)
  edit(folder, (text) => `# hello\n${text}`)
  expect((await command(folder, ['reload'])).stdout).toBe('support: nothing to do, generation 3 is in force\n')
  edit(folder, voice('Olivia', 'Ashley'))
  expect((await command(folder, ['reload'])).stdout).toMatch(/^support: generation 4, /)
  expect((await command(folder, ['rollback', 'support', '--to', '2'])).stdout).toMatch(/^support: generation 5, /)
  const [status] = JSON.parse((await command(folder, ['status', '--json'])).stdout)
  expect(status.agents[0].generation).toMatchObject({ number: 5, source: 'rollback' })
  expect(await command(folder, ['rollback', 'support', '--to', '99'])).toMatchObject({
    code: 5,
    stderr: 'support: there is no generation 99; kept are: 1, 2, 3, 4, 5\n',
  })
})

test('a generation made by a rollback can be rolled back to, and survives a restart', async () => {
  const { folder, cli } = await begin()
  edit(folder, voice('Sarah', 'Olivia'))
  await command(folder, ['reload'])
  await command(folder, ['rollback', 'support'])
  edit(folder, voice('Olivia', 'Ashley'))
  await command(folder, ['reload'])
  const back = await command(folder, ['rollback', 'support', '--to', '3'])
  expect(back.stdout).toMatch(/^support: generation 5, confirmed\n.*5 applied: voice Ashley → Sarah/)
  cli.type('{"type":"stop"}')
  await cli.ended
  edit(folder, voice('Ashley', 'Nobody'))
  const again = await begin({ cwd: folder })
  await again.cli.shows(/"type":"session.ready"[^\n]*"generation":5/)
  const settings = linesOf(again.cli.stdout()).find(({ type }) => type === 'session.settings')
  expect(settings).toMatchObject({ session: { audio: { output: { voice: 'Sarah' } } } })
})

test('rollback fails for a stored generation without its text', async () => {
  const { folder } = await begin()
  edit(folder, voice('Sarah', 'Olivia'))
  await command(folder, ['reload'])
  const own = join(folder, '.runner/generations/support')
  const file = join(own, readdirSync(own).find((name) => name.startsWith('1-')) ?? '')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), files: [] }))
  expect(await command(folder, ['rollback', 'support'])).toMatchObject({
    code: 5,
    stderr: `support: generation 1 was kept of ${agent}, without a text of ${agent}\n`,
  })
})

test('rollback loads a pending save first', async () => {
  const { folder } = await begin()
  edit(folder, voice('Sarah', 'Olivia'))
  const back = await command(folder, ['rollback', 'support'])
  expect(back.stdout).toMatch(/^support: generation 3, confirmed\n.*voice Olivia → Sarah/)
})

test('with several processes of one project, each is asked and named in the output', async () => {
  const { folder, cli } = await begin()
  const { cli: other } = await begin({ cwd: folder })
  edit(folder, voice('Sarah', 'Olivia'))
  const { code, stdout } = await command(folder, ['reload'])
  expect(code).toBe(0)
  for (const { child } of [cli, other])
    expect(stdout).toContain(`process ${child.pid}: support: generation 2, confirmed\n`)
  expect(JSON.parse((await command(folder, ['status', '--json'])).stdout)).toHaveLength(2)
  expect(readdirSync(join(folder, '.runner/generations/support'))).toHaveLength(2)
})

test('history lists the stored generations, without a running process', async () => {
  const { folder, cli } = await begin()
  edit(folder, voice('Sarah', 'Olivia'))
  await command(folder, ['reload'])
  cli.type('{"type":"stop"}')
  await cli.ended
  const { code, stdout } = await command(folder, ['history', '--diff'])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^support\n +2 {2}[0-9a-f]{12} .* file +confirmed +voice\n +voice {2}Sarah → Olivia\n +1 {2}[0-9a-f]{12} .* start +confirmed\n$/,
  )
  expect(JSON.parse((await command(folder, ['history', 'support', '--json'])).stdout).support).toHaveLength(2)
  expect(await command(folder, ['history', 'nobody'])).toMatchObject({
    code: 1,
    stderr: 'runner: no generations are kept of an agent "nobody"; there are: support\n',
  })
})

test('history says of a generation that only the environment has changed that its files have not', async () => {
  const folder = projectCopy()
  edit(folder, voice('Sarah', `\${env:DESK_VOICE:-Sarah}`))
  for (const DESK_VOICE of ['Olivia', 'Mark']) {
    const said = runner(['start', agent, '--offline', '--say', 'hello'], { cwd: folder, env: { DESK_VOICE } })
    expect(await said.ended).toBe(0)
  }
  const { stdout } = await command(folder, ['history'])
  expect(stdout).toMatch(/^support\n +2 .* confirmed +nothing in its files\n +1 .* start +confirmed\n$/)
})

test('without a terminal, SIGHUP reloads instead of ending the run', async () => {
  const { folder, cli } = await begin()
  cli.child.kill('SIGHUP')
  const audit = () => linesOf(readFileSync(join(folder, '.runner/audit.ndjson'), 'utf8'))
  await expect.poll(audit).toContainEqual(expect.objectContaining({ ev: 'reload.asked', actor: { kind: 'signal' } }))
  cli.type('{"type":"stop"}')
  expect(await cli.ended).toBe(0)
})
