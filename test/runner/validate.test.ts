import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Findings, validatePaths } from '../../src/runner/projects/validate.ts'

const AGENTS = 50
/** A clock ahead, so that everything counts as written some time ago. */
const later = () => Date.now() + 10_000

let folder = ''
let state = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runner-validate-'))
  state = process.env.RUNNER_FOLDER = mkdtempSync(join(tmpdir(), 'runner-state-'))
  put('.runner.yaml', '')
  put('prompt.md', 'Be brief.')
  put('find.sh', '#!/bin/sh\n')
  put('agents/_base.yaml', 'voice: Sarah\n')
  for (let index = 0; index < AGENTS; index += 1) put(`agents/${index}.yaml`, agent(index, 'instructions: Hi.'))
})

afterEach(() => {
  delete process.env.RUNNER_FOLDER
  delete process.env.RUNNER_TEST_HOST
})

test('a second run gives the same findings from the cache, without rewriting it', async () => {
  put('agents/3.yaml', agent(3, 'vioce: Sarah'))
  put('agents/4.yaml', agent(4, 'instructions: é { {{name}}'))
  const first = await validateCached()
  const written = statSync(cacheFile()).ino
  expect(first.report.summary.error).toBe(2)
  expect(await validateCached()).toEqual(first)
  expect(statSync(cacheFile()).ino).toBe(written)
  expect(await validatePaths([join(folder, 'agents')], { cache: false })).toEqual(first)
})

test('after any change, a run with the cache finds what a run without it does', async () => {
  let size = 0
  const bodies = [
    ...['instructions: Hi.', 'vioce: Sarah', 'instructions_file: ../prompt.md', 'instructions_file: ../other.md', '{'],
    ...['instructions: Hi.\nextends: _base.yaml', 'instructions: Hi.\ntools: [{ include: ./_tools.yaml }]'],
    `instructions: Hi.\nconnection: { base_url: "\${env:RUNNER_TEST_HOST}" }`,
    'instructions: Hi.\ntools: [{ name: find, description: Finds., run: ../find.sh }]',
  ]
  for (const [index, body] of bodies.entries()) put(`agents/${10 + index}.yaml`, agent(index, body))
  // No two of one size: a file system that counts time in ticks would take one for the other.
  const pad = () => {
    size += 1
    return `#${'x'.repeat(size)}\n`
  }
  const files = [
    ...bodies.map((body) => ['agents/7.yaml', body] as const),
    ...bodies.map((body) => ['agents/8.yaml', body] as const),
    ...[['prompt.md', 'Be brief.'] as const, ['prompt.md', 'Say {{name}}.'] as const, ['other.md', 'Hi.'] as const],
    ...[['agents/_base.yaml', 'voice: Clive'] as const, ['agents/_base.yaml', 'vioce: x'] as const],
    ...[['agents/_tools.yaml', '- { name: find, description: Finds., run: ../find.sh }'] as const],
    ...[['.runner.yaml', 'rules: { RV606: off }'] as const, ['.runner.yaml', 'rules: { RV606: error }'] as const],
    ...[['agents/package.json', '{}'] as const, ['find.sh', '#!/bin/sh\n'] as const, ['find.sh', '#!/none\n'] as const],
  ]
  const names = [...new Set(files.map(([name]) => name))]
  const step = fc.oneof(
    fc.constantFrom(...files).map(
      ([name, text]) =>
        () =>
          put(name, name.endsWith('.yaml') ? agent(name, text) + pad() : `${text}\n${pad()}`),
    ),
    fc.constantFrom(...names).map((name) => () => rmSync(join(folder, name), { force: true })),
    fc.constantFrom(0o644, 0o755, 0o757).map((mode) => () => {
      put('find.sh', '#!/bin/sh\n')
      chmodSync(join(folder, 'find.sh'), mode)
    }),
    fc.constantFrom('wss://shop.example', 'nowhere').map((host) => () => {
      process.env.RUNNER_TEST_HOST = host
    }),
    fc.constant(() => {
      delete process.env.RUNNER_TEST_HOST
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 30 }), async (steps) => {
      for (const take of steps) {
        take()
        const found = await validateCached()
        expect(found).toEqual(await validatePaths([join(folder, 'agents')], { cache: false }))
      }
    }),
    { numRuns: 6 },
  )
}, 60_000)

describe('the findings cache', () => {
  test("notices an edit that keeps the file's size and modification time", async () => {
    await validateCached()
    const path = join(folder, 'agents/9.yaml')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('voice', 'vioce'))
    utimesSync(path, new Date(0), new Date(0))
    await validateCached()
    writeFileSync(path, text)
    utimesSync(path, new Date(0), new Date(0))
    expect((await validateCached()).report.findings).toEqual([])
  })

  test.each([
    ['cut off', (text: string) => text.slice(0, -40)],
    ['longer than it says', (text: string) => text.replace('absent', 'absent ')],
    ['no JSON', (text: string) => text.replace(/\}$/, ']')],
    ['of another build', (text: string) => text.replace(/(?<=^\d+ \[")./, (digit) => (digit === '0' ? '1' : '0'))],
    ['empty', () => ''],
    ['no text', () => '\0\n{'],
  ])('is discarded and rewritten if it is %s', async (_what, damage) => {
    const first = await validateCached()
    const whole = readFileSync(cacheFile(), 'utf8')
    writeFileSync(cacheFile(), damage(whole))
    expect(await validateCached()).toEqual(first)
    expect(readFileSync(cacheFile(), 'utf8')).toBe(whole)
  })

  test('does not store findings of files written a moment ago, whose next change might not show', async () => {
    await validatePaths([join(folder, 'agents')])
    expect(JSON.parse(readFileSync(cacheFile(), 'utf8').split('\n')[1] ?? '').entries).toEqual([])
  })

  test('does not store values of environment variables', async () => {
    process.env.RUNNER_TEST_HOST = 'wss://very-secret.example'
    put('agents/5.yaml', agent(5, `instructions: Hi.\nconnection: { base_url: "\${env:RUNNER_TEST_HOST}" }`))
    expect((await validateCached()).report.findings).toEqual([])
    expect(readFileSync(cacheFile(), 'utf8')).toContain('RUNNER_TEST_HOST')
    expect(readFileSync(cacheFile(), 'utf8')).not.toContain('very-secret')
  })

  test('is not used for fewer than 50 files, nor with cache: false', async () => {
    rmSync(join(folder, 'agents/9.yaml'))
    await validateCached()
    put('agents/9.yaml', agent(9, 'instructions: Hi.'))
    await validatePaths([join(folder, 'agents')], { cache: false })
    expect(readdirSync(state)).not.toContain('cache')
    await validateCached()
    expect(readdirSync(state)).toContain('cache')
  })

  test('changes no finding if another file or folder is in its place', async () => {
    writeFileSync(join(state, 'cache'), '')
    const found = await validateCached()
    expect(found.report.files).toBe(AGENTS)
    rmSync(join(state, 'cache'))
    await validateCached()
    const file = cacheFile()
    rmSync(file)
    mkdirSync(join(file, 'folder'), { recursive: true })
    expect(await validateCached()).toEqual(found)
    expect(readdirSync(join(state, 'cache'))).toHaveLength(1)
  })

  test('is kept for the last eight command lines', async () => {
    for (let index = 0; index < 9; index += 1)
      await validatePaths([join(folder, 'agents'), join(folder, `agents/${index}.yaml`)], { now: later })
    expect(readdirSync(join(state, 'cache'))).toHaveLength(8)
  })
})

/** Validates with the cache of the run before. */
function validateCached(): Promise<Findings> {
  return validatePaths([join(folder, 'agents')], { now: later })
}

function cacheFile(): string {
  const [name = ''] = readdirSync(join(state, 'cache'))
  return join(state, 'cache', name)
}

function agent(name: string | number, body: string): string {
  if (String(name).includes('_') || String(name).includes('.runner')) return `${body}\n`
  return `version: 1\nname: desk\nmodel: openai/gpt-4.1-mini\n${body.includes('vioce') ? '' : 'voice: Clive\n'}${body}\n`
}

function put(name: string, text: string): void {
  mkdirSync(join(folder, 'agents'), { recursive: true })
  writeFileSync(join(folder, name), text, { mode: 0o755 })
}
