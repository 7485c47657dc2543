import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, runner } from '../helpers/cli.ts'

const unformatted = 'name: desk\nversion: 1\ninstructions: Be brief. # short\n'
const canonical = 'version: 1\nname: desk\ninstructions: Be brief. # short\n'

describe('runner fmt', () => {
  test('writes agents and parts in canonical form, and changes nothing the second time', async () => {
    const folder = folderOf({
      'agents/a.yaml': unformatted,
      'agents/b.yaml': canonical,
      '_part.yaml': '- run: x\n  name: b\n',
    })
    expect(await ran(['.'], folder)).toEqual({
      code: 0,
      stderr: '',
      stdout: 'formatted _part.yaml\nformatted agents/a.yaml\n3 files, 2 formatted\n',
    })
    expect(readFileSync(join(folder, 'agents/a.yaml'), 'utf8')).toBe(canonical)
    expect((await ran(['.'], folder)).stdout).toBe('3 files, all in order\n')
  })

  test('with --check writes nothing, and exits with 1 if a file would change', async () => {
    const folder = folderOf({ 'a.yaml': unformatted, 'b.yaml': canonical })
    expect(await ran(['.', '--check'], folder)).toMatchObject({
      code: 1,
      stdout: 'would change a.yaml\n2 files, 1 would change\n',
    })
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(unformatted)
    expect((await ran(['b.yaml', '--check'], folder)).code).toBe(0)
  })

  test('keeps symbolic links and file modes', async () => {
    const folder = folderOf({ 'real/a.yaml': unformatted })
    chmodSync(join(folder, 'real/a.yaml'), 0o600)
    symlinkSync('real/a.yaml', join(folder, 'b.yaml'))
    await ran(['b.yaml'], folder)
    expect(lstatSync(join(folder, 'b.yaml')).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(folder, 'real/a.yaml'), 'utf8')).toBe(canonical)
    expect(statSync(join(folder, 'real/a.yaml')).mode & 0o777).toBe(0o600)
  })

  test('reports an invalid YAML file without touching it, and formats the others', async () => {
    const folder = folderOf({ 'a.yaml': 'a: [1\n', 'b.yaml': unformatted })
    const { code, stdout, stderr } = await ran(['.'], folder)
    expect([code, stdout]).toEqual([1, 'formatted b.yaml\n2 files, 1 formatted, 1 left as it is\n'])
    expect(stderr).toContain('error[RV002]')
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('a: [1\n')
  })

  test('reports a file that cannot be written, and leaves no temporary file', () => {
    const folder = folderOf({ 'a.yaml': unformatted })
    const line = `trap '' XFSZ; ulimit -f 0; exec "$0" "$1" fmt a.yaml`
    const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, join(root, 'bin/runner.js')], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([3, 'runner: a.yaml: cannot be written: file too large\n'])
    expect(readdirSync(folder)).toEqual(['a.yaml'])
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(unformatted)
  })

  test('exits with 2 if a path does not exist, or none is given', async () => {
    expect((await ran(['absent.yaml'], folderOf({}))).code).toBe(2)
    expect((await ran([], folderOf({}))).code).toBe(2)
  })

  test('finds nothing to change in what init writes', async () => {
    const folder = folderOf({})
    await runner(['init'], { cwd: folder, noInput: true }).ended
    expect(await ran(['agents', '--check'], folder)).toMatchObject({ code: 0, stdout: '1 file, all in order\n' })
  })
})

function folderOf(files: { readonly [path: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-fmt-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

async function ran(args: readonly string[], cwd: string) {
  const cli = runner(['fmt', ...args], { cwd, noInput: true })
  return { code: await cli.ended, stdout: cli.stdout(), stderr: cli.stderr() }
}
