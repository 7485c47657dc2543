import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
import { fileErrorMessage } from '../../agent/file-error-message.ts'
import type { FileQuery, FileState } from '../../agent/load-request.ts'
import { FILE_BYTES_MAX } from '../../agent/reading/parsed-file.ts'
import { steadyNow } from '../time.ts'

/** Bytes read of a tool's script: its first line names the interpreter. */
const HEAD_BYTES = 256

/** What is at a path, as far as needed, and how it differs from what was there before. */
export interface FileSnapshot {
  readonly seen: FileState
  /** Equal if the content is; for a script, if its first bytes, size, mode and time are. */
  readonly hash: string
  /** Changes with every save, even of equal content. */
  readonly stamp: string
  /** The file's owner, if it exists. */
  readonly uid: number | null
  /** When reading ended, in ms since the epoch. */
  readonly takenAt: number
}

/** Reads what is at one path. A file that cannot be read is an answer too. */
export async function readPath({ path, part }: FileQuery): Promise<FileSnapshot> {
  try {
    const [status, realPath] = await Promise.all([stat(path, { bigint: true }), realpath(path)])
    if (status.isDirectory()) {
      const folder = { kind: 'directory', realPath } as const
      if (part !== 'names') return snapshotOf(folder)
      return snapshotOf({ ...folder, names: (await readdir(path).catch(() => [])).slice(0, NAMES_MAX) })
    }
    if (!status.isFile()) return snapshotOf({ kind: 'other' })
    const mode = Number(status.mode)
    const stamp = `${status.dev}:${status.ino}:${status.mtimeNs}`
    if (part === 'stat' || part === 'names')
      return snapshotOf({ kind: 'file', bytes: new Uint8Array(), mode, realPath })
    const bytes = await readUpTo(realPath, readBytesMax(part), Number(status.size))
    const metadata = part === 'head' ? `${mode}:${status.size}:${status.mtimeNs}` : ''
    return { ...snapshotOf({ kind: 'file', bytes, mode, realPath }, metadata), stamp, uid: Number(status.uid) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return snapshotOf({ kind: 'absent' })
    return snapshotOf({ kind: 'unreadable', message: fileErrorMessage(error) })
  }
}

/** How many names of one folder are read. */
export const NAMES_MAX = 2_000

/** Bytes read of a file; one more than allowed shows that there are too many. */
export function readBytesMax(part: FileQuery['part']): number {
  return part === 'head' ? HEAD_BYTES : FILE_BYTES_MAX + 1
}

/** A snapshot of content that is already known. */
export function snapshotOf(seen: FileState, metadata = ''): FileSnapshot {
  const hash = createHash('sha256').update(`${seen.kind}:${metadata}:`)
  if (seen.kind === 'file') hash.update(seen.bytes)
  return { seen, hash: hash.digest('hex'), stamp: '', uid: null, takenAt: steadyNow() }
}

/**
 * Opens a file at its real path without following links: one changed meanwhile cannot lead elsewhere than reported. Nor does a named pipe put
 * in its place make the read wait for a writer.
 */
export const READ_NO_FOLLOW = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Reads a file of the expected size without asking for its end, which would take as long as reading it. A longer one is read again. */
async function readUpTo(path: string, limit: number, size: number): Promise<Uint8Array> {
  const file = await open(path, READ_NO_FOLLOW)
  try {
    const bytes = await readFrom(file, Math.min(limit, size + 1), size)
    return bytes.length > size && bytes.length < limit ? await readFrom(file, limit, limit) : bytes
  } finally {
    // Closing is not awaited, since it takes as long as a read; after reading, nothing can be lost.
    file.close().catch(() => {})
  }
}

/** Reads from the start up to `limit`, to the end, or to exactly the `expected` length. */
async function readFrom(file: FileHandle, limit: number, expected: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit)
  for (let length = 0; ; ) {
    const { bytesRead } = await file.read(buffer, length, limit - length, length)
    length += bytesRead
    if (bytesRead === 0 || length === limit || length === expected) return buffer.subarray(0, length)
  }
}

/** What is at each path of an agent, without those where only presence counts. */
export type AgentFiles = ReadonlyMap<string, FileQuery & FileSnapshot>

/** Reads every path again. */
export async function rereadFiles(files: AgentFiles): Promise<AgentFiles> {
  const reread = [...files.values()].map(async ({ path, part }) => ({
    path,
    part,
    ...(await readPath({ path, part })),
  }))
  return new Map((await Promise.all(reread)).map((entry) => [entry.path, entry]))
}

/** Whether two reads found the same at every path. */
export function haveSameContent(one: AgentFiles, other: AgentFiles): boolean {
  return one.size === other.size && [...one].every(([path, { hash }]) => other.get(path)?.hash === hash)
}

/** Whether a file that is read whole was saved again, even with the same content. */
export function wasResaved(before: AgentFiles, after: AgentFiles): boolean {
  return [...after.values()].some(({ path, part, stamp }) => part === 'whole' && before.get(path)?.stamp !== stamp)
}

/** The paths where a file exists. */
export function existingFiles(files: AgentFiles): readonly string[] {
  return [...files.values()].flatMap(({ path, seen }) => (seen.kind === 'file' ? [path] : []))
}

/** The paths where a file existed and none does now. */
export function deletedFiles(before: AgentFiles, after: AgentFiles): readonly string[] {
  return [...before.values()]
    .filter(({ path, seen }) => seen.kind === 'file' && after.get(path)?.seen.kind === 'absent')
    .map(({ path }) => path)
}

/** Since when everything that differs from `known` has been as it is now; `before` holds the reads in between. */
export function unchangedSince(known: AgentFiles, before: AgentFiles, now: AgentFiles): number {
  const times = [...now.values()]
    .filter(({ path, hash }) => known.get(path)?.hash !== hash)
    .map(({ path, hash, takenAt }) => {
      const earlier = before.get(path)
      return earlier?.hash === hash ? earlier.takenAt : takenAt
    })
  return Math.max(...times)
}
