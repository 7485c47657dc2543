import { createSeen, type FileSeen, type Need, type Seen } from '../../agent/seen.ts'

/** Paths cached; beyond that the cache is emptied. */
const PATHS_MAX = 10_000
/** The most bytes of files cached. */
const BYTES_MAX = 4 * 1024 * 1024

/**
 * Caches files that several agents name, so that each is read once: roots, parts, prompts, scripts and their interpreters. For a command
 * that ends.
 */
export function createFileCache(): Seen {
  let seen = createSeen()
  let [paths, bytes] = [0, 0]
  return {
    get: (need) => seen.get(need),
    set(need: Need, found: FileSeen) {
      paths += 1
      bytes += found.kind === 'file' ? found.bytes.byteLength : 0
      if (paths > PATHS_MAX || bytes > BYTES_MAX) {
        seen = createSeen()
        ;[paths, bytes] = [0, 0]
      }
      seen.set(need, found)
    },
  }
}
