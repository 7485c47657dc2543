import {
  chmodSync,
  closeSync,
  cpSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readAgent } from '../../src/io/agent-file.ts'
import { desk, INSIDE_MS, list, PATIENT_MS, type Project, pause, replace, SETTLE_MS, watches } from './watching.ts'

/** How long nothing is told before it counts as silence, in ms: several polls, so that a late report would have come. */
const SILENCE_MS = 500

const begin = watches()

describe('a change that leaves the agent the same', () => {
  const edits: readonly (readonly [string, (project: Project) => void, readonly string[]])[] = [
    ['an added comment', ({ path }) => writeFileSync(path('agents/desk.yaml'), `# hello\n${desk('Sarah')}`), ['same']],
    ['saving the same content again', ({ path }) => replace(path('agents/desk.yaml'), desk('Sarah')), ['same']],
    ['another file in the folder', ({ path }) => writeFileSync(path('agents/other.yaml'), desk('Olivia')), []],
    [
      "a script's new content",
      ({ path }) => writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\necho other\n'),
      ['same'],
    ],
  ]

  test.concurrent.each(edits)('%s does not cause a reload', async (_, edit, told) => {
    const begun = await begin()
    edit(begun)
    for (let look = 0; look < 3; look += 1) await begun.watch.checkNow()
    expect(begun.told()).toEqual(told)
  })
})

describe('a file that becomes unusable', () => {
  test.concurrent('is reported for each faulty save, and loaded once fixed', async () => {
    const { path, until, told } = await begin()
    writeFileSync(path('agents/desk.yaml'), 'vioce: Olivia\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), 'vioce: Ashley\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
    expect((await until('loaded')).agent.voice).toBe('Olivia')
    expect(told()).toEqual(['rejected', 'rejected', 'loaded'])
  })

  test.concurrent('is reported as unchanged once the fault is reverted', async () => {
    const { path, until, told } = await begin()
    writeFileSync(path('agents/desk.yaml'), 'vioce: Olivia\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), desk('Sarah'))
    await until('same')
    expect(told()).toEqual(['rejected', 'same'])
  })

  test.concurrent('is not reported if it is deleted and restored within a second', async () => {
    const { path, until, told } = await begin()
    rmSync(path('agents/desk.yaml'))
    await pause(5 * SETTLE_MS)
    writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
    await until('loaded')
    expect(told()).toEqual(['loaded'])
  })

  test.concurrent('is reported if it stays deleted, and loaded once restored', async () => {
    const { path, until } = await begin()
    rmSync(path('agents/desk.yaml'))
    expect((await until('missing')).message).toMatch(/desk\.yaml: there is no such file$/)
    writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
    await until('loaded')
  })

  test.concurrent('is reported if it is a deleted prompt, until it is restored', async () => {
    const { path, until } = await begin()
    const before = readFileSync(path('agents/prompt.md'))
    rmSync(path('agents/prompt.md'))
    await until('rejected')
    writeFileSync(path('agents/prompt.md'), before)
    await until('same')
  })

  test.concurrent('is reported if it is a script that is not executable or deleted, until it is restored', async () => {
    const { path, until } = await begin()
    chmodSync(path('tools/look_up.sh'), 0o644)
    await until('rejected')
    rmSync(path('tools/look_up.sh'))
    await until('rejected')
    writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\n', { mode: 0o755 })
    await until('same')
  })

  test.concurrent('is reported if it is a deleted env file, until it is restored', async () => {
    const { path, until } = await begin()
    writeFileSync(path('agents/shop.env'), 'SHOP=1\n')
    writeFileSync(path('agents/_tools.yaml'), `${list('Looks up.')}  env_file: ./shop.env\n`)
    await until('loaded')
    rmSync(path('agents/shop.env'))
    await until('rejected')
    writeFileSync(path('agents/shop.env'), 'SHOP=2\n')
    await until('same')
  })
})

test('after two hundred saves in a row the last content is loaded', async () => {
  const { path, until, told } = await begin()
  for (let index = 1; index <= 200; index += 1) writeFileSync(path('agents/desk.yaml'), desk(`Voice${index}`))
  let voice = ''
  while (voice !== 'Voice200') voice = (await until('loaded')).agent.voice
  expect(told()).not.toContain('rejected')
})

test('a save in place is reported once, whenever during it the file is read', async () => {
  const settleMs = 250
  const { path, until, told, watch } = await begin({ settleMs })
  for (let index = 1; index <= 16; index += 1) {
    const before = told().length
    const begunAt = performance.now()
    const file = openSync(path('agents/desk.yaml'), 'w')
    writeSync(file, desk(`Voice${index}`))
    await pause(index % 8)
    // Touches what stands there already, as the end of a slow save does.
    futimesSync(file, new Date(), new Date())
    closeSync(file)
    const tookMs = performance.now() - begunAt
    await until('loaded')
    await watch.checkNow()
    // On a machine that stood still in between, the second half is a save of its own.
    if (tookMs < settleMs / 2) expect(told().slice(before)).toEqual(['loaded'])
  }
})

test('two files saved together are reported as one change', async () => {
  const { path, until, told, watch } = await begin({ settleMs: PATIENT_MS })
  writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
  await pause(INSIDE_MS)
  writeFileSync(path('agents/prompt.md'), 'Be kind.\n')
  const next = await until('loaded')
  expect([next.agent.voice, next.agent.instructions]).toEqual(['Olivia', 'Be kind.\n'])
  await watch.checkNow()
  expect(told()).toEqual(['loaded'])
})

test('a file truncated at any line is never loaded, even if that part is a valid agent', async () => {
  const whole = readFileSync(join(import.meta.dirname, '../../agents/support.yaml'), 'utf8')
  const { path, told, until } = await begin({ settleMs: 2 * PATIENT_MS }, ({ path }) => {
    cpSync(join(import.meta.dirname, '../../tools'), path('tools'), { recursive: true })
    writeFileSync(path('agents/desk.yaml'), whole.replace('name: support', 'name: desk'))
  })
  const lines = whole.replace('name: support', 'name: desk').split('\n')
  const cuts = [...lines.keys()].slice(1)
  let valid = 0
  for (const cut of cuts) {
    writeFileSync(path('cut.yaml'), lines.slice(0, cut).join('\n').replaceAll('../tools', './tools'))
    if ((await readAgent({ file: path('cut.yaml'), purpose: 'start' })).status === 'loaded') valid += 1
  }
  expect(valid).toBeGreaterThan(cuts.length / 3)
  for (const cut of cuts) {
    writeFileSync(path('agents/desk.yaml'), lines.slice(0, cut).join('\n'))
    await pause(5)
  }
  writeFileSync(path('agents/desk.yaml'), lines.join('\n').replace('voice: Sarah', 'voice: Olivia'))
  expect((await until('loaded')).agent.voice).toBe('Olivia')
  expect(told()).toEqual(['loaded'])
})

test('with a settle time of 0 a file renamed into place is loaded at once', async () => {
  const { path, until } = await begin({ settleMs: 0 })
  replace(path('agents/desk.yaml'), desk('Olivia'))
  expect((await until('loaded')).agent.voice).toBe('Olivia')
})

test('a file system event triggers a load long before the next poll', async () => {
  const { path, told } = await begin({ pollMs: 600_000 })
  // The first saves may come before the system has begun to tell of any.
  for (let index = 1; !told().includes('loaded'); index += 1) {
    replace(path('agents/desk.yaml'), desk(`Voice${index}`))
    await pause(4 * SETTLE_MS)
  }
})

test('a hundred saves across two folders leak no watchers and no timers', async () => {
  const { path, until } = await begin({ settleMs: 0 })
  mkdirSync(path('prompts'))
  writeFileSync(path('prompts/prompt.md'), 'Be loud.\n')
  const save = async (words: string) => {
    replace(path('agents/desk.yaml'), words)
    await until('loaded')
  }
  const saveBoth = async (index: number) => {
    await save(desk(`Voice${index}`).replace('./prompt.md', '../prompts/prompt.md'))
    await save(desk(`Voice${index}`))
  }
  await saveBoth(0)
  const before = handles()
  for (let index = 1; index <= 50; index += 1) await saveBoth(index)
  // Some of the last one may still be there.
  expect(handles()).toBeLessThan(before + 10)
})

/** How much this process holds open that watches files, or waits. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap' || kind === 'Timeout').length
}

test('a requested check reports what was saved before it resolves', async () => {
  const { path, told, watch } = await begin({ pollMs: 60_000 })
  await watch.checkNow()
  expect(told()).toEqual([])
  writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
  await watch.checkNow()
  expect(told()).toEqual(['loaded'])
})

test('a closed watch reports nothing', async () => {
  const { path, told, close } = await begin()
  writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
  await close()
  await pause(SILENCE_MS)
  expect(told()).toEqual([])
})

describe('without polling', () => {
  const pollMs = 600_000

  /** Saves another content again and again, since events may only be on their way, until one is heard of. */
  async function heardOf(told: () => readonly string[], save: (voice: string) => void): Promise<void> {
    const before = told().length
    for (let count = 1; told().length === before; count += 1) {
      save(`Voice${count}`)
      await pause(4 * SETTLE_MS)
    }
  }

  test.concurrent('a file in another folder that an edit refers to is watched', async () => {
    const { path, watch, told } = await begin({ pollMs })
    mkdirSync(path('prompts'))
    const save = (words: string) => writeFileSync(path('prompts/prompt.md'), `Be ${words}.\n`)
    save('loud')
    writeFileSync(path('agents/desk.yaml'), desk('Sarah').replace('./prompt.md', '../prompts/prompt.md'))
    await watch.checkNow()
    expect(told()).toEqual(['loaded'])
    await heardOf(told, save)
  })
})
