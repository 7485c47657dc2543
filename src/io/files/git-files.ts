import { execFile } from 'node:child_process'
import { dirname, extname, join, relative, resolve } from 'node:path'
import type { FileQuery, FileState } from '../../agent/load-request.ts'
import { FILE_BYTES_MAX } from '../../agent/reading/parsed-file.ts'
import { type FileSnapshot, readPath as readFromDisk, snapshotOf } from './file-snapshot.ts'

/** How long one git command may take, in ms. */
const GIT_MS = 10_000
/** How many links are followed from one path. */
const LINKS_MAX = 8

/** Reads files as a commit holds them, and on disk outside the repository. */
interface GitFiles {
  readonly readPath: (need: FileQuery) => Promise<FileSnapshot>
  /**
   * The former absolute path of a file the commit does not hold: the deleted file with the same extension that shares most of its lines.
   * Null if none shares enough.
   */
  formerName(path: string): Promise<string | null>
}

/** How many deleted files are compared with a renamed one. */
const CANDIDATES_MAX = 64
/** The least share of common lines that makes two files one renamed file; git uses the same. */
const COMMON_SHARE_MIN = 0.5

/** Opens the files of one commit; a message says why it cannot. */
export async function openGitFiles(options: {
  /** A file in the repository, absolute. */
  readonly path: string
  readonly ref: string
}): Promise<GitFiles | { readonly status: 'unknown' | 'unreadable'; readonly message: string }> {
  const { path, ref } = options
  const folder = dirname(path)
  const cdup = await git(folder, ['rev-parse', '--show-cdup'])
  if (!cdup.ok) return { status: 'unreadable', message: cdup.message }
  const top = resolve(folder, cdup.text.trim())
  const commit = await git(top, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])
  if (!commit.ok) return { status: 'unknown', message: `git knows no ${ref} here` }
  const commitHash = commit.text.trim()

  return { readPath: (need) => readPath(need, LINKS_MAX), formerName }

  async function formerName(path: string): Promise<string | null> {
    const current = await readFromDisk({ path, part: 'whole' })
    if (current.seen.kind !== 'file') return null
    const text = Buffer.from(current.seen.bytes).toString()
    const pattern = `:(glob)**/*${extname(path)}`
    const deleted = await git(top, [
      'diff',
      '--no-renames',
      '--diff-filter=D',
      '--name-only',
      '-z',
      commitHash,
      '--',
      pattern,
    ])
    const names = deleted.ok ? deleted.text.split('\0').filter((name) => name !== '') : []
    const candidates = names.slice(0, CANDIDATES_MAX).map(async (name) => {
      const blob = await git(top, ['cat-file', 'blob', `${commitHash}:${name}`])
      return { name, share: blob.ok ? commonShare(text, blob.text) : 0 }
    })
    const [best] = (await Promise.all(candidates)).toSorted((one, other) => other.share - one.share)
    return best === undefined || best.share < COMMON_SHARE_MIN ? null : resolve(top, best.name)
  }

  async function readPath(need: FileQuery, links: number): Promise<FileSnapshot> {
    const name = relative(top, need.path)
    if (name === '' || name.startsWith('..') || name === '.git') return readFromDisk(need)
    const seen = await readFromCommit(need, name, links)
    // A script that git does not hold is built from something it does; its content is not part of the agent.
    return seen.kind === 'absent' && need.part !== 'whole' && need.part !== 'optional'
      ? readFromDisk(need)
      : snapshotOf(seen)
  }

  async function readFromCommit(need: FileQuery, name: string, links: number): Promise<FileState> {
    const listed = await git(top, ['ls-tree', '-z', commitHash, '--', name])
    if (!listed.ok) return { kind: 'unreadable', message: listed.message }
    const [, mode = '', type, hash = ''] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(listed.text) ?? []
    if (type === undefined) return { kind: 'absent' }
    if (type === 'tree') return { kind: 'directory', realPath: need.path }
    if (type !== 'blob') return { kind: 'other' }
    const blob = await git(top, ['cat-file', 'blob', hash])
    if (!blob.ok) return { kind: 'unreadable', message: blob.message }
    if (mode === '120000') {
      if (links === 0) return { kind: 'unreadable', message: 'its links lead in a circle' }
      return (await readPath({ ...need, path: join(dirname(need.path), blob.text) }, links - 1)).seen
    }
    const bytes = blob.bytes.subarray(0, FILE_BYTES_MAX + 1)
    return { kind: 'file', bytes, mode: mode === '100755' ? 0o755 : 0o644, realPath: need.path }
  }
}

/** The share of lines that two texts have in common. */
function commonShare(one: string, other: string): number {
  const [mine, theirs] = [one, other].map((text) => text.split('\n').filter((line) => line.trim() !== '')) as [
    string[],
    string[],
  ]
  const unmatched = new Map<string, number>()
  for (const line of theirs) unmatched.set(line, (unmatched.get(line) ?? 0) + 1)
  const common = mine.filter((line) => {
    const count = unmatched.get(line) ?? 0
    unmatched.set(line, count - 1)
    return count > 0
  })
  return common.length / Math.max(1, mine.length, theirs.length)
}

type Answer =
  | { readonly ok: true; readonly text: string; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly message: string }

function git(cwd: string, args: readonly string[]): Promise<Answer> {
  const options = { cwd, encoding: 'buffer', timeout: GIT_MS, maxBuffer: 64 * 1024 * 1024 } as const
  return new Promise((resolve) => {
    execFile('git', args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ ok: true, text: stdout.toString(), bytes: stdout })
      const stderrLine = stderr.toString().trim().split('\n')[0] ?? ''
      const fallback = error.code === 'ENOENT' ? 'git is not installed' : error.message
      resolve({ ok: false, message: stderrLine === '' ? fallback : stderrLine.replace(/^fatal: /, 'git: ') })
    })
  })
}
