import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type LoadedAgent, readAgent, watchAgent } from '../../src/io/agent-file.ts'

/** How long nothing is told before it counts as silence, in ms: several polls, so that a late report would have come. */
const SILENCE_MS = 400

let folder = ''
let file = ''
const prompt = () => join(folder, 'agents/prompt.md')
const script = () => join(folder, 'tools/look_up.sh')
const watches: Watch[] = []

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-watch-')))
  file = join(folder, 'agents/desk.yaml')
  for (const name of ['agents', 'tools']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(prompt(), 'Be brief.')
  writeFileSync(script(), '#!/bin/sh\necho\n', { mode: 0o755 })
  writeFileSync(file, agent('Sarah'))
})

afterEach(async () => {
  for (const { close } of watches.splice(0)) await close()
  rmSync(folder, { recursive: true, force: true })
})

describe('whatever way it is saved, the new content arrives', () => {
  const ways: readonly (readonly [string, (text: string) => void | Promise<void>])[] = [
    ['written in place', (text) => writeFileSync(file, text)],
    [
      'emptied first, written after a pause',
      async (text) => {
        truncateSync(file)
        await silence(30)
        writeFileSync(file, text)
      },
    ],
    [
      'written in pieces',
      async (text) => {
        const half = Math.floor(text.length / 2)
        writeFileSync(file, text.slice(0, half))
        await silence(20)
        writeFileSync(file, text.slice(half), { flag: 'a' })
      },
    ],
    ['a new file renamed over it', (text) => replace(file, text)],
    [
      'moved away as a backup, then written anew',
      (text) => {
        renameSync(file, `${file}~`)
        writeFileSync(file, text)
      },
    ],
    [
      'deleted and written again later',
      async (text) => {
        rmSync(file)
        await silence(150)
        writeFileSync(file, text)
      },
    ],
    [
      'the whole folder replaced',
      (text) => {
        const next = join(folder, 'next')
        mkdirSync(next)
        writeFileSync(join(next, 'prompt.md'), 'Be brief.')
        writeFileSync(join(next, 'desk.yaml'), text)
        renameSync(join(folder, 'agents'), join(folder, 'old'))
        renameSync(next, join(folder, 'agents'))
      },
    ],
    [
      'a folder in its place for a while',
      async (text) => {
        rmSync(file)
        mkdirSync(file)
        await silence(150)
        rmSync(file, { recursive: true })
        writeFileSync(file, text)
      },
    ],
  ]

  test.each(ways)('%s', async (_, save) => {
    const watch = await start()
    await save(agent('Olivia'))
    expect((await watch.loaded()).agent.voice).toBe('Olivia')
  })

  test('an edit behind a link, and a link that moves', async () => {
    const [first, second] = ['one.yaml', 'two.yaml'].map((name) => join(folder, 'agents', name)) as [string, string]
    writeFileSync(first, agent('Sarah'))
    writeFileSync(second, agent('Ashley'))
    rmSync(file)
    symlinkSync('one.yaml', file)
    const watch = await start()
    writeFileSync(first, agent('Olivia'))
    expect((await watch.loaded()).agent.voice).toBe('Olivia')
    symlinkSync('two.yaml', `${file}.link`)
    renameSync(`${file}.link`, file)
    expect((await watch.loaded()).agent.voice).toBe('Ashley')
  })

  test('a swap of the folder that a link leads to, as Kubernetes updates a mounted file', async () => {
    const mounted = (version: string, text: string) => {
      mkdirSync(join(folder, 'agents', version))
      writeFileSync(join(folder, 'agents', version, 'desk.yaml'), text)
      symlinkSync(version, join(folder, 'agents/..data_tmp'))
      renameSync(join(folder, 'agents/..data_tmp'), join(folder, 'agents/..data'))
    }
    mounted('..v1', agent('Sarah', './prompt.md').replace('./prompt.md', '../prompt.md'))
    rmSync(file)
    symlinkSync('..data/desk.yaml', file)
    writeFileSync(join(folder, 'prompt.md'), 'Be brief.')
    const watch = await start()
    mounted('..v2', agent('Olivia').replace('./prompt.md', '../prompt.md'))
    expect((await watch.loaded()).agent.voice).toBe('Olivia')
  })

  test('the prompt in a file of its own', async () => {
    const watch = await start()
    replace(prompt(), 'Be kind.')
    expect((await watch.loaded()).agent.instructions).toBe('Be kind.')
  })

  test('the last of two hundred saves', async () => {
    const watch = await start()
    for (let index = 1; index <= 200; index += 1) writeFileSync(file, agent(`Voice${index}`))
    let voice = ''
    while (voice !== 'Voice200') voice = (await watch.loaded()).agent.voice
    expect(watch.rejections).toBe(0)
  })
})

describe('what is no edit is no reload', () => {
  const edits: readonly (readonly [string, () => void])[] = [
    ['a comment', () => writeFileSync(file, `# hello\n${agent('Sarah')}`)],
    ['the same content, saved again', () => replace(file, agent('Sarah'))],
    ['a file beside it', () => writeFileSync(join(folder, 'agents/other.yaml'), agent('Olivia'))],
    ["a script's content", () => writeFileSync(script(), '#!/bin/sh\necho other\n')],
  ]

  test.each(edits)('%s', async (_, edit) => {
    const watch = await start()
    edit()
    await silence(SILENCE_MS)
    expect(watch.told).toEqual([])
  })
})

describe('what cannot be used is told, and the watch goes on', () => {
  test('a fault is told once for each content, and the mended file arrives', async () => {
    const watch = await start()
    writeFileSync(file, 'vioce: Olivia\n')
    await watch.next('rejected')
    writeFileSync(file, 'vioce: Ashley\n')
    await watch.next('rejected')
    writeFileSync(file, agent('Olivia'))
    expect((await watch.loaded()).agent.voice).toBe('Olivia')
    expect(watch.rejections).toBe(2)
  })

  test('a fault that is taken back is told as restored, not as a new agent', async () => {
    const watch = await start()
    writeFileSync(file, 'vioce: Olivia\n')
    await watch.next('rejected')
    writeFileSync(file, agent('Sarah'))
    await watch.next('restored')
    expect(watch.told.filter((what) => what === 'loaded')).toEqual([])
  })

  test('a file that goes away is a warning', async () => {
    const watch = await start()
    rmSync(file)
    await watch.next('warning')
    writeFileSync(file, agent('Olivia'))
    expect((await watch.loaded()).agent.voice).toBe('Olivia')
  })

  test('a prompt file that goes away and comes back', async () => {
    const watch = await start()
    const before = readFileSync(prompt())
    rmSync(prompt())
    await watch.next('rejected')
    writeFileSync(prompt(), before)
    await watch.next('restored')
  })

  test('a tool script that loses its right to run', async () => {
    const watch = await start()
    chmodSync(script(), 0o644)
    await watch.next('rejected')
    chmodSync(script(), 0o755)
    await watch.next('restored')
  })

  test.skipIf(process.getuid?.() === 0)('a file that may not be read for a while (not shown to root)', async () => {
    const watch = await start()
    chmodSync(file, 0)
    await watch.next('warning')
    chmodSync(file, 0o644)
    await watch.next('restored')
  })
})

test('after its end nothing is told', async () => {
  const watch = await start()
  writeFileSync(file, agent('Olivia'))
  await watch.close()
  await silence(SILENCE_MS)
  expect(watch.told).toEqual([])
})

type What = 'loaded' | 'rejected' | 'restored' | 'warning'

interface Watch {
  readonly told: readonly What[]
  readonly rejections: number
  loaded(): Promise<LoadedAgent>
  next(what: What): Promise<LoadedAgent | null>
  close(): Promise<void>
}

async function start(): Promise<Watch> {
  const loaded = await readAgent({ file, purpose: 'start' })
  if (loaded.status !== 'loaded') throw new Error(JSON.stringify(loaded))
  const told: What[] = []
  const queue: { readonly what: What; readonly agent: LoadedAgent | null }[] = []
  let wake = () => {}
  const tell = (what: What, agent: LoadedAgent | null = null) => {
    told.push(what)
    queue.push({ what, agent })
    wake()
  }
  const { close } = watchAgent({
    ...{ file, loaded, settleMs: 60, pollMs: 100 },
    onLoaded: (next) => tell('loaded', next),
    onRejected: () => tell('rejected'),
    onRestored: () => tell('restored'),
    onWarning: () => tell('warning'),
  })
  async function next(what: What): Promise<LoadedAgent | null> {
    for (;;) {
      const first = queue.shift()
      if (first?.what === what) return first.agent
      if (first === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }
  const watch: Watch = {
    ...{ told, next, close },
    get rejections() {
      return told.filter((what) => what === 'rejected').length
    },
    async loaded() {
      return (await next('loaded')) as LoadedAgent
    },
  }
  watches.push(watch)
  return watch
}

function agent(voice: string, named = './prompt.md'): string {
  const tool = '  - { name: look_up, description: Looks up., run: ../tools/look_up.sh, parameters: { type: object } }'
  return `version: 1\nname: desk\nvoice: ${voice}\ninstructions_file: ${named}\ntools:\n${tool}\n`
}

function replace(path: string, text: string): void {
  writeFileSync(join(dirname(path), '.new'), text)
  renameSync(join(dirname(path), '.new'), path)
}

function silence(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
