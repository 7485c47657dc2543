import { realpath } from 'node:fs/promises'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { findRoot } from '../agent/composition/root.ts'
import { type LoadStep, loadAgent } from '../agent/load.ts'
import {
  createFileStates,
  type FileQuery,
  type FileState,
  type FileStates,
  type LoadPurpose,
  type LoadRequest,
} from '../agent/load-request.ts'
import type { CompileParameters } from '../agent/tool.ts'
import { type AgentFiles, type FileSnapshot, readPath as readFromDisk, snapshotOf } from './files/file-snapshot.ts'
import { isSameFile } from './files/same-file.ts'

/** Rounds of reading files before a load is given up; each round reads the files that the one before named. */
const ROUNDS_MAX = 64

/** The result of reading an agent file: an agent or diagnostics, and the files it depends on. */
export type AgentReadResult =
  | (Exclude<LoadStep, { status: 'needs' }> & AgentSources)
  | ({ readonly status: 'missing' | 'unreadable'; readonly message: string } & AgentSources)

/** An agent, with its warnings and notes, and the files it is made of. */
export type LoadedAgent = Extract<LoadStep, { status: 'loaded' }> & AgentSources

interface AgentSources {
  /** Files whose content makes the agent, and scripts whose presence decides whether it is valid, by absolute path. */
  readonly files: AgentFiles
  /** The folder that holds every file of the agent, links resolved. */
  readonly root: string
}

/** Which file to read, and what for; the rest replaces the disk and the environment. */
export interface ReadOptions {
  readonly file: string
  readonly purpose: LoadPurpose
  /** The file's content, if it is not saved yet. */
  readonly unsavedBytes?: Uint8Array
  /** Contents that replace the disk at some paths. */
  readonly overrides?: ReadonlyMap<string, FileState>
  /** Looks up files elsewhere than on the disk. */
  readonly readPath?: (need: FileQuery) => Promise<FileSnapshot>
  /** What `${env:NAME}` may name, instead of the process's environment. */
  readonly env?: LoadRequest['env']
  /** Folders for looking up bare program names, if those of the process are known already. */
  readonly searchPath?: LoadRequest['searchPath']
  /**
   * Files read for other agents, taken as still valid: for a command that reads many and ends. The agent file itself is not cached.
   */
  readonly cache?: FileStates
}

/** Reads an agent file and all it names. Executes nothing. */
export async function readAgent(options: ReadOptions): Promise<AgentReadResult> {
  const { file, purpose, overrides, unsavedBytes, readPath = readFromDisk, cache, env = process.env } = options
  const { searchPath = searchPathOf(process.env) } = options
  const path = resolve(workingFolder(), file)
  const seen = createFileStates(cache)
  const main = { path, part: 'whole' } as const
  if (unsavedBytes !== undefined) seen.set(main, await unsavedFile(path, unsavedBytes))
  const files: Map<string, AgentFiles extends ReadonlyMap<string, infer Entry> ? Entry : never> = new Map()
  const failure = (status: 'missing' | 'unreadable', message: string) => {
    const root = findRoot(path, seen)
    return { status, message, files, root: typeof root === 'string' ? root : dirname(path) }
  }

  let compile = purpose === 'start' ? await importCompiler() : undefined
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const step = loadAgent({ file, path, purpose, searchPath, env, compile }, seen)
    if (step.status !== 'needs') return Object.assign(step, { files })
    if (step.compiler) compile = await importCompiler()
    const answers = await Promise.all(
      step.paths.map(async (need) => {
        const found = overrides?.get(need.path)
        return { ...need, ...(found === undefined ? await readPath(need) : snapshotOf(found)) }
      }),
    )
    for (const answer of answers) {
      seen.set(answer, answer.seen)
      if (answer.path !== path) cache?.set(answer, answer.seen)
      const isOptional = answer.part === 'optional' && answer.seen.kind === 'absent'
      if (answer.part !== 'stat' && answer.part !== 'names' && !isOptional) files.set(answer.path, answer)
    }
    const found = seen.get(main)
    if (found?.kind === 'absent') return failure('missing', `${file}: there is no such file`)
    if (found?.kind === 'unreadable') return failure('unreadable', `${file}: cannot be read: ${found.message}`)
    if (found?.kind !== 'file')
      return failure(
        'unreadable',
        `${file} is ${found?.kind === 'directory' ? 'a folder; name an agent file in it' : 'no regular file'}`,
      )
  }
  return failure('unreadable', `${file} names files without end`)
}

export function searchPathOf({ PATH = '' }: NodeJS.ProcessEnv): LoadRequest['searchPath'] {
  return PATH.split(delimiter).filter((folder) => folder !== '')
}

/** Loaded on demand: it costs more than the rest of a validation. */
async function importCompiler(): Promise<CompileParameters> {
  return (await import('../agent/parameters.ts')).compileParameters
}

let knownWorkingFolder: string | null = null

/** The working folder as the shell named it at the start. If it is a link, every read follows it to where it leads by then. */
export function workingFolder(): string {
  knownWorkingFolder ??= findWorkingFolder(process.cwd(), process.env.PWD)
  return knownWorkingFolder
}

function findWorkingFolder(real: string, named: string | undefined): string {
  return named !== undefined && isSameFile(named, real) ? named : real
}

/** The file need not exist; its folder decides its real path. */
async function unsavedFile(path: string, bytes: Uint8Array): Promise<FileState> {
  const realPath = await realpath(path).catch(async () => {
    return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path))
  })
  return { kind: 'file', bytes, mode: 0o644, realPath }
}
