import { existsSync, lstatSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../kept/make-folder.ts'

/** Most of a conversation's name that its folder shows, in characters. */
const NAME_CHARACTERS_MAX = 40

/** The folders that tools are told of as `RUNNER_STATE_DIR`: gone with their conversation, unlike the state folder of the runner itself. */
export interface ToolFolders {
  /** The conversation's folder, of mode 0700, made when first asked for or when it is gone. Throws when it cannot be made. */
  of(conversation: string): string
  /** The folder is the conversation's no longer: another of its name gets one of its own. What is given removes it, and rejects when that fails. */
  release(conversation: string): () => Promise<void>
  conversations(): readonly string[]
}

/** One folder a conversation, under `root`, for what its tools want to keep between calls. */
export function createToolFolders(root: string): ToolFolders {
  const folders = new Map<string, string>()
  return {
    of(conversation) {
      const known = folders.get(conversation)
      if (known !== undefined && existsSync(known)) return known
      makeFolder(root, 0o700)
      refuseForeign(root)
      const name = conversation.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, NAME_CHARACTERS_MAX)
      const made = mkdtempSync(join(root, `${name}-`))
      folders.set(conversation, made)
      return made
    },
    release(conversation) {
      const folder = folders.get(conversation)
      folders.delete(conversation)
      return async () => {
        if (folder !== undefined) await rm(folder, { recursive: true, force: true })
      }
    },
    conversations: () => [...folders.keys()],
  }
}

/** The folder for temporary files is everybody's: one who was here first may not lend us his own. */
function refuseForeign(root: string): void {
  const status = lstatSync(root)
  const isOurs = process.getuid === undefined || status.uid === process.getuid()
  if (!status.isDirectory() || !isOurs || (status.mode & 0o022) !== 0) {
    throw new Error(`${root} is not a folder that this user alone may write to`)
  }
}
