import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  futimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readAgent } from '../../src/io/agent-file.ts'
import {
  base,
  desk,
  list,
  type Project,
  pause,
  project,
  remove,
  replace,
  SETTLE_MS,
  sayings,
  watching,
} from './watching.ts'

/** How long nothing is told before it counts as silence, in ms: several polls, so that a late report would have come. */
const SILENCE_MS = 500
/** Settle time of the watch where a save has pauses in it, in ms: a loaded machine may make each of them long. */
const PATIENT_MS = 1_000
/** A pause within a save, in ms. */
const INSIDE_MS = 20

const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

async function begin(options: Parameters<typeof watching>[1] = {}, prepare: (project: Project) => void = () => {}) {
  const made = project()
  prepare(made)
  const watch = await watching(made, options)
  ends.push(() => remove(made), watch.close)
  return { ...made, ...watch }
}

/** How programs save one file. */
const ways: readonly (readonly [string, (file: string, text: string) => void | Promise<void>])[] = [
  ['written in place (VS Code, a shell)', (file, text) => writeFileSync(file, text)],
  [
    'emptied, and written after a while',
    async (file, text) => {
      truncateSync(file)
      await pause(INSIDE_MS)
      writeFileSync(file, text)
    },
  ],
  [
    'written in pieces',
    async (file, text) => {
      const half = Math.floor(text.length / 2)
      writeFileSync(file, text.slice(0, half))
      await pause(INSIDE_MS)
      writeFileSync(file, text.slice(half), { flag: 'a' })
    },
  ],
  ['a new file renamed over it (deploy tools)', replace],
  [
    'sed -i',
    (file, text) => {
      writeFileSync(join(dirname(file), '.script'), `1,$d\n`)
      const lines = text.trimEnd().split('\n').join('\\\n')
      expect(spawnSync('sed', ['-i', '-e', `1i\\\n${lines}`, '-e', '1,$d', file]).status).toBe(0)
    },
  ],
  [
    'vim that keeps a backup copy and writes in place',
    (file, text) => {
      copyFileSync(file, `${file}~`)
      writeFileSync(file, text)
      unlinkSync(`${file}~`)
    },
  ],
  [
    'vim that moves the old file away and writes a new one',
    (file, text) => {
      renameSync(file, `${file}~`)
      writeFileSync(file, text)
      unlinkSync(`${file}~`)
    },
  ],
  [
    "JetBrains' safe write",
    (file, text) => {
      writeFileSync(`${file}___jb_tmp___`, text)
      renameSync(file, `${file}___jb_old___`)
      renameSync(`${file}___jb_tmp___`, file)
      unlinkSync(`${file}___jb_old___`)
    },
  ],
  [
    'deleted and restored later',
    async (file, text) => {
      rmSync(file)
      await pause(150)
      writeFileSync(file, text)
    },
  ],
  [
    'a folder in its place for a while',
    async (file, text) => {
      rmSync(file)
      mkdirSync(file)
      await pause(150)
      rmSync(file, { recursive: true })
      writeFileSync(file, text)
    },
  ],
  [
    'a link put in its place',
    (file, text) => {
      const beside = join(dirname(dirname(file)), `other-${basename(file)}`)
      writeFileSync(beside, text)
      symlinkSync(beside, `${file}.link`)
      renameSync(`${file}.link`, file)
    },
  ],
]

/** Each file that the agent is made of, and what it says before and after. */
const files: readonly (readonly [string, string, (word: string) => string])[] = [
  ['the agent file', 'agents/desk.yaml', desk],
  ['a file that it extends', 'agents/_base.yaml', base],
  ['a list that it includes', 'agents/_tools.yaml', list],
  ['its prompt', 'agents/prompt.md', (word) => `${word}\n`],
]

describe.each(files)('%s', (_, name, text) => {
  test.concurrent.each(ways)('%s', async (_way, save) => {
    const { path, until } = await begin({ settleMs: PATIENT_MS })
    await save(path(name), text('Olivia'))
    expect(sayings((await until('loaded')).next)).toContain('Olivia')
  })

  test.concurrent('behind a link: edited where it really is, then the link moved', async () => {
    const real = (path: Project['path'], word: string) => path(`agents/${word}-${basename(name)}`)
    const { path, until } = await begin({}, ({ path }) => {
      writeFileSync(real(path, 'one'), readFileSync(path(name)))
      writeFileSync(real(path, 'two'), text('Ashley'))
      rmSync(path(name))
      symlinkSync(`one-${basename(name)}`, path(name))
    })
    writeFileSync(real(path, 'one'), text('Olivia'))
    expect(sayings((await until('loaded')).next)).toContain('Olivia')
    unlinkSync(path(name))
    symlinkSync(`two-${basename(name)}`, path(name))
    expect(sayings((await until('loaded')).next)).toContain('Ashley')
  })
})

const hasVim = spawnSync('vim', ['--version']).status === 0
describe.skipIf(!hasVim)('vim itself (shown where it is installed)', () => {
  test.concurrent.each(['yes', 'no'])('backupcopy=%s', async (copy) => {
    const { path, until } = await begin()
    const commands = [`set backup backupcopy=${copy}`, '%s/Sarah/Olivia/', 'wq'].flatMap((word) => ['-c', word])
    spawnSync('vim', ['-u', 'NONE', '-es', ...commands, path('agents/desk.yaml')], { stdio: 'ignore' })
    expect((await until('loaded')).next.agent.voice).toBe('Olivia')
  })
})

describe('folders', () => {
  test.concurrent('the whole folder replaced, several times', async () => {
    const { path, until } = await begin()
    for (const voice of ['Olivia', 'Ashley', 'Hades']) {
      cpSync(path('agents'), path('next'), { recursive: true })
      writeFileSync(path('next/desk.yaml'), desk(voice))
      renameSync(path('agents'), path(`before-${voice}`))
      renameSync(path('next'), path('agents'))
      expect((await until('loaded')).next.agent.voice).toBe(voice)
    }
  })

  test.concurrent('a folder that is a link which moves to the next release', async () => {
    const { path, until } = await begin({}, ({ path }) => {
      renameSync(path('agents'), path('release-1'))
      symlinkSync('release-1', path('agents'))
    })
    for (const [number, voice] of [
      [2, 'Olivia'],
      [3, 'Ashley'],
    ] as const) {
      cpSync(path(`release-${number - 1}`), path(`release-${number}`), { recursive: true })
      writeFileSync(path(`release-${number}/desk.yaml`), desk(voice))
      symlinkSync(`release-${number}`, path('current.new'))
      renameSync(path('current.new'), path('agents'))
      expect((await until('loaded')).next.agent.voice).toBe(voice)
    }
  })

  test.concurrent('a mounted folder whose ..data link is swapped, as Kubernetes does it', async () => {
    const names = ['desk.yaml', '_base.yaml', '_tools.yaml', 'prompt.md']
    const version = (path: Project['path'], number: number, voice: string) => {
      mkdirSync(path(`agents/..${number}`))
      const texts = [desk(voice), base('Be calm.'), list('Looks up.'), `Say ${voice}.\n`]
      for (const [index, name] of names.entries()) writeFileSync(path(`agents/..${number}/${name}`), texts[index] ?? '')
      symlinkSync(`..${number}`, path('agents/..data_tmp'))
      renameSync(path('agents/..data_tmp'), path('agents/..data'))
    }
    const { path, until, saves } = await begin({}, ({ path }) => {
      version(path, 1, 'Sarah')
      for (const name of names) {
        rmSync(path(`agents/${name}`))
        symlinkSync(`..data/${name}`, path(`agents/${name}`))
      }
    })
    for (const [number, voice] of [
      [2, 'Olivia'],
      [3, 'Ashley'],
    ] as const) {
      version(path, number, voice)
      rmSync(path(`agents/..${number - 1}`), { recursive: true })
      const { next } = await until('loaded')
      expect([next.agent.voice, next.agent.instructions]).toEqual([voice, `Say ${voice}.\n`])
    }
    expect(saves).toHaveLength(2)
  })
})

describe('what is no edit is no reload', () => {
  const edits: readonly (readonly [string, (project: Project) => void, readonly string[]])[] = [
    ['a comment', ({ path }) => writeFileSync(path('agents/desk.yaml'), `# hello\n${desk('Sarah')}`), ['same']],
    ['the same content, saved again', ({ path }) => replace(path('agents/desk.yaml'), desk('Sarah')), ['same']],
    ['a file beside it', ({ path }) => writeFileSync(path('agents/other.yaml'), desk('Olivia')), []],
    ["a script's content", ({ path }) => writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\necho other\n'), ['same']],
  ]

  test.concurrent.each(edits)('%s', async (_, edit, told) => {
    const begun = await begin()
    edit(begun)
    for (let look = 0; look < 3; look += 1) await begun.watch.look()
    expect(begun.told()).toEqual(told)
  })
})

describe('what cannot be used is told once for each content, and the watch goes on', () => {
  test.concurrent('a fault, another, and the mended file', async () => {
    const { path, until, told } = await begin()
    writeFileSync(path('agents/desk.yaml'), 'vioce: Olivia\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), 'vioce: Ashley\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
    expect((await until('loaded')).next.agent.voice).toBe('Olivia')
    expect(told()).toEqual(['rejected', 'rejected', 'loaded'])
  })

  test.concurrent('a fault that is taken back is told as mended, not as a new agent', async () => {
    const { path, until, told } = await begin()
    writeFileSync(path('agents/desk.yaml'), 'vioce: Olivia\n')
    await until('rejected')
    writeFileSync(path('agents/desk.yaml'), desk('Sarah'))
    expect(await until('same')).toMatchObject({ kind: 'same', mended: true })
    expect(told()).toEqual(['rejected', 'same'])
  })

  test.concurrent('a file that stays away, and comes back', async () => {
    const { path, until } = await begin()
    rmSync(path('agents/desk.yaml'))
    expect((await until('missing')).message).toMatch(/desk\.yaml: there is no such file$/)
    writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
    await until('loaded')
  })

  test.concurrent('a prompt that stays away, and comes back', async () => {
    const { path, until } = await begin()
    const before = readFileSync(path('agents/prompt.md'))
    rmSync(path('agents/prompt.md'))
    await until('rejected')
    writeFileSync(path('agents/prompt.md'), before)
    await until('same')
  })

  test.concurrent('a tool script that loses its right to run, is deleted, and is restored', async () => {
    const { path, until } = await begin()
    chmodSync(path('tools/look_up.sh'), 0o644)
    await until('rejected')
    rmSync(path('tools/look_up.sh'))
    await until('rejected')
    writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\n', { mode: 0o755 })
    await until('same')
  })
})

test('two hundred saves in a row come down to the last one', async () => {
  const { path, until, told } = await begin()
  for (let index = 1; index <= 200; index += 1) writeFileSync(path('agents/desk.yaml'), desk(`Voice${index}`))
  let voice = ''
  while (voice !== 'Voice200') voice = (await until('loaded')).next.agent.voice
  expect(told()).not.toContain('rejected')
})

test('a save in place is one save, at whatever moment of it the file is looked at', async () => {
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
    await watch.look()
    // On a machine that stood still in between, the second half is a save of its own.
    if (tookMs < settleMs / 2) expect(told().slice(before)).toEqual(['loaded'])
  }
})

test('two files saved together are one new agent', async () => {
  const { path, until, told, watch } = await begin({ settleMs: PATIENT_MS })
  writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
  await pause(INSIDE_MS)
  writeFileSync(path('agents/prompt.md'), 'Be kind.\n')
  const { next } = await until('loaded')
  expect([next.agent.voice, next.agent.instructions]).toEqual(['Olivia', 'Be kind.\n'])
  await watch.look()
  expect(told()).toEqual(['loaded'])
})

test('a file cut at any line is never taken for whole, though many of the pieces are valid', async () => {
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
  expect((await until('loaded')).next.agent.voice).toBe('Olivia')
  expect(told()).toEqual(['loaded'])
})

test('without a settle time, a rename is taken at once', async () => {
  const { path, until } = await begin({ settleMs: 0 })
  replace(path('agents/desk.yaml'), desk('Olivia'))
  expect((await until('loaded')).next.agent.voice).toBe('Olivia')
})

test('an event of the file is enough, long before the next poll', async () => {
  const { path, told } = await begin({ pollMs: 600_000 })
  // The first saves may come before the system has begun to tell of any.
  for (let index = 1; !told().includes('loaded'); index += 1) {
    replace(path('agents/desk.yaml'), desk(`Voice${index}`))
    await pause(4 * SETTLE_MS)
  }
})

test('a look that is asked for tells what was saved before it resolves', async () => {
  const { path, told, watch } = await begin({ pollMs: 60_000 })
  await watch.look()
  expect(told()).toEqual([])
  writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
  await watch.look()
  expect(told()).toEqual(['loaded'])
})

test('after its end nothing is told', async () => {
  const { path, told, close } = await begin()
  writeFileSync(path('agents/desk.yaml'), desk('Olivia'))
  await close()
  await pause(SILENCE_MS)
  expect(told()).toEqual([])
})
