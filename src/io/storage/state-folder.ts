import { accessSync, constants, existsSync, lstatSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ROOT_MARKERS } from '../../agent/composition/root.ts'
import { makeFolder } from './make-folder.ts'
import { writeWhole } from './write-whole.ts'

/** The folder for what the runner stores: generations, the audit, the names of control sockets. It can be deleted without harm. */
type StateFolder =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly path: string; readonly reason: string }

/** The state folder of a root: `.runner` in it, or the one RUNNER_FOLDER names. */
function stateFolderOf(root: string, env: NodeJS.ProcessEnv): string {
  const named = env.RUNNER_FOLDER ?? ''
  return named === '' ? join(root, '.runner') : resolve(named)
}

/**
 * The nearest matching state folder upward, or null. The search stops at the project's root, since above it may be another project's; if
 * RUNNER_FOLDER names one, there is no other.
 */
export function nearestStateFolder(
  cwd: string,
  env: NodeJS.ProcessEnv,
  isMatch: (folder: string) => boolean,
): string | null {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const state = stateFolderOf(folder, env)
    if (isMatch(state)) return state
    if (isRoot(folder) || dirname(folder) === folder) return null
  }
}

/** The nearest folder upward that is marked as a project's root, or null. */
export function markedRoot(folder: string): string | null {
  if (isRoot(folder)) return folder
  return dirname(folder) === folder ? null : markedRoot(dirname(folder))
}

function isRoot(folder: string): boolean {
  return ROOT_MARKERS.some(({ name }) => existsSync(join(folder, name)))
}

/** Makes the folder, for its owner alone and ignored by git. Says why if it cannot be written to. */
export function openStateFolder(root: string, env: NodeJS.ProcessEnv): StateFolder {
  const path = stateFolderOf(root, env)
  try {
    makeFolder(path, 0o700)
    accessSync(path, constants.W_OK | constants.X_OK)
    if (!isOwnedByUser(path)) return { ok: false, path, reason: 'it belongs to somebody else' }
    makeStateFolder(path)
    return { ok: true, path }
  } catch (error) {
    return { ok: false, path, reason: error instanceof Error ? error.message : String(error) }
  }
}

/**
 * Makes the folder again if it was removed, as by `git clean`, but never the project around it, which was removed on purpose. Throws if it
 * cannot.
 */
export function makeStateFolder(path: string): void {
  if (!existsSync(dirname(path))) throw new Error(`${dirname(path)} is gone`)
  makeFolder(path, 0o700)
  const ignore = join(path, '.gitignore')
  if (!existsSync(ignore)) writeWhole(ignore, '*\n', { mode: 0o644 })
}

/** Whether a file or folder is there and belongs to this user: in a shared folder, somebody else's may be a trap. */
export function isOwnedByUser(path: string): boolean {
  const uid = process.getuid?.()
  return uid === undefined || statusOf(path)?.uid === uid
}

/** The status of what is at a path, a link's own; null if nothing is, or nothing that this user may see. */
export function statusOf(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}
