import { existsSync, lstatSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../storage/make-folder.ts'
import { removeFolder } from '../storage/remove-folder.ts'

/** The most characters of a conversation's name in its folder's name. */
const NAME_CHARACTERS_MAX = 40

/** The folders passed to tools as `RUNNER_STATE_DIR`. They end with their conversation, unlike the runner's own state folder. */
export interface ToolFolders {
  /** Returns the conversation's folder, of mode 0700, made when first used or when it was removed. Throws if it cannot be made. */
  folderOf(conversation: string): string
  /**
   * Detaches the folder: another conversation of that name gets a new one. Returns a function that removes it, and rejects if that fails.
   */
  detach(conversation: string): () => Promise<void>
  conversations(): readonly string[]
}

/** One folder per conversation, under `root`, for what its tools store between calls. */
export function createToolFolders(root: string): ToolFolders {
  const folders = new Map<string, string>()
  return {
    folderOf(conversation) {
      const known = folders.get(conversation)
      if (known !== undefined && existsSync(known)) return known
      makeFolder(root, 0o700)
      requireOwnFolder(root)
      const name = conversation.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, NAME_CHARACTERS_MAX)
      const created = mkdtempSync(join(root, `${name}-`))
      folders.set(conversation, created)
      return created
    },
    detach(conversation) {
      const folder = folders.get(conversation)
      folders.delete(conversation)
      return async () => {
        if (folder !== undefined) await removeFolder(folder)
      }
    },
    conversations: () => [...folders.keys()],
  }
}

/** The temporary folder is shared: somebody else may have made the root there, and it must not be used. */
function requireOwnFolder(root: string): void {
  const status = lstatSync(root)
  const isOurs = process.getuid === undefined || status.uid === process.getuid()
  if (!status.isDirectory() || !isOurs || (status.mode & 0o022) !== 0) {
    throw new Error(`${root} is not a folder that this user alone may write to`)
  }
}
