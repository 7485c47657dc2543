import { join } from 'node:path'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import { createReport, type FindingsReport } from '../../agent/findings.ts'
import type { FileQuery } from '../../agent/load-request.ts'
import { BUILD_ID } from '../../generated/build-id.js'
import {
  type AgentReadResult,
  type LoadedAgent,
  type ReadOptions,
  readAgent,
  searchPathOf,
  workingFolder,
} from '../../io/agent-file.ts'
import { createFileCache } from '../../io/files/file-cache.ts'
import { createSyncReader } from '../../io/files/sync-reader.ts'
import { type FindingsCache, openFindingsCache } from '../../io/storage/findings-cache.ts'
import { isOwnedByUser, markedRoot, openStateFolder } from '../../io/storage/state-folder.ts'
import { VERSION } from '../version.ts'
import { yamlFiles } from './yaml-files.ts'

/** The result of a validation. */
export interface Findings {
  readonly report: FindingsReport
  /** Text of each file that a finding may point into, by the name the finding uses. */
  readonly sources: ReadonlyMap<string, string>
  /** Paths that match nothing. */
  readonly unmatched: readonly string[]
  /** Files and folders that could not be read, each with the reason. They are not in the report. */
  readonly unreadable: readonly string[]
}

/** Checks the agent files that paths, folders and globs name. Executes nothing. */
export async function validatePaths(
  paths: readonly string[],
  { cache: isCached = true, now = Date.now } = {},
): Promise<Findings> {
  const { files, unmatched, unreadable } = await yamlFiles(paths, { parts: false })
  const collected = collectFindings(unreadable)
  const cwd = workingFolder()
  const read = createReader(now)
  const cache = isCached && files.length >= CACHED_FROM ? openCache(paths, cwd) : null
  for (const file of files) {
    const known = cache?.find(file)
    if (known !== undefined) {
      collected.add(file, { ...known, sources: new Map(known.sources) })
      continue
    }
    const { found, needs, variables } = await read.agent(file)
    collected.add(file, found)
    if ('message' in found) continue
    const { diagnostics } = found
    cache?.store(file, { needs, variables, diagnostics, sources: diagnosedSources(found) }, read.stampOf)
  }
  cache?.save()
  return { ...collected.findings(), unmatched }
}

/** From how many files on findings are cached; fewer are checked faster than the cache can be read. */
const CACHED_FROM = 50

/** Reads agents one after another, recording the files and variables each one depends on. */
function createReader(now: () => number) {
  const reader = createSyncReader(now)
  const fileCache = createFileCache()
  let needs = new Map<string, FileQuery>()
  let variables = new Set<string>()
  const recordUse = (need: FileQuery) => void needs.set(`${need.part}:${need.path}`, need)
  const recordingOptions: ReadOptions = {
    file: '',
    purpose: 'validate',
    searchPath: searchPathOf(process.env),
    readPath: (need) => {
      recordUse(need)
      return reader.readPath(need)
    },
    cache: {
      get: (need) => {
        const found = fileCache.get(need)
        if (found !== undefined) recordUse(need)
        return found
      },
      set: fileCache.set,
    },
    env: new Proxy(process.env, {
      getOwnPropertyDescriptor(env, name) {
        variables.add(String(name))
        return Reflect.getOwnPropertyDescriptor(env, name)
      },
    }),
  }
  return {
    stampOf: reader.stampOf,
    async agent(file: string) {
      needs = new Map()
      variables = new Set()
      const found = await readAgent({ ...recordingOptions, file })
      return { found, needs: [...needs.values()], variables: [...variables] }
    },
  }
}

/** Opens the cache in the project's own folder; null if there is no project, or it belongs to somebody else. */
function openCache(paths: readonly string[], cwd: string): FindingsCache | null {
  const root = markedRoot(cwd)
  const isNamed = (process.env.RUNNER_FOLDER ?? '') !== ''
  if (!isNamed && (root === null || !isOwnedByUser(root))) return null
  const state = openStateFolder(root ?? cwd, process.env)
  if (!state.ok) return null
  const { version, env } = process
  const identity = [process.getuid?.(), process.getgid?.(), process.getgroups?.()]
  const commandLine = JSON.stringify([cwd, paths])
  const key = JSON.stringify([BUILD_ID, version, identity, process.cwd(), commandLine, env.PATH])
  return openFindingsCache({ folder: join(state.path, 'cache'), name: shortNameOf(commandLine), key, env })
}

/** Eight hex digits, nearly unique among the command lines of a project. If two share them, each overwrites the other's cache. */
function shortNameOf(text: string): string {
  let sum = 0
  for (let index = 0; index < text.length; index += 1) sum = (Math.imul(sum, 31) + text.charCodeAt(index)) >>> 0
  return sum.toString(16).padStart(8, '0')
}

/** Checks unsaved content as if it were in that file. */
export async function validateUnsaved(file: string, content: Uint8Array): Promise<Findings> {
  const collected = collectFindings([])
  collected.add(
    file,
    await readAgent({ file, purpose: 'validate', unsavedBytes: content, readPath: createSyncReader().readPath }),
  )
  return { ...collected.findings(), unmatched: [] }
}

/** Collects findings, keeping the text only of files that a finding points into. */
function collectFindings(unread: readonly string[]) {
  const checked: string[] = []
  const diagnostics: Diagnostic[] = []
  const sources = new Map<string, string>()
  const unreadable: string[] = [...unread]
  return {
    add(file: string, read: Pick<LoadedAgent, 'diagnostics' | 'sources'> | AgentReadResult): void {
      if ('message' in read) {
        unreadable.push(read.message)
        return
      }
      checked.push(file)
      diagnostics.push(...read.diagnostics)
      for (const [file, text] of diagnosedSources(read)) sources.set(file, text)
    },
    findings: () => {
      return { report: createReport({ runner: VERSION, files: checked, diagnostics }), sources, unreadable }
    },
  }
}

/** The texts of the files that diagnostics point into. */
function diagnosedSources({ diagnostics, sources }: Pick<LoadedAgent, 'diagnostics' | 'sources'>) {
  const files = new Set(diagnostics.map(({ file }) => file))
  return [...files].map((file) => [file, sources.get(file) ?? ''] as const)
}
