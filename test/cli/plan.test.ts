import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectCopy, runner } from '../helpers/cli.ts'

const agent = 'agents/desk.yaml'

/** A repository whose one commit holds an agent that uses several files. */
function repository(): string {
  const folder = projectCopy()
  write(folder, '_base.yaml', 'voice: Sarah\ninstructions_file: ./prompts/desk.md\n')
  write(folder, 'prompts/desk.md', 'Be warm.\nBe brief.\n')
  write(folder, 'shared.md', 'Be short.\n')
  symlinkSync('../shared.md', join(folder, 'prompts/linked.md'))
  write(folder, agent, 'extends: ../_base.yaml\nversion: 1\nname: desk\ntemperature: 0.5\n')
  git(folder, 'init', '-q')
  commit(folder)
  return folder
}

describe('runner plan', () => {
  test('shows what an edit of any of the files changes, and when it takes effect', async () => {
    const folder = repository()
    expect(await ran([agent], folder)).toMatchObject({
      code: 0,
      stdout: `${agent} against git:HEAD: nothing changes\n`,
    })
    write(folder, '_base.yaml', 'voice: Clive\ninstructions_file: ./prompts/desk.md\n')
    write(folder, 'prompts/desk.md', 'Be brief.\n')
    write(folder, agent, 'extends: ../_base.yaml\nversion: 1\nname: desk2\nstt: { language: de }\n')
    const { code, stdout } = await ran([agent], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^agents\/desk\.yaml against git:HEAD: 5 changes\n/)
    for (const row of [
      /^ {2}name +desk → desk2 +refused \(.* is refused whole\)$/m,
      /^ {2}voice +Sarah → Clive +next response$/m,
      /^ {2}instructions +\+0 −1 lines +next response\n +- Be warm\.$/m,
      /^ {2}temperature +0\.5 → not set +next response \(next session, if the service has reported no value of its own\)$/m,
      /^ {2}stt\.language +not set → de +next audio$/m,
      /^3 next response, 1 next audio, 1 refused$/m,
    ])
      expect(stdout).toMatch(row)
    expect((await ran([agent, '--detailed-exitcode'], folder)).code).toBe(1)
  })

  test('shows that a running agent would hold the edit, and what would be lost', async () => {
    const folder = repository()
    write(folder, 'prompts/desk.md', 'Be warm and patient with everybody who calls.\n')
    commit(folder)
    write(folder, 'prompts/desk.md', 'Be warm and\n')
    expect((await ran([agent], folder)).stdout).toMatch(
      /\n1 next response\nheld until it is saved once more: the prompt went from 45 to 11 characters\n$/,
    )
    const { held } = JSON.parse((await ran([agent, '--format', 'json'], folder)).stdout)
    expect(held).toEqual(['the prompt went from 45 to 11 characters'])
  })

  test('compares with an older commit, and follows links in it', async () => {
    const folder = repository()
    write(folder, '_base.yaml', 'voice: Clive\ninstructions_file: ./prompts/linked.md\n')
    commit(folder)
    const older = await ran([agent, '--against', 'git:HEAD~1'], folder)
    expect(older.stdout).toMatch(/^ {2}instructions +\+1 −2 lines/m)
    write(folder, 'shared.md', 'Be short.\nBe kind.\n')
    expect((await ran([agent], folder)).stdout).toContain('+ Be kind.')
  })

  test('works from a subfolder of the repository', async () => {
    const folder = repository()
    write(folder, '_base.yaml', 'voice: Clive\ninstructions: Be brief.\n')
    expect((await ran(['desk.yaml'], join(folder, 'agents'))).stdout).toContain('Sarah → Clive')
  })

  test('compares with another file', async () => {
    const folder = repository()
    write(folder, 'agents/other.yaml', 'extends: desk.yaml\nvoice: Ashley\n')
    expect((await ran(['agents/other.yaml', '--against', agent], folder)).stdout).toContain('Sarah → Ashley')
  })

  test('compares a renamed file with its former self, even if the rename is not staged', async () => {
    const folder = repository()
    renameSync(join(folder, agent), join(folder, 'agents/front.yaml'))
    write(folder, 'agents/front.yaml', readFileSync(join(folder, 'agents/front.yaml'), 'utf8').replace('0.5', '0.6'))
    const headline = 'agents/front.yaml against git:HEAD (there it is agents/desk.yaml): 1 change\n'
    expect((await ran(['agents/front.yaml'], folder)).stdout).toContain(headline)
    git(folder, 'add', '-A')
    expect((await ran(['front.yaml'], join(folder, 'agents'))).stdout).toContain('(there it is desk.yaml): 1 change')
    const json = JSON.parse((await ran(['agents/front.yaml', '--format', 'json'], folder)).stdout)
    expect(json).toMatchObject({ file: 'agents/front.yaml', formerly: agent, changes: [{ field: 'temperature' }] })
  })

  test('accepts the old name of a rewritten file', async () => {
    const folder = repository()
    write(folder, 'agents/new.yaml', 'version: 1\nname: desk\nvoice: Clive\ninstructions: Be bold.\n')
    const { stdout } = await ran(['agents/new.yaml', '--against', `git:HEAD:${agent}`], folder)
    expect(stdout).toContain('Sarah → Clive')
    expect(await ran(['agents/new.yaml', '--against', 'git:HEAD:absent.yaml'], folder)).toMatchObject({ code: 2 })
  })

  test('prints the same as JSON', async () => {
    const folder = repository()
    write(folder, 'prompts/desk.md', 'Be brief.\n')
    expect(JSON.parse((await ran([agent, '--format', 'json'], folder)).stdout)).toEqual({
      schema: 'runner.plan/1',
      file: agent,
      against: 'git:HEAD',
      changes: [{ field: 'instructions', when: 'next response', summary: '+0 −1 lines', lines: ['- Be warm.'] }],
      held: [],
    })
  })

  test('reads tools that are not in git from disk', async () => {
    const folder = repository()
    write(folder, '.gitignore', 'built.sh\n')
    write(folder, 'built.sh', '#!/bin/sh\n')
    chmodSync(join(folder, 'built.sh'), 0o755)
    const tool = 'tools:\n  - { name: built, description: Builds., run: ../built.sh, timeout: 8s }\n'
    write(folder, agent, `${readFileSync(join(folder, agent), 'utf8')}${tool}`)
    commit(folder)
    write(folder, agent, readFileSync(join(folder, agent), 'utf8').replace('8s', '9s'))
    expect((await ran([agent], folder)).stdout).toContain('~ built: timeout 8s → 9s')
  })
})

describe('runner plan without a usable baseline', () => {
  test('reports a file missing from the commit as new', async () => {
    const folder = repository()
    write(folder, 'agents/new.yaml', 'version: 1\nname: new\ninstructions: Be brief.\n')
    expect(await ran(['agents/new.yaml'], folder)).toMatchObject({
      code: 0,
      stdout:
        'agents/new.yaml is new: it is not in git:HEAD; one that was renamed is compared with --against git:HEAD:<its old name>\n',
    })
  })

  test('explains a missing commit, repository or file, and what to do', async () => {
    const folder = repository()
    expect(await ran([agent, '--against', 'git:absent'], folder)).toMatchObject({
      code: 2,
      stderr: 'runner: git knows no absent here; name another file or commit with --against\n',
    })
    expect((await ran([agent, '--against', 'git:--output=x'], folder)).code).toBe(2)
    rmSync(join(folder, '.git'), { recursive: true })
    expect(await ran([agent], folder)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^runner: git: not a git repository.*; name another file/),
    })
    expect((await ran([agent, '--against', 'absent.yaml'], folder)).code).toBe(2)
  })

  test('shows the faults of the old file instead of comparing with it', async () => {
    const folder = projectCopy()
    write(folder, agent, 'version: 1\nname: desk\n')
    git(folder, 'init', '-q')
    commit(folder)
    write(folder, agent, 'version: 1\nname: desk\ninstructions: Be brief.\n')
    const { code, stderr } = await ran([agent], folder)
    expect(code).toBe(1)
    expect(stderr).toContain('RV103')
    expect(stderr).toContain('runner: agents/desk.yaml in git:HEAD has faults')
  })
})

function write(folder: string, name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
}

function commit(folder: string): void {
  git(folder, 'add', '-A')
  git(folder, '-c', 'user.name=x', '-c', 'user.email=x@x.test', 'commit', '-q', '-m', 'x')
}

function git(folder: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

async function ran(args: readonly string[], cwd: string) {
  const cli = runner(['plan', ...args], { cwd, noInput: true })
  return { code: await cli.ended, stdout: cli.stdout(), stderr: cli.stderr() }
}
