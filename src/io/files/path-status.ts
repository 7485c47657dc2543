import { lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileErrorMessage } from '../../agent/file-error-message.ts'
import type { FileQuery } from '../../agent/load-request.ts'

/** What is at a path, as far as can be told without reading it. */
export type PathStatus =
  | { readonly kind: 'absent' | 'other' }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'directory'; readonly realPath: string }
  | {
      readonly kind: 'file'
      readonly realPath: string
      readonly mode: number
      readonly size: number
      /** Changes with every write, whatever a program does to hide it. */
      readonly version: string
      /** When it was last written or its mode changed, in ms since the epoch. */
      readonly changedMs: number
    }

/** Folders whose real paths are remembered; beyond that all are dropped and looked up again. */
const FOLDERS_MAX = 10_000

/** Says what is at a path, looking up each folder's real path only once. For a command that ends. */
export function createPathStat(): (path: string) => PathStatus {
  const folders = new Map<string, string>()
  return (path) => {
    try {
      return statPath(path)
    } catch (error) {
      return statusOfError(error)
    }
  }

  function statPath(path: string): PathStatus {
    const linkStatus = lstatSync(path, { throwIfNoEntry: false })
    const isLink = linkStatus?.isSymbolicLink() === true
    const status = isLink ? statSync(path, { throwIfNoEntry: false }) : linkStatus
    if (status === undefined) return { kind: 'absent' }
    if (!status.isFile() && !status.isDirectory()) return { kind: 'other' }
    const realPath = isLink ? realpathSync.native(path) : realPathOf(path)
    if (status.isDirectory()) return { kind: 'directory', realPath }
    // These times are precise to a quarter of a microsecond, and no file is written twice in that time.
    const { dev, ino, mode, size, mtimeMs, ctimeMs } = status
    return {
      kind: 'file',
      realPath,
      mode,
      size,
      version: `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`,
      changedMs: Math.max(mtimeMs, ctimeMs),
    }
  }

  /** The real path of something that is not a link: only its folder has to be looked up, which many files share. */
  function realPathOf(path: string): string {
    const folder = dirname(path)
    if (folder === path) return path
    const knownReal = folders.get(folder)
    const real = knownReal ?? realpathSync.native(folder)
    if (knownReal === undefined) {
      if (folders.size >= FOLDERS_MAX) folders.clear()
      folders.set(folder, real)
    }
    return `${real === '/' ? '' : real}/${basename(path)}`
  }
}

/** The status of a path that could not be read. */
export function statusOfError(error: unknown): Extract<PathStatus, { kind: 'absent' | 'unreadable' | 'other' }> {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
  return { kind: 'unreadable', message: fileErrorMessage(error) }
}

/** What a need depends on at a path: equal as long as the same would be seen there. Null if that cannot be told. */
export function stampOf(status: PathStatus, part: FileQuery['part']): string | null {
  switch (status.kind) {
    case 'absent':
    case 'other':
      return status.kind
    case 'directory':
      return `directory ${status.realPath}`
    case 'file':
      return `${part === 'stat' ? '' : status.version} ${status.mode} ${status.realPath}`
    case 'unreadable':
      return null
    default:
      return status satisfies never
  }
}
