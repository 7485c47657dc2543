import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import type { FileSeen, Need } from '../agent/seen.ts'
import { LOOK_WORDS, type Look, limitOf } from './look.ts'

/** Paths of which it is remembered what stands there; beyond that it is forgotten and looked at again. */
const REMEMBERED_MAX = 10_000

/**
 * Looks at files for a command that reads many and ends: without waiting, and only once at what many agents name. Nothing is watched, so nothing
 * is hashed.
 */
export function createLookNow(): (need: Need) => Promise<Look> {
  const remembered = new Map<string, Look>()
  return async (need) => {
    const key = `${need.part}:${need.path}`
    const before = remembered.get(key)
    if (before !== undefined) return before
    const look = { seen: lookAt(need), hash: '', stamp: '', uid: null, at: 0 }
    if (remembered.size >= REMEMBERED_MAX) remembered.clear()
    if (need.part === 'head' || need.part === 'stat' || look.seen.kind === 'absent') remembered.set(key, look)
    return look
  }
}

function lookAt({ path, part }: Need): FileSeen {
  try {
    const status = statSync(path, { throwIfNoEntry: false })
    if (status === undefined) return { kind: 'absent' }
    if (status.isDirectory()) return { kind: 'directory', realPath: realpathSync.native(path) }
    if (!status.isFile()) return { kind: 'other' }
    const realPath = realpathSync.native(path)
    const bytes = part === 'stat' ? new Uint8Array() : readUpTo(path, Math.min(limitOf(part), status.size + 1))
    return { kind: 'file', bytes, mode: status.mode, realPath }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    return { kind: 'unreadable', message: LOOK_WORDS[code ?? ''] ?? String(code ?? error) }
  }
}

function readUpTo(path: string, limit: number): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const buffer = new Uint8Array(limit)
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
