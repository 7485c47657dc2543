import { type FSWatcher, watch } from 'chokidar'

/** Tells that something may have changed in some folders. It may tell too much, late or nothing at all: whoever uses it polls as well. */
export interface FileHints {
  add(folders: readonly string[]): void
  /** Begins anew, after something changed that was not told: the folders may be others by now. */
  reopen(): void
  close(): Promise<void>
}

/** Wait before events are asked for again after a failure, in ms; it doubles up to the longest. */
const REOPEN_MS = 1_000
const REOPEN_MAX_MS = 60_000

/** A failure is told once, and events are asked for again for as long as it takes. */
export function openFileHints(options: {
  readonly folders: readonly string[]
  readonly onHint: () => void
  readonly onTrouble: (message: string) => void
}): FileHints {
  const folders = new Set(options.folders)
  let isClosed = false
  let failures = 0
  let retry: NodeJS.Timeout | undefined
  let watcher = open()

  /** One level of each folder: the files of an agent and those that take their place. */
  function open(): FSWatcher {
    const opened = watch([...folders], { depth: 0, ignoreInitial: true, atomic: false, ignorePermissionErrors: true })
    opened.on('all', hear)
    opened.on('raw', hear)
    opened.on('error', (error) => fail(opened, error))
    return opened
  }

  function hear(): void {
    failures = 0
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
    add(more) {
      const fresh = more.filter((folder) => !folders.has(folder))
      for (const folder of fresh) folders.add(folder)
      if (fresh.length > 0) watcher.add([...fresh])
    },
    reopen() {
      if (!isClosed && retry === undefined) replace()
    },
    async close() {
      isClosed = true
      clearTimeout(retry)
      await watcher.close()
    },
  }
}
