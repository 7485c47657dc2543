import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { root, runner } from '../helpers/cli.ts'

const FILES = [
  'agents/support.yaml',
  'prompts/support.md',
  'tools/opening_hours.mjs',
  'schemas/agent.schema.json',
  '.github/workflows/agents.yml',
]

describe('runner init', () => {
  test('writes an agent, a prompt, a tool, the schema and a CI file, without a fault, a warning or a note', async () => {
    const folder = emptyFolder()
    const { code, stdout } = await ran(['init', 'shop'], folder)
    expect(code).toBe(0)
    expect(stdout.split('\n').slice(0, 5)).toEqual(FILES.map((path) => `wrote shop/${path}`))
    const checked = await ran(['validate', 'agents', '--fail-on', 'note'], join(folder, 'shop'))
    expect(checked).toMatchObject({ code: 0, stdout: '1 file, no faults\n' })
    expect((await ran(['tool', 'check', 'agents/support.yaml'], join(folder, 'shop'))).code).toBe(0)
  })

  test("prints a next command that works in a shell, whatever the folder's name", async () => {
    const { stdout } = await ran(['init', "my shop's"], emptyFolder())
    expect(stdout).toContain("Next: runner start 'my shop'\\''s/agents/support.yaml'.")
    const byNpx = await ran(['init', 'shop'], emptyFolder(), { npm_command: 'exec' })
    expect(byNpx.stdout).toContain('Next: npx runner start shop/agents/support.yaml.')
  })

  test('writes an agent that starts by default, and whose tool works', async () => {
    const folder = emptyFolder()
    await ran(['init'], folder)
    const { code, stdout } = await ran(['start', '--offline', '--say', 'when are you open on monday?'], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/opening_hours ok in \d+ ms: \{"day":"monday","open":true,"hours":"9:00 to 18:00"\}/)
  })

  test("writes the CI file at the top of the repository, with the project's folder as working directory", async () => {
    const folder = emptyFolder()
    mkdirSync(join(folder, '.git'))
    const { stdout } = await ran(['init', 'voice/shop'], folder)
    expect(stdout).toContain('wrote .github/workflows/agents-voice-shop.yml\n')
    const text = readFileSync(join(folder, '.github/workflows/agents-voice-shop.yml'), 'utf8')
    expect(parse(text).jobs.validate.defaults).toEqual({ run: { 'working-directory': 'voice/shop' } })
    expect((await ran(['init'], folder)).stdout).toContain('wrote .github/workflows/agents.yml\n')
    expect(readFileSync(join(folder, '.github/workflows/agents.yml'), 'utf8')).not.toContain('working-directory')
    const inside = await ran(['init', 'desk'], join(folder, 'voice'))
    expect(inside.stdout).toContain('wrote ../.github/workflows/agents-voice-desk.yml\n')
  })

  test('reports a folder in the place of a file', async () => {
    const folder = emptyFolder()
    mkdirSync(join(folder, 'agents/support.yaml'), { recursive: true })
    expect(await ran(['init'], folder)).toMatchObject({
      code: 3,
      stderr: 'runner: agents/support.yaml could not be written: a folder is in its place\n',
    })
  })

  test('reports a file in the place of a folder', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, 'shop'), 'a file')
    const { code, stdout, stderr } = await ran(['init', 'shop'], folder)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/shop\/agents could not be made: a file is in its place/)
    writeFileSync(join(folder, 'agents'), 'a file')
    expect((await ran(['init'], folder)).stderr).toMatch(/agents could not be made: a file is in its place/)
  })

  test.skipIf(process.platform !== 'linux')('reports a place where folders cannot be created', async () => {
    const { code, stdout, stderr } = await ran(['init', '/proc/shop'], emptyFolder())
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^runner: \/proc\/shop\/agents could not be made: ENOENT: .*\n$/)
  })

  test.each([0, 8])(
    'leaves no part of a file on a disk full after %i blocks: the next run writes it',
    async (blocks) => {
      const folder = emptyFolder()
      const line = `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$1" init`
      const full = spawnSync('sh', ['-c', line, process.execPath, join(root, 'bin/runner.js')], {
        cwd: folder,
        encoding: 'utf8',
      })
      expect([full.status, full.stderr]).toEqual([3, expect.stringMatching(/^runner: \S+ could not be written: EFBIG/)])
      const { code, stdout } = await ran(['init'], folder)
      expect([code, stdout.match(/could not/)]).toEqual([0, null])
      const whole = emptyFolder()
      await ran(['init'], whole)
      for (const path of FILES)
        expect(readFileSync(join(folder, path), 'utf8')).toBe(readFileSync(join(whole, path), 'utf8'))
    },
  )

  test('writes modelines that lead to the schema it wrote', async () => {
    const folder = emptyFolder()
    await ran(['init'], folder)
    const [first = '', second = ''] = readFileSync(join(folder, 'agents/support.yaml'), 'utf8').split('\n')
    for (const path of [first.split('$schema=')[1], second.split('$schema: ')[1]])
      expect(JSON.parse(readFileSync(join(folder, 'agents', path ?? ''), 'utf8'))).toMatchObject({
        title: 'Agent file',
      })
  })

  test('overwrites nothing, not even through a symbolic link', async () => {
    const folder = emptyFolder()
    await ran(['init'], folder)
    const before = FILES.map((path) => statSync(join(folder, path)).mtimeMs)
    writeFileSync(join(folder, 'agents/support.yaml'), 'mine')
    const again = await ran(['init'], folder)
    expect(again.code).toBe(0)
    expect(again.stdout.match(/^kept {2}/gm)).toHaveLength(FILES.length)
    expect(readFileSync(join(folder, 'agents/support.yaml'), 'utf8')).toBe('mine')
    expect(FILES.slice(1).map((path) => statSync(join(folder, path)).mtimeMs)).toEqual(before.slice(1))

    const linked = emptyFolder()
    symlinkSync('/dev/null/nowhere', join(linked, 'agents'))
    expect(await ran(['init'], linked)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('could not be made'),
    })
  })
})

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'runner-init-'))
}

async function ran(
  args: readonly string[],
  cwd: string,
  env: { readonly [name: string]: string } = { npm_command: '' },
) {
  const cli = runner(args, { cwd, env, noInput: true })
  return { code: await cli.ended, stdout: cli.stdout(), stderr: cli.stderr() }
}
