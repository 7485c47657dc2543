import { dirname, isAbsolute, join, resolve } from 'node:path'
import { PROJECT_FILE } from './project.ts'
import type { Files, Need } from './seen.ts'

const ROOT_MARKS = [PROJECT_FILE, 'package.json', '.git']

/** The nearest folder upward that holds a mark of a root, else the parent of the agent's folder. */
export function findRoot(path: string, files: Files): string | readonly Need[] {
  const seen = files.get(path)
  const start = dirname(seen?.kind === 'file' ? seen.realPath : path)
  for (let folder = start; ; folder = dirname(folder)) {
    const marks = ROOT_MARKS.map((name) => join(folder, name))
    const unseen = marks.filter((mark) => !files.has(mark))
    if (unseen.length > 0)
      return unseen.map((path) => ({ path, part: path === join(folder, PROJECT_FILE) ? 'optional' : 'stat' }))
    if (marks.some((mark) => files.get(mark)?.kind !== 'absent')) return folder
    if (dirname(folder) === folder) return dirname(start)
  }
}

/** Whether a path with its links resolved lies in a folder. */
export function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`)
}

/** Whether a path leads out of the root by its words alone, so that nobody need look what stands there. */
export function leadsOut(named: string, folder: string, root: string): boolean {
  return !isAbsolute(named) && isInside(folder, root) && !isInside(resolve(folder, named), root)
}
