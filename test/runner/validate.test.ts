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
/** As though everything had been written some time ago. */
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

test('what was found is told again word for word, and nothing is looked at that did not change', async () => {
  put('agents/3.yaml', agent(3, 'vioce: Sarah'))
  put('agents/4.yaml', agent(4, 'instructions: é { {{name}}'))
  const first = await kept()
  const written = statSync(cacheFile()).ino
  expect(first.report.summary.error).toBe(2)
  expect(await kept()).toEqual(first)
  expect(statSync(cacheFile()).ino).toBe(written)
  expect(await validatePaths([join(folder, 'agents')], { cache: false })).toEqual(first)
})

test('whatever changes, the answer is that of a run that keeps nothing', async () => {
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
        const found = await kept()
        expect(found).toEqual(await validatePaths([join(folder, 'agents')], { cache: false }))
      }
    }),
    { numRuns: 6 },
  )
}, 60_000)

describe('a cache is taken for what it is', () => {
  test('an edit that hides itself behind its size and an old time is seen', async () => {
    await kept()
    const path = join(folder, 'agents/9.yaml')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('voice', 'vioce'))
    utimesSync(path, new Date(0), new Date(0))
    await kept()
    writeFileSync(path, text)
    utimesSync(path, new Date(0), new Date(0))
    expect((await kept()).report.findings).toEqual([])
  })

  test.each([
    ['cut off', (text: string) => text.slice(0, -40)],
    ['longer than it says', (text: string) => text.replace('absent', 'absent ')],
    ['no JSON', (text: string) => text.replace(/\}$/, ']')],
    ['of another build', (text: string) => text.replace(/(?<=^\d+ \[")./, (digit) => (digit === '0' ? '1' : '0'))],
    ['empty', () => ''],
    ['no text', () => '\0\n{'],
  ])('one that is %s is not taken, and replaced', async (_what, damage) => {
    const first = await kept()
    const whole = readFileSync(cacheFile(), 'utf8')
    writeFileSync(cacheFile(), damage(whole))
    expect(await kept()).toEqual(first)
    expect(readFileSync(cacheFile(), 'utf8')).toBe(whole)
  })

  test('what was written a moment ago is not kept: its next change might not show', async () => {
    await validatePaths([join(folder, 'agents')])
    expect(JSON.parse(readFileSync(cacheFile(), 'utf8').split('\n')[1] ?? '').entries).toEqual([])
  })

  test('values of variables are not written down', async () => {
    process.env.RUNNER_TEST_HOST = 'wss://very-secret.example'
    put('agents/5.yaml', agent(5, `instructions: Hi.\nconnection: { base_url: "\${env:RUNNER_TEST_HOST}" }`))
    expect((await kept()).report.findings).toEqual([])
    expect(readFileSync(cacheFile(), 'utf8')).toContain('RUNNER_TEST_HOST')
    expect(readFileSync(cacheFile(), 'utf8')).not.toContain('very-secret')
  })

  test('a few files are checked without one, and so is whatever is asked for without', async () => {
    rmSync(join(folder, 'agents/9.yaml'))
    await kept()
    put('agents/9.yaml', agent(9, 'instructions: Hi.'))
    await validatePaths([join(folder, 'agents')], { cache: false })
    expect(readdirSync(state)).not.toContain('cache')
    await kept()
    expect(readdirSync(state)).toContain('cache')
  })

  test('where something else stands in its place, all is found as without one', async () => {
    writeFileSync(join(state, 'cache'), '')
    const found = await kept()
    expect(found.report.files).toBe(AGENTS)
    rmSync(join(state, 'cache'))
    await kept()
    const file = cacheFile()
    rmSync(file)
    mkdirSync(join(file, 'folder'), { recursive: true })
    expect(await kept()).toEqual(found)
    expect(readdirSync(join(state, 'cache'))).toHaveLength(1)
  })

  test('the last eight command lines are remembered', async () => {
    for (let index = 0; index < 9; index += 1)
      await validatePaths([join(folder, 'agents'), join(folder, `agents/${index}.yaml`)], { now: later })
    expect(readdirSync(join(state, 'cache'))).toHaveLength(8)
  })
})

/** With what the run before kept. */
function kept(): Promise<Findings> {
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
