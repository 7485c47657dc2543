import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import type { FileSeen, Need } from '../../agent/seen.ts'
import { createIdentify, type Identity, stampOf, unreadable } from './identity.ts'
import { type Look, limitOf, NAMES_MAX, READ_THERE } from './look.ts'

/** Looks at files for a command that reads many and ends: without waiting. Nothing is watched, so nothing is hashed. */
interface LookNow {
  readonly look: (need: Need) => Promise<Look>
  /** What was seen at a path, as a stamp; null where that may change without a trace, or changed meanwhile. */
  stampOf(need: Need): string | null
}

/** How long ago a file was written to for its next change to show: clocks of file systems tick every 2 s at worst (FAT). */
const SETTLED_MS = 2_000

/** Remembers what it saw, so that `stampOf` can tell whether it has stayed so. */
export function createLookNow(now = Date.now): LookNow {
  const identify = createIdentify()
  const found = new Map<string, Identity>()
  const unsteady = new Set<string>()
  return {
    look: async (need) => ({ seen: lookAt(need), hash: '', stamp: '', uid: null, at: 0 }),
    stampOf({ path, part }) {
      const identity = found.get(path)
      return identity === undefined || unsteady.has(path) ? null : stampOf(identity, part)
    },
  }

  function lookAt({ path, part }: Need): FileSeen {
    const identity = identify(path)
    const before = found.get(path)
    if (before !== undefined && stampOf(before, 'whole') !== stampOf(identity, 'whole')) unsteady.add(path)
    if (identity.kind === 'file' && identity.changedMs > now() - SETTLED_MS) unsteady.add(path)
    found.set(path, identity)
    if (identity.kind === 'directory' && part === 'names') {
      // Which names a folder holds shows in no stamp.
      unsteady.add(path)
      return { ...identity, names: namesIn(path) }
    }
    if (identity.kind !== 'file') return identity
    const { mode, realPath, size } = identity
    if (part === 'stat' || part === 'names') return { kind: 'file', bytes: new Uint8Array(), mode, realPath }
    try {
      return { kind: 'file', bytes: readUpTo(realPath, limitOf(part), size), mode, realPath }
    } catch (error) {
      unsteady.add(path)
      return unreadable(error)
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).slice(0, NAMES_MAX)
  } catch {
    return []
  }
}

/** A file that is as long as it said is not asked for its end, which would take as long as to read it. One that is longer is read anew. */
function readUpTo(path: string, limit: number, size: number): Uint8Array {
  const file = openSync(path, READ_THERE)
  try {
    const bytes = readFrom(file, Math.min(limit, size + 1), size)
    return bytes.length > size && bytes.length < limit ? readFrom(file, limit, limit) : bytes
  } finally {
    closeSync(file)
  }
}

/** From the start up to a limit, to the end, or to exactly the length that is expected. */
function readFrom(file: number, limit: number, expected: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(limit)
  for (let length = 0; ; ) {
    const bytesRead = readSync(file, buffer, length, limit - length, length)
    length += bytesRead
    if (bytesRead === 0 || length === limit || length === expected) return buffer.subarray(0, length)
  }
}
