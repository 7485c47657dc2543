import { resolve } from 'node:path'
import { type Read, readAgent, workingFolder } from '../../io/agent-file.ts'
import { openGitFiles } from '../../io/files/git-files.ts'

/** What an agent file is compared with: as a commit holds it, or another file. */
export type Against = { readonly kind: 'git'; readonly ref: string } | { readonly kind: 'file'; readonly file: string }

/** `git:main`, or the path of a file. */
export function parseAgainst(text: string): Against {
  return text.startsWith('git:') ? { kind: 'git', ref: text.slice(4) || 'HEAD' } : { kind: 'file', file: text }
}

/** The agent file as it was before the edit, or why it cannot be had. */
export async function readBefore(
  file: string,
  against: Against,
): Promise<Read | { readonly status: 'unreadable'; readonly message: string }> {
  if (against.kind === 'file') return readAgent({ file: against.file, purpose: 'validate' })
  const git = await openGitFiles({ path: resolve(await workingFolder(), file), ref: against.ref })
  if ('message' in git) return { status: 'unreadable', message: git.message }
  return readAgent({ file, purpose: 'validate', look: git.look })
}
