import { dirname, isAbsolute, resolve } from 'node:path'
import type { FileQuery, Files } from '../load-request.ts'
import { PROJECT_FILE } from './project.ts'

/** Files that mark the root of a project, and how much of each a load needs. */
export const ROOT_MARKERS = [
  { name: PROJECT_FILE, part: 'optional' },
  { name: 'package.json', part: 'stat' },
  { name: '.git', part: 'stat' },
] as const

/** The nearest folder upward with a root marker, else the parent of the agent's folder. */
export function findRoot(path: string, files: Files): string | readonly FileQuery[] {
  const seen = files.get({ path, part: 'stat' })
  const start = dirname(seen?.kind === 'file' ? seen.realPath : path)
  for (let folder = start; ; folder = dirname(folder)) {
    const needs: FileQuery[] = []
    for (const { name, part } of ROOT_MARKERS) {
      const mark = { path: `${folder === '/' ? '' : folder}/${name}`, part }
      const found = files.get(mark)
      if (found === undefined) needs.push(mark)
      else if (found.kind !== 'absent') return folder
    }
    if (needs.length > 0) return needs
    if (dirname(folder) === folder) return dirname(start)
  }
}

/** Whether a path with its links resolved lies in a folder. */
export function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`)
}

/** Whether a path leads out of the root as it is written, so that the file need not be read. */
export function escapesRoot(writtenPath: string, folder: string, root: string): boolean {
  return !isAbsolute(writtenPath) && isInside(folder, root) && !isInside(resolve(folder, writtenPath), root)
}
