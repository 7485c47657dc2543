import { createHash } from 'node:crypto'
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isInterpreter } from '../../agent/interpreter.ts'
import { readRegularFile } from '../files/regular-file.ts'
import { makeFolder } from '../storage/make-folder.ts'

/** The script of a command: the word that names it, and its path. */
interface ScriptFile {
  readonly wordIndex: number
  readonly path: string
}

/** Digits shown of a script's hash: enough to tell one save from another. */
const HASH_DIGITS = 12
/** Hashes remembered, so that an unchanged script is not read for each call. */
const HASHES_MAX = 256

export interface ScriptFiles {
  /** The shortened SHA-256 of the script as it is now; null if it cannot be read. */
  hashOf(script: ScriptFile): string | null
  /** Makes a copy of the script as it is now, safe from later saves. Throws if it cannot. */
  pin(script: ScriptFile): string
  /** Removes the copies. */
  close(): void
}

/** The program if it is a path, except of an interpreter; else the first fixed argument that is a file, as in `[python3, ./quote.py]`. */
export function findScript(run: readonly string[], cwd: string): ScriptFile | null {
  const [program = '', ...words] = run
  const itself = program.includes('/') ? { wordIndex: 0, path: program } : null
  if (itself !== null && !isInterpreter(program)) return itself
  const index = words.findIndex((word) => !word.startsWith('-') && isFile(resolve(cwd, word)))
  return index < 0 ? itself : { wordIndex: index + 1, path: resolve(cwd, words[index] ?? '') }
}

/** Hashes and copies scripts. Copies go to a folder of their own. */
export function createScriptFiles(folder: string): ScriptFiles {
  const hashes = new Map<string, { readonly stamp: string; readonly hash: string }>()
  return {
    hashOf({ path }) {
      try {
        const stamp = fileStamp(path)
        const known = hashes.get(path)
        if (known?.stamp === stamp) return known.hash
        const hash = hashOfBytes(readRegularFile(path))
        if (hashes.size >= HASHES_MAX) hashes.clear()
        hashes.set(path, { stamp, hash })
        return hash
      } catch {
        return null
      }
    },
    pin({ path }) {
      const bytes = readRegularFile(path)
      const copyFolder = join(folder, hashOfBytes(bytes))
      const copy = join(copyFolder, basename(path))
      if (isFile(copy)) return copy
      makeFolder(copyFolder, 0o700)
      writeFileSync(`${copy}.new`, bytes, { mode: statSync(path).mode & 0o700 })
      renameSync(`${copy}.new`, copy)
      return copy
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Changes with every save, in place or by replacing the file. */
export function fileStamp(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
}

function hashOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS)
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
