import { type Dirent, readdirSync, statSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { isAbsolute, join, normalize, relative, resolve } from 'node:path'

export interface YamlFiles {
  readonly files: readonly string[]
  /** Paths that name nothing. */
  readonly unmatched: readonly string[]
}

/** The files that paths, folders and globs name. Parts (`_base.yaml`) are left out of folders where they are not asked for. */
export async function yamlFiles(paths: readonly string[], { parts }: { readonly parts: boolean }): Promise<YamlFiles> {
  const matches = await Promise.all(paths.map((path) => expand(path, parts)))
  const unmatched = paths.filter((_, index) => matches[index]?.length === 0)
  return { files: [...new Set(matches.flat())].sort(), unmatched }
}

async function expand(path: string, parts: boolean): Promise<readonly string[]> {
  const isMeant = (found: string) => isVisible(found) && (parts || !isPart(found))
  const status = statSync(path, { throwIfNoEntry: false })
  if (status?.isDirectory()) {
    const folder = isAbsolute(path) ? resolve(path) : relative(process.cwd(), resolve(path))
    if (!isMeant(folder)) return []
    const found = within(folder, isMeant)
    return folder.startsWith('..') ? found.map((each) => relative(process.cwd(), resolve(each))) : found
  }
  if (status !== undefined) return [normalize(path)]
  return (await matching(path)).filter(isMeant)
}

/** The YAML files below a folder. Links to files count, links to folders are not followed: they may lead in a circle. */
function within(folder: string, isMeant: (name: string) => boolean): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    if (!isMeant(entry.name)) return []
    const path = folder === '' || folder === '/' ? `${folder}${entry.name}` : `${folder}/${entry.name}`
    if (entry.isDirectory()) return within(path, isMeant)
    if (!/\.ya?ml$/.test(entry.name)) return []
    const isFolder = entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory()
    return isFolder ? [] : [path]
  })
}

/** A folder that may not be read holds nothing that could be checked. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** As seen from where the command runs, unless the pattern itself begins at the root. */
async function matching(pattern: string): Promise<readonly string[]> {
  const named = (path: string) => (isAbsolute(pattern) ? normalize(path) : relative(process.cwd(), path))
  const found: string[] = []
  for await (const entry of glob(pattern, { withFileTypes: true })) {
    if (!entry.isDirectory()) found.push(named(join(entry.parentPath, entry.name)))
  }
  return found
}

function isVisible(path: string): boolean {
  return !path.split('/').some((name) => (name.startsWith('.') && !/^\.+$/.test(name)) || name === 'node_modules')
}

function isPart(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('_'))
}
