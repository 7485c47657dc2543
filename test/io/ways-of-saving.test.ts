import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  baseYaml,
  deskYaml,
  LONG_SETTLE_MS,
  type Project,
  pause,
  replaceFile,
  SAVE_PAUSE_MS,
  summaryOf,
  toolsYaml,
  watchBench,
} from './watch-bench.ts'

const startWatch = watchBench()

/** How programs save one file. */
const ways: readonly (readonly [string, (file: string, text: string) => void | Promise<void>])[] = [
  ['written in place (VS Code, a shell)', (file, text) => writeFileSync(file, text)],
  [
    'truncated and written later',
    async (file, text) => {
      truncateSync(file)
      await pause(SAVE_PAUSE_MS)
      writeFileSync(file, text)
    },
  ],
  [
    'written in pieces',
    async (file, text) => {
      const half = Math.floor(text.length / 2)
      writeFileSync(file, text.slice(0, half))
      await pause(SAVE_PAUSE_MS)
      writeFileSync(file, text.slice(half), { flag: 'a' })
    },
  ],
  ['replaced by a renamed file (deploy tools)', replaceFile],
  [
    'edited with sed -i',
    (file, text) => {
      writeFileSync(join(dirname(file), '.script'), `1,$d\n`)
      const lines = text.trimEnd().split('\n').join('\\\n')
      expect(spawnSync('sed', ['-i', '-e', `1i\\\n${lines}`, '-e', '1,$d', file]).status).toBe(0)
    },
  ],
  [
    'saved by vim in place, with a backup copy',
    (file, text) => {
      copyFileSync(file, `${file}~`)
      writeFileSync(file, text)
      unlinkSync(`${file}~`)
    },
  ],
  [
    'saved by vim as a new file, with the old one moved away',
    (file, text) => {
      renameSync(file, `${file}~`)
      writeFileSync(file, text)
      unlinkSync(`${file}~`)
    },
  ],
  [
    'saved by a JetBrains editor with safe write',
    (file, text) => {
      writeFileSync(`${file}___jb_tmp___`, text)
      renameSync(file, `${file}___jb_old___`)
      renameSync(`${file}___jb_tmp___`, file)
      unlinkSync(`${file}___jb_old___`)
    },
  ],
  [
    'deleted and created again later',
    async (file, text) => {
      rmSync(file)
      await pause(150)
      writeFileSync(file, text)
    },
  ],
  [
    'replaced by a folder for a while',
    async (file, text) => {
      rmSync(file)
      mkdirSync(file)
      await pause(150)
      rmSync(file, { recursive: true })
      writeFileSync(file, text)
    },
  ],
  [
    'replaced by a symbolic link',
    (file, text) => {
      const target = join(dirname(dirname(file)), `other-${basename(file)}`)
      writeFileSync(target, text)
      symlinkSync(target, `${file}.link`)
      renameSync(`${file}.link`, file)
    },
  ],
]

/** Each file of the agent, and its text with a given word. */
const files: readonly (readonly [string, string, (word: string) => string])[] = [
  ['the agent file', 'agents/desk.yaml', deskYaml],
  ['an extended file', 'agents/_base.yaml', baseYaml],
  ['an included list', 'agents/_tools.yaml', toolsYaml],
  ['the prompt', 'agents/prompt.md', (word) => `${word}\n`],
]

describe.each(files)('a change of %s', (_, name, text) => {
  test.concurrent.each(ways)('is loaded when it is %s', async (_way, save) => {
    const { path, until } = await startWatch({ settleMs: LONG_SETTLE_MS })
    await save(path(name), text('Olivia'))
    expect(summaryOf(await until('loaded'))).toContain('Olivia')
  })

  test.concurrent('is loaded through a link when its target is edited, and when the link is repointed', async () => {
    const real = (path: Project['path'], word: string) => path(`agents/${word}-${basename(name)}`)
    const { path, until } = await startWatch({}, ({ path }) => {
      writeFileSync(real(path, 'one'), readFileSync(path(name)))
      writeFileSync(real(path, 'two'), text('Ashley'))
      rmSync(path(name))
      symlinkSync(`one-${basename(name)}`, path(name))
    })
    writeFileSync(real(path, 'one'), text('Olivia'))
    expect(summaryOf(await until('loaded'))).toContain('Olivia')
    unlinkSync(path(name))
    symlinkSync(`two-${basename(name)}`, path(name))
    expect(summaryOf(await until('loaded'))).toContain('Ashley')
  })
})

const hasVim = spawnSync('vim', ['--version']).status === 0

describe.skipIf(!hasVim)('a save by vim (skipped where it is not installed)', () => {
  test.concurrent.each(['yes', 'no'])('is loaded with backupcopy=%s', async (copy) => {
    const { path, until } = await startWatch()
    const commands = [`set backup backupcopy=${copy}`, '%s/Sarah/Olivia/', 'wq'].flatMap((word) => ['-c', word])
    spawnSync('vim', ['-u', 'NONE', '-es', ...commands, path('agents/desk.yaml')], { stdio: 'ignore' })
    expect((await until('loaded')).agent.voice).toBe('Olivia')
  })
})

describe('a change of a folder', () => {
  test.concurrent('is loaded each time the whole folder is replaced', async () => {
    const { path, until } = await startWatch()
    for (const voice of ['Olivia', 'Ashley', 'Hades']) {
      cpSync(path('agents'), path('next'), { recursive: true })
      writeFileSync(path('next/desk.yaml'), deskYaml(voice))
      renameSync(path('agents'), path(`before-${voice}`))
      renameSync(path('next'), path('agents'))
      expect((await until('loaded')).agent.voice).toBe(voice)
    }
  })

  test.concurrent('is reported if the folder is moved away, and loaded once it is back', async () => {
    const { path, until, reported } = await startWatch()
    renameSync(path('agents'), path('away'))
    await until('missing')
    writeFileSync(path('away/desk.yaml'), deskYaml('Olivia'))
    renameSync(path('away'), path('agents'))
    expect((await until('loaded')).agent.voice).toBe('Olivia')
    expect(reported()).toEqual(['missing', 'loaded'])
  })

  test.concurrent('is loaded when a link to the folder is repointed to the next release', async () => {
    const { path, until } = await startWatch({}, ({ path }) => {
      renameSync(path('agents'), path('release-1'))
      symlinkSync('release-1', path('agents'))
    })
    for (const [number, voice] of [
      [2, 'Olivia'],
      [3, 'Ashley'],
    ] as const) {
      cpSync(path(`release-${number - 1}`), path(`release-${number}`), { recursive: true })
      writeFileSync(path(`release-${number}/desk.yaml`), deskYaml(voice))
      symlinkSync(`release-${number}`, path('current.new'))
      renameSync(path('current.new'), path('agents'))
      expect((await until('loaded')).agent.voice).toBe(voice)
    }
  })

  test.concurrent('is loaded when the ..data link of a Kubernetes mount is swapped', async () => {
    const names = ['desk.yaml', '_base.yaml', '_tools.yaml', 'prompt.md']
    const version = (path: Project['path'], number: number, voice: string) => {
      mkdirSync(path(`agents/..${number}`))
      const texts = [deskYaml(voice), baseYaml('Be calm.'), toolsYaml('Looks up.'), `Say ${voice}.\n`]
      for (const [index, name] of names.entries()) writeFileSync(path(`agents/..${number}/${name}`), texts[index] ?? '')
      symlinkSync(`..${number}`, path('agents/..data_tmp'))
      renameSync(path('agents/..data_tmp'), path('agents/..data'))
    }
    const { path, until, reported } = await startWatch({}, ({ path }) => {
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
      const next = await until('loaded')
      expect([next.agent.voice, next.agent.instructions]).toEqual([voice, `Say ${voice}.\n`])
    }
    expect(reported()).toHaveLength(2)
  })
})
