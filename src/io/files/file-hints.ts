import { type FSWatcher, watch } from 'chokidar'

/** Tells that something may have changed in some folders. It may tell too much, late or nothing at all: whoever uses it polls as well. */
export interface FileHints {
  /** Tells of these folders from now on, and of no others; begins anew where something changed that was not told: they may lie elsewhere by now. */
  follow(folders: readonly string[], wasTold: boolean): void
  close(): Promise<void>
}

/** Wait before events are asked for again after a failure, in ms; it doubles up to the longest. Without one for so long, the failures before are over. */
const REOPEN_MS = 1_000
const REOPEN_MAX_MS = 60_000

/** A failure is told once, and events are asked for again for as long as it takes. */
export function openFileHints(options: {
  readonly folders: readonly string[]
  readonly onHint: () => void
  readonly onTrouble: (message: string) => void
}): FileHints {
  let { folders } = options
  let isClosed = false
  let failures = 0
  let openedAt = 0
  let retry: NodeJS.Timeout | undefined
  let watcher = open()

  /** One level of each folder: the files of an agent and those that take their place. */
  function open(): FSWatcher {
    openedAt = performance.now()
    const opened = watch([...folders], { depth: 0, ignoreInitial: true, atomic: false, ignorePermissionErrors: true })
    opened.on('all', hear)
    opened.on('raw', hear)
    // What was saved until then was not told.
    opened.once('ready', hear)
    opened.on('error', (error) => fail(opened, error))
    return opened
  }

  function hear(): void {
    // Folders tell of themselves also where a file in one of them cannot be watched.
    if (retry === undefined && performance.now() - openedAt > REOPEN_MS) failures = 0
    options.onHint()
  }

  function fail(failed: FSWatcher, error: unknown): void {
    if (isClosed || failed !== watcher || retry !== undefined) return
    if (failures === 0) options.onTrouble(error instanceof Error ? error.message : String(error))
    retry = setTimeout(
      () => {
        retry = undefined
        replace()
      },
      Math.min(REOPEN_MAX_MS, REOPEN_MS * 2 ** failures),
    ).unref()
    failures += 1
  }

  function replace(): void {
    const old = watcher
    watcher = open()
    void old.close()
  }

  return {
    follow(next, wasTold) {
      const isTheSame = next.length === folders.length && next.every((folder) => folders.includes(folder))
      folders = next
      if (!(isTheSame && wasTold) && !isClosed && retry === undefined) replace()
    },
    async close() {
      isClosed = true
      clearTimeout(retry)
      await watcher.close()
    },
  }
}
