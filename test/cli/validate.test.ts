import { execSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectCopy, root, runner } from '../helpers/cli.ts'

const good = 'version: 1\nname: desk\ninstructions: Be brief.\n'

describe('runner validate', () => {
  test('exits with 0 for a clean folder', async () => {
    expect(await ran(['validate', 'agents'], root)).toMatchObject({
      code: 0,
      stdout: '1 file, no faults\n',
      stderr: '',
    })
  })

  test('shows every fault of every file with its line, its rule and a suggestion', async () => {
    const folder = folderOf({ 'a.yaml': `${good}vioce: Sarah\n`, 'deep/b.yml': `${good}temperature: warm\n` })
    const { code, stdout } = await ran(['validate', '.'], folder)
    expect(code).toBe(1)
    expect(stdout).toContain('error[RV101] unknown key "vioce"')
    expect(stdout).toMatch(/> a\.yaml:4:1$/m)
    expect(stdout).toMatch(/did you mean "?voice"?\?/i)
    expect(stdout).toMatch(/> deep\/b\.yml:4:14$/m)
    expect(stdout).toContain('2 files, 2 errors, 0 warnings')
  })

  test('tells the wrong line of an env_file, without showing what stands there', async () => {
    const tool = '{ name: look, description: Looks., run: sh, env_file: ./shop.env }'
    const folder = folderOf({ 'a.yaml': `${good}tools: [${tool}]\n`, 'shop.env': '# keys\nTOKEN hunter2\n' })
    for (const args of [[], ['--format', 'json'], ['--format', 'github']]) {
      const { code, stdout } = await ran(['validate', 'a.yaml', ...args], folder)
      expect(code).toBe(0)
      expect(stdout).toMatch(/shop\.env(:2:1$|".*"line": ?2|,line=2)/ms)
      expect(stdout).not.toContain('hunter2')
    }
  })

  test('skips parts in a folder, and checks those named', async () => {
    const folder = folderOf({ 'a.yaml': good, '_part.yaml': 'x: 1\n', '.hidden/c.yaml': 'x: 1\n' })
    expect((await ran(['validate', '.'], folder)).code).toBe(0)
    expect((await ran(['validate', '_part.yaml'], folder)).code).toBe(1)
  })

  test('checks a named folder whatever its name, and counts a file given twice once', async () => {
    const folder = join(folderOf({ '_work/.agents/a.yaml': good, '_work/.agents/_part.yaml': 'x: 1\n' }), '_work')
    for (const named of ['.agents', join(folder, '.agents'), '.agents/*.yaml', `${folder}/.agents/*.yaml`]) {
      const again = ['.agents/a.yaml', '../_work/.agents/a.yaml']
      const found = await ran(['validate', named, ...again], folder)
      expect([named, found.code, found.stdout]).toEqual([named, 0, '1 file, no faults\n'])
    }
  })

  test('checks a named part without requiring what only an agent needs', async () => {
    const folder = folderOf({
      '_base.yaml': 'voice: Sarah\ntts: { speed: 1.0 }\n',
      '_tools.yaml': '- name: a\n  description: A.\n  run: sh\n  tiemout: 3s\n',
      '_shared/base.yaml': 'voice: Sarah\n',
      'base.yaml': 'voice: Sarah\n',
    })
    const parts = ['_base.yaml', join(folder, '_shared/base.yaml')]
    expect(await ran(['validate', ...parts], folder)).toMatchObject({ code: 0, stdout: '2 files, no faults\n' })
    const stdin = 'voice: Sarah\n'
    expect((await ran(['validate', '--stdin', '--stdin-filename', '_base.yaml'], folder, {}, stdin)).code).toBe(0)
    const { stdout } = await ran(['validate', '_tools.yaml', '--format', 'line'], folder)
    expect(stdout).toMatch(
      /^_tools\.yaml:4:3: error RV101: unknown key "tiemout" in tools\[0\]\. Did you mean timeout\?[^\n]*\n$/,
    )
    expect((await ran(['validate', join(folder, 'base.yaml')], folder)).code).toBe(1)
    expect((await ran(['start', '_base.yaml', '--offline', '--say', 'hi'], folder)).code).toBe(1)
  })

  test('searches folders recursively, following links to files but not to folders', async () => {
    const folder = folderOf({
      'own [1]/a.yaml': good,
      'own [1]/deep/er/b.yml': good,
      'own [1]/c.txt': 'x',
      'd.yaml': good,
    })
    mkdirSync(join(folder, 'own [1]/e.yaml'))
    symlinkSync('../d.yaml', join(folder, 'own [1]/d.yaml'))
    symlinkSync('..', join(folder, 'own [1]/circle'))
    symlinkSync('..', join(folder, 'own [1]/circle.yaml'))
    const files = ['own [1]/a.yaml', 'own [1]/d.yaml', 'own [1]/deep/er/b.yml']
    const checked = async (named: string, at = folder) =>
      JSON.parse((await ran(['validate', named, '--format', 'json'], at)).stdout).checked
    expect(await checked('own [1]')).toEqual(files)
    expect(await checked('./own [1]//')).toEqual(files)
    expect(await checked('.')).toEqual(['d.yaml', ...files])
    expect(await checked(join(folder, 'own [1]'))).toEqual(files.map((file) => join(folder, file)))
    expect(await checked('..', join(folder, 'own [1]'))).toEqual(['../d.yaml', 'a.yaml', 'd.yaml', 'deep/er/b.yml'])
  })

  test('expands globs itself', async () => {
    const folder = folderOf({ 'one/a.yaml': good, 'two/b.yaml': 'x: 1\n' })
    expect((await ran(['validate', '*/a.yaml'], folder)).stdout).toBe('1 file, no faults\n')
  })

  test('prints one JSON document of findings', async () => {
    const folder = folderOf({ 'a.yaml': `${good}vioce: Sarah\n` })
    const { code, stdout } = await ran(['validate', 'a.yaml', '--format', 'json'], folder)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'runner.findings/1',
      files: 1,
      findings: [
        {
          rule: 'RV101',
          level: 'error',
          file: 'a.yaml',
          pointer: '/vioce',
          suggest: [{ replace: 'voice' }],
          range: { start: { line: 4, column: 1, offset: 46 }, end: { line: 4, column: 6, offset: 51 } },
        },
      ],
      summary: { error: 1, warning: 0, note: 0 },
    })
  })

  test("under GitHub Actions prints annotations with paths from the checkout's root, and a step summary", async () => {
    const folder = folderOf({ 'sub/a.yaml': `${good}vioce: Sarah\n` })
    const summary = join(folder, 'summary.md')
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: folder }
    const { code, stdout } = await ran(['validate', 'a.yaml'], join(folder, 'sub'), env)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^::error file=sub\/a\.yaml,line=4,/)
    expect(readFileSync(summary, 'utf8')).toContain('| error | RV101 | sub/a.yaml:4:1 |')
    const asked = await ran(['validate', 'a.yaml', '--format', 'line'], join(folder, 'sub'), env)
    expect(asked.stdout).toMatch(/^a\.yaml:4:1: error RV101: /)
  })

  test('reports an unwritable step summary without changing the exit code', async () => {
    const folder = folderOf({ 'a.yaml': good })
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'absent/summary.md') }
    const { code, stderr } = await ran(['validate', 'a.yaml'], folder, env)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^runner: the step summary could not be written: /)
  })

  test('with --output writes the report and its folders, and shows frames on standard error', async () => {
    const folder = folderOf({ 'a.yaml': `${good}vioce: Sarah\n` })
    const args = ['validate', 'a.yaml', '--format', 'gitlab', '--output', 'reports/quality.json']
    const { code, stdout, stderr } = await ran(args, folder)
    expect([code, stdout]).toEqual([1, ''])
    expect(JSON.parse(readFileSync(join(folder, 'reports/quality.json'), 'utf8'))).toHaveLength(1)
    expect(stderr).toContain('error[RV101] unknown key "vioce"')
    await ran(['validate', 'a.yaml', '--output', 'reports/a.sarif'], folder, { GITHUB_ACTIONS: 'true' })
    expect(JSON.parse(readFileSync(join(folder, 'reports/a.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' })
    const failed = await ran(['validate', 'a.yaml', '--output', 'a.yaml/x.json'], folder)
    expect(failed.code).toBe(3)
    expect(failed.stderr).toContain('runner: a.yaml/x.json could not be written: ')
  })

  test('with --stdin checks unsaved text as if it were in --stdin-filename', async () => {
    const folder = projectCopy()
    const text = readFileSync(join(folder, 'agents/support.yaml'), 'utf8')
    const args = ['validate', '--stdin', '--stdin-filename', 'agents/new.yaml', '--format', 'line']
    expect(await ran(args, folder, {}, text)).toEqual({ code: 0, stdout: '', stderr: '' })
    const broken = await ran(args, folder, {}, text.replace('voice:', 'vioce:'))
    expect(broken.code).toBe(1)
    expect(broken.stdout).toMatch(/^agents\/new\.yaml:\d+:1: error RV101: unknown key "vioce"/)
    const large = await ran(args, folder, {}, `# ${'x'.repeat(2_000_000)}`)
    expect(large.stdout).toMatch(/^agents\/new\.yaml:1:1: error RV007: /)
  })

  test('with --explain describes a rule, with a wrong and a right example', async () => {
    const { code, stdout } = await ran(['validate', '--explain', 'rv101'], root)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^RV101: an unknown key \(error\)\n\n[\s\S]+\n\nWrong:\n\n {4}[\s\S]+\n\nRight:\n\n {4}/)
    const unknown = await ran(['validate', '--explain', 'RV1O1'], root)
    expect([unknown.code, unknown.stderr]).toEqual([2, 'runner: there is no rule RV1O1; did you mean RV101?\n'])
  })

  test('with --fail-on sets the lowest level that exits with 1', async () => {
    const folder = folderOf({ 'a.yaml': `${good}voice: Sarah # runner-ignore RV401: none here\n` })
    const codes = ['error', 'warning', 'note'].map(async (level) => {
      return (await ran(['validate', 'a.yaml', '--fail-on', level], folder)).code
    })
    expect(await Promise.all(codes)).toEqual([0, 1, 1])
  })

  test('uses the levels that the project sets', async () => {
    const rules = 'rules: { RV012: error }\n'
    const folder = folderOf({
      'a.yaml': `${good}voice: Sarah # runner-ignore RV401: none here\n`,
      '.runner.yaml': rules,
    })
    const { code, stdout } = await ran(['validate', 'a.yaml'], folder)
    expect(code).toBe(1)
    expect(stdout).toContain('error[RV012] there is no RV401 to ignore here')
  })

  test('reports a tool script that is missing or not executable', async () => {
    const folder = projectCopy()
    chmodSync(join(folder, 'tools/lookup_order.mjs'), 0o644)
    const { code, stdout } = await ran(['validate', 'agents'], folder)
    expect(code).toBe(1)
    expect(stdout).toContain('RV502')
    const command = /Run: (.*)$/m.exec(stdout)?.[1] ?? ''
    expect(command).toBe('chmod +x tools/lookup_order.mjs')
    execSync(command, { cwd: folder })
    expect((await ran(['validate', 'agents'], folder)).code).toBe(0)
  })

  test('exits with 2 if a path matches nothing, even beside a clean file', async () => {
    const folder = folderOf({ 'a.yaml': good })
    expect(await ran(['validate', 'absent.yaml'], folder)).toMatchObject({
      code: 2,
      stderr: 'runner: nothing matches absent.yaml; name an agent file, a folder or a glob\n',
    })
    expect((await ran(['validate', 'a.yaml', 'none*.yaml'], folder)).code).toBe(2)
    expect((await ran(['validate', 'a.yml'], folder)).stderr).toBe(
      'runner: nothing matches a.yml; did you mean a.yaml?\n',
    )
    const project = folderOf({ 'agents/a.yaml': good, 'a/agents': '' })
    expect((await ran(['validate', 'agnets/'], project)).stderr).toBe(
      'runner: nothing matches agnets/; did you mean agents?\n',
    )
    expect((await ran(['validate', 'empty'], folderOf({ 'a.yaml': good, 'empty/_base.yaml': '' }))).stderr).toBe(
      'runner: nothing matches empty; name an agent file, a folder or a glob\n',
    )
  })

  test.skipIf(process.getuid?.() === 0)('exits with 3 for an unreadable file (not as root)', async () => {
    const folder = folderOf({ 'a.yaml': good })
    chmodSync(join(folder, 'a.yaml'), 0)
    expect((await ran(['validate', 'a.yaml'], folder)).code).toBe(3)
  })

  test('caches findings of many files in the project, ignored by git, unless --no-cache is given', async () => {
    const folder = folderOf(fifty())
    const without = await ran(['validate', 'agents', '--no-cache'], folder)
    expect(existsSync(join(folder, '.runner'))).toBe(false)
    for (let run = 0; run < 2; run += 1) expect(await ran(['validate', 'agents'], folder)).toEqual(without)
    expect(without).toMatchObject({ code: 1, stdout: expect.stringContaining('50 files, 1 error') })
    expect(readdirSync(join(folder, '.runner')).sort()).toEqual(['.gitignore', 'cache'])
  })

  test.skipIf(process.getuid?.() !== 0)("creates no folder in another user's project (root only)", async () => {
    const folder = folderOf(fifty())
    chownSync(folder, 12_345, 12_345)
    expect((await ran(['validate', 'agents'], folder)).code).toBe(1)
    expect(existsSync(join(folder, '.runner'))).toBe(false)
  })

  test('executes nothing', async () => {
    const folder = projectCopy()
    const trap = join(folder, 'ran')
    writeFileSync(join(folder, 'tools/lookup_order.mjs'), `#!/bin/sh\ntouch ${trap}\n`)
    await ran(['validate', 'agents'], folder)
    expect((await ran(['validate', trap], folder)).code).toBe(2)
  })
})

describe('runner validate writes nothing, starts nothing and connects to nothing', () => {
  /** A process with these may read, and end: any more of it throws, and names of hosts that are looked up end it. */
  const confined = (() => {
    const channels = "import { subscribe } from 'node:diagnostics_channel'; import dns from 'node:dns'"
    const tell = "const tell = () => { process.stdout.write('CONNECTED'); process.exit(99) }"
    const traps = `${channels}; ${tell}; subscribe('net.client.socket', tell); dns.lookup = tell`
    return `--permission --allow-fs-read=* --import=data:text/javascript,${encodeURIComponent(traps)}`
  })()

  test('(the confinement of this test ends a command that writes)', async () => {
    const [free, held] = [folderOf({}), folderOf({})]
    expect((await ran(['init'], free)).code).toBe(0)
    expect((await ran(['init'], held, { NODE_OPTIONS: confined })).code).not.toBe(0)
  })

  test.each([
    ['for one file', ['agents/1.yaml']],
    ['for many files', ['agents', '--no-cache']],
  ])('%s', async (_what, args) => {
    const folder = folderOf(fifty())
    const without = await ran(['validate', ...args], folder)
    expect(await ran(['validate', ...args], folder, { NODE_OPTIONS: confined })).toEqual(without)
  })
})

describe('wrong usage prints one sentence with the nearest known word, and exits with 2', () => {
  test.each([
    [['strat'], 'start'],
    [['validate', 'agents', '--fromat', 'json'], '--format'],
    [['start', '--ofline'], '--offline'],
    [['validate'], 'path'],
    [['validate', 'agents', '--format', 'xml'], 'codeframe'],
    [['validate', '--stdin'], '--stdin-filename'],
    [['validate', '--stdin', 'agents'], 'no path'],
    [['validate', 'agents', '--stdin-filename', 'a.yaml'], '--stdin'],
    [['emulator', '--port', 'x'], 'port'],
    [['doctor'], "'doctor'; --help lists every command"],
    [['rollback'], "'agent'; --help shows how it is used"],
    [['start', '--window'], "'--window'; --help lists every option"],
    [['agents/support.yaml'], '(Did you mean runner start agents/support.yaml?)'],
  ])('%j', async (args, hint) => {
    const { code, stderr } = await ran(args, root)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^runner: /)
    expect(stderr).toContain(hint)
    expect(stderr).not.toMatch(/\bat .*\.js:/)
  })
})

test('runner schema prints the JSON Schema of the agent file', async () => {
  const { code, stdout } = await ran(['schema'], root)
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' })
})

async function ran(args: readonly string[], cwd: string, env: { readonly [name: string]: string } = {}, input = '') {
  const cli = runner(args, { cwd, env: { GITHUB_ACTIONS: '', ...env } })
  cli.child.stdin.end(input)
  const code = await cli.ended
  return { code, stdout: cli.stdout(), stderr: cli.stderr() }
}

/** As many agents as are kept, one of them with a fault. */
function fifty(): { readonly [path: string]: string } {
  const names = Array.from({ length: 50 }, (_, index) => `agents/${index}.yaml`)
  return Object.fromEntries(names.map((name, index) => [name, index === 7 ? `${good}vioce: Sarah\n` : good]))
}

function folderOf(files: { readonly [path: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-validate-'))
  for (const [path, text] of Object.entries({ '.runner.yaml': '', ...files })) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}
