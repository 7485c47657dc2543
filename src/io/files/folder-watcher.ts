import { type FSWatcher, watch } from 'chokidar'

/** Hints that something may have changed in some folders. Hints may be too many, late or missing: whoever uses them polls as well. */
export interface FolderWatcher {
  /**
   * Watches these folders and no others. Watching starts again if they differ, or if a change came without a hint: they may be elsewhere by
   * now.
   */
  watch(folders: readonly string[], hadHint: boolean): void
  close(): Promise<void>
}

/**
 * How long to wait before watching again after a failure, in ms; it doubles up to the maximum. Events after this long without a failure
 * reset it.
 */
const REOPEN_MS = 1_000
const REOPEN_MAX_MS = 60_000

/** Reports a failure once, and keeps trying to watch again. */
export function watchFolders(options: {
  readonly folders: readonly string[]
  readonly onHint: () => void
  readonly onFailure: (message: string) => void
}): FolderWatcher {
  let { folders } = options
  let isClosed = false
  let failures = 0
  let createdAt = 0
  let retry: NodeJS.Timeout | undefined
  let watcher = open()

  /** Watches one level of each folder: the files of an agent and those that replace them. */
  function open(): FSWatcher {
    createdAt = performance.now()
    const created = watch([...folders], { depth: 0, ignoreInitial: true, atomic: false, ignorePermissionErrors: true })
    created.on('all', onEvent)
    created.on('raw', onEvent)
    // Saves before this moment gave no event.
    created.once('ready', onEvent)
    created.on('error', (error) => fail(created, error))
    return created
  }

  function onEvent(): void {
    // Folders give events even if a file in one of them cannot be watched.
    if (retry === undefined && performance.now() - createdAt > REOPEN_MS) failures = 0
    options.onHint()
  }

  function fail(failed: FSWatcher, error: unknown): void {
    // A link that leads in a circle, anywhere in a folder, hinders no events of the others.
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return
    if (isClosed || failed !== watcher || retry !== undefined) return
    if (failures === 0) options.onFailure(error instanceof Error ? error.message : String(error))
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
    watch(newFolders, hadHint) {
      const isSame = newFolders.length === folders.length && newFolders.every((folder) => folders.includes(folder))
      folders = newFolders
      if (!(isSame && hadHint) && !isClosed && retry === undefined) replace()
    },
    async close() {
      isClosed = true
      clearTimeout(retry)
      await watcher.close()
    },
  }
}
