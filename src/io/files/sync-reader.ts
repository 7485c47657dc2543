import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import type { FileQuery, FileState } from '../../agent/load-request.ts'
import { type FileSnapshot, NAMES_MAX, READ_NO_FOLLOW, readBytesMax } from './file-snapshot.ts'
import { createPathStat, type PathStatus, stampOf, statusOfError } from './path-status.ts'

/** Reads files synchronously, for a command that reads many and ends. Nothing is watched, so nothing is hashed. */
interface SyncReader {
  readonly readPath: (need: FileQuery) => Promise<FileSnapshot>
  /** A stamp of what was seen at a path; null if it may change without a trace, or changed meanwhile. */
  stampOf(need: FileQuery): string | null
}

/** How old a file's last write must be for its next one to show, in ms: file system clocks tick every 2 s at worst (FAT). */
const STABLE_AGE_MS = 2_000

/** Remembers what it read, so that `stampOf` can tell whether that has stayed the same. */
export function createSyncReader(now = Date.now): SyncReader {
  const statPath = createPathStat()
  const statuses = new Map<string, PathStatus>()
  const unstable = new Set<string>()
  return {
    readPath: async (need) => ({ seen: readNow(need), hash: '', stamp: '', uid: null, takenAt: 0 }),
    stampOf({ path, part }) {
      const status = statuses.get(path)
      return status === undefined || unstable.has(path) ? null : stampOf(status, part)
    },
  }

  function readNow({ path, part }: FileQuery): FileState {
    const status = statPath(path)
    const before = statuses.get(path)
    if (before !== undefined && stampOf(before, 'whole') !== stampOf(status, 'whole')) unstable.add(path)
    if (status.kind === 'file' && status.changedMs > now() - STABLE_AGE_MS) unstable.add(path)
    statuses.set(path, status)
    if (status.kind === 'directory' && part === 'names') {
      // No stamp shows which names a folder holds.
      unstable.add(path)
      return { ...status, names: namesIn(path) }
    }
    if (status.kind !== 'file') return status
    const { mode, realPath, size } = status
    if (part === 'stat' || part === 'names') return { kind: 'file', bytes: new Uint8Array(), mode, realPath }
    try {
      return { kind: 'file', bytes: readUpTo(realPath, readBytesMax(part), size), mode, realPath }
    } catch (error) {
      unstable.add(path)
      return statusOfError(error)
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

/** Reads a file of the expected size without asking for its end, which would take as long as reading it. A longer one is read again. */
function readUpTo(path: string, limit: number, size: number): Uint8Array {
  const file = openSync(path, READ_NO_FOLLOW)
  try {
    const bytes = readFrom(file, Math.min(limit, size + 1), size)
    return bytes.length > size && bytes.length < limit ? readFrom(file, limit, limit) : bytes
  } finally {
    closeSync(file)
  }
}

/** Reads from the start up to `limit`, to the end, or to exactly the `expected` length. */
function readFrom(file: number, limit: number, expected: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(limit)
  for (let length = 0; ; ) {
    const bytesRead = readSync(file, buffer, length, limit - length, length)
    length += bytesRead
    if (bytesRead === 0 || length === limit || length === expected) return buffer.subarray(0, length)
  }
}
