import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Cli, type CliOptions, linesOf, projectCopy, root, runner } from '../helpers/cli.ts'

const agent = 'agents/support.yaml'
const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

/** A running process in a project of its own. */
async function begin(options: CliOptions = {}): Promise<{ readonly folder: string; readonly cli: Cli }> {
  const folder = options.cwd ?? projectCopy()
  const cli = runner(['start', agent, '--jsonl'], { ...options, cwd: folder })
  open.push(cli)
  await cli.shows(/"type":"agent.transcript",/)
  return { folder, cli }
}

/** What a command of another terminal prints, and its exit code. */
async function command(folder: string, args: readonly string[], env: { readonly [name: string]: string } = {}) {
  const cli = runner(args, { cwd: folder, env, noInput: true })
  const code = await cli.ended
  return { code, stdout: cli.stdout(), stderr: cli.stderr() }
}

function edit(folder: string, change: (text: string) => string): void {
  const file = join(folder, agent)
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

const voice = (from: string, to: string) => (text: string) => text.replace(`voice: ${from}`, `voice: ${to}`)
const withoutTools = (text: string) => text.split('\ntools:')[0] ?? ''
const record = (folder: string) => {
  const [name = ''] = readdirSync(join(folder, '.runner/run'))
  return JSON.parse(readFileSync(join(folder, '.runner/run', name), 'utf8'))
}

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
    stderr: expect.stringMatching(/main · generation 2 · 3 refused: voice: [^\n]*Nobody/),
  })
  edit(folder, (text) => text.replace('voice: Nobody', 'voise: Nobody'))
  const faulty = await command(folder, ['reload'])
  expect(faulty).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/unknown key "voise"[\s\S]*support\.yaml:11:1/),
  })
})

test("with reload.probe and no conversation, reload prints the service's verdict", async () => {
  const folder = projectCopy()
  edit(folder, (text) => `${text}\nreload: { probe: true }\n`)
  const cli = runner(['start', agent, '--jsonl', '--no-main'], { cwd: folder })
  open.push(cli)
  const records = join(folder, '.runner/run')
  await expect.poll(() => existsSync(records) && readdirSync(records)).toHaveLength(1)
  edit(folder, voice('Sarah', 'Olivia'))
  expect(await command(folder, ['reload'])).toMatchObject({ code: 0, stdout: 'support: generation 2, confirmed\n' })
  edit(folder, voice('Olivia', 'Nobody'))
  const refused = 'support: generation 3, refused by the service\n'
  expect(await command(folder, ['reload'])).toEqual({ code: 5, stdout: '', stderr: refused })
})

test('reload --accept applies a held save', async () => {
  const { folder, cli } = await begin()
  expect(await command(folder, ['reload', '--accept'])).toMatchObject({ code: 5, stderr: 'support: nothing is held\n' })
  edit(folder, withoutTools)
  expect(await command(folder, ['reload'])).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/held[\s\S]*RV905/),
  })
  expect((await command(folder, ['status'])).stdout).toMatch(/held: RV905 all 3 tools are gone/)
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

test('the control socket is private to its owner, recorded in .runner, and removed with the process', async () => {
  const { folder, cli } = await begin()
  const { socket, pid } = record(folder)
  expect(pid).toBe(cli.child.pid)
  expect([statSync(socket).mode & 0o777, statSync(join(folder, '.runner')).mode & 0o777]).toEqual([0o600, 0o700])
  cli.type('{"type":"stop"}')
  await cli.ended
  expect([existsSync(socket), readdirSync(join(folder, '.runner/run'))]).toEqual([false, []])
  expect(await command(folder, ['status'])).toMatchObject({
    code: 4,
    stderr: 'runner: no runner runs in this project: begin one with "runner start"\n',
  })
})

test("a control socket is placed elsewhere if its folder's path is too long", async () => {
  const long = join(mkdtempSync(join(tmpdir(), 'runner-')), 'x'.repeat(100))
  const { folder } = await begin({ env: { XDG_RUNTIME_DIR: long } })
  expect(Buffer.byteLength(record(folder).socket)).toBeLessThan(104)
  expect(await command(folder, ['status'])).toMatchObject({ code: 0 })
})

test('a control socket is placed elsewhere if XDG_RUNTIME_DIR does not exist', async () => {
  const { folder } = await begin({ env: { XDG_RUNTIME_DIR: join(mkdtempSync(join(tmpdir(), 'runner-')), 'gone') } })
  expect(await command(folder, ['status'])).toMatchObject({ code: 0 })
})

test('a process whose .runner was removed is found again, and stores later generations', async () => {
  const { folder, cli } = await begin()
  rmSync(join(folder, '.runner'), { recursive: true })
  await expect.poll(() => existsSync(join(folder, `.runner/run/${cli.child.pid}.json`)), { timeout: 20_000 }).toBe(true)
  edit(folder, voice('Sarah', 'Olivia'))
  expect((await command(folder, ['reload'])).stdout).toMatch(/^support: generation 2, confirmed/)
  expect(readFileSync(join(folder, '.runner/.gitignore'), 'utf8')).toBe('*\n')
  expect((await command(folder, ['history'])).stdout).toMatch(/^support\n +2 /)
  const steps = linesOf(readFileSync(join(folder, '.runner/audit.ndjson'), 'utf8')).map(({ ev }) => ev)
  expect(steps).toContain('reload.published')
})

test.each([
  ['.runner/run', /it cannot be named: EEXIST[^\n]*there is no control socket/],
  ['.runner', /nothing is kept in [^\n]*\.runner \(EEXIST[^\n]*status, reload[^\n]*RUNNER_FOLDER/],
])('if %s is a file, that is reported and conversations still work', async (path, words) => {
  const folder = projectCopy()
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), 'a file')
  const { cli } = await begin({ cwd: folder })
  await cli.shows(words)
})

test.each([
  ['status', async (folder: string) => void (await command(folder, ['status']))],
  ['the next start', async (folder: string) => void (await begin({ cwd: folder }))],
])('the socket and record of a killed process are removed by %s', async (_, next) => {
  const { folder, cli } = await begin()
  const { socket, pid } = record(folder)
  cli.child.kill('SIGKILL')
  await cli.ended
  await next(folder)
  expect([existsSync(socket), existsSync(join(folder, `.runner/run/${pid}.json`))]).toEqual([false, false])
})

test('a project folder removed during a run is not recreated', async () => {
  const { folder, cli } = await begin()
  rmSync(folder, { recursive: true })
  await cli.shows(/"reload.rejected"[^\n]*"RV907"/)
  cli.type('{"type":"stop"}')
  await cli.ended
  expect(existsSync(folder)).toBe(false)
})

test.skipIf(process.platform !== 'linux')(
  'the record of a dead process is removed even if another process has its pid',
  async () => {
    const { folder, cli } = await begin()
    const left = { ...record(folder), pid: process.pid }
    cli.child.kill('SIGKILL')
    await cli.ended
    writeFileSync(join(folder, `.runner/run/${left.pid}.json`), JSON.stringify(left))
    const { code, stderr } = await command(folder, ['status'])
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: 'runner: no runner runs in this project: begin one with "runner start"\n',
    })
    expect([existsSync(left.socket), readdirSync(join(folder, '.runner/run'))]).toEqual([false, []])
  },
)

test('without a terminal, SIGHUP reloads instead of ending the run', async () => {
  const { folder, cli } = await begin()
  cli.child.kill('SIGHUP')
  const audit = () => linesOf(readFileSync(join(folder, '.runner/audit.ndjson'), 'utf8'))
  await expect.poll(audit).toContainEqual(expect.objectContaining({ ev: 'reload.asked', actor: { kind: 'signal' } }))
  cli.type('{"type":"stop"}')
  expect(await cli.ended).toBe(0)
})

test('an unknown request to the control socket is answered with what it accepts', async () => {
  const { folder } = await begin()
  const { socket: socketPath } = record(folder)
  const ask = (method: string, path: string, body = '') =>
    new Promise<string>((answered, failed) => {
      const asked = request({ socketPath, method, path }, async (response) => {
        const chunks = await response.setEncoding('utf8').toArray()
        answered(`${response.statusCode} ${chunks.join('')}`)
      })
      asked.on('error', failed)
      asked.end(body)
    })
  expect(await ask('GET', '/')).toMatch(/^404 .*there is no GET \/; there are: GET \/status/)
  expect(await ask('POST', '/agents/nobody/reload')).toMatch(/^404 .*there is no agent .*nobody.*; there are: support/)
  expect(await ask('POST', '/agents/%zz/reload')).toMatch(/^404 .*there is no agent .*%zz/)
  expect(await ask('POST', '/agents/support/rollback', '{"to":"one"}')).toMatch(/^400 .*a number is wanted/)
  expect(await ask('POST', '/agents/support/reload', '{')).toMatch(/^400 .*the body is no JSON/)
  expect(await ask('POST', '/agents/support/reload', 'x'.repeat(70_000))).toMatch(/^400 .*at most 65536 bytes/)
})
