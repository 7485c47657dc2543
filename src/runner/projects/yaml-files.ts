import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { isAbsolute, join, normalize, relative, resolve } from 'node:path'
import { isPartName } from '../../agent/composition/part-name.ts'

interface YamlFiles {
  readonly files: readonly string[]
  /** Paths that name nothing. */
  readonly unmatched: readonly string[]
  /** Folders that could not be looked through, each with the reason. */
  readonly unreadable: readonly string[]
}

/**
 * The files that paths, folders and globs name, each once. What is hidden is not looked for in a folder, nor parts (`_base.yaml`) where they are
 * not asked for; what leads to the folder may be called as it likes.
 */
export async function yamlFiles(paths: readonly string[], { parts }: { readonly parts: boolean }): Promise<YamlFiles> {
  const looks = await Promise.all(
    paths.map(async (path) => {
      const unreadable = new Set<string>()
      return { path, found: await expand(path, parts, unreadable), unreadable }
    }),
  )
  return {
    files: inOrder(onceEach(looks.flatMap(({ found }) => found))),
    unmatched: looks.filter(({ found, unreadable }) => found.length + unreadable.size === 0).map(({ path }) => path),
    unreadable: inOrder(looks.flatMap(({ unreadable }) => [...unreadable])),
  }
}

function inOrder(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}

/** Without further names of a file: the first one stays. */
function onceEach(paths: readonly string[]): readonly string[] {
  const names = new Map<string, string>()
  for (const path of paths) if (!names.has(resolve(path))) names.set(resolve(path), path)
  return [...names.values()]
}

async function expand(path: string, parts: boolean, unreadable: Set<string>): Promise<readonly string[]> {
  const isMeant = (found: string) => isVisible(found) && (parts || !isPartName(found))
  const status = statusOf(path)
  if (status === null) return matching(path, isMeant)
  if (isFolder(status)) {
    const folder = isAbsolute(path) ? resolve(path) : relative(process.cwd(), resolve(path))
    const found = within(folder, isMeant, unreadable)
    return folder.startsWith('..') ? found.map((each) => relative(process.cwd(), resolve(each))) : found
  }
  return [normalize(path)]
}

/** What stands at a path: null where nothing does, unknown where nobody may look; whoever reads it then tells why not. */
function statusOf(path: string): Stats | 'unknown' | null {
  try {
    return statSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? null : 'unknown'
  }
}

/** The YAML files below a folder. Links to files count, links to folders are not followed: they may lead in a circle. */
function within(folder: string, isMeant: (name: string) => boolean, unreadable: Set<string>): readonly string[] {
  return entriesOf(folder, unreadable).flatMap((entry) => {
    if (!isMeant(entry.name)) return []
    const path = folder === '' || folder === '/' ? `${folder}${entry.name}` : `${folder}/${entry.name}`
    if (entry.isDirectory()) return within(path, isMeant, unreadable)
    if (!/\.ya?ml$/.test(entry.name)) return []
    return entry.isSymbolicLink() && isFolder(statusOf(path)) ? [] : [path]
  })
}

function isFolder(status: ReturnType<typeof statusOf>): boolean {
  return status !== null && status !== 'unknown' && status.isDirectory()
}

/** A folder that may not be read may hold anything: that nothing was found in it says nothing. */
function entriesOf(folder: string, unreadable: Set<string>): readonly Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
  } catch (error) {
    unreadable.add(`${folder === '' ? '.' : folder}: the folder could not be read: ${(error as Error).message}`)
    return []
  }
}

/** As seen from where the command runs, unless the pattern itself begins at the root. */
async function matching(pattern: string, isMeant: (found: string) => boolean): Promise<readonly string[]> {
  const named = (path: string) => (isAbsolute(pattern) ? normalize(path) : relative(process.cwd(), path))
  const above = resolve(pattern.slice(0, pattern.search(/[^/]*[*?[{(]/)))
  const found: string[] = []
  for await (const entry of glob(pattern, { withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory() && isMeant(relative(above, resolve(path)))) found.push(named(path))
  }
  return found
}

function isVisible(path: string): boolean {
  return !path.split('/').some((name) => (name.startsWith('.') && !/^\.+$/.test(name)) || name === 'node_modules')
}
