import { createSeen, type FileSeen, type Need, type Seen } from '../../agent/seen.ts'

/** Paths remembered; beyond that all are forgotten and looked at again. */
const PATHS_MAX = 10_000
/** The most bytes of files remembered. */
const BYTES_MAX = 4 * 1024 * 1024

/**
 * Remembers what several agents name, so that it is looked at once: roots, parts, prompts, scripts and their interpreters. For a command
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
