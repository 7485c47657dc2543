import { relative, resolve } from 'node:path'
import { type AgentReadResult, readAgent, workingFolder } from '../../io/agent-file.ts'
import { openGitFiles } from '../../io/files/git-files.ts'

/** What an agent file is compared with: a commit, where it may have another name, or another file. */
export type Baseline =
  | { readonly kind: 'git'; readonly ref: string; readonly file: string | null }
  | { readonly kind: 'file'; readonly file: string }

/** The agent file before the edit, and its name then; or why it cannot be read. */
interface BaselineFile {
  readonly file: string
  readonly read: AgentReadResult | { readonly status: 'unknown' | 'unreadable'; readonly message: string }
}

/** Parses `git:main`, `git:main:agents/old.yaml`, or the path of a file. */
export function parseBaseline(text: string): Baseline {
  if (!text.startsWith('git:')) return { kind: 'file', file: text }
  const [, ref = '', file = null] = /^([^:]*)(?::(.+))?/s.exec(text.slice(4)) ?? []
  return { kind: 'git', ref: ref || 'HEAD', file }
}

/** Reads what an agent file is compared with. If the commit has no such file, it looks for the name before a rename. */
export async function readBaseline(file: string, baseline: Baseline): Promise<BaselineFile> {
  if (baseline.kind === 'file')
    return { file: baseline.file, read: await readAgent({ file: baseline.file, purpose: 'show' }) }
  const cwd = workingFolder()
  const git = await openGitFiles({ path: resolve(cwd, file), ref: baseline.ref })
  if ('message' in git) return { file, read: git }
  const name = baseline.file ?? file
  const read = await readAgent({ file: name, purpose: 'show', readPath: git.readPath })
  if (read.status !== 'missing' || baseline.file !== null) return { file: name, read }
  const former = await git.formerName(resolve(cwd, file))
  if (former === null) return { file, read }
  const formerFile = relative(cwd, former)
  return { file: formerFile, read: await readAgent({ file: formerFile, purpose: 'show', readPath: git.readPath }) }
}
