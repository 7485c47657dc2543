import { dirname } from 'node:path'
import { type AgentReadResult, readAgent } from './agent-file.ts'
import {
  type AgentFiles,
  deletedFiles,
  haveSameContent,
  rereadFiles,
  unchangedSince,
  wasResaved,
} from './files/file-snapshot.ts'
import { type FolderWatcher, watchFolders } from './files/folder-watcher.ts'
import { steadyNow } from './time.ts'

/** How a save was noticed. */
export interface SaveNotice {
  /** When its first sign came, in ms since the epoch. */
  readonly noticedAt: number
  /** The first of the agent's files that changed, absolute. */
  readonly path: string
  /** The agent's files that were saved, with new content or the same, absolute; scripts are not among them. */
  readonly saved: readonly string[]
  /** The owner of the first changed file, if it exists. */
  readonly uid: number | null
}

interface WatchOptions {
  readonly file: string
  /** The agent's files when it was loaded. */
  readonly files: AgentFiles
  /** How far apart two reads of equal content must be for a save to count as complete, in ms; 0 for editors that save by a rename. */
  readonly settleMs?: number | undefined
  /** How often the files are checked without an event, in ms. */
  readonly pollMs?: number
  /** Called when a save is whole, with the files as they are now; their content may be the same as before. */
  readonly onSave: (read: AgentReadResult, notice: SaveNotice) => void
  readonly onWarning: (message: string) => void
}

/** Watches the files of one agent. */
export interface AgentWatch {
  /** Checks the files now, and resolves once any save has been reported. */
  checkNow(): Promise<void>
  close(): Promise<void>
}

/** What was read, and the second read that confirmed it. */
interface StableRead {
  readonly read: AgentReadResult
  readonly files: AgentFiles
}

/** Time between two reads of equal content, in ms: longer than an editor takes between the pieces of one save. */
const SETTLE_MS = 200
const POLL_MS = 1_000
/** How long a deleted file may take to come back before it is reported, in ms: some tools delete first and write then. */
const DELETION_GRACE_MS = 1_000
/** How long files may keep changing before it is reported, in ms. */
const UNSTABLE_WARNING_MS = 10_000

/** Calls `onSave` whenever the agent's files are saved. Events are a hint, the content's hash decides; only `close` ends it. */
export function watchAgent(options: WatchOptions): AgentWatch {
  const { file, settleMs = SETTLE_MS, pollMs = POLL_MS } = options
  let known = options.files
  let isClosed = false
  let wake = () => {}
  let hintAt: number | null = null
  let pendingChecks: (() => void)[] = []

  const watcher: FolderWatcher = watchFolders({
    folders: foldersOf(known),
    onHint() {
      hintAt ??= steadyNow()
      wake()
    },
    onFailure: (message) =>
      options.onWarning(`${file}: no events of its files (${message}); they are looked at instead`),
  })
  const running = run()

  return {
    checkNow() {
      return new Promise((resolve) => {
        pendingChecks.push(resolve)
        wake()
      })
    },
    async close() {
      isClosed = true
      wake()
      await Promise.all([watcher.close(), running])
    },
  }

  async function run(): Promise<void> {
    for (let isFirst = true; !isClosed; isFirst = false) {
      // The first check does not wait: something may have been saved since the agent was loaded.
      if (!isFirst && hintAt === null && pendingChecks.length === 0) await waitForHint(pollMs)
      const checks = pendingChecks
      pendingChecks = []
      try {
        await handleSave()
      } catch (error) {
        options.onWarning(`${file}: the look at its files failed (${error instanceof Error ? error.message : error})`)
      }
      for (const resolve of checks) resolve()
    }
    for (const resolve of pendingChecks) resolve()
  }

  async function handleSave(): Promise<void> {
    const hintedAt = hintAt
    hintAt = null
    const before = await rereadFiles(known)
    if (isClosed || (haveSameContent(before, known) && !wasResaved(known, before))) return
    const notice = { noticedAt: hintedAt ?? steadyNow(), ...changesOf(known, before) }
    const stable = await readUntilStable(before, notice.noticedAt)
    if (stable === null || isClosed) return
    // Later reads are compared with the second one: the first may have come in the middle of the save.
    known = stable.files
    watcher.watch(foldersOf(known), hintedAt !== null)
    options.onSave(stable.read, notice)
  }

  /** Reads until two reads `settleMs` apart find the same at every path the agent depends on. */
  async function readUntilStable(first: AgentFiles, since: number): Promise<StableRead | null> {
    let before = first
    let isWarned = false
    for (;;) {
      const read = await readAgent({ file, purpose: 'start' })
      const confirmed = await confirmUnchanged(read.files, unchangedSince(known, before, read.files) + settleMs)
      before = read.files
      if (isClosed) return null
      const waitedMs = steadyNow() - since
      const isGone = deletedFiles(known, read.files).length > 0
      if (confirmed !== null && !(isGone && waitedMs < DELETION_GRACE_MS)) return { read, files: confirmed }
      if (confirmed !== null) await waitForHint(DELETION_GRACE_MS - waitedMs)
      if (waitedMs > UNSTABLE_WARNING_MS && !isWarned) {
        isWarned = true
        options.onWarning(
          `${file} has kept changing for ${UNSTABLE_WARNING_MS / 1000} s; the last good settings stay meanwhile`,
        )
      }
    }
  }

  /** Returns the second read, or null if it differs. A hint ends the wait early only if the content has changed. */
  async function confirmUnchanged(files: AgentFiles, until: number): Promise<AgentFiles | null> {
    for (;;) {
      const leftMs = until - steadyNow()
      if (leftMs > 0) await waitForHint(leftMs)
      if (isClosed) return null
      hintAt = null
      const reread = await rereadFiles(files)
      if (!haveSameContent(reread, files)) return null
      if (steadyNow() >= until) return reread
    }
  }

  function waitForHint(ms: number): Promise<void> {
    if (isClosed) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** The folders of all paths, and those of the files that links among them lead to. */
function foldersOf(files: AgentFiles): readonly string[] {
  const paths = [...files.values()].flatMap(({ path, seen }) => ('realPath' in seen ? [path, seen.realPath] : [path]))
  return [...new Set(paths.map((path) => dirname(path)))]
}

function changesOf(before: AgentFiles, after: AgentFiles): Omit<SaveNotice, 'noticedAt'> {
  const changes = [...after.values()].filter(({ path, hash, stamp }) => {
    const old = before.get(path)
    return old?.hash !== hash || old.stamp !== stamp
  })
  const saved = changes.filter(({ part }) => part === 'whole').map(({ path }) => path)
  return { path: changes[0]?.path ?? '', uid: changes[0]?.uid ?? null, saved }
}
