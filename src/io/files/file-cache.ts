import { createFileStates, type FileQuery, type FileState, type FileStates } from '../../agent/load-request.ts'

/** Paths cached; beyond that the cache is emptied. */
const PATHS_MAX = 10_000
/** The most bytes of files cached. */
const BYTES_MAX = 4 * 1024 * 1024

/**
 * Caches files that several agents name, so that each is read once: roots, parts, prompts, scripts and their interpreters. For a command
 * that ends.
 */
export function createFileCache(): FileStates {
  let seen = createFileStates()
  let [paths, bytes] = [0, 0]
  return {
    get: (need) => seen.get(need),
    set(need: FileQuery, found: FileState) {
      paths += 1
      bytes += found.kind === 'file' ? found.bytes.byteLength : 0
      if (paths > PATHS_MAX || bytes > BYTES_MAX) {
        seen = createFileStates()
        ;[paths, bytes] = [0, 0]
      }
      seen.set(need, found)
    },
  }
}
