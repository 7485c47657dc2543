import { createHash } from 'node:crypto'
import { open, realpath, stat } from 'node:fs/promises'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { watch } from 'chokidar'
import { type LoadStep, loadAgent } from '../agent/load.ts'
import { FILE_BYTES_MAX } from '../agent/parse.ts'
import type { FileSeen, Need } from '../agent/seen.ts'

/** Bytes of a tool script that are read: its first line tells the interpreter. */
const HEAD_BYTES = 256
/** Rounds of looking at files before a load is given up; each round asks for what the one before named. */
const ROUNDS_MAX = 64

/** An agent file that was read: an agent or diagnostics, and the files it depends on. */
export type Read =
  | (Exclude<LoadStep, { status: 'needs' }> & Watched)
  | { readonly status: 'missing' | 'unreadable'; readonly message: string }

export type LoadedAgent = Extract<LoadStep, { status: 'loaded' }> & Watched
export type RejectedAgent = Extract<LoadStep, { status: 'rejected' }> & Watched

interface Watched {
  /** Files whose content makes the agent, and scripts whose presence decides whether it is valid; absolute. */
  readonly watched: readonly string[]
}

/** Reads an agent file and what it names. Executes nothing. */
export async function readAgent(options: {
  readonly file: string
  readonly purpose: 'validate' | 'start'
  readonly cwd?: string
  /** What stands in the file, where that is not yet saved. */
  readonly content?: Uint8Array
}): Promise<Read> {
  const path = resolve(options.cwd ?? process.cwd(), options.file)
  const searchPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const seen = new Map<string, FileSeen>()
  const watched = new Set([path])
  const first =
    options.content === undefined ? await look({ path, part: 'whole' }) : await unsaved(path, options.content)
  if (first.kind === 'absent') return { status: 'missing', message: `${options.file}: there is no such file` }
  if (first.kind === 'unreadable') return { status: 'unreadable', message: `${options.file}: ${first.message}` }
  if (first.kind !== 'file')
    return {
      status: 'unreadable',
      message: `${options.file} is ${first.kind === 'directory' ? 'a folder' : 'no regular file'}`,
    }
  seen.set(path, first)
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const step = loadAgent({ file: options.file, path, purpose: options.purpose, searchPath, env: process.env }, seen)
    if (step.status !== 'needs') return { ...step, watched: [...watched] }
    const answers = await Promise.all(step.paths.map(async (need) => [need, await look(need)] as const))
    for (const [need, answer] of answers) {
      seen.set(need.path, answer)
      const isOptional = need.part === 'optional' && answer.kind === 'absent'
      if (need.part !== 'stat' && !isOptional) watched.add(need.path)
    }
  }
  return { status: 'unreadable', message: `${options.file} names files without end` }
}

/** The file need not be there; the folder that it would lie in decides where it really is. */
async function unsaved(path: string, bytes: Uint8Array): Promise<FileSeen> {
  const realPath = await realpath(path).catch(async () => {
    return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path))
  })
  return { kind: 'file', bytes, mode: 0o644, realPath }
}

async function look({ path, part }: Need): Promise<FileSeen> {
  try {
    const status = await stat(path)
    if (status.isDirectory()) return { kind: 'directory', realPath: await realpath(path) }
    if (!status.isFile()) return { kind: 'other' }
    const realPath = await realpath(path)
    if (part === 'stat') return { kind: 'file', bytes: new Uint8Array(), mode: status.mode, realPath }
    const limit = part === 'head' ? HEAD_BYTES : FILE_BYTES_MAX + 1
    return { kind: 'file', bytes: await readUpTo(path, limit), mode: status.mode, realPath }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    return { kind: 'unreadable', message: WORDS[code ?? ''] ?? String(code ?? error) }
  }
}

const WORDS: { readonly [code: string]: string } = {
  EACCES: 'it may not be read: permission denied',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
}

async function readUpTo(path: string, limit: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const buffer = new Uint8Array(limit)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, limit - length, length)
      length += bytesRead
      if (bytesRead === 0 || length === limit) return buffer.subarray(0, length)
    }
  } finally {
    await file.close()
  }
}

export interface WatchOptions {
  readonly file: string
  readonly loaded: LoadedAgent
  /** Two looks at equal content so far apart make it whole, in ms. */
  readonly settleMs?: number
  /** How often the files are looked at though no event came, in ms. */
  readonly pollMs?: number
  readonly onLoaded: (next: LoadedAgent, noticedAt: number) => void
  readonly onRejected: (next: RejectedAgent, noticedAt: number) => void
  /** The file is again what it was when it was last good. */
  readonly onRestored: () => void
  readonly onWarning: (message: string) => void
}

/** Reloads an agent whenever the content of its files changes. Events are a hint, the content's hash is the truth; only `close` ends it. */
export function watchAgent(options: WatchOptions): { close(): Promise<void> } {
  const { file, settleMs = 200, pollMs = 1_000 } = options
  const stopped = new AbortController()
  let { watched } = options.loaded
  let goodHash = options.loaded.agent.hash
  let isGood = true
  let wake = () => {}
  let hintAt: number | null = null

  const watcher = watch([...new Set(watched.map((path) => dirname(path)))], { depth: 0, ignoreInitial: true })
  watcher.on('all', () => {
    hintAt ??= now()
    wake()
  })
  watcher.on('error', () => wake())
  const running = run()

  return {
    async close() {
      stopped.abort()
      wake()
      await Promise.all([watcher.close(), running])
    },
  }

  async function run(): Promise<void> {
    // Something may have been saved since the agent was loaded, so the first look always loads; equal content is no new agent.
    let known: Content = new Map()
    while (!stopped.signal.aborted) {
      await hintOrPoll()
      const noticedAt = hintAt ?? now()
      hintAt = null
      if (isSame(await contentOf(watched), known)) continue
      const whole = await settled()
      if (stopped.signal.aborted || isSame(whole, known)) continue
      const before = watched
      await reload(noticedAt)
      // What was settled is known, and not what stands there by now: a save during the reload is still to be noticed.
      const added = watched.filter((path) => !before.includes(path))
      known = new Map([...whole, ...(await contentOf(added))])
    }
  }

  /** Waits until two looks, so far apart, see the same. */
  async function settled(): Promise<Content> {
    let before = await contentOf(watched)
    for (;;) {
      await pause(settleMs)
      const after = await contentOf(watched)
      if (isSame(after, before) || stopped.signal.aborted) return after
      before = after
    }
  }

  async function reload(noticedAt: number): Promise<void> {
    const next = await readAgent({ file, purpose: 'start' })
    if (stopped.signal.aborted) return
    switch (next.status) {
      case 'missing':
      case 'unreadable':
        if (isGood) options.onWarning(`${next.message}; the last good settings stay`)
        isGood = false
        return
      case 'rejected':
        follow(next.watched)
        isGood = false
        return options.onRejected(next, noticedAt)
      case 'loaded': {
        follow(next.watched)
        const wasGood = isGood
        isGood = true
        if (next.agent.hash !== goodHash) {
          goodHash = next.agent.hash
          return options.onLoaded(next, noticedAt)
        }
        if (!wasGood) options.onRestored()
        return
      }
      default:
        return next satisfies never
    }
  }

  /** A bad file may name fewer files than the good one did: those stay watched. */
  function follow(paths: readonly string[]): void {
    const more = paths.filter((path) => !watched.includes(path))
    watched = [...watched, ...more]
    watcher.add([...new Set(more.map((path) => dirname(path)))])
  }

  function hintOrPoll(): Promise<unknown> {
    if (hintAt !== null) return Promise.resolve()
    const hint = new Promise<void>((resolve) => {
      wake = resolve
    })
    const poll = new AbortController()
    return Promise.race([hint, pause(pollMs, poll.signal)]).finally(() => poll.abort())
  }

  async function pause(ms: number, signal?: AbortSignal): Promise<void> {
    const signals = signal === undefined ? [stopped.signal] : [stopped.signal, signal]
    await delay(ms, undefined, { signal: AbortSignal.any(signals) }).catch(() => {})
  }
}

/** A hash of what stands at each path: content, or that there is none. */
type Content = ReadonlyMap<string, string>

async function contentOf(paths: readonly string[]): Promise<Content> {
  const entries = paths.map(async (path) => {
    const seen = await look({ path, part: 'whole' })
    const hash = createHash('sha256').update(seen.kind)
    if (seen.kind === 'file') hash.update(`${seen.mode}`).update(seen.bytes)
    return [path, hash.digest('hex')] as const
  })
  return new Map(await Promise.all(entries))
}

function isSame(one: Content, other: Content): boolean {
  return one.size === other.size && [...one].every(([path, hash]) => other.get(path) === hash)
}

/** Time that never runs backwards, in ms since the epoch. */
function now(): number {
  return performance.timeOrigin + performance.now()
}
