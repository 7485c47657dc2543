import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { isAbsolute, join, normalize, relative, resolve } from 'node:path'
import { isPartName } from '../../agent/composition/part-name.ts'
import { fileErrorMessage } from '../../agent/file-error-message.ts'

interface YamlFiles {
  readonly files: readonly string[]
  /** Paths that match nothing. */
  readonly unmatched: readonly string[]
  /** Folders that could not be read, each with the reason. */
  readonly unreadable: readonly string[]
}

/**
 * The files that paths, folders and globs name, each once. In folders and globs it skips hidden files and, unless `parts` is set, parts
 * (`_base.yaml`). Names above the folder do not matter.
 */
export async function yamlFiles(paths: readonly string[], { parts }: { readonly parts: boolean }): Promise<YamlFiles> {
  const isIncluded = (path: string) => isVisible(path) && (parts || !isPartName(path))
  const expanded = await Promise.all(
    paths.map(async (path) => {
      const unreadable = new Set<string>()
      return { path, found: await expand(path, isIncluded, unreadable), unreadable }
    }),
  )
  return {
    files: sortedUnique(uniqueFiles(expanded.flatMap(({ found }) => found))),
    unmatched: expanded.filter(({ found, unreadable }) => found.length + unreadable.size === 0).map(({ path }) => path),
    unreadable: sortedUnique(expanded.flatMap(({ unreadable }) => [...unreadable])),
  }
}

function sortedUnique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}

/** Drops further names of a file already listed. */
function uniqueFiles(paths: readonly string[]): readonly string[] {
  const names = new Map<string, string>()
  for (const path of paths) if (!names.has(resolve(path))) names.set(resolve(path), path)
  return [...names.values()]
}

type Filter = (path: string) => boolean

async function expand(path: string, isIncluded: Filter, unreadable: Set<string>): Promise<readonly string[]> {
  const status = statusOf(path)
  if (status === null) return matchGlob(path, isIncluded)
  if (isFolder(status)) {
    const folder = isAbsolute(path) ? resolve(path) : relative(process.cwd(), resolve(path))
    const found = filesIn(folder, isIncluded, unreadable)
    return folder.startsWith('..') ? found.map((file) => relative(process.cwd(), resolve(file))) : found
  }
  return [normalize(path)]
}

/** What is at a path: null if nothing, unknown if it may not be looked at; reading it then gives the reason. */
function statusOf(path: string): Stats | 'unknown' | null {
  try {
    return statSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? null : 'unknown'
  }
}

/** The YAML files below a folder. Links to files count; links to folders are not followed, since they may form a cycle. */
function filesIn(folder: string, isIncluded: Filter, unreadable: Set<string>): readonly string[] {
  return readFolder(folder, unreadable).flatMap((entry) => {
    if (!isIncluded(entry.name)) return []
    const path = folder === '' || folder === '/' ? `${folder}${entry.name}` : `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesIn(path, isIncluded, unreadable)
    if (!/\.ya?ml$/.test(entry.name)) return []
    return entry.isSymbolicLink() && isFolder(statusOf(path)) ? [] : [path]
  })
}

function isFolder(status: ReturnType<typeof statusOf>): boolean {
  return status !== null && status !== 'unknown' && status.isDirectory()
}

/** Lists a folder. One that cannot be read is recorded: finding nothing in it would mean nothing. */
function readFolder(folder: string, unreadable: Set<string>): readonly Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
  } catch (error) {
    unreadable.add(`${folder === '' ? '.' : folder}: the folder could not be read: ${fileErrorMessage(error)}`)
    return []
  }
}

/** The matches of a glob, relative to the current folder unless the pattern is absolute. */
async function matchGlob(pattern: string, isIncluded: Filter): Promise<readonly string[]> {
  const named = (path: string) => (isAbsolute(pattern) ? normalize(path) : relative(process.cwd(), path))
  const above = resolve(pattern.slice(0, pattern.search(/[^/]*[*?[{(]/)))
  const found: string[] = []
  for await (const entry of glob(pattern, { withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory() && isIncluded(relative(above, resolve(path)))) found.push(named(path))
  }
  return found
}

function isVisible(path: string): boolean {
  return !path.split('/').some((name) => (name.startsWith('.') && !/^\.+$/.test(name)) || name === 'node_modules')
}
