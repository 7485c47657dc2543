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
  test('tells what an edit of any of the files changes, how and when', async () => {
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

  test('an edit that a running agent would hold says so, and what is lost', async () => {
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

  test('an older commit is a point of comparison as well, and a link in it is followed', async () => {
    const folder = repository()
    write(folder, '_base.yaml', 'voice: Clive\ninstructions_file: ./prompts/linked.md\n')
    commit(folder)
    const older = await ran([agent, '--against', 'git:HEAD~1'], folder)
    expect(older.stdout).toMatch(/^ {2}instructions +\+1 −2 lines/m)
    write(folder, 'shared.md', 'Be short.\nBe kind.\n')
    expect((await ran([agent], folder)).stdout).toContain('+ Be kind.')
  })

  test('it works from a folder inside the repository', async () => {
    const folder = repository()
    write(folder, '_base.yaml', 'voice: Clive\ninstructions: Be brief.\n')
    expect((await ran(['desk.yaml'], join(folder, 'agents'))).stdout).toContain('Sarah → Clive')
  })

  test('another file is a point of comparison as well', async () => {
    const folder = repository()
    write(folder, 'agents/other.yaml', 'extends: desk.yaml\nvoice: Ashley\n')
    expect((await ran(['agents/other.yaml', '--against', agent], folder)).stdout).toContain('Sarah → Ashley')
  })

  test('a file that was renamed is compared with what it was, whether git was told or not', async () => {
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

  test('an old name may be told, for a file that was written anew', async () => {
    const folder = repository()
    write(folder, 'agents/new.yaml', 'version: 1\nname: desk\nvoice: Clive\ninstructions: Be bold.\n')
    const { stdout } = await ran(['agents/new.yaml', '--against', `git:HEAD:${agent}`], folder)
    expect(stdout).toContain('Sarah → Clive')
    expect(await ran(['agents/new.yaml', '--against', 'git:HEAD:absent.yaml'], folder)).toMatchObject({ code: 2 })
  })

  test('json holds the same', async () => {
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

  test('tools that git does not keep are looked up on the disk', async () => {
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

describe('what cannot be compared is told, with what to do', () => {
  test('a file that the commit does not hold is new', async () => {
    const folder = repository()
    write(folder, 'agents/new.yaml', 'version: 1\nname: new\ninstructions: Be brief.\n')
    expect(await ran(['agents/new.yaml'], folder)).toMatchObject({
      code: 0,
      stdout:
        'agents/new.yaml is new: it is not in git:HEAD; one that was renamed is compared with --against git:HEAD:<its old name>\n',
    })
  })

  test('a commit that is not there, a folder that is no repository, a file that is not there', async () => {
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

  test('faults of the old file are shown, since the comparison would be wrong', async () => {
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
