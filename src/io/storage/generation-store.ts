import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { FileState } from '../../agent/load-request.ts'
import type { LoadedAgent } from '../agent-file.ts'
import { isStillRunning } from '../processes/processes.ts'
import { makeFolder } from './make-folder.ts'
import { makeStateFolder } from './state-folder.ts'

/** A stored generation: its files as their author wrote them, with references and never values. */
export interface StoredGeneration {
  readonly number: number
  /** Hash of the resolved content. */
  readonly hash: string
  /** When it was made, in ms since the epoch. */
  readonly at: number
  readonly source: string
  readonly verdict: string
  /** The agent file, as it was named. */
  readonly file: string
  /** The folder of its files, links resolved. */
  readonly root: string
  /** The agent file first. */
  readonly files: readonly StoredFile[]
}

interface StoredFile {
  /** Relative to the root as it is named. */
  readonly path: string
  /** With links resolved, relative to the root. */
  readonly real: string
  readonly sha256: string
  readonly text: string
}

/**
 * The last generations of one agent on disk. It never throws: a failure is reported once for as long as it lasts, and the runner goes on.
 */
export interface GenerationStore {
  /** Those that can be read, oldest first, and those of this process that could not be written or were removed. */
  list(): Promise<readonly StoredGeneration[]>
  save(generation: StoredGeneration): void
  /** Takes over one that an earlier process stored and that is in force again. */
  adopt(generation: StoredGeneration): void
  /** Records the service's verdict. */
  recordVerdict(number: number, hash: string, verdict: string): void
  /** Resolves when everything requested is on disk. */
  flushed(): Promise<void>
}

/** Generations stored on disk; the last confirmed one is stored as well. */
export const STORED_MAX = 20

/** Opens an agent's store in a state folder. Writes nothing before the first save. */
export function openGenerationStore(
  folder: string,
  agent: string,
  onFailure: (message: string) => void,
): GenerationStore {
  const agentFolder = join(folder, 'generations', agent.replace(/[^A-Za-z0-9_.-]/g, '_'))
  const saved = new Map<string, StoredGeneration>()
  let work: Promise<void> = Promise.resolve()
  let isReported = false

  function queue(task: () => Promise<void>): void {
    work = work.then(task).then(
      () => {
        isReported = false
      },
      (error: unknown) => {
        if (!isReported)
          onFailure(`generations cannot be kept: ${error instanceof Error ? error.message : String(error)}`)
        isReported = true
      },
    )
  }

  /** Writes atomically: a reader sees the old record or the new one, never a part. */
  async function write(generation: StoredGeneration): Promise<void> {
    makeStateFolder(folder)
    makeFolder(agentFolder, 0o700)
    const path = join(agentFolder, nameOf(generation))
    const temporary = `${path}.${process.pid}`
    try {
      await writeFile(temporary, JSON.stringify(generation), { mode: 0o600 })
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  /**
   * Removes surplus generations, except the last confirmed one, which a rollback returns to, and files left half-written by killed
   * processes.
   */
  async function prune(): Promise<void> {
    const fileNames = await readdir(agentFolder)
    const names = fileNames.filter((name) => FILE_NAME.test(name)).sort((one, other) => numberIn(one) - numberIn(other))
    const surplus = names.slice(0, -STORED_MAX)
    const confirmed = surplus.length === 0 ? null : await lastConfirmed(names)
    const halfWritten = fileNames.filter(
      (name) => !isStillRunning(Number(TEMPORARY_NAME.exec(name)?.[1] ?? process.pid), 0),
    )
    for (const name of [...surplus, ...halfWritten])
      if (name !== confirmed) await rm(join(agentFolder, name), { force: true })
  }

  async function lastConfirmed(names: readonly string[]): Promise<string | null> {
    for (const name of names.toReversed()) {
      const generation = await readGeneration(join(agentFolder, name))
      if (generation?.verdict === 'confirmed') return name
    }
    return null
  }

  return {
    async list() {
      await work
      const names = (await readdir(agentFolder).catch(() => [])).filter((name) => FILE_NAME.test(name))
      const read = await Promise.all(names.map((name) => readGeneration(join(agentFolder, name))))
      const list = new Map(saved)
      // Another process may know the verdict, and this one's may not have been written.
      for (const generation of read) {
        if (generation !== null && (generation.verdict !== 'open' || !saved.has(nameOf(generation))))
          list.set(nameOf(generation), generation)
      }
      return [...list.values()].sort((one, other) => one.number - other.number || one.at - other.at)
    },
    save(generation) {
      saved.set(nameOf(generation), generation)
      if (saved.size > STORED_MAX) saved.delete(saved.keys().next().value ?? '')
      queue(async () => {
        await write(generation)
        await prune()
      })
    },
    adopt: (generation) => void saved.set(nameOf(generation), generation),
    recordVerdict(number, hash, verdict) {
      const known = saved.get(nameOf({ number, hash }))
      if (known === undefined || known.verdict === verdict) return
      const withVerdict = { ...known, verdict }
      saved.set(nameOf(known), withVerdict)
      queue(() => write(withVerdict))
    },
    flushed: () => work,
  }
}

/** Characters of the hash in a file's name: enough to tell contents of one number apart. */
const HASH_CHARACTERS = 12
const FILE_NAME = /^(\d+)-[0-9a-f]+\.json$/
/** With the number of the process that writes it. */
const TEMPORARY_NAME = /^\d+-[0-9a-f]+\.json\.(\d+)$/

function nameOf({ number, hash }: { readonly number: number; readonly hash: string }): string {
  return `${number}-${hash.slice(0, HASH_CHARACTERS)}.json`
}

function numberIn(name: string): number {
  return Number(FILE_NAME.exec(name)?.[1])
}

async function readGeneration(path: string): Promise<StoredGeneration | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<StoredGeneration> | null
    const isComplete = typeof value?.number === 'number' && typeof value.hash === 'string' && Array.isArray(value.files)
    return isComplete ? (value as StoredGeneration) : null
  } catch {
    return null
  }
}

/** The root by the path that names the agent file: through a link that leads to one release after another, it does too. */
export function namedRoot({ files, root }: LoadedAgent): string {
  const [main] = files.values()
  const below = main?.seen.kind === 'file' ? relative(root, main.seen.realPath) : ''
  return main?.path.endsWith(`/${below}`) ? resolve(main.path, ...below.split('/').map(() => '..')) : root
}

/** The files of a loaded agent to store: all that were read whole. */
export function storedFiles(loaded: LoadedAgent): readonly StoredFile[] {
  const { files, root } = loaded
  const named = namedRoot(loaded)
  return [...files.values()].flatMap(({ path, part, seen }) => {
    if ((part !== 'whole' && part !== 'optional') || seen.kind !== 'file') return []
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(seen.bytes)
    const sha256 = createHash('sha256').update(seen.bytes).digest('hex')
    return [{ path: relative(named, path), real: relative(root, seen.realPath), sha256, text }]
  })
}

/** The files of a stored generation, placed in the given root. */
export function restoredFiles(
  { files }: StoredGeneration,
  { named, root }: { readonly named: string; readonly root: string },
): ReadonlyMap<string, FileState> {
  return new Map(
    files.map(({ path, real, text }) => {
      const bytes = new TextEncoder().encode(text)
      return [resolve(named, path), { kind: 'file', bytes, mode: 0o644, realPath: resolve(root, real) }]
    }),
  )
}
