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
import {
  deskYaml,
  LONG_SETTLE_MS,
  type Project,
  pause,
  replaceFile,
  SAVE_PAUSE_MS,
  SETTLE_MS,
  toolsYaml,
  watchBench,
} from './watch-bench.ts'

/** How long nothing is reported before it counts as silence, in ms: several polls, so that a late report would have come. */
const SILENCE_MS = 500

const startWatch = watchBench()

describe('a change that leaves the agent the same', () => {
  const edits: readonly (readonly [string, (project: Project) => void, readonly string[]])[] = [
    [
      'an added comment',
      ({ path }) => writeFileSync(path('agents/desk.yaml'), `# hello\n${deskYaml('Sarah')}`),
      ['same'],
    ],
    ['saving the same content again', ({ path }) => replaceFile(path('agents/desk.yaml'), deskYaml('Sarah')), ['same']],
    ['another file in the folder', ({ path }) => writeFileSync(path('agents/other.yaml'), deskYaml('Olivia')), []],
    [
      "a script's new content",
      ({ path }) => writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\necho other\n'),
      ['same'],
    ],
  ]

  test.concurrent.each(edits)('%s does not cause a reload', async (_, edit, reported) => {
    const watched = await startWatch()
    edit(watched)
    for (let look = 0; look < 3; look += 1) await watched.watch.checkNow()
    expect(watched.reported()).toEqual(reported)
  })
})

describe('a file that becomes unusable', () => {
  test.concurrent('is reported for each faulty save, and loaded once fixed', async () => {
    const { path, until, reported } = await startWatch()
    writeFileSync(path('agents/desk.yaml'), 'vioce: Olivia\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), 'vioce: Ashley\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), deskYaml('Olivia'))
    expect((await until('loaded')).agent.voice).toBe('Olivia')
    expect(reported()).toEqual(['rejected', 'rejected', 'loaded'])
  })

  test.concurrent('is reported as unchanged once the fault is reverted', async () => {
    const { path, until, reported } = await startWatch()
    writeFileSync(path('agents/desk.yaml'), 'vioce: Olivia\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), deskYaml('Sarah'))
    await until('same')
    expect(reported()).toEqual(['rejected', 'same'])
  })

  test.concurrent('is not reported if it is deleted and restored within a second', async () => {
    const { path, until, reported } = await startWatch()
    rmSync(path('agents/desk.yaml'))
    await pause(5 * SETTLE_MS)
    writeFileSync(path('agents/desk.yaml'), deskYaml('Olivia'))
    await until('loaded')
    expect(reported()).toEqual(['loaded'])
  })

  test.concurrent('is reported if it stays deleted, and loaded once restored', async () => {
    const { path, until } = await startWatch()
    rmSync(path('agents/desk.yaml'))
    expect((await until('missing')).message).toMatch(/desk\.yaml: there is no such file$/)
    writeFileSync(path('agents/desk.yaml'), deskYaml('Olivia'))
    await until('loaded')
  })

  test.concurrent('is reported if a folder takes its place, and loaded once restored', async () => {
    const { path, until, reported } = await startWatch()
    rmSync(path('agents/desk.yaml'))
    mkdirSync(path('agents/desk.yaml'))
    expect((await until('unreadable')).message).toMatch(/desk\.yaml is a folder; name an agent file in it$/)
    rmSync(path('agents/desk.yaml'), { recursive: true })
    writeFileSync(path('agents/desk.yaml'), deskYaml('Olivia'))
    expect((await until('loaded')).agent.voice).toBe('Olivia')
    expect(reported()).toEqual(['unreadable', 'loaded'])
  })

  test.concurrent('is reported if it is a deleted prompt, until it is restored', async () => {
    const { path, until } = await startWatch()
    const before = readFileSync(path('agents/prompt.md'))
    rmSync(path('agents/prompt.md'))
    await until('rejected')
    writeFileSync(path('agents/prompt.md'), before)
    await until('same')
  })

  test.concurrent('is reported if it is a script that is not executable or deleted, until it is restored', async () => {
    const { path, until } = await startWatch()
    chmodSync(path('tools/look_up.sh'), 0o644)
    await until('rejected')
    rmSync(path('tools/look_up.sh'))
    await until('rejected')
    writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\n', { mode: 0o755 })
    await until('same')
  })

  test.concurrent('is reported if it is a deleted env file, until it is restored', async () => {
    const { path, until } = await startWatch()
    writeFileSync(path('agents/shop.env'), 'SHOP=1\n')
    writeFileSync(path('agents/_tools.yaml'), `${toolsYaml('Looks up.')}  env_file: ./shop.env\n`)
    await until('loaded')
    rmSync(path('agents/shop.env'))
    await until('rejected')
    writeFileSync(path('agents/shop.env'), 'SHOP=2\n')
    await until('same')
  })
})

/** How many loads of 1,000 saves within a second are few enough not to trouble conversations. */
const LOADS_MAX = 15

test.each([
  ['in place', writeFileSync],
  ['by a rename', replaceFile],
])(
  'a thousand saves %s within a second are a few loads, of which the last has the last content',
  async (_way, save) => {
    const { path, until, reported } = await startWatch()
    const begunAt = performance.now()
    for (let index = 1; index <= 1_000; index += 1) {
      save(path('agents/desk.yaml'), deskYaml(`Voice${index}`))
      if (performance.now() - begunAt < index) await pause(1)
    }
    let voice = ''
    while (voice !== 'Voice1000') voice = (await until('loaded')).agent.voice
    expect(reported()).not.toContain('rejected')
    expect(reported().length).toBeLessThanOrEqual(LOADS_MAX)
  },
)

test('a save in place is reported once, whenever during it the file is read', async () => {
  const settleMs = 250
  const { path, until, reported, watch } = await startWatch({ settleMs })
  for (let index = 1; index <= 16; index += 1) {
    const before = reported().length
    const begunAt = performance.now()
    const file = openSync(path('agents/desk.yaml'), 'w')
    writeSync(file, deskYaml(`Voice${index}`))
    await pause(index % 8)
    // Changes only the time of the file, as the end of a slow save does.
    futimesSync(file, new Date(), new Date())
    closeSync(file)
    const tookMs = performance.now() - begunAt
    await until('loaded')
    await watch.checkNow()
    // If the machine stalled in between, the second half is a save of its own.
    if (tookMs < settleMs / 2) expect(reported().slice(before)).toEqual(['loaded'])
  }
})

test('two files saved together are reported as one change', async () => {
  const { path, until, reported, watch } = await startWatch({ settleMs: LONG_SETTLE_MS })
  writeFileSync(path('agents/desk.yaml'), deskYaml('Olivia'))
  await pause(SAVE_PAUSE_MS)
  writeFileSync(path('agents/prompt.md'), 'Be kind.\n')
  const next = await until('loaded')
  expect([next.agent.voice, next.agent.instructions]).toEqual(['Olivia', 'Be kind.\n'])
  await watch.checkNow()
  expect(reported()).toEqual(['loaded'])
})

test('a file truncated at any line is never loaded, even if that part is a valid agent', async () => {
  const whole = readFileSync(join(import.meta.dirname, '../../agents/support.yaml'), 'utf8')
  const { path, reported, until } = await startWatch({ settleMs: 2 * LONG_SETTLE_MS }, ({ path }) => {
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
  expect(reported()).toEqual(['loaded'])
})

test('with a settle time of 0 a file renamed into place is loaded at once', async () => {
  const { path, until } = await startWatch({ settleMs: 0 })
  replaceFile(path('agents/desk.yaml'), deskYaml('Olivia'))
  expect((await until('loaded')).agent.voice).toBe('Olivia')
})

test('a file system event triggers a load long before the next poll', async () => {
  const { path, reported } = await startWatch({ pollMs: 600_000 })
  // The first saves may come before the system reports any event.
  for (let index = 1; !reported().includes('loaded'); index += 1) {
    replaceFile(path('agents/desk.yaml'), deskYaml(`Voice${index}`))
    await pause(4 * SETTLE_MS)
  }
})

test('a hundred saves across two folders leak no watchers and no timers', async () => {
  const { path, until } = await startWatch({ settleMs: 0 })
  mkdirSync(path('prompts'))
  writeFileSync(path('prompts/prompt.md'), 'Be loud.\n')
  const save = async (words: string) => {
    replaceFile(path('agents/desk.yaml'), words)
    await until('loaded')
  }
  const saveBoth = async (index: number) => {
    await save(deskYaml(`Voice${index}`).replace('./prompt.md', '../prompts/prompt.md'))
    await save(deskYaml(`Voice${index}`))
  }
  await saveBoth(0)
  const before = openHandles()
  for (let index = 1; index <= 50; index += 1) await saveBoth(index)
  // Some of the last save may still be open.
  expect(openHandles()).toBeLessThan(before + 10)
})

/** How many file watchers and timers this process has open. */
function openHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap' || kind === 'Timeout').length
}

test('a requested check reports what was saved before it resolves', async () => {
  const { path, reported, watch } = await startWatch({ pollMs: 60_000 })
  await watch.checkNow()
  expect(reported()).toEqual([])
  writeFileSync(path('agents/desk.yaml'), deskYaml('Olivia'))
  await watch.checkNow()
  expect(reported()).toEqual(['loaded'])
})

test('a closed watch reports nothing', async () => {
  const { path, reported, close } = await startWatch()
  writeFileSync(path('agents/desk.yaml'), deskYaml('Olivia'))
  await close()
  await pause(SILENCE_MS)
  expect(reported()).toEqual([])
})

describe('without polling', () => {
  const pollMs = 600_000

  /** Saves new content repeatedly until a save is reported, since events may arrive late. */
  async function saveUntilReported(reported: () => readonly string[], save: (voice: string) => void): Promise<void> {
    const before = reported().length
    for (let count = 1; reported().length === before; count += 1) {
      save(`Voice${count}`)
      await pause(4 * SETTLE_MS)
    }
  }

  test.concurrent('a file in another folder that an edit refers to is watched', async () => {
    const { path, watch, reported } = await startWatch({ pollMs })
    mkdirSync(path('prompts'))
    const save = (words: string) => writeFileSync(path('prompts/prompt.md'), `Be ${words}.\n`)
    save('loud')
    writeFileSync(path('agents/desk.yaml'), deskYaml('Sarah').replace('./prompt.md', '../prompts/prompt.md'))
    await watch.checkNow()
    expect(reported()).toEqual(['loaded'])
    await saveUntilReported(reported, save)
  })
})
