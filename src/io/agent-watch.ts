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
  /** How far apart two looks at equal content must be for a save to count as whole, in ms; 0 for editors that save by a rename. */
  readonly settleMs?: number
  /** How often the files are looked at without an event, in ms. */
  readonly pollMs?: number
  /** Called when a save is whole, with the files as they are now; their content may be the same as before. */
  readonly onSave: (read: AgentReadResult, seen: SaveNotice) => void
  readonly onWarning: (message: string) => void
}

/** Watches the files of one agent. */
export interface AgentWatch {
  /** Looks at the files now, and resolves once any save has been reported. */
  checkNow(): Promise<void>
  close(): Promise<void>
}

/** What was read, and the second look at it. */
interface Whole {
  readonly read: AgentReadResult
  readonly content: AgentFiles
}

/** Time between two looks at equal content, in ms: longer than an editor takes between the pieces of one save. */
const SETTLE_MS = 200
const POLL_MS = 1_000
/** How long a file that is gone may take to come back before it is reported, in ms: some tools delete first and write then. */
const GONE_MS = 1_000
/** How long files may keep changing before it is reported, in ms. */
const RESTLESS_MS = 10_000

/** Calls `onSave` whenever the agent's files are saved. Events are a hint, the content's hash decides; only `close` ends it. */
export function watchAgent(options: WatchOptions): AgentWatch {
  const { file, settleMs = SETTLE_MS, pollMs = POLL_MS } = options
  let known = options.files
  let isClosed = false
  let wake = () => {}
  let hintAt: number | null = null
  let asked: (() => void)[] = []

  const hints: FolderWatcher = watchFolders({
    folders: foldersOf(known),
    onHint() {
      hintAt ??= now()
      wake()
    },
    onFailure: (message) =>
      options.onWarning(`${file}: no events of its files (${message}); they are looked at instead`),
  })
  const running = run()

  return {
    checkNow() {
      return new Promise((resolve) => {
        asked.push(resolve)
        wake()
      })
    },
    async close() {
      isClosed = true
      wake()
      await Promise.all([hints.close(), running])
    },
  }

  async function run(): Promise<void> {
    for (let first = true; !isClosed; first = false) {
      // The first look does not wait: something may have been saved since the agent was loaded.
      if (!first && hintAt === null && asked.length === 0) await wakeWithin(pollMs)
      const answered = asked
      asked = []
      try {
        await takeSave()
      } catch (error) {
        options.onWarning(`${file}: the look at its files failed (${error instanceof Error ? error.message : error})`)
      }
      for (const answer of answered) answer()
    }
    for (const answer of asked) answer()
  }

  async function takeSave(): Promise<void> {
    const told = hintAt
    hintAt = null
    const before = await rereadFiles(known)
    if (isClosed || (haveSameContent(before, known) && !wasResaved(known, before))) return
    const seen = { noticedAt: told ?? now(), ...changed(known, before) }
    const whole = await settled(before, seen.noticedAt)
    if (whole === null || isClosed) return
    // Later looks are compared with the second one: the first may have come in the middle of the save.
    known = whole.content
    hints.watch(foldersOf(known), told !== null)
    options.onSave(whole.read, seen)
  }

  /** Reads until two looks `settleMs` apart see the same at every path the agent depends on. */
  async function settled(first: AgentFiles, since: number): Promise<Whole | null> {
    let before = first
    let warned = false
    for (;;) {
      const read = await readAgent({ file, purpose: 'start' })
      const confirmed = await lookedSame(read.files, unchangedSince(known, before, read.files) + settleMs)
      before = read.files
      if (isClosed) return null
      const waited = now() - since
      const isGone = deletedFiles(known, read.files).length > 0
      if (confirmed !== null && !(isGone && waited < GONE_MS)) return { read, content: confirmed }
      if (confirmed !== null) await wakeWithin(GONE_MS - waited)
      if (waited > RESTLESS_MS && !warned) {
        warned = true
        options.onWarning(
          `${file} has kept changing for ${RESTLESS_MS / 1000} s; the last good settings stay meanwhile`,
        )
      }
    }
  }

  /** Returns the second look, or null if it differs. A hint ends the wait early only if the content has changed. */
  async function lookedSame(content: AgentFiles, until: number): Promise<AgentFiles | null> {
    for (;;) {
      const left = until - now()
      if (left > 0) await wakeWithin(left)
      if (isClosed) return null
      hintAt = null
      const again = await rereadFiles(content)
      if (!haveSameContent(again, content)) return null
      if (now() >= until) return again
    }
  }

  function wakeWithin(ms: number): Promise<void> {
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
function foldersOf(content: AgentFiles): readonly string[] {
  const paths = [...content.values()].flatMap(({ path, seen }) => ('realPath' in seen ? [path, seen.realPath] : [path]))
  return [...new Set(paths.map((path) => dirname(path)))]
}

function changed(before: AgentFiles, after: AgentFiles): Omit<SaveNotice, 'noticedAt'> {
  const others = [...after.values()].filter(({ path, hash, stamp }) => {
    const old = before.get(path)
    return old?.hash !== hash || old.stamp !== stamp
  })
  const saved = others.filter(({ part }) => part === 'whole').map(({ path }) => path)
  return { path: others[0]?.path ?? '', uid: others[0]?.uid ?? null, saved }
}

/** The time in ms since the epoch. It never runs backwards. */
function now(): number {
  return performance.timeOrigin + performance.now()
}
