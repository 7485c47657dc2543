import { join } from 'node:path'
import { createJournalFile, type JournalFile } from '../../io/storage/journal.ts'
import type { Generation } from '../../session/generation.ts'
import type { Report } from '../../session/report.ts'
import { EXIT } from '../exit-code.ts'
import { generationLine, isJournalled, type JournalLine, journalHeader } from '../journals/journal-lines.ts'
import type { Sink } from './fan-out.ts'

/** As many conversations as one process holds at once. */
const CONVERSATIONS_A_MOMENT_MAX = 1_000
/** The most characters of a conversation's name in its file's name. */
const NAME_CHARACTERS_MAX = 40
/** Files that may wait to be synced to disk; beyond that, ending conversations leave it to the system. */
const UNSYNCED_MAX = 1_000

/** The end written for conversations cut off by an immediate exit. */
const ABRUPT_END = { reason: 'the process left at once', code: null, failed: true }

interface JournalSink extends Sink {
  /** Whether everything was written, as far as is known. */
  readonly isComplete: boolean
  /** Ends all open journals before it returns: the process exits at once, as after a second signal. */
  endAtExit(): void
}

interface OpenJournal {
  /** Null until its first line could be written. */
  file: JournalFile | null
  /** The generation whose line was written last. */
  generation: number
  /** Lines that could not be written since the last one that was. */
  lost: number
}

/**
 * Writes each conversation to a file of its own under `folder`. No line waits for the disk; syncing follows a little later. Lines that a
 * full disk does not take are counted, and writing goes on.
 */
export function journalSink(folder: string, unsyncedMax = UNSYNCED_MAX): JournalSink {
  const journals = new Map<string, OpenJournal>()
  /** Files whose last lines may not be on disk yet, and those of them to close after syncing. */
  const unsynced = new Set<JournalFile>()
  const ended = new Set<JournalFile>()
  let syncing: Promise<void> | null = null
  /** Why syncing failed; reported with the next report, or at the end. */
  let fault: Error | null = null
  let isSynced = true
  /** Lines of all conversations that could not be written. */
  let lost = 0

  function journalOf(conversation: string): OpenJournal {
    const known = journals.get(conversation)
    if (known !== undefined) return known
    const opened = { file: null, generation: 0, lost: 0 }
    journals.set(conversation, opened)
    return opened
  }

  function syncSoon(file: JournalFile): void {
    unsynced.add(file)
    syncing ??= syncAll()
  }

  /** Syncs one file at a time: each sync occupies one of the few threads that also look up files and hosts. */
  async function syncAll(): Promise<void> {
    for (const file of unsynced) {
      unsynced.delete(file)
      const isLast = ended.delete(file)
      const taken = file.sync().finally(() => isLast && file.close())
      await taken.catch((error: Error) => {
        isSynced = false
        fault = new Error(`${file.path}: ${error.message}; the disk may not have what was said last`)
      })
    }
    syncing = null
  }

  function end(file: JournalFile): void {
    if (unsynced.size < unsyncedMax) {
      ended.add(file)
      return syncSoon(file)
    }
    unsynced.delete(file)
    file.close()
  }

  function throwFault(): void {
    const found = fault
    fault = null
    if (found !== null) throw found
  }

  return {
    name: 'journal',
    get isComplete() {
      return isSynced && lost === 0
    },
    accepts: isJournalled,
    take(report, generation) {
      if (report.type === 'caller.transcript' && !report.final) return
      const journal = journalOf(report.conversation)
      const isOver = report.type === 'session.closed'
      if (isOver) journals.delete(report.conversation)
      try {
        writeReport(folder, journal, { report, generation })
      } finally {
        if (journal.lost > 0) lost += 1
        if (isOver && journal.file !== null) end(journal.file)
      }
      if (report.type === 'agent.transcript' && journal.file !== null) syncSoon(journal.file)
      throwFault()
    },
    endAtExit() {
      for (const [conversation, { file, generation }] of journals) {
        const report = { type: 'session.closed', ...ABRUPT_END, t: Date.now(), conversation, generation } as const
        try {
          file?.write(report)
        } catch {
          // The journal then ends like that of a killed process.
        }
      }
      journals.clear()
    },
    async close() {
      for (const { file } of journals.values()) if (file !== null) end(file)
      journals.clear()
      await syncing
      throwFault()
      if (lost > 0)
        throw new Error(`${folder}: ${lost} lines could not be written in all; the run ends with ${EXIT.failed}`)
    },
  }
}

/** Writes a report. Of several failures in a row, only the first is reported. */
function writeReport(
  folder: string,
  journal: OpenJournal,
  { report, generation }: { readonly report: Report; readonly generation: Generation },
): void {
  const { t, conversation } = report
  const name = fileName(report, generation.agent.name)
  const lines: JournalLine[] = []
  if (journal.lost > 0) lines.push({ type: 'gap', t, conversation, lost: journal.lost })
  if (journal.generation !== generation.number) lines.push(generationLine(report, generation))
  lines.push(report)
  try {
    journal.file ??= createFile(folder, name, journalHeader(report, generation))
    for (const line of lines) journal.file.write(line)
  } catch (error) {
    journal.lost += 1
    if (journal.lost > 1) return
    const path = journal.file?.path ?? join(folder, `${name}.jsonl`)
    throw new Error(`${path}: ${(error as Error).message}; what is said meanwhile is not written down`)
  }
  journal.generation = generation.number
  journal.lost = 0
}

/** Shortened names may be the same for several conversations opened at one moment; the others get a number. */
function createFile(folder: string, name: string, header: object): JournalFile {
  for (let number = 1; ; number += 1) {
    try {
      return createJournalFile(folder, number === 1 ? name : `${name}-${number}`, header)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === CONVERSATIONS_A_MOMENT_MAX) throw error
    }
  }
}

/** Starts with the time, so that a folder lists its conversations in order. */
function fileName({ t, conversation }: Report, agent: string): string {
  const time = new Date(t).toISOString().replaceAll(/[-:]/g, '').replace('.', '')
  const safe = conversation.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, NAME_CHARACTERS_MAX)
  return `${time}-${agent}-${safe}`
}
