import { closeSync, lstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { FileSeen, Need } from '../agent/seen.ts'
import { LOOK_WORDS, type Look, limitOf } from './look.ts'

/** Folders of which it is remembered where they really are; beyond that it is forgotten and looked at again. */
const FOLDERS_MAX = 10_000

/** Looks at files for a command that reads many and ends: without waiting. Nothing is watched, so nothing is hashed. */
export function createLookNow(): (need: Need) => Promise<Look> {
  const folders = new Map<string, string>()
  return async (need) => ({ seen: lookAt(need), hash: '', stamp: '', uid: null, at: 0 })

  function lookAt({ path, part }: Need): FileSeen {
    try {
      const own = lstatSync(path, { throwIfNoEntry: false })
      const isLink = own?.isSymbolicLink() === true
      const status = isLink ? statSync(path, { throwIfNoEntry: false }) : own
      if (status === undefined) return { kind: 'absent' }
      if (!status.isFile() && !status.isDirectory()) return { kind: 'other' }
      const realPath = isLink ? realpathSync.native(path) : realPathOf(path)
      if (status.isDirectory()) return { kind: 'directory', realPath }
      const bytes = part === 'stat' ? new Uint8Array() : readUpTo(path, Math.min(limitOf(part), status.size + 1))
      return { kind: 'file', bytes, mode: status.mode, realPath }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
      return { kind: 'unreadable', message: LOOK_WORDS[code ?? ''] ?? String(code ?? error) }
    }
  }

  /** Of something that is no link: it lies where its folder really is, which many files share. */
  function realPathOf(path: string): string {
    const folder = dirname(path)
    if (folder === path) return path
    const known = folders.get(folder)
    const real = known ?? realpathSync.native(folder)
    if (known === undefined) {
      if (folders.size >= FOLDERS_MAX) folders.clear()
      folders.set(folder, real)
    }
    return `${real === '/' ? '' : real}/${basename(path)}`
  }
}

function readUpTo(path: string, limit: number): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(limit)
    let length = 0
    for (;;) {
      const bytesRead = readSync(file, buffer, length, limit - length, length)
      length += bytesRead
      if (bytesRead === 0 || length === limit) return buffer.subarray(0, length)
    }
  } finally {
    closeSync(file)
  }
}
