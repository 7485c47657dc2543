import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
import { FILE_BYTES_MAX } from '../../agent/reading/parsed-file.ts'
import type { FileSeen, Need } from '../../agent/seen.ts'

/** Bytes of a tool script that are read: its first line tells the interpreter. */
const HEAD_BYTES = 256

/** What stands at a path, as far as it is needed, and what tells it from what stood there before. */
export interface Look {
  readonly seen: FileSeen
  /** Equal where the content is; of a script, where its first bytes, size, mode and time are. */
  readonly hash: string
  /** Changes with every save, also with one of equal content. */
  readonly stamp: string
  /** Whose file it is, where there is one. */
  readonly uid: number | null
  /** When it had been looked at, in ms since the epoch. */
  readonly at: number
}

/** Looks at one path. What cannot be read is an answer too. */
export async function look({ path, part }: Need): Promise<Look> {
  try {
    const [status, realPath] = await Promise.all([stat(path, { bigint: true }), realpath(path)])
    if (status.isDirectory()) {
      const folder = { kind: 'directory', realPath } as const
      if (part !== 'names') return looked(folder)
      return looked({ ...folder, names: (await readdir(path).catch(() => [])).slice(0, NAMES_MAX) })
    }
    if (!status.isFile()) return looked({ kind: 'other' })
    const mode = Number(status.mode)
    const stamp = `${status.dev}:${status.ino}:${status.mtimeNs}`
    if (part === 'stat' || part === 'names') return looked({ kind: 'file', bytes: new Uint8Array(), mode, realPath })
    const bytes = await readUpTo(realPath, limitOf(part), Number(status.size))
    const rest = part === 'head' ? `${mode}:${status.size}:${status.mtimeNs}` : ''
    return { ...looked({ kind: 'file', bytes, mode, realPath }, rest), stamp, uid: Number(status.uid) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return looked({ kind: 'absent' })
    return looked({ kind: 'unreadable', message: LOOK_WORDS[code ?? ''] ?? String(code ?? error) })
  }
}

/** How many names of one folder are looked through. */
export const NAMES_MAX = 2_000

/** Bytes of a file that are read; one more than is allowed says that there are too many. */
export function limitOf(part: Need['part']): number {
  return part === 'head' ? HEAD_BYTES : FILE_BYTES_MAX + 1
}

/** A look at what is known already. */
export function looked(seen: FileSeen, rest = ''): Look {
  const hash = createHash('sha256').update(`${seen.kind}:${rest}:`)
  if (seen.kind === 'file') hash.update(seen.bytes)
  return { seen, hash: hash.digest('hex'), stamp: '', uid: null, at: performance.timeOrigin + performance.now() }
}

/** Why a path cannot be looked at, in words, by the system's code. */
export const LOOK_WORDS: { readonly [code: string]: string } = {
  EACCES: 'permission denied',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
}

/** A file is read at its real path, and no link is followed there: one that is turned meanwhile leads to nothing else than what is told. */
export const READ_THERE = constants.O_RDONLY | constants.O_NOFOLLOW

/** A file that is as long as it said is not asked for its end, which would take as long as to read it. One that is longer is read anew. */
async function readUpTo(path: string, limit: number, size: number): Promise<Uint8Array> {
  const file = await open(path, READ_THERE)
  try {
    const bytes = await readFrom(file, Math.min(limit, size + 1), size)
    return bytes.length > size && bytes.length < limit ? await readFrom(file, limit, limit) : bytes
  } finally {
    // Nobody waits for its closing, which takes as long as a read: it was only read, so that nothing is lost by it.
    file.close().catch(() => {})
  }
}

/** From the start up to a limit, to the end, or to exactly the length that is expected. */
async function readFrom(file: FileHandle, limit: number, expected: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit)
  for (let length = 0; ; ) {
    const { bytesRead } = await file.read(buffer, length, limit - length, length)
    length += bytesRead
    if (bytesRead === 0 || length === limit || length === expected) return buffer.subarray(0, length)
  }
}

/** What stands at each path of an agent; those of which nothing but the presence counts are left out. */
export type Content = ReadonlyMap<string, Need & Look>

/** Looks again at everything that was looked at before. */
export async function lookAgain(content: Content): Promise<Content> {
  const again = [...content.values()].map(async ({ path, part }) => ({ path, part, ...(await look({ path, part })) }))
  return new Map((await Promise.all(again)).map((entry) => [entry.path, entry]))
}

/** Whether two looks saw the same at every path. */
export function isSameContent(one: Content, other: Content): boolean {
  return one.size === other.size && [...one].every(([path, { hash }]) => other.get(path)?.hash === hash)
}

/** Whether a file that is read whole was saved again, though its content is the same. */
export function isSavedAgain(before: Content, after: Content): boolean {
  return [...after.values()].some(({ path, part, stamp }) => part === 'whole' && before.get(path)?.stamp !== stamp)
}

/** Paths at which a file stands. */
export function filesIn(content: Content): readonly string[] {
  return [...content.values()].flatMap(({ path, seen }) => (seen.kind === 'file' ? [path] : []))
}

/** Paths at which a file stood and now there is none. */
export function goneFrom(before: Content, after: Content): readonly string[] {
  return [...before.values()]
    .filter(({ path, seen }) => seen.kind === 'file' && after.get(path)?.seen.kind === 'absent')
    .map(({ path }) => path)
}

/** Since when everything that differs from `known` has been as it is now; `before` are the looks in between. */
export function unchangedSince(known: Content, before: Content, now: Content): number {
  const times = [...now.values()]
    .filter(({ path, hash }) => known.get(path)?.hash !== hash)
    .map((look) => {
      const earlier = before.get(look.path)
      return earlier?.hash === look.hash ? earlier.at : look.at
    })
  return Math.max(...times)
}
