import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path'
import type { FileQuery, Files } from '../load-request.ts'
import { nearest } from '../nearest.ts'
import { escapesRoot } from './root.ts'

/** The names that a file of each kind may have. */
const NAME_PATTERNS = {
  settings: /\.ya?ml$/i,
  prompt: /^[^.]+$|\.(md|mdx|markdown|txt|text|prompt)$/i,
  script: /^(?!.*\.(ya?ml|md|mdx|markdown|txt|json|csv|log|lock)$)[^.]/i,
  variables: /env|^[^.]+$/i,
  folder: /^[^.]+$/,
} as const

interface AbsentPath {
  /** As its author wrote it. */
  readonly writtenPath: string
  /** The folder that it is relative to, absolute. */
  readonly folder: string
  readonly kind: keyof typeof NAME_PATTERNS
  /** Absolute; a file does not mean itself. */
  readonly self: string
}

interface NearPath {
  /** Folders that are needed to find it. */
  readonly needs: readonly FileQuery[]
  /** As the author would write it; null if nothing is near. */
  readonly near: string | null
}

/** Where files may lie, and what is known of them. */
export interface SearchSpace {
  /** Folder that every file of the agent has to lie in, links resolved. */
  readonly root: string
  readonly files: Files
}

/** How many folders a path may have for a near one to be looked for: each that does not exist is another request. */
const FOLDERS_MAX = 16

/**
 * The file that is most likely meant by the path of a missing one: one with a similar name in the same folder, or the same name in a
 * related folder.
 */
export function findNearPath(absent: AbsentPath, space: SearchSpace): NearPath {
  const { writtenPath, folder } = absent
  if (isAbsolute(writtenPath) || escapesRoot(writtenPath, folder, space.root)) return NONE
  if (writtenPath.split('/').length > FOLDERS_MAX) return NONE
  const paths = [writtenPath, ...alternativePaths(absent, space.root)]
  const needs = paths.map((path) => listingFor(path, folder)).filter((need) => space.files.get(need) === undefined)
  if (needs.length > 0) return { needs, near: null }
  const [near = null] = paths.flatMap((path, index) => pathsWithNearName(path, absent, space, index > 0))
  return near === null ? findThroughFolder(absent, space) : { needs: [], near }
}

const NONE: NearPath = { needs: [], near: null }

function listingFor(path: string, folder: string): FileQuery {
  return { path: resolve(folder, dirname(path)), part: 'names' }
}

/** The path with the similar name in its folder, if there is one. */
function pathsWithNearName(
  path: string,
  absent: AbsentPath,
  { files }: SearchSpace,
  isElsewhere: boolean,
): readonly string[] {
  const listing = listingFor(path, absent.folder)
  const seen = files.get(listing)
  const names = seen?.kind === 'directory' ? (seen.names ?? []) : []
  const candidates = names.filter(
    (name) => NAME_PATTERNS[absent.kind].test(name) && join(listing.path, name) !== absent.self,
  )
  const name = findNearName(basename(path), candidates, isElsewhere, absent.kind)
  return name === undefined ? [] : [path.slice(0, path.lastIndexOf('/') + 1) + name]
}

/** The same name in a folder with a similar name. */
function findThroughFolder(absent: AbsentPath, space: SearchSpace): NearPath {
  const { writtenPath, folder } = absent
  const above = dirname(writtenPath)
  if (/^\.*$/.test(basename(above)) || space.files.get(listingFor(writtenPath, folder))?.kind !== 'absent') return NONE
  const { needs, near } = findNearPath({ ...absent, writtenPath: above, kind: 'folder' }, space)
  if (near === null) return { needs, near }
  const path = `${near}/${basename(writtenPath)}`
  const listing = listingFor(path, folder)
  if (space.files.get(listing) === undefined) return { needs: [listing], near: null }
  const [name = null] = pathsWithNearName(path, absent, space, true)
  return { needs: [], near: name }
}

/** The help for a missing file, with the near path as a suggestion. */
export function helpWithNearPath(
  near: string | null,
  help: string,
): { readonly help: string; readonly suggest: readonly string[] } {
  return near === null ? { help, suggest: [] } : { help: `Did you mean ${near}? ${help}`, suggest: [near] }
}

/** The same name with other capitals or another extension; in the same folder also a misspelling of it. */
function findNearName(name: string, names: readonly string[], isElsewhere: boolean, kind: AbsentPath['kind']) {
  const same = names.find((each) => each.toLowerCase() === name.toLowerCase())
  const stems = new Map(names.map((each) => [stemOf(each), each]))
  const known = same ?? stems.get(stemOf(name))
  if (known !== undefined || isElsewhere) return known
  const similar = [...stems].filter(([, each]) => kind === 'settings' || extname(each) === extname(name))
  return stems.get(
    nearest(
      stemOf(name),
      similar.map(([stem]) => stem),
    )[0] ?? '',
  )
}

function stemOf(name: string): string {
  return name
    .replace(/(?<=.)\.[^.]*$/, '')
    .replaceAll('-', '_')
    .toLowerCase()
}

/** The same path from the root of the project, from one folder up, and from one folder less up. */
function alternativePaths({ writtenPath, folder, self }: AbsentPath, root: string): readonly string[] {
  const plain = writtenPath.replace(/^(\.\/)+/, '')
  const fromRoot = relative(folder, join(root, plain))
  const paths = [fromRoot.startsWith('.') ? fromRoot : `./${fromRoot}`, `../${plain}`]
  if (plain.startsWith('../')) paths.push(plain.startsWith('../../') ? plain.slice(3) : `./${plain.slice(3)}`)
  const alternatives = paths.filter((path) => {
    const absolute = resolve(folder, path)
    return absolute !== resolve(folder, writtenPath) && absolute !== self && !escapesRoot(path, folder, root)
  })
  return [...new Set(alternatives)]
}
