import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '../../agent/findings/diagnostic.ts'
import type { FileQuery } from '../../agent/load-request.ts'
import { createPathStat, stampOf } from '../files/path-status.ts'
import { makeFolder } from './make-folder.ts'
import { isOwnedByUser } from './state-folder.ts'
import { writeWhole } from './write-whole.ts'

/** The findings in one agent file, and everything they depend on. */
interface CachedFindings {
  readonly needs: readonly FileQuery[]
  /** Names of the environment variables that were read. */
  readonly variables: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
  /** Text of each file that a diagnostic points into, by the name it uses. */
  readonly sources: readonly (readonly [string, string])[]
}

/** Findings of earlier runs, each valid as long as everything it depends on is unchanged. */
export interface FindingsCache {
  find(file: string): Pick<CachedFindings, 'diagnostics' | 'sources'> | undefined
  store(file: string, findings: CachedFindings, stampNow: (need: FileQuery) => string | null): void
  /** Writes what this run looked up or stored, and drops the rest. A failure only means that there is no cache. */
  save(): void
}

/** How many command lines of one project are remembered. */
const FILES_MAX = 8
/** The largest cache file, in bytes. */
const BYTES_MAX = 64 * 1024 * 1024

interface Entry extends Omit<CachedFindings, 'needs' | 'variables'> {
  readonly needs: readonly number[]
  readonly variables: readonly number[]
}

interface CacheContent {
  /** Part, path and stamp of each need. */
  readonly needs: readonly Row<FileQuery['part']>[]
  /** Name and hash. */
  readonly variables: readonly Row<string>[]
  /** By file, as pairs: building an object with a thousand keys takes longer than writing them all. */
  readonly entries: readonly (readonly [string, Entry])[]
}

/** `key` is one line with everything else the findings depend on; `name` is the file's name in the folder. */
export function openFindingsCache(options: {
  readonly folder: string
  readonly name: string
  readonly key: string
  readonly env: { readonly [name: string]: string | undefined }
}): FindingsCache {
  const { folder, name, key, env } = options
  const path = join(folder, `${name}.json`)
  const previous = readCache(path, key)
  const known = new Map(previous.entries)
  const statPath = createPathStat()
  const unchangedNeeds: (boolean | undefined)[] = []
  const hits: string[] = []
  const needs = createTable<FileQuery['part']>()
  const variables = createTable<string>()
  const entries = new Map<string, Entry>()
  let isChanged = false

  /** Whether what is at the path is still the same. */
  function isUnchanged(index: number): boolean {
    const known = unchangedNeeds[index]
    if (known !== undefined) return known
    const [part, at, stamp] = previous.needs[index] ?? []
    const isSame = part !== undefined && at !== undefined && stampOf(statPath(at), part) === stamp
    unchangedNeeds[index] = isSame
    return isSame
  }

  function isSameVariable(index: number): boolean {
    const [variable = '', hash] = previous.variables[index] ?? []
    return hashOfValue(env, variable) === hash
  }

  return {
    find(file) {
      const entry = known.get(file)
      if (entry === undefined || !entry.needs.every(isUnchanged) || !entry.variables.every(isSameVariable))
        return undefined
      hits.push(file)
      return entry
    },
    store(file, findings, stampNow) {
      isChanged = true
      const stamps = findings.needs.map(stampNow)
      // Something that may change without showing it cannot be cached.
      if (stamps.includes(null)) return
      const rows = findings.needs.map(({ part, path: at }, index) => needs.add([part, at, stamps[index] ?? '']))
      const usedVariables = findings.variables.map((name) => variables.add([name, hashOfValue(env, name), '']))
      entries.set(file, { ...findings, needs: rows, variables: usedVariables })
    },
    save() {
      if (!isChanged && hits.length === known.size) return
      for (const file of hits) carryOver(file, known.get(file))
      const cacheContent: CacheContent = { needs: needs.rows, variables: variables.rows, entries: [...entries] }
      write(folder, path, key, JSON.stringify(cacheContent))
    },
  }

  function carryOver(file: string, entry: Entry | undefined): void {
    if (entry === undefined) return
    const rows = entry.needs.map((index) => needs.add(previous.needs[index] ?? NO_NEED))
    const usedVariables = entry.variables.map((index) => variables.add(previous.variables[index] ?? NO_VARIABLE))
    entries.set(file, { ...entry, needs: rows, variables: usedVariables })
  }
}

const NO_NEED = ['whole', '', ''] as const
const NO_VARIABLE = ['', '', ''] as const

type Row<First> = readonly [First, string, string]

/** A table that stores each row once, however many refer to it. */
function createTable<First extends string>() {
  const rows: Row<First>[] = []
  const known = new Map<string, number>()
  return {
    rows,
    add(row: Row<First>): number {
      const name = row.join('\0')
      const index = known.get(name) ?? rows.length
      if (index === rows.length) rows.push(row)
      known.set(name, index)
      return index
    },
  }
}

/** Values may be secrets, so only their hashes are written. */
function hashOfValue(env: { readonly [name: string]: string | undefined }, name: string): string {
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  return value === undefined ? '' : createHash('sha256').update(`${name}=${value}`).digest('hex')
}

/** Reads a cache. If its first line does not match the key and the length, it is empty. */
function readCache(path: string, key: string): CacheContent {
  const none: CacheContent = { needs: [], variables: [], entries: [] }
  try {
    if (!isOwnedByUser(path) || statSync(path).size > BYTES_MAX) return none
    const text = readFileSync(path, 'utf8')
    const end = text.indexOf('\n')
    const body = text.slice(end + 1)
    return text.slice(0, end) === headerOf(key, body) ? (JSON.parse(body) as CacheContent) : none
  } catch {
    return none
  }
}

/**
 * A hash would need a library that costs a tenth of a validation from the cache; a length is enough, since only its owner writes the file,
 * and replaces it as a whole.
 */
function headerOf(key: string, body: string): string {
  return `${body.length} ${key}`
}

/** Writes the cache. Failures are ignored: findings are shown all the same. */
function write(folder: string, path: string, key: string, body: string): void {
  try {
    makeFolder(folder, 0o700)
    if (!isOwnedByUser(folder) || body.length > BYTES_MAX / 4) return
    writeWhole(path, `${headerOf(key, body)}\n${body}`)
    prune(folder)
  } catch {
    return
  }
}

/** Removes the files written longest ago. */
function prune(folder: string): void {
  const files = readdirSync(folder).map((name) => join(folder, name))
  const byAge = files
    .map((file) => ({ file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => other.at - one.at)
  for (const { file } of byAge.slice(FILES_MAX)) rmSync(file, { force: true })
}
